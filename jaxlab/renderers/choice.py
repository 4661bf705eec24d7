"""Which siblings to show where there are more than fit."""

from __future__ import annotations

from collections.abc import Sequence


def choose(worth: Sequence[float], room: int) -> set[int]:
    """The places to show one by one; what stands between them is one gap each.

    Shown places and gaps together are at most `room`. The most worth comes first, and of equal
    ones the first.
    """
    length = len(worth)
    if length <= room:
        return set(range(length))
    kept, used = set[int](), 1
    for place in sorted(range(length), key=lambda place: (-worth[place], place)):
        # A place inside a gap makes two of it, at its end leaves one, alone takes it away.
        neighbours = (place - 1, place + 1)
        added = sum(0 <= near < length and near not in kept for near in neighbours)
        if used + added <= room:
            kept.add(place)
            used += added
    return kept
