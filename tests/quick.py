"""Quick polls, for commands run against stand-ins."""

from polyreel import PollTiming
from polyreel.sandbox import Pace

QUICK = PollTiming(first=0.05, gap=0.05, floor=0.01)
START_QUICKLY = """\
from polyreel import PollTiming, Registry
from polyreel.cli import main
for installed in Registry.installed().adapters.values():
    installed.adapter.poll_timing = PollTiming(first=0.05, gap=0.05, floor=0.01)
main()
"""
ENDLESS = Pace(queued=0.0, running=600.0)
