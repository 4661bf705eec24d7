"""Timing in rounds, medians over the rounds, and how they are printed beside their limits."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

from jaxlab.quantities import quantity


@dataclass(frozen=True)
class Figure:
    """One measured number.

    Attributes:
      name: what was measured.
      value: in `unit`; "%" expects a share of one.
      unit: "s", "B", "%" or "".
      limit: what it must stay under; None where it is only told.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None

    def __str__(self) -> str:
        text = f"  {self.name:<58} {quantity(self.value, self.unit):>9}"
        if self.limit is None:
            return text
        verdict = "ok" if self.value < self.limit else "OVER"
        return f"{text}   limit {quantity(self.limit, self.unit)}: {verdict}"


@dataclass(frozen=True)
class Clock:
    """Seconds by name, one for each round; the first round does not count.

    Things are timed in turn, round by round, so that a slow moment of the machine falls on
    all of them.
    """

    taken: dict[str, list[float]] = field(default_factory=dict)

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Time a `with` block, with the garbage of before collected first."""
        gc.collect()
        start = time.perf_counter()
        yield
        self.note(name, time.perf_counter() - start)

    def note(self, name: str, taken: float) -> None:
        """Take seconds that were measured elsewhere."""
        self.taken.setdefault(name, []).append(taken)

    def median(self, name: str) -> float:
        """The median of a name's rounds but the first."""
        return median(self.taken[name][1:])

    def ratio(self, name: str, other: str) -> float:
        """The median over the rounds of one name's seconds by another's, in the same round."""
        pairs = zip(self.taken[name][1:], self.taken[other][1:], strict=True)
        return median(first / second for first, second in pairs)


def show(title: str, figures: Sequence[Figure]) -> None:
    """Print figures under a title; end with status 1 if one is over its limit."""
    print(title)
    for figure in figures:
        print(figure, flush=True)
    if any(figure.limit is not None and figure.value >= figure.limit for figure in figures):
        sys.exit(1)
