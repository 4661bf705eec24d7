"""Numbers as differences, which are small where the numbers rise slowly."""

from __future__ import annotations

from collections.abc import Iterable
from operator import sub


def differences(numbers: Iterable[int]) -> list[int]:
    """Each number less the one before, the first less 0; `itertools.accumulate` undoes it."""
    listed = list(numbers)
    return list(map(sub, listed, [0, *listed[:-1]]))
