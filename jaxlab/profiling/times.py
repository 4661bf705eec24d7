"""Times: what repeated measurements of one thing say, and whether they can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from statistics import median, quantiles

from jaxlab.quantities import quantity

FEW = 5
"""Below this many runs a median says little, and quartiles nothing."""

_WIDE_SPREAD = 0.2
_DRIFT = 0.05
_HALVES = 10


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of each run of the same thing, in the order in which they were measured.

    Medians and quartiles rather than means: now and then the system takes a moment for itself,
    and one such run must not change the figure.
    """

    seconds: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.seconds:
            raise ValueError("Times need at least one run.")

    @property
    def count(self) -> int:
        """How many runs were measured."""
        return len(self.seconds)

    @property
    def median(self) -> float:
        """Half of the runs took less."""
        return median(self.seconds)

    @property
    def quartiles(self) -> tuple[float, float]:
        """A quarter of the runs took less than the first, a quarter more than the second."""
        if self.count == 1:
            return self.seconds[0], self.seconds[0]
        first, _, third = quantiles(self.seconds, n=4, method="inclusive")
        return first, third

    @property
    def best(self) -> float:
        """The shortest run."""
        return min(self.seconds)

    @property
    def worst(self) -> float:
        """The longest run."""
        return max(self.seconds)

    @property
    def spread(self) -> float:
        """How far the quartiles lie apart, as a share of the median."""
        first, third = self.quartiles
        return (third - first) / self.median if self.median else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true median lies, at 95 % of confidence; see `median_interval`."""
        return median_interval(self.seconds)

    def doubts(self) -> tuple[str, ...]:
        """Why the median should not be trusted, a sentence each; () where nothing speaks so."""
        if self.count < FEW:
            return (f"{_runs(self.count)} only: too few to say how far others would be off.",)
        return tuple(doubt for doubt in (self._drift(), self._wide()) if doubt)

    def _drift(self) -> str:
        """The halves differ by more than 5 %, and the middle halves of them do not overlap."""
        if self.count < _HALVES:
            return ""
        half = self.count // 2
        early, late = Times(self.seconds[:half]), Times(self.seconds[-half:])
        change = late.median / early.median - 1 if early.median else 0.0
        overlap = (
            early.quartiles[0] <= late.quartiles[1] and late.quartiles[0] <= early.quartiles[1]
        )
        if overlap or abs(change) <= _DRIFT:
            return ""
        how = "slower" if change > 0 else "faster"
        return (
            f"The second half of the runs was {quantity(abs(change), '%')} {how} than the first: "
            "the machine's speed changes, or the time depends on the values."
        )

    def _wide(self) -> str:
        if self.spread <= _WIDE_SPREAD:
            return ""
        return (
            f"The quartiles lie {quantity(self.spread, '%')} of the median apart: the machine does "
            "other things too, or the time depends on the values."
        )

    def __str__(self) -> str:
        if self.count == 1:
            return quantity(self.median, "s")
        return (
            f"{quantity(self.median, 's')} median of {self.count:,} "
            f"({_range(*self.quartiles)}, best {quantity(self.best, 's')})"
        )


def median_interval(values: tuple[float, ...]) -> tuple[float, float]:
    """Where the median of what the values are drawn from lies, at 95 % of confidence.

    Each value lies below that median as often as above, like a tossed coin. So the k-th smallest
    and the k-th largest value have it between them but for twice the chance of fewer than k heads
    in n tosses, whatever the distribution (W. J. Conover, Practical Nonparametric Statistics,
    3rd edition, 1999, section 3.2). With fewer than 6 values the smallest and the largest do not
    reach 95 %: five have it between them in 94 of 100 cases, two in 50.
    """
    ordered = sorted(values)
    left, chance = 0, 0.0
    for heads in range(len(ordered) // 2):
        chance += comb(len(ordered), heads) / 2 ** len(ordered)
        if 2 * chance > 0.05:
            break
        left = heads
    return ordered[left], ordered[-1 - left]


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count:,} runs"


def _range(low: float, high: float) -> str:
    """Two times with a dash; the unit once, where it is the same."""
    first, second = quantity(low, "s"), quantity(high, "s")
    number, unit = first.split(" ")
    return f"{number if second.endswith(f' {unit}') else first}–{second}"
