"""Small runs of the conformance kit, as an adapter's author starts them, each in its own folder.

The toy vendor runs under a few toy laws, which belong to the kit during such a run.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

THIRD_PROVIDER = Path(__file__).parent / "third_provider"

CONFTEST = f"""\
import sys, types
sys.path.insert(0, {str(THIRD_PROVIDER)!r})
LAWS = '''
from polyreel_conformance.outcomes import not_declared
from polyreel_conformance.laws.support import UnderTest

class ToyLaws(UnderTest):
    def test_toy_is_kept(self, model):
        \\"\\"\\"What is kept stays `kept`.

        When it fails: keep <it>.
        \\"\\"\\"

    def test_toy_is_broken(self, is_async):
        \\"\\"\\"What is broken hurts.\\"\\"\\"
        assert 1 == 2, "the toy is in two pieces"

    def test_toy_has_no_strings(self):
        \\"\\"\\"Strings are pulled in order.\\"\\"\\"
        not_declared("the toy has no strings")
'''
laws = types.ModuleType("polyreel_conformance.toy_laws")
exec(compile(LAWS, "toy_laws.py", "exec"), laws.__dict__)
sys.modules[laws.__name__] = laws
"""

AUTHOR = """\
import pytest
from polyreel_conformance import AdapterConformance, KnownGap, examples_folder
from polyreel_conformance.outcomes import not_declared
from polyreel_conformance.toy_laws import ToyLaws
from polyreel_toy.adapter import ToyAdapter
from polyreel_toy.stand_in import ToyStandIn

GAP = KnownGap(reason="glue is on its way", link="https://example.com/issues/1")
"""

SUBCLASS = """\
class TestToy(ToyLaws, AdapterConformance):
    adapter = ToyAdapter
    stand_in = ToyStandIn
    examples = examples_folder(__file__)
"""

EXAMPLE = json.dumps(
    {
        "kind": "error",
        "source": "https://toy.example/docs",
        "http_status": 401,
        "answer": {"why": "who are you?"},
        "error": "AuthenticationFailed",
        "vendor_code": None,
    }
)


class KitRuns:
    """A folder with the toy vendor's conformance tests in it.

    Args:
        pytester: pytest's own tool for such a run.
        generated: The number of generated requests, a setting of the whole process.
    """

    def __init__(self, pytester: pytest.Pytester, generated: int) -> None:
        self.pytester = pytester
        self._generated = generated
        pytester.makeconftest(CONFTEST)
        (pytester.mkdir("examples") / "refused.json").write_text(EXAMPLE, encoding="utf-8")

    def write(self, body: str = "", *, before: str = "", decorated: str = "") -> None:
        """Write the author's test file.

        Args:
            body: More lines of the class, without indentation.
            before: Lines above the class.
            decorated: A decorator of the class.
        """
        indented = "".join(f"    {line}\n" for line in body.splitlines())
        self.pytester.makepyfile(
            test_toy=f"{AUTHOR}\n{before}\n{decorated}\n{SUBCLASS}\n{indented}"
        )

    def run(
        self, *arguments: str, only: str = "toy_is or toy_has or test_own", separate: bool = False
    ) -> pytest.RunResult:
        """Run the tests that `-k` selects, in this process or in a separate one."""
        start = self.pytester.runpytest_subprocess if separate else self.pytester.runpytest
        select = ("-k", only) if only else ()
        return start(
            *("-c", "/dev/null", "--rootdir", str(self.pytester.path)),
            # The settings of the outer run for sockets stay.
            *("-p", "no:cacheprovider", "-p", "no:socket"),
            *("--conformance-examples", str(self._generated)),
            *(() if "-n" in arguments else ("-n", "0")),
            *select,
            *arguments,
        )
