"""The conformance suite: it tells an adapter's author, test by test, whether it is right."""

from .accepted import accepted_requests
from .flows import examples_folder
from .mount import ManualClock, mounted
from .refused import refused_requests
from .suite import AdapterConformance

__all__ = [
    "AdapterConformance",
    "ManualClock",
    "accepted_requests",
    "examples_folder",
    "mounted",
    "refused_requests",
]
