"""From notes to a ClosedJaxpr: what the cell applied, as one program.

A Repeat becomes one equation `repeat` whose params say the length and how the rounds feed one
another; or its rounds are written out, which is what one jitted function would contain.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jaxlab import _jax
from jaxlab.capture.notes import (
    Item,
    Note,
    Operand,
    Repeat,
    Scalar,
    first_note,
    flat_outputs,
)
from jaxlab.capture.record import Recording


@dataclass(frozen=True, slots=True)
class RecordedJaxpr:
    """The cell as a ClosedJaxpr.

    Attributes:
      closed: the jaxpr; its inputs are the arrays that the cell found, its outputs the arrays
        it left behind.
      varying: how many operands had another value in each round of a loop, and are shown with
        the first one.
    """

    closed: Any
    varying: int


def jaxpr_of(recording: Recording, name: str, *, unroll: bool = False) -> RecordedJaxpr:
    """Build the jaxpr of a recording; `unroll` writes each round of each loop out."""
    builder = _Builder(unroll)
    wanted = recording.alive
    results = builder.emit(recording.items, builder.outer_atom, wanted)
    outputs = {
        number: atom
        for number, atom in zip(flat_outputs(recording.items), results, strict=True)
        if number in wanted and atom is not None
    }
    closed = _jax.new_closed_jaxpr(
        list(builder.inputs.values()),
        list(outputs.values()),
        builder.equations,
        name,
        [_name(recording.names, number) for number in builder.inputs],
        [_name(recording.names, number) for number in outputs],
    )
    return RecordedJaxpr(closed, builder.varying)


def size_of(items: Sequence[Item], equations_of: Callable[[Note], int]) -> int:
    """Equations that the items would be as one program, bodies of jits and all rounds counted."""
    total = 0
    for item in items:
        if isinstance(item, Repeat):
            total += item.count * size_of(item.body, equations_of)
        else:
            total += equations_of(item)
    return total


def _name(names: Mapping[int, str], number: Any) -> str:
    return names.get(number, "") if isinstance(number, int) else ""


Resolve = Callable[[int, Operand, Any], Any]
"""Gives the atom for an operand: its position among the items' operands, itself, its aval."""


class _Builder:
    """Collects the equations of one jaxpr."""

    def __init__(self, unroll: bool) -> None:
        self.unroll = unroll
        self.equations: list[Any] = []
        self.inputs: dict[Any, Any] = {}
        self.made: dict[int, Any] = {}
        self.varying = 0

    def outer_atom(self, position: int, operand: Operand, aval: Any) -> Any:
        """A literal, a result made before, or a new input of the whole jaxpr."""
        del position
        if isinstance(operand, Scalar):
            return _jax.literal(operand.value)
        found = self.made.get(operand)
        if found is not None:
            return found
        return self.inputs.setdefault(operand, None) or self._new_input(operand, aval)

    def _new_input(self, key: Any, aval: Any) -> Any:
        variable = _jax.new_variable(aval)
        self.inputs[key] = variable
        return variable

    def emit(
        self, items: Sequence[Item], resolve: Resolve, wanted: frozenset[int]
    ) -> list[Any | None]:
        """Write equations for the items; gives an atom per result, None where nothing reads it."""
        read = {number for item in items for number in item.inputs if isinstance(number, int)}
        needed = read | wanted
        results: list[Any | None] = []
        position = 0
        for item in items:
            avals = list(_in_avals(item))
            atoms = [
                resolve(position + index, operand, aval)
                for index, (operand, aval) in enumerate(zip(item.inputs, avals, strict=True))
            ]
            position += len(atoms)
            if isinstance(item, Note):
                made = self._emit_note(item, atoms, needed)
            elif self.unroll:
                made = self._emit_rounds(item, atoms)
            else:
                made = self._emit_repeat(item, atoms, needed)
            for number, atom in zip(item.outputs, made, strict=True):
                if atom is not None:
                    self.made[number] = atom
            results += made
        return results

    def _emit_note(self, note: Note, atoms: list[Any], needed: set[int]) -> list[Any | None]:
        made: list[Any | None] = [
            _jax.new_variable(aval) if number in needed else None
            for number, aval in zip(note.outputs, note.out_avals, strict=True)
        ]
        targets = [
            _jax.dropped(aval) if variable is None else variable
            for variable, aval in zip(made, note.out_avals, strict=True)
        ]
        self.equations.append(
            _jax.new_equation(note.primitive, note.params, atoms, targets, note.source_info)
        )
        return made

    def _emit_rounds(self, repeat: Repeat, atoms: list[Any]) -> list[Any | None]:
        """Write every round out; each operand that varies becomes an input for each round."""
        first = dict(_outside_positions(repeat, atoms))
        before: list[Any | None] = []
        wanted = frozenset(number for item in repeat.body for number in item.outputs)
        for number in range(repeat.count):

            def resolve(
                position: int,
                operand: Operand,
                aval: Any,
                *,
                round_number: int = number,
                made_before: list[Any | None] = before,
            ) -> Any:
                source = repeat.sources[position]
                if source.kind == "inside":
                    return self.made[operand]  # type: ignore[index]
                if round_number and source.kind == "carry":
                    return made_before[source.index]
                if round_number and source.kind == "varying":
                    self.varying += 1
                    if isinstance(operand, Scalar):
                        return _jax.literal(operand.value)
                    return self._new_input(("varying", len(self.inputs)), aval)
                return first[position]

            before = self.emit(repeat.body, resolve, wanted)
        return before

    def _emit_repeat(self, repeat: Repeat, atoms: list[Any], needed: set[int]) -> list[Any | None]:
        """Write one equation `repeat` with the first round as its body."""
        inner = _Builder(self.unroll)
        operands: list[Any] = []
        variables: list[Any] = []
        carried: list[tuple[int, int]] = []
        varying: list[int] = []
        outside = dict(_outside_positions(repeat, atoms))
        shared: dict[Any, Any] = {}

        def resolve(position: int, operand: Operand, aval: Any) -> Any:
            source = repeat.sources[position]
            if source.kind == "inside":
                return inner.made[operand]  # type: ignore[index]
            if source.kind == "same" and isinstance(operand, Scalar):
                return _jax.literal(operand.value)
            key = (operand, source) if source.kind != "varying" else position
            if key not in shared:
                if source.kind == "carry":
                    carried.append((len(variables), source.index))
                elif source.kind == "varying":
                    varying.append(len(variables))
                shared[key] = _jax.new_variable(outside[position].aval)
                variables.append(shared[key])
                operands.append(outside[position])
            return shared[key]

        flat = flat_outputs(repeat.body)
        used = {index for index, number in enumerate(repeat.outputs) if number in needed}
        used |= {s.index for s in repeat.sources if s.kind == "carry"}
        results = inner.emit(repeat.body, resolve, frozenset(flat[index] for index in used))
        self.varying += inner.varying + len(varying)
        kept = sorted(index for index in used if results[index] is not None)
        body = _jax.new_closed_jaxpr(
            variables,
            [results[index] for index in kept],
            inner.equations,
            "round",
            [""] * len(variables),
            [""] * len(kept),
        )
        made: list[Any | None] = [None] * len(results)
        targets: list[Any] = []
        for index in kept:
            aval = results[index].aval  # type: ignore[union-attr]
            if repeat.outputs[index] in needed:
                made[index] = _jax.new_variable(aval)
                targets.append(made[index])
            else:
                targets.append(_jax.dropped(aval))
        params = {
            "length": repeat.count,
            "jaxpr": body,
            "carried": tuple((into, kept.index(index)) for into, index in carried),
            "varying": tuple(varying),
        }
        source = first_note(repeat).source_info
        self.equations.append(_jax.new_equation(_jax.REPEAT, params, operands, targets, source))
        return made


def _outside_positions(repeat: Repeat, atoms: list[Any]) -> list[tuple[int, Any]]:
    """Position among all operands of the body -> atom, for operands from outside the round."""
    positions = [
        position for position, source in enumerate(repeat.sources) if source.kind != "inside"
    ]
    return list(zip(positions, atoms, strict=True))


def _in_avals(item: Item) -> list[Any]:
    if isinstance(item, Note):
        return list(item.in_avals)
    flat = [aval for inner in item.body for aval in _in_avals(inner)]
    pairs = zip(flat, item.sources, strict=True)
    return [aval for aval, source in pairs if source.kind != "inside"]
