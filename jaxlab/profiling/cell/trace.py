"""One trace of JAX's profiler over a cell: bounded, and it gives way to a trace of the user's."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import Any

import jax

from jaxlab import _jax
from jaxlab.errors import ProfileError
from jaxlab.profiling.clock import SYSTEM, Clock
from jaxlab.profiling.trace import Event, start_session

MOST_CALLS = 2_000
"""Calls after which the trace ends: each leaves twenty events or more."""

MOST_EVENTS = 60_000
"""Events that are read: these take about a second."""

MOST_SECONDS = 5.0
"""Running time after which the trace ends. Of a pause between calls half a second counts: in the
rest something was compiled, or Python did something else."""

LONGEST_CALL = 30.0
"""Seconds after a call's return after which the trace ends, whatever runs then."""

_ANCHOR = "jaxlab_cell"
_OF_THE_HOST = (
    *("ThreadpoolListener::", "end: ", "PjitFunction(", "ParseArguments", "CommonPjRt"),
    *("Handle input", "AllocateOutputBuffers"),
)
"""How names begin that the host gives to what is no instruction, the most frequent ones."""


class CellTrace:
    """A session of the profiler, from when it is made until `end`.

    Attributes:
      calls: how many calls had been made when it ended.
      why: why it ended before the cell did, or never began; "" where it did not.
      began, ended: when, by the clock.
    """

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self.calls = 0
        self.why = ""
        self.began = self.ended = clock()
        self._clock = clock
        self._lock = threading.RLock()
        self._data: Any = None
        self._session: Any = None
        self._exits = ExitStack()
        self._running = 0.0
        try:
            self._session = start_session(1)
        except ProfileError as error:
            self.why = f"Device times were not measured. {error}"
            return
        with jax.profiler.TraceAnnotation(_ANCHOR):
            self.began = self._last = clock()
        self._exits.enter_context(_jax.giving_way(self._give_way))
        self._over = threading.Event()
        self._guardian = threading.Thread(target=self._guard, name="jaxlab trace", daemon=True)
        self._guardian.start()

    def watch(self, calls: int) -> None:
        """A call has returned; ends the trace where it would grow too large."""
        if self._session is None:
            return
        now = self._clock()
        self.calls = calls
        self._running += min(now - self._last, 0.5)
        self._last = now
        if calls >= MOST_CALLS or self._running > MOST_SECONDS:
            self.end(f"The trace covers the cell's first {calls:,} calls.")

    def end(self, why: str = "") -> None:
        """End the session. Safe to repeat, and from any thread."""
        with self._lock:
            session, self._session = self._session, None
            if session is None:
                return
            self.why = why
            self.ended = self._clock()
            self._over.set()
            self._exits.close()
            self._data = _jax.stop_profiler(session)
        if threading.current_thread() is not self._guardian:
            self._guardian.join(1.0)

    def read(self) -> tuple[list[Event], int]:
        """The events, in seconds of the clock, as many as are read; and how many there were."""
        data, self._data = self._data, None
        if data is None:
            return [], 0
        rows, seen = _jax.first_events(data, _is_wanted, MOST_EVENTS)
        seen -= 1
        anchor = next((row[3] for row in rows if row[2] == _ANCHOR), None)
        if anchor is None:
            return [], seen
        shift = self.began - anchor * 1e-9
        return [
            Event(name, start * 1e-9 + shift, seconds * 1e-9, line, plane, stats)
            for plane, line, name, start, seconds, stats in rows
            if name != _ANCHOR
        ], seen

    def _give_way(self) -> None:
        self.end("The cell traces with JAX's profiler itself: device times end there.")

    def _guard(self) -> None:
        """End the trace of a call that runs without end."""
        while not self._over.wait(1.0):
            if self.calls and self._clock() - self._last > LONGEST_CALL:
                self.end(f"The trace ended {LONGEST_CALL:.0f} s after the last call's return.")


def _is_wanted(name: str) -> bool:
    return not name.startswith(_OF_THE_HOST)
