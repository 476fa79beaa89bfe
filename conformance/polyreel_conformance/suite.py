"""AdapterConformance: the laws that every adapter keeps.

A vendor's test file is a subclass of a few lines:

    class TestJimmy(AdapterConformance):
        adapter = JimmyAdapter
        stand_in = JimmyStandIn
        examples = examples_folder(__file__)

Each test says what it means to a user and what to change when it fails.
"""

from __future__ import annotations

from .adapters import OnlyTranslates
from .answers import Answers
from .declared import WhatIsDeclared
from .documented import DocumentedExamples
from .life import LifeOfAJob
from .limits import Limits
from .matrix import FaultMatrix
from .sent import WhatIsSent
from .trouble import Trouble


class AdapterConformance(
    WhatIsDeclared,
    WhatIsSent,
    Limits,
    OnlyTranslates,
    Answers,
    DocumentedExamples,
    LifeOfAJob,
    Trouble,
    FaultMatrix,
):
    """All the laws, over every model that the adapter declares.

    Set `adapter`, `stand_in` and `examples`, as `UnderTest` describes them.
    """
