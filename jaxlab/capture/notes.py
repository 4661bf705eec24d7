"""Notes of what a cell applied, folded while they are taken.

A training loop applies the same operations again and again. Notes that repeat are folded into
one Repeat as soon as its second round is complete, so that memory doesn't grow with the rounds.
Values are numbers here; an operand is a number, or a Scalar where the value was no array.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_BASE = 1_000_003
_MASK = (1 << 61) - 1


@dataclass(frozen=True, slots=True)
class Scalar:
    """An operand that is no array: a Python or NumPy scalar."""

    value: Any


Operand = int | Scalar


@dataclass(slots=True)
class Note:
    """One application of a primitive (or of a compiled object) as the cell made it.

    Attributes:
      key: a number; equal for notes that do the same thing at the same place.
      primitive, params: as JAX applied them.
      inputs, outputs: operands and results as value numbers.
      in_avals, out_avals: abstract values of the operands and of the results.
      source_info: JAX's, with its traceback and name stack.
      executable: what ran, for a jitted call; None for an eager operation.
      in_types: what JAX needs to lower the call again (avals, shardings), for a jitted call.
    """

    key: int
    primitive: Any
    params: dict[str, Any]
    inputs: Sequence[Operand]
    outputs: Sequence[int]
    in_avals: Sequence[Any]
    out_avals: Sequence[Any]
    source_info: Any
    executable: Any = None
    in_types: Any = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where an operand of a repeated round comes from, from the second round on.

    kind: "same" (one value for all rounds), "inside" (result `index` of this round),
    "carry" (result `index` of the round before) or "varying" (a new value each round).
    """

    kind: str
    index: int = -1


@dataclass(slots=True)
class Repeat:
    """A run of rounds that do the same things at the same places.

    Attributes:
      body: the items of the first round.
      count: rounds so far.
      operands: the operands of all items of the first round, one after the other.
      sources: for each of `operands`, where it comes from in the later rounds.
      outputs: the results of all items of the *last* round, one after the other.
    """

    key: int
    body: list[Item]
    count: int
    operands: Sequence[Operand]
    sources: list[Source]
    outputs: Sequence[int]

    @property
    def inputs(self) -> list[Operand]:
        """The operands that come from outside the first round."""
        pairs = zip(self.operands, self.sources, strict=True)
        return [operand for operand, source in pairs if source.kind != "inside"]


Item = Note | Repeat


class FoldedNotes:
    """A list of notes that folds its own tail. `items` is what there is to read."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self._hashes: list[int] = [0]
        self._powers: list[int] = [1]
        self._where: dict[int, list[int]] = {}
        self._repeats: list[int] = []

    def append(self, note: Note) -> None:
        """Take a note, and fold the tail where it now repeats."""
        self._push(note)
        while self._extend_last_repeat() or self._fold_new_repeat():
            pass

    def _push(self, item: Item) -> None:
        index = len(self.items)
        self.items.append(item)
        self._hashes.append((self._hashes[-1] * _BASE + item.key + 1) & _MASK)
        if len(self._powers) <= index + 1:
            self._powers.append((self._powers[-1] * _BASE) & _MASK)
        self._where.setdefault(item.key, []).append(index)
        if isinstance(item, Repeat):
            self._repeats.append(index)

    def _pop(self, count: int) -> list[Item]:
        gone = self.items[-count:]
        del self.items[-count:]
        del self._hashes[-count:]
        for item in reversed(gone):
            places = self._where[item.key]
            places.pop()
            if not places:
                del self._where[item.key]
            if isinstance(item, Repeat):
                self._repeats.pop()
        return gone

    def _hash(self, start: int, stop: int) -> int:
        return (self._hashes[stop] - self._hashes[start] * self._powers[stop - start]) & _MASK

    def _extend_last_repeat(self) -> bool:
        """If the tail is one more round of a Repeat before it, count it there."""
        size = len(self.items)
        for index in reversed(self._repeats[-_CANDIDATES:]):
            repeat = self.items[index]
            length = size - 1 - index
            if (
                isinstance(repeat, Repeat)
                and len(repeat.body) == length
                and repeat.body[-1].key == self.items[-1].key
                and [item.key for item in repeat.body]
                == [item.key for item in self.items[index + 1 :]]
            ):
                block = self._pop(length)
                self._pop(1)
                self._push(add_round(repeat, block))
                return True
        return False

    def _fold_new_repeat(self) -> bool:
        """If the last two blocks of some length are the same, make them a Repeat."""
        size = len(self.items)
        last = self.items[-1]
        for index in reversed(self._where[last.key][-_CANDIDATES - 1 : -1]):
            length = size - 1 - index
            if 2 * length > size or length > _LOOK_BACK:
                break
            if self._hash(size - length, size) == self._hash(size - 2 * length, size - length):
                if length == 1 and isinstance(last, Repeat):
                    continue
                second = self._pop(length)
                first = self._pop(length)
                self._push(new_repeat(first, second))
                return True
        return False


_LOOK_BACK = 4096
_CANDIDATES = 8


def flat_inputs(items: Sequence[Item]) -> list[Operand]:
    """Operands of all items, one after the other."""
    return [operand for item in items for operand in item.inputs]


def flat_outputs(items: Sequence[Item]) -> list[int]:
    """Results of all items, one after the other."""
    return [number for item in items for number in item.outputs]


def first_note(item: Item) -> Note:
    """The note itself, or the first one of a repeat's first round."""
    while isinstance(item, Repeat):
        item = item.body[0]
    return item


def inside_sources(items: Sequence[Item]) -> list[Source]:
    """For each operand of a round: "inside" where an earlier item of it made it, else "same"."""
    made: dict[int, int] = {}
    sources: list[Source] = []
    for item in items:
        for operand in item.inputs:
            index = made.get(operand, -1) if isinstance(operand, int) else -1
            sources.append(Source("inside", index) if index >= 0 else _SAME)
        for number in item.outputs:
            made[number] = len(made)
    return sources


_SAME = Source("same")
_VARYING = Source("varying")


def new_repeat(first: list[Item], second: list[Item]) -> Repeat:
    """Fold two equal rounds into a Repeat of two."""
    repeat = Repeat(
        key=0,
        body=first,
        count=1,
        operands=flat_inputs(first),
        sources=inside_sources(first),
        outputs=flat_outputs(first),
    )
    return add_round(repeat, second)


def add_round(repeat: Repeat, block: list[Item]) -> Repeat:
    """Count one more round, and learn from it where its operands come from."""
    made_before = {number: index for index, number in enumerate(repeat.outputs)}
    rows = zip(repeat.sources, flat_inputs(block), repeat.operands, strict=True)
    sources = [
        _source(known, operand, first, made_before, repeat.count) for known, operand, first in rows
    ]
    count = repeat.count + 1
    key = hash((count, tuple(item.key for item in repeat.body))) & _MASK
    return Repeat(key, repeat.body, count, repeat.operands, sources, flat_outputs(block))


def _source(
    known: Source, operand: Operand, first: Operand, made_before: dict[int, int], rounds: int
) -> Source:
    """What is now known of one operand, given what was known after the rounds before."""
    if known.kind in ("varying", "inside") or (known.kind == "same" and operand == first):
        return known
    carried = made_before.get(operand, -1) if isinstance(operand, int) else -1
    if known.kind == "same":
        return Source("carry", carried) if carried >= 0 and rounds == 1 else _VARYING
    return known if carried == known.index else _VARYING


def count_notes(items: Sequence[Item]) -> int:
    """How many applications the items stand for, each round of each Repeat counted."""
    total = 0
    for item in items:
        total += item.count * count_notes(item.body) if isinstance(item, Repeat) else 1
    return total
