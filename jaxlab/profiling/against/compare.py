"""Compare two calls, or two profiles: which takes less time, by how much, and is that certain?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jaxlab.errors import InputError
from jaxlab.profiling.clock import SYSTEM, Clock, Progress, without_garbage_collection
from jaxlab.profiling.stages.ready import ready, waiter_for
from jaxlab.profiling.stages.runs import share_done
from jaxlab.profiling.stages.stage_times import StageTimes
from jaxlab.profiling.times import Times, median_interval
from jaxlab.quantities import quantity
from jaxlab.report import Report, Table

BUDGET = 2.0
"""Seconds that all pairs may take, where their number is not asked for."""

FEWEST, MOST = 6, 1000
"""Pairs at least and at most: with fewer than 6 there is no interval at 95 %."""


@dataclass(frozen=True)
class Comparison:
    """Two calls timed in turns.

    Attributes:
      names: what they are called.
      first: seconds of each one's first run, in which it may have compiled.
      times: of each, in the order of pairs.
      ratio: the median over the pairs of the first's time by the second's.
      interval: where that median lies, at 95 % of confidence.
      interrupted: whether the user ended it before its time.
      notes: what to beware of, a sentence each.
    """

    names: tuple[str, str]
    first: tuple[float, float]
    times: tuple[Times, Times]
    ratio: float
    interval: tuple[float, float]
    interrupted: bool = False
    notes: tuple[str, ...] = ()

    @property
    def certain(self) -> bool:
        """Whether one of them is faster beyond doubt: the interval does not have 1 in it."""
        return not self.interval[0] <= 1 <= self.interval[1]

    @property
    def headline(self) -> str:
        """What came out, in a sentence."""
        (one, other), (low, high) = self.names, self.interval
        if not self.certain:
            return (
                f"{one} and {other} take about the same time: a ratio of {quantity(self.ratio)}, "
                f"95 % sure to be within {quantity(low)} and {quantity(high)}."
            )
        ratio = self.ratio
        if ratio < 1:
            one, other, ratio, low, high = other, one, 1 / ratio, 1 / high, 1 / low
        return (
            f"{other} is {quantity(ratio)} times as fast as {one} "
            f"(95 % sure: {quantity(low)} to {quantity(high)})."
        )

    def table(self) -> Table:
        """Both as a table of a report."""
        rows = tuple(
            (name, times.median, *times.quartiles, times.best, first, times.count)
            for name, times, first in zip(self.names, self.times, self.first, strict=True)
        )
        columns = ("call", "median", "lower quartile", "upper quartile", "best", "first", "runs")
        return Table("Comparison", columns, rows, units=("", *("s",) * 5, ""))

    def report(self) -> Report:
        """What there is to show of it."""
        return Report(
            title=" against ".join(self.names),
            figures=(self.headline,),
            notes=self.notes,
            tables=(self.table(),),
        )

    def __str__(self) -> str:
        width = max(map(len, self.names))
        pairs = zip(self.names, self.times, strict=True)
        lines = [f"{name:<{width}}  {times}" for name, times in pairs]
        return "\n".join([*lines, self.headline, *self.notes])


def compare(
    one: Callable[[], Any],
    other: Callable[[], Any],
    *,
    names: tuple[str, str] = ("A", "B"),
    pairs: int | None = None,
    budget: float = BUDGET,
    clock: Clock = SYSTEM,
    progress: Progress | None = None,
) -> Comparison:
    """Time two calls in turns, each until its results are there.

    What slows the machine down for a while slows both runs of a pair. Which of the two goes first
    follows the Thue-Morse sequence (AB BA BA AB ...): then neither gains where the machine gets
    slower or faster steadily. The ratio is the median of the pairs' ratios; its interval is that
    of a median, by the sign test (see `times.median_interval`), and takes no distribution for
    granted. Garbage is collected before and not meanwhile.

    Args:
      one, other: what to compare; they may be of different frameworks, see `ready`. Each is
        called once before, which is not compared.
      names: what they are called.
      pairs: how many; None chooses: as many as the budget has room for, from 6 to 1,000.
      budget: seconds for all pairs together, where `pairs` is not given.
      clock: seconds.
      progress: told "pairs" and the share done.

    Raises:
      InputError: fewer than one pair is asked for.
      KeyboardInterrupt: before the first pair had ended. Later, what was measured is given.
    """
    if pairs is not None and pairs < 1:
        raise InputError(f"`pairs` must be at least 1, got {pairs}.")
    calls = (_Call(one, clock), _Call(other, clock))
    first = (calls[0].run(), calls[1].run())
    limits = (FEWEST, MOST) if pairs is None else (pairs, pairs)
    taken: list[tuple[float, float]] = []
    interrupted = False
    spent = 0.0
    try:
        with without_garbage_collection():
            while len(taken) < limits[1] and (len(taken) < limits[0] or spent < budget):
                taken.append(_pair(calls, len(taken)))
                spent += sum(taken[-1])
                if progress is not None:
                    progress("pairs", share_done(len(taken), limits, spent, budget))
    except KeyboardInterrupt:
        if not taken:
            raise
        interrupted = True
    return _comparison(names, first, taken, interrupted)


def diff(one: StageTimes, other: StageTimes, names: tuple[str, str] = ("A", "B")) -> Table:
    """Two profiles' stages side by side.

    The last column says whether a difference is beyond the noise: the intervals in which the two
    medians lie, at 95 % of confidence each, do not overlap. That is known of warm runs only, of
    six or more; the other stages were timed once.
    """
    known = (dict(one.rows), dict(other.rows))
    stages = [name for name, _ in one.rows]
    stages += [name for name, _ in other.rows if name not in known[0]]
    rows = tuple(
        (stage, *_side_by_side(known[0].get(stage), known[1].get(stage))) for stage in stages
    )
    columns = ("stage", *names, f"{names[1]} by {names[0]}", "beyond the noise")
    return Table("Stages", columns, rows, units=("", "s", "s", "", ""))


def _side_by_side(one: Times | None, other: Times | None) -> tuple[float | str, ...]:
    if one is None or other is None:
        return (one.median if one else "", other.median if other else "", "", "")
    ratio: float | str = other.median / one.median if one.median else ""
    if min(one.count, other.count) < FEWEST:
        return (one.median, other.median, ratio, "not known")
    (low, high), (other_low, other_high) = one.interval, other.interval
    return (
        one.median,
        other.median,
        ratio,
        "no" if low <= other_high and other_low <= high else "yes",
    )


class _Call:
    """One of the calls; how its results are waited for is chosen after its first run."""

    def __init__(self, call: Callable[[], Any], clock: Clock) -> None:
        self.call = call
        self.clock = clock
        self.wait: Callable[[Any], object] | None = None

    def run(self) -> float:
        """Seconds until the results are there."""
        wait = self.wait or ready
        start = self.clock()
        results = self.call()
        wait(results)
        seconds = self.clock() - start
        if self.wait is None:
            self.wait = waiter_for(results)
        return seconds


def _pair(calls: tuple[_Call, _Call], number: int) -> tuple[float, float]:
    """One run of each; the second goes first where the number has an odd count of ones."""
    if number.bit_count() % 2:
        second = calls[1].run()
        return calls[0].run(), second
    return calls[0].run(), calls[1].run()


def _comparison(
    names: tuple[str, str],
    first: tuple[float, float],
    taken: list[tuple[float, float]],
    interrupted: bool,
) -> Comparison:
    times = (Times(tuple(one for one, _ in taken)), Times(tuple(other for _, other in taken)))
    ratios = tuple(one / other if other else 1.0 for one, other in taken)
    notes: list[str] = []
    if len(taken) < FEWEST:
        notes.append("Fewer than 6 pairs: the interval is less than 95 % sure.")
    if interrupted:
        notes.append("Interrupted: these are the figures up to then.")
    return Comparison(
        names,
        first,
        times,
        Times(ratios).median,
        median_interval(ratios),
        interrupted,
        tuple(notes),
    )
