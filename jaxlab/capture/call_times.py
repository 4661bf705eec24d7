"""How long the calls took that a recorder notes: totals per kind of call, and when they were."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jaxlab import _jax
from jaxlab.origin import Frame

MOST_INTERVALS = 200_000
"""Calls whose begin and end are kept: 16 bytes each."""


@dataclass(slots=True)
class Spent:
    """What all calls of one kind took: of one executable, or of one operation on one line.

    Attributes:
      name: the function's or the primitive's.
      executable: what ran; None for what is no jitted call.
      users: whether it is a jitted function of the user's own.
      frame: the line of the first call.
      count: calls.
      seconds: until they returned.
      compiling: of them, those in which something was compiled, and what those took in all.
      stages: seconds of tracing, lowering and compiling, as JAX says.
    """

    name: str
    executable: Any
    users: bool
    frame: Frame | None
    count: int = 0
    seconds: float = 0.0
    compiling: int = 0
    compiling_seconds: float = 0.0
    stages: dict[str, float] = field(default_factory=dict[str, float])

    @property
    def dispatch(self) -> float | None:
        """Seconds until a call returns that has nothing to compile; None if there was none."""
        calls = self.count - self.compiling
        return (self.seconds - self.compiling_seconds) / calls if calls else None

    @property
    def compile_seconds(self) -> float:
        """Seconds of tracing, lowering and compiling."""
        return sum(self.stages.values())


@dataclass(slots=True)
class CallTimes:
    """Times of calls, while they are noted. One for each recording.

    Attributes:
      watch: told after each call how many there were; it may end a trace.
      spent: by the recorder's key of the kind of call.
      starts, ends, kinds: of each call, in order: when, by `time.perf_counter`, and its key in
        `spent`; the first `MOST_INTERVALS`.
      count: all calls.
      own: seconds that the notes took.
      elsewhere: seconds by stage of what was compiled outside of calls.
    """

    watch: Callable[[int], None] | None = None
    spent: dict[int, Spent] = field(default_factory=dict[int, Spent])
    starts: array[float] = field(default_factory=lambda: array("d"))
    ends: array[float] = field(default_factory=lambda: array("d"))
    kinds: array[int] = field(default_factory=lambda: array("q"))
    count: int = 0
    own: float = 0.0
    elsewhere: dict[str, float] = field(default_factory=dict[str, float])
    listener: _jax.CompileListener = field(default_factory=_jax.CompileListener)

    def note(self, kind: int, start: float, end: float) -> None:
        """Note a call of a kind that is in `spent`, and that has ended."""
        spent = self.spent[kind]
        seconds = end - start
        spent.count += 1
        spent.seconds += seconds
        self.count += 1
        if len(self.starts) < MOST_INTERVALS:
            self.starts.append(start)
            self.ends.append(end)
            self.kinds.append(kind)
        if self.listener.heard:
            self._take_compiles(spent, seconds)
        if self.watch is not None:
            self.watch(self.count)
        self.own += time.perf_counter() - end

    def stop(self) -> None:
        """Hear nothing more."""
        self.listener.stop()
        self._take_compiles(None, 0.0)

    def _take_compiles(self, spent: Spent | None, seconds: float) -> None:
        """Give what was heard since the last call to this one, where it is of this function."""
        compiled = False
        for stage, name, took in self.listener.heard:
            mine = spent is not None and name.removeprefix("jit(").removesuffix(")") == spent.name
            stages = spent.stages if spent is not None and mine else self.elsewhere
            stages[stage] = stages.get(stage, 0.0) + took
            compiled |= mine
        self.listener.heard.clear()
        if spent is not None and compiled:
            spent.compiling += 1
            spent.compiling_seconds += seconds
