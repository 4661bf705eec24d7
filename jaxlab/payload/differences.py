"""Numbers as differences, which are small where the numbers rise slowly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from operator import sub


def differences(numbers: Iterable[int]) -> list[int]:
    """Each number less the one before, the first less 0; `itertools.accumulate` undoes it."""
    listed = list(numbers)
    return list(map(sub, listed, [0, *listed[:-1]]))


def pairs(rows: Sequence[tuple[int, int]]) -> list[int]:
    """Pairs of numbers in one list, the first of each as differences; `unpaired` undoes it."""
    firsts = differences(first for first, _ in rows)
    return list(chain.from_iterable(zip(firsts, (second for _, second in rows), strict=True)))


def unpaired(flat: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The pairs that `pairs` wrote into one list."""
    return zip(accumulate(flat[::2]), flat[1::2], strict=True)
