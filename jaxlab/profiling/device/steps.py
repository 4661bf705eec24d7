"""A few runs of a compiled program under JAX's profiler."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax

from jaxlab.profiling.clock import SYSTEM, Clock, Progress
from jaxlab.profiling.device.events import STEP
from jaxlab.profiling.stages.ready import ready
from jaxlab.profiling.stages.runs import Inputs
from jaxlab.profiling.trace import Event, tracing

MOST_STEPS = 20
"""Runs that are traced at most."""

MOST_EVENTS = 20_000
"""Events that are traced at most beyond those of the first run: 60,000 take a second to read."""

BUDGET = 1.0
"""Seconds that the runs after the first may take."""


@dataclass(frozen=True)
class TracedSteps:
    """What the profiler saw of some runs.

    Attributes:
      events: of all runs.
      seconds: how long each took until its results were there, the profiler's part included.
      interrupted: whether the user ended it before its time.
    """

    events: tuple[Event, ...]
    seconds: tuple[float, ...]
    interrupted: bool = False


def trace_steps(
    call: Callable[..., Any],
    inputs: Inputs,
    *,
    clock: Clock = SYSTEM,
    progress: Progress | None = None,
) -> TracedSteps:
    """Run a program under the profiler: once, and as often again as its events and time allow.

    Args:
      call: a compiled program that ran before.
      inputs: arguments for each run.
      clock: seconds.
      progress: told "trace" and the share done.

    Raises:
      ProfileError: the profiler can't be used; nothing was run then.
    """
    events: list[Event] = []
    seconds: list[float] = []

    def run() -> None:
        args, kwargs = inputs.take()
        start = clock()
        with jax.profiler.TraceAnnotation(STEP):
            results = call(*args, **kwargs)
            ready(results)
        seconds.append(clock() - start)
        inputs.give(results)

    try:
        with tracing() as trace:
            run()
        events += trace.events
        more = min(MOST_STEPS - 1, MOST_EVENTS // max(1, len(events)))
        more = min(more, int(BUDGET / seconds[0]) if seconds[0] else more)
        if more:
            with tracing() as trace:
                for step in range(more):
                    run()
                    if progress is not None:
                        progress("trace", (step + 1) / more)
            events += trace.events
    except KeyboardInterrupt:
        return TracedSteps(tuple(events), tuple(seconds), interrupted=True)
    return TracedSteps(tuple(events), tuple(seconds))
