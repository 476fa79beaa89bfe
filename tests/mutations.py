"""Small changes that each remove a guard, and the tests that must fail at each.

`python tests/mutations.py` copies the tree to a temporary folder, makes each change there
alone, runs the tests that the change names, and prints a table. It exits with 1 when a
test does not fail, or when a change no longer fits the code. `--list` only lists them;
names select some.
"""

from __future__ import annotations

import argparse
import ast
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tree_copy import ROOT, SOURCES, copy_tree, environment_of

LONGEST = 300.0
"""Seconds that one run of tests may take."""


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A change that removes a guard.

    Attributes:
        name: A short name.
        wrong: What the change does to a user.
        file: The file, from the top of the repository.
        old: The text that is replaced; it is in the file exactly once.
        new: What replaces it.
        tests: The tests that must fail, as `file::function`.
    """

    name: str
    wrong: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def apply(self, text: str) -> str:
        """Return the file's text with the change."""
        return text.replace(self.old, self.new)


DOWNLOADS = "tests/test_downloading.py"
GUARDS = "tests/test_guards.py"
JOURNAL = "tests/test_journal.py"
LIMITS = "tests/test_spend_limits.py"
FIGURES = "tests/test_whose_figures.py"

MUTATIONS = (
    Mutation(
        name="length of a download",
        wrong="a video with bytes missing is called saved",
        file="core/polyreel/engine/saving.py",
        old="if got.expected is not None and got.size != got.expected:",
        new="if False:",
        tests=(f"{GUARDS}::test_a_video_of_another_length_than_announced_is_not_saved",),
    ),
    Mutation(
        name="structure of a download",
        wrong="half a video is called saved, if it came as if it were all",
        file="core/polyreel/engine/whole.py",
        old="if verdict.wholeness is Wholeness.WHOLE:",
        new="if True:",
        tests=(f"{DOWNLOADS}::test_half_a_video_that_seems_complete_is_downloaded_again",),
    ),
    Mutation(
        name="open end of a download",
        wrong="a video that does not say where it ends is called saved, wherever it was cut",
        file="core/polyreel/engine/whole.py",
        old="elif checked.digest in self._seen:",
        new="elif True:",
        tests=(
            f"{DOWNLOADS}::test_an_open_ended_video_that_is_another_each_time_does_not_count",
            f"{DOWNLOADS}::test_an_open_ended_video_without_a_length_counts_when_it_came_twice",
        ),
    ),
    Mutation(
        name="accepted after rejected",
        wrong="the late answer of a frozen process is dropped: a paid job is lost",
        file="core/polyreel/jobs/journal/interface.py",
        old=(
            "Stage.ACCEPTED: frozenset("
            "{Stage.INTENT, Stage.SENDING, Stage.UNKNOWN, Stage.REJECTED})"
        ),
        new="Stage.ACCEPTED: frozenset({Stage.INTENT, Stage.SENDING, Stage.UNKNOWN})",
        tests=(
            f"{JOURNAL}::test_the_stages_follow_each_other_just_as_written_here",
            f"{GUARDS}::test_a_late_acceptance_counts_also_after_a_person_said_that_no_task_was_"
            "created",
        ),
    ),
    Mutation(
        name="unknown after intent",
        wrong="the late unknown outcome of one attempt stops the next attempt under its key",
        file="core/polyreel/jobs/journal/interface.py",
        old="Stage.UNKNOWN: frozenset({Stage.SENDING})",
        new="Stage.UNKNOWN: frozenset({Stage.INTENT, Stage.SENDING})",
        tests=(
            f"{JOURNAL}::test_the_stages_follow_each_other_just_as_written_here",
            f"{JOURNAL}::test_a_stage_follows_only_those_it_may_follow",
        ),
    ),
    Mutation(
        name="late refusal of another's job",
        wrong="a process that wakes ends the job that another one is sending under its key",
        file="core/polyreel/jobs/journal/interface.py",
        old="NOT_ANOTHERS = frozenset({Stage.REJECTED, Stage.UNKNOWN})",
        new="NOT_ANOTHERS = frozenset({Stage.UNKNOWN})",
        tests=(
            f"{JOURNAL}::test_a_process_that_wakes_does_not_end_the_job_that_another_opened_again",
        ),
    ),
    Mutation(
        name="first job of a key",
        wrong="a repeated call gets the job that failed instead of the fallback's",
        file="core/polyreel/jobs/journal/transactions.py",
        old="[-1])",
        new="[0])",
        tests=(
            f"{GUARDS}::test_of_two_jobs_under_a_key_the_fallbacks_is_the_one_that_is_returned",
            f"{GUARDS}::test_a_call_repeated_after_a_fallback_gets_the_fallbacks_job",
        ),
    ),
    Mutation(
        name="order of a key's jobs",
        wrong="a repeated call gets the job that failed instead of the fallback's",
        file="core/polyreel/jobs/journal/table.py",
        old='"ORDER BY created_at, rowid"',
        new='"ORDER BY created_at DESC, rowid DESC"',
        tests=(
            f"{GUARDS}::test_of_two_jobs_under_a_key_the_fallbacks_is_the_one_that_is_returned",
            f"{GUARDS}::test_a_call_repeated_after_a_fallback_gets_the_fallbacks_job",
        ),
    ),
    Mutation(
        name="clock set back",
        wrong="a job whose process is gone stays taken for as long as the clock was set back",
        file="core/polyreel/jobs/journal/table.py",
        old="abs(self.at - heartbeat_at)",
        new="(self.at - heartbeat_at)",
        tests=(
            f"{GUARDS}::test_a_silent_process_does_not_keep_its_job_because_the_clock_was_set_back",
        ),
    ),
    Mutation(
        name="pool timeout",
        wrong="a request that never left is called unknown, and nobody sends it again",
        file="core/polyreel/transport/never_sent.py",
        old='"PoolTimeout"',
        new='"NoPoolTimeout"',
        tests=(
            f"{GUARDS}::test_the_errors_of_requests_that_never_left_are_just_those_written_here",
            f"{GUARDS}::test_after_an_error_before_the_first_byte_the_job_is_rejected_and_not_unknown",
        ),
    ),
    Mutation(
        name="proxy for this machine",
        wrong="a proxy gets the key and the request that were meant for this machine",
        file="core/polyreel/transport/proxies.py",
        old="if proxy is None or is_this_machine(host):",
        new="if proxy is None:",
        tests=(
            f"{GUARDS}::test_no_proxy_of_the_environment_is_asked_for_this_machine",
            "tests/test_proxies.py::test_no_proxy_is_asked_for_this_machine",
        ),
    ),
    Mutation(
        name="every address of this machine",
        wrong="a proxy gets the key that was meant for 127.8.9.1, which is this machine too",
        file="core/polyreel/text/addresses.py",
        old="(address.is_loopback or address.is_unspecified)",
        new='str(address) in ("127.0.0.1", "::1")',
        tests=("tests/test_proxies.py::test_no_proxy_is_asked_for_this_machine",),
    ),
    Mutation(
        name="names of this machine",
        wrong="a proxy gets the key that was meant for localhost",
        file="core/polyreel/text/addresses.py",
        old='if name == "localhost" or name.endswith(".localhost"):',
        new="if False:",
        tests=(f"{GUARDS}::test_no_proxy_of_the_environment_is_asked_for_this_machine",),
    ),
    Mutation(
        name="network before the job",
        wrong="a proxy that can't be used is found when a job is open already",
        file="core/polyreel/client/base.py",
        old="        self.check_network()\n        if isinstance",
        new="        if isinstance",
        tests=("tests/test_surroundings.py::test_a_client_says_so_before_it_opens_a_job",),
    ),
    Mutation(
        name="connections that were never prepared",
        wrong="a request that certainly never left is called unknown",
        file="core/polyreel/engine/submit_outcome.py",
        old="if isinstance(error, ConfigError):",
        new="if False:",
        tests=(
            "tests/test_surroundings.py::test_connections_that_can_not_be_prepared_sent_nothing",
        ),
    ),
    Mutation(
        name="the file is there",
        wrong="a video whose file was deleted is called saved, and is not downloaded again",
        file="core/polyreel/engine/finish.py",
        old=" and live.record.are_all_there:",
        new=":",
        tests=(f"{GUARDS}::test_a_video_whose_file_was_deleted_is_downloaded_again",),
    ),
    Mutation(
        name="budget in the transaction",
        wrong="two processes spend the same rest of a budget",
        file="core/polyreel/jobs/journal/transactions.py",
        old="for limit in intent.limits:",
        new="for limit in ():",
        tests=(
            f"{LIMITS}::test_many_processes_and_threads_spend_no_more_than_the_budget",
            f"{LIMITS}::test_jobs_in_flight_count_as_quoted",
        ),
    ),
    Mutation(
        name="charges by address",
        wrong="what a sandbox charged prices a job at the vendor",
        file="core/polyreel/client/journal_access.py",
        old="places=places_of(installed.adapter, address.url),",
        new="",
        tests=(f"{FIGURES}::test_the_newest_jobs_are_counted_at_each_address",),
    ),
    Mutation(
        name="catalogue by address",
        wrong="a sandbox's list of prices prices a job at the vendor",
        file="core/polyreel/pricing/sources.py",
        old="if address.url is not None and each.address == address.url:",
        new="if True:",
        tests=(
            f"{FIGURES}::test_a_sandboxs_prices_charges_and_times_price_nothing_at_the_vendor",
            f"{FIGURES}"
            "::test_prices_without_an_address_are_shown_and_price_nothing_until_refreshed",
        ),
    ),
    Mutation(
        name="unwatched times",
        wrong="times in which nobody polled count as the vendor's",
        file="core/polyreel/engine/watching.py",
        old="if new and not _was_watched(live, timing, now):",
        new="if False:",
        tests=("tests/test_watching.py::test_a_change_that_is_seen_after_long_is_unwatched",),
    ),
)


def rot(mutation: Mutation, root: Path) -> list[str]:
    """Return why a mutation no longer fits a tree; at most one reason."""
    path = root / mutation.file
    if not path.is_file():
        return [f"{mutation.name}: there is no file {mutation.file}"]
    text = path.read_text(encoding="utf-8")
    count = text.count(mutation.old)
    if count != 1:
        return [f"{mutation.name}: its old text is found {count} times in {mutation.file}"]
    try:
        ast.parse(mutation.apply(text))
    except SyntaxError:
        return [f"{mutation.name}: {mutation.file} with its new text is not Python"]
    missing = [each for each in mutation.tests if not _exists(each, root)]
    if missing or not mutation.tests:
        return [f"{mutation.name}: there is no test {', '.join(missing)}".rstrip()]
    return []


def tried(chosen: Sequence[Mutation]) -> list[str]:
    """Try mutations in a copy of the tree, print a row for each, and return what went wrong."""
    problems = [said for each in chosen for said in rot(each, ROOT)]
    if problems:
        return problems
    with _copy() as tree:
        check_imports(tree)
        wanted = sorted({test for each in chosen for test in each.tests})
        problems = [
            f"{test}: {result} without a mutation, where it must pass"
            for test, result in results(tree, wanted).items()
            if result != "passed"
        ]
        if problems:
            return problems
        width = max(len(each.name) for each in chosen)
        for each in chosen:
            start = time.monotonic()
            found = _results_with(each, tree)
            survived = {test: result for test, result in found.items() if result != "failure"}
            word = "SURVIVES" if survived else "caught"
            passed = time.monotonic() - start
            print(f"{each.name:{width}}  {word:8}  {passed:5.1f} s  {each.file}", flush=True)
            for test in each.tests:
                print(f"{'':{width}}  {found[test]:8}  {test}", flush=True)
            problems += [
                f"{each.name} survives: {test}: {result}" for test, result in survived.items()
            ]
    return problems


def check_imports(tree: Path) -> None:
    """Make sure that tests in a copy of the tree import the copy.

    Raises:
        SystemExit: When a package is imported from elsewhere.
    """
    modules = [found for each in SOURCES for found in (tree / each).glob("polyreel*/__init__.py")]
    packages = sorted(each.parent.name for each in modules)
    code = "import importlib as i, sys; [print(i.import_module(n).__file__) for n in sys.argv[1:]]"
    run = subprocess.run(
        [sys.executable, "-c", code, *packages],
        env=environment_of(tree),
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    places = [Path(line).resolve() for line in run.stdout.splitlines()]
    inside = [each for each in places if each.is_relative_to(tree.resolve())]
    if run.returncode or len(inside) != len(packages) or len(packages) < len(SOURCES):
        raise SystemExit(f"the copy is not what is imported: {run.stdout}{run.stderr}")


def results(tree: Path, tests: Collection[str]) -> dict[str, str]:
    """Run tests in a copy of the tree and return the result of each.

    A test with several cases counts as `failure` when one of them fails. The others are
    `error`, `skipped`, `passed` and `not run`.
    """
    report = tree / "report.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-c", str(tree / "pyproject.toml")]
    command += ["--rootdir", str(tree), "-n", "0", "-q", "-p", "no:cacheprovider"]
    command += ["--junitxml", str(report), *tests]
    try:
        run = subprocess.run(
            command,
            env=environment_of(tree),
            cwd=tree,
            capture_output=True,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return dict.fromkeys(tests, "not run")
    if not report.is_file():
        raise SystemExit(f"pytest wrote no report:\n{run.stdout}{run.stderr}")
    seen: dict[str, set[str]] = {test: set() for test in tests}
    for case in ElementTree.parse(report).iter("testcase"):
        file = case.get("classname", "").replace(".", "/")
        test = f"{file}.py::{case.get('name', '').partition('[')[0]}"
        kinds = {each.tag for each in case} & {"failure", "error", "skipped"}
        seen.setdefault(test, set()).update(kinds or {"passed"})
    order = ("failure", "error", "skipped", "passed")
    return {test: next((kind for kind in order if kind in seen[test]), "not run") for test in tests}


def _results_with(mutation: Mutation, tree: Path) -> dict[str, str]:
    """Return the results of a mutation's tests with the mutation, and undo it."""
    path = tree / mutation.file
    text = path.read_text(encoding="utf-8")
    path.write_text(mutation.apply(text), encoding="utf-8")
    try:
        return results(tree, mutation.tests)
    finally:
        path.write_text(text, encoding="utf-8")


@contextmanager
def _copy() -> Iterator[Path]:
    """Give a copy of the tree in a temporary folder, without hidden files and caches."""
    with tempfile.TemporaryDirectory() as folder:
        yield copy_tree(Path(folder).resolve() / "tree")


def _exists(test: str, root: Path) -> bool:
    file, _, name = test.partition("::")
    path = root / file
    if not path.is_file():
        return False
    module = ast.parse(path.read_text(encoding="utf-8"))
    return any(isinstance(each, ast.FunctionDef) and each.name == name for each in module.body)


def main() -> None:
    """List the mutations, or try all or some of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these; all by default")
    parser.add_argument("--list", action="store_true", help="list them and try none")
    options = parser.parse_args()
    unknown = set(options.names) - {each.name for each in MUTATIONS}
    if unknown:
        parser.error(f"no such mutation: {', '.join(sorted(unknown))}; see --list")
    chosen = [each for each in MUTATIONS if not options.names or each.name in options.names]
    if options.list:
        for each in chosen:
            print(f"{each.name}: {each.wrong} ({each.file})")
        return
    problems = tried(chosen)
    if problems:
        raise SystemExit("\n".join(problems))
    print(f"{len(chosen)} caught")


if __name__ == "__main__":
    main()
