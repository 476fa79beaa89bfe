"""AdapterConformance: the tests that every adapter must pass.

A vendor's test file is a subclass of a few lines:

    class TestJimmy(AdapterConformance):
        adapter = JimmyAdapter
        stand_in = JimmyStandIn
        examples = examples_folder(__file__)

Each test says what it means for a user and what to change when it fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from .laws.answers import Answers
from .laws.calls import Calls
from .laws.charges import Charges
from .laws.declared import WhatIsDeclared
from .laws.documented import DocumentedExamples
from .laws.doubt import Doubt
from .laws.found_again import FoundAgain
from .laws.free_calls import FreeCalls
from .laws.keyed_results import KeyedResults
from .laws.life import LifeOfAJob
from .laws.limits import Limits
from .laws.live import Live
from .laws.matrix import FaultMatrix
from .laws.odd_answers import OddAnswers
from .laws.only_translates import OnlyTranslates
from .laws.other_errors import OtherErrors
from .laws.registering import Registering
from .laws.sent import WhatIsSent
from .outcomes import KnownGap
from .ownership import refuse_replacements


class AdapterConformance(
    WhatIsDeclared,
    WhatIsSent,
    Calls,
    Limits,
    OnlyTranslates,
    Answers,
    OddAnswers,
    Charges,
    DocumentedExamples,
    LifeOfAJob,
    OtherErrors,
    Doubt,
    FoundAgain,
    Registering,
    KeyedResults,
    FreeCalls,
    FaultMatrix,
    Live,
):
    """All the laws, run for every model that the adapter declares.

    Set `adapter`, `stand_in` and `examples`, as `UnderTest` describes them. A subclass may add
    tests of its own. It must not replace or remove one of the kit's.

    Attributes:
        known_gaps: The laws that the adapter does not pass yet, each with a reason and a link.
            A key names a test with all its cases, `test_create_fault`, or one case of it,
            `test_media_keep_their_order[seedance2.0-std]`. A gap is expected to fail. When it
            passes, the test fails until the gap is removed. A key that names no test is an error.

    Raises:
        TypeError: When a subclass replaces a test or a helper of the kit.
    """

    known_gaps: ClassVar[Mapping[str, KnownGap]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        refuse_replacements(cls)
