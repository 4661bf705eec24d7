"""Numbers as differences, which are small where the numbers rise slowly."""

from __future__ import annotations

from collections.abc import Iterable


def differences(numbers: Iterable[int]) -> list[int]:
    """Each number less the one before, the first less 0; `itertools.accumulate` undoes it."""
    found: list[int] = []
    before = 0
    for number in numbers:
        found.append(number - before)
        before = number
    return found
