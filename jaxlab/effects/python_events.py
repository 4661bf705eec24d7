"""Hear what the user's own Python does: which functions it enters, and what it calls.

Nothing of the user's is replaced. From Python 3.12 `sys.monitoring` tells it, and only of the
user's own code; Python 3.11 has `sys.setprofile`, which is set while JAX traces and no longer.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import lru_cache
from types import CodeType, FrameType
from typing import Any, Protocol

from jaxlab import _jax

_monitoring: Any = getattr(sys, "monitoring", None)  # not in Python 3.11


class PythonListener(Protocol):
    """Is told what the user's own Python does. Must not raise."""

    def is_tracing(self) -> bool:
        """Whether JAX traces a function of the user's in this thread."""
        ...

    def wants(self, function: Any) -> bool:
        """Whether calls of a function are to be told also while JAX does not trace."""
        ...

    def on_enter(self, frame: FrameType) -> None:
        """A function of the user's begins while JAX traces."""

    def on_call(self, frame: FrameType, function: Any, first: Any) -> None:
        """The user's code calls something.

        Args:
          frame: the caller's.
          function: what is called; on Python 3.11 the code where that is Python.
          first: its first argument; None where there is none, or for C on Python 3.11.
        """


@lru_cache(maxsize=16384)
def is_own(code: CodeType) -> bool:
    """Whether code is the user's own: a cell, a script, a module beside it; no library."""
    return _jax.is_own_file(code.co_filename)


_listeners: list[PythonListener] = []

_lock = threading.RLock()


class hear_python:
    """Tell a listener what the user's own Python does, in any thread, until `stop`."""

    def __init__(self, listener: PythonListener) -> None:
        self._listener = listener
        self.works = True
        with _lock:
            _listeners.append(listener)
            if len(_listeners) == 1:
                self.works = _engine.start()
            self.sees_calls = _engine.sees_calls
            running: FrameType | None = sys._getframe(1)
            while running is not None:
                _engine.meet(running.f_code)
                running = running.f_back

    def stop(self) -> None:
        """Tell it no more. Safe to repeat."""
        with _lock:
            if self._listener in _listeners:
                _listeners.remove(self._listener)
                if not _listeners:
                    _engine.stop()


def trace_begins() -> None:
    """JAX begins to trace a function of the user's in this thread, and traces no other in it."""
    _engine.trace_begins()


def trace_ends() -> None:
    """It has ended."""
    _engine.trace_ends()


class _Monitoring:
    """By `sys.monitoring`: a place that nobody asks about falls silent when first met."""

    _PLACES = (4, 3, 1, 2, 0)  # what debuggers, coverage and profilers take by habit comes last

    def __init__(self) -> None:
        self._tool: int | None = None
        self._met: set[CodeType] = set()

    @property
    def sees_calls(self) -> bool:
        """Whether calls outside of traces are heard."""
        return self._tool is not None

    def start(self) -> bool:
        monitoring = _monitoring
        free = (each for each in self._PLACES if monitoring.get_tool(each) is None)
        self._tool = next(free, None)
        if self._tool is None:
            return False
        monitoring.use_tool_id(self._tool, "jaxlab")
        events = monitoring.events
        monitoring.register_callback(self._tool, events.PY_START, self._on_start)
        monitoring.register_callback(self._tool, events.CALL, self._on_call)
        monitoring.set_events(self._tool, events.PY_START)
        monitoring.restart_events()
        return True

    def stop(self) -> None:
        if self._tool is None:
            return
        monitoring = _monitoring
        monitoring.set_events(self._tool, 0)
        for code in self._met:
            monitoring.set_local_events(self._tool, code, 0)
        self._met.clear()
        for event in (monitoring.events.PY_START, monitoring.events.CALL):
            monitoring.register_callback(self._tool, event, None)
        monitoring.free_tool_id(self._tool)
        self._tool = None

    def meet(self, code: CodeType) -> None:
        """Hear the calls of some code from now on, if it is the user's own."""
        if self._tool is not None and code not in self._met and is_own(code):
            self._met.add(code)
            _monitoring.set_local_events(self._tool, code, _monitoring.events.CALL)

    def trace_begins(self) -> None:
        _monitoring.restart_events()

    def trace_ends(self) -> None:
        pass

    def _on_start(self, code: CodeType, offset: int) -> Any:
        if not is_own(code):
            return _monitoring.DISABLE
        self.meet(code)
        told = [listener for listener in _listeners if listener.is_tracing()]
        if not told:
            return _monitoring.DISABLE
        frame = sys._getframe(1)
        for listener in told:
            listener.on_enter(frame)
        return None

    def _on_call(self, code: CodeType, offset: int, function: Any, first: Any) -> Any:
        told = [each for each in _listeners if each.is_tracing() or each.wants(function)]
        if not told:
            return _monitoring.DISABLE
        frame = sys._getframe(1)
        if first is _monitoring.MISSING:
            first = None
        for listener in told:
            listener.on_call(frame, function, first)
        return None


class _Profile:
    """By `sys.setprofile`, while JAX traces; another profiler has to wait for that long."""

    sees_calls = False

    def __init__(self) -> None:
        self._before = threading.local()

    def start(self) -> bool:
        return True

    def stop(self) -> None:
        pass

    def meet(self, code: CodeType) -> None:
        pass

    def trace_begins(self) -> None:
        self._before.profile = sys.getprofile()
        sys.setprofile(self._on_event)

    def trace_ends(self) -> None:
        sys.setprofile(self._before.__dict__.pop("profile", None))

    def _on_event(self, frame: FrameType, event: str, function: Any) -> None:
        if event == "c_call" and is_own(frame.f_code):
            self._tell(lambda listener: listener.on_call(frame, function, None))
        elif event == "call":
            if is_own(frame.f_code):
                self._tell(lambda listener: listener.on_enter(frame))
            caller, code = frame.f_back, frame.f_code
            if caller is not None and is_own(caller.f_code):
                first = frame.f_locals.get(code.co_varnames[0]) if code.co_argcount else None
                self._tell(lambda listener: listener.on_call(caller, code, first))

    @staticmethod
    def _tell(say: Callable[[PythonListener], None]) -> None:
        for listener in _listeners:
            if listener.is_tracing():
                say(listener)


_engine: _Monitoring | _Profile = _Profile() if _monitoring is None else _Monitoring()
