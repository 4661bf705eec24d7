"""Runs: a call made again and again, each time until its results are there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from jaxlab.profiling.clock import (
    SYSTEM,
    Clock,
    Progress,
    load_per_core,
    without_garbage_collection,
)
from jaxlab.profiling.stages.ready import ready, waiter_for
from jaxlab.profiling.times import FEW, Times
from jaxlab.quantities import quantity

BUDGET = 1.0
"""Seconds that runs may take in all, where no number of runs is asked for."""

FEWEST, MOST = FEW, 1000
"""How many runs there are at least and at most, where no number of runs is asked for."""

_BETWEEN_TELLING = 0.05


class Inputs(Protocol):
    """Where the arguments of each run come from; nothing of it is timed."""

    def take(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and named arguments for the next run."""
        ...

    def give(self, results: Any) -> None:
        """Take the results of the run that has ended."""
        ...


@dataclass(frozen=True)
class Runs:
    """Warm runs of one call.

    Attributes:
      dispatch: until the call returned; the device may still be at work.
      total: until the results were there.
      interrupted: whether the user ended it before its time.
      load: threads that wanted to run before it began, per core; None where it is not known.
    """

    dispatch: Times
    total: Times
    interrupted: bool = False
    load: float | None = None

    @property
    def count(self) -> int:
        """How many runs were measured."""
        return self.total.count

    def doubts(self) -> tuple[str, ...]:
        """Why the figures should not be trusted, a sentence each."""
        doubts = self.total.doubts()
        if self.load is not None and self.load > 1:
            doubts += (
                f"The machine was busy before: {quantity(self.load)} threads wanted each core.",
            )
        return doubts


@dataclass
class _Measured:
    """What was measured so far; it grows while the calls are made."""

    dispatch: list[float] = field(default_factory=list[float])
    total: list[float] = field(default_factory=list[float])

    def runs(self, interrupted: bool, load: float | None) -> Runs | None:
        if not self.total:
            return None
        dispatch = tuple(self.dispatch[: len(self.total)])
        return Runs(Times(dispatch), Times(tuple(self.total)), interrupted, load)


def time_runs(
    call: Callable[..., Any],
    inputs: Inputs | None = None,
    *,
    runs: int | None = None,
    budget: float = BUDGET,
    clock: Clock = SYSTEM,
    progress: Progress | None = None,
    load: Callable[[], float | None] = load_per_core,
) -> Runs | None:
    """Make a call again and again and take its times.

    Garbage is collected before and not meanwhile. What a run returned is let go before the next
    one begins, and that is not timed.

    Args:
      call: what is timed; it was called before, so that this is no first time.
      inputs: arguments for each run; None for a call that needs none.
      runs: how many; None chooses: as many as the budget has room for, from 5 to 1,000.
      budget: seconds for all runs together; it counts for nothing where `runs` is given.
      clock: seconds.
      progress: told "runs" and the share done, at most twenty times a second.
      load: how busy the machine is, asked before the first run.

    Returns:
      The runs. Where the user interrupts, those that had ended by then; None where none had.
    """
    measured, busy = _Measured(), load()
    limits = (FEWEST, MOST) if runs is None else (runs, runs)
    try:
        with without_garbage_collection():
            _repeat(call, inputs, measured, limits, budget, clock, progress)
    except KeyboardInterrupt:
        return measured.runs(interrupted=True, load=busy)
    return measured.runs(interrupted=False, load=busy)


def _repeat(
    call: Callable[..., Any],
    inputs: Inputs | None,
    measured: _Measured,
    limits: tuple[int, int],
    budget: float,
    clock: Clock,
    progress: Progress | None,
) -> None:
    fewest, most = limits
    run = call
    wait: Callable[[Any], object] = ready
    spent = told = 0.0
    while len(measured.total) < most and (len(measured.total) < fewest or spent < budget):
        if inputs is not None:
            args, kwargs = inputs.take()
            run = partial(call, *args, **kwargs)
        start = clock()
        results = run()
        returned = clock()
        wait(results)
        end = clock()
        measured.dispatch.append(returned - start)
        measured.total.append(end - start)
        spent += end - start
        if wait is ready:
            wait = waiter_for(results)
        if inputs is not None:
            inputs.give(results)
        del results
        if progress is not None and spent - told >= _BETWEEN_TELLING:
            told = spent
            progress("runs", share_done(len(measured.total), limits, spent, budget))


def share_done(count: int, limits: tuple[int, int], spent: float, budget: float) -> float:
    """How much of some runs is done, from 0 to 1: of the fewest, and of the budget."""
    fewest, most = limits
    if fewest == most:
        return min(1.0, count / most)
    return min(1.0, count / fewest, max(spent / budget if budget else 1.0, count / most))
