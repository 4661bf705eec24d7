"""Where operands are found: so many values back from where they are read.

0 stands for the next of the values that are defined nowhere and were not read before. Below 0 are
those that come later, and literals that are read again: one less than the way to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice, pairwise, repeat
from operator import sub

from jaxlab.views.columns import Columns


def ways_back(columns: Columns) -> tuple[list[int], list[list[int]]]:
    """The ways to the nodes' operands from their first results, and to regions' outputs."""
    counts = [end - start for start, end in pairwise(columns.operand)]
    lengths = [len(places) for places in columns.outputs]
    starts = chain(
        chain.from_iterable(map(repeat, columns.result, counts)),
        chain.from_iterable(map(repeat, columns.first_value[1:], lengths)),
    )
    places = [*columns.operands, *chain.from_iterable(columns.outputs)]
    found = list(map(sub, starts, places))
    following = columns.first_value[-1]
    for at in [at for at, way in enumerate(found) if way < 1]:
        if places[at] == following:
            found[at] = 0
            following += 1
        else:
            found[at] -= 1
    outputs = iter(found[len(columns.operands) :])
    return found[: len(columns.operands)], [list(islice(outputs, length)) for length in lengths]


class Follower:
    """Follows ways, in the order that they were written in.

    Attributes:
      following: the next of the values that are defined nowhere.
    """

    def __init__(self, defined: int) -> None:
        self.following = defined

    def places(self, start: int, ways: Iterable[int]) -> Sequence[int]:
        """The values that ways from a place lead to."""
        return [self._place(start, way) for way in ways]

    def _place(self, start: int, way: int) -> int:
        if way:
            return start - way - (way < 0)
        self.following += 1
        return self.following - 1
