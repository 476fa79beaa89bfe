"""Forks: what a child process makes anew instead of sharing it with its parent.

A child inherits the parent's sockets, its connection to the journal, and locks that no thread of
the child will ever release. It must not use them, and must not close them either: the parent
still works with them.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import Protocol
from weakref import WeakSet


class Renewed(Protocol):
    """What has a state that a child can't share."""

    def renew_after_fork(self) -> None:
        """Start anew, in the child. It runs alone: the child has one thread."""
        ...


class Paused(Protocol):
    """What must not be in the middle of its work while the process forks."""

    def pause_for_fork(self) -> None:
        """Finish what is going on, and begin nothing more."""
        ...

    def resume_after_fork(self) -> None:
        """Go on, in the parent."""
        ...


_renewed: WeakSet[Renewed] = WeakSet()
_paused: WeakSet[Paused] = WeakSet()
_paused_now: list[Paused] = []


def renew_in_children(thing: Renewed) -> None:
    """Call `renew_after_fork` in every child that is forked from this process."""
    _renewed.add(thing)


def pause_for_forks(thing: Paused) -> None:
    """Pause something around every fork of this process."""
    _paused.add(thing)


def leave_to_parent(thing: object) -> None:
    """Never close or free what belongs to the parent, not even when this process ends.

    SQLite, for one, would roll back the parent's transaction when its connection is freed here.
    """
    import ctypes  # a child alone needs it

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


def _pause_all() -> None:
    if _renewed:
        _finish_imports()
    for thing in list(_paused):
        thing.pause_for_fork()
        _paused_now.append(thing)


def _finish_imports() -> None:
    """Wait for the modules that other threads are loading.

    Python never releases the lock of a module that was being loaded when the process forked, so
    a child that needs the module would wait for ever. polyreel loads much when it is first used.
    """
    for name, module in list(sys.modules.items()):
        if getattr(getattr(module, "__spec__", None), "_initializing", False):
            with contextlib.suppress(ImportError):  # the thread that loads it gets the error
                importlib.import_module(name)


def _resume_all() -> None:
    while _paused_now:
        _paused_now.pop().resume_after_fork()


def _renew_all() -> None:
    _paused_now.clear()
    _paused.clear()
    for thing in list(_renewed):
        thing.renew_after_fork()


if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(before=_pause_all, after_in_parent=_resume_all, after_in_child=_renew_all)
