"""Which nodes of a program compute the same value, and which a constant.

Values are numbered: two nodes get one number if they are the same operation, with the same
params, on values with the same numbers. Calls are looked into, once per call path, so that a
value computed in two functions has one number. Nothing is run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from jaxlab.analyses.flow import arguments_of, inlined_region
from jaxlab.graph import Graph, Node, Region, RegionRef, Value

MOST_VISITS = 200_000
"""Nodes looked at, over all call paths, before further calls are taken as opaque."""

_COMMUTATIVE = re.compile(r"add|mul(tiply)?|max(imum)?|min(imum)?|and|or|xor|eq|ne")
_NOT_A_VALUE = re.compile(
    r"axis_index|program_id|num_programs|(partition|replica)[_-]id|rng(_uniform)?|infeed|recv"
    r"|.*(callback|custom_call|custom-call|ffi).*|create_token|parameter"
)


# Params are texts where they were functions or arrays; two that differ may have one text.
_INEXACT = re.compile(r"^(function |not traced yet)|\[")


@dataclass(frozen=True)
class Numbering:
    """Value numbers of a graph's nodes.

    Attributes:
      numbers: per node id, a number for each call path on which the node is reached.
      constant: numbers of values that need no argument of the program.
    """

    numbers: Mapping[str, frozenset[int]]
    constant: frozenset[int]

    def is_constant(self, node: Node) -> bool:
        """True where every path computes a node's results from constants alone."""
        found = self.numbers.get(node.id)
        return bool(found) and self.constant.issuperset(found)

    def equals(self) -> dict[str, tuple[str, ...]]:
        """Per node id the other nodes that compute the same value on some path; those only."""
        sharing: dict[int, list[str]] = {}
        for node_id, numbers in self.numbers.items():
            for number in numbers:
                sharing.setdefault(number, []).append(node_id)
        found: dict[str, dict[str, None]] = {}
        for group in sharing.values():
            if len(group) > 1:
                for node_id in group:
                    found.setdefault(node_id, {}).update(dict.fromkeys(group))
        return {
            node_id: tuple(other for other in others if other != node_id)
            for node_id, others in found.items()
        }


def number_values(graph: Graph) -> Numbering:
    """Number the values of a program. Effects, callbacks and the like equal nothing."""
    numberer = _Numberer(graph)
    numberer.region(graph.main, [numberer.fresh() for _ in arguments_of(graph.main)])
    found = {node_id: frozenset(numbers) for node_id, numbers in numberer.found.items()}
    return Numbering(found, frozenset(numberer.constant))


@dataclass
class _Numberer:
    graph: Graph
    table: dict[object, int] = field(default_factory=dict[object, int])
    found: dict[str, set[int]] = field(default_factory=dict[str, set[int]])
    constant: set[int] = field(default_factory=set[int])
    paths: dict[object, list[int]] = field(default_factory=dict[object, list[int]])
    entered: set[str] = field(default_factory=set[str])
    count: int = 0
    visits: int = 0

    def fresh(self) -> int:
        """A number that no other value has."""
        self.count += 1
        return self.count

    def number(self, key: object) -> int:
        """The number of all values described by a key."""
        found = self.table.get(key)
        if found is None:
            found = self.table[key] = self.fresh()
        return found

    def region(self, region: Region, arguments: list[int]) -> list[int]:
        """Number what a region computes from arguments, and give its results' numbers."""
        path = (region.id, *arguments)
        if path in self.paths:
            return self.paths[path]
        known: dict[str, int] = {}
        given = iter(arguments)
        for value in region.inputs:
            if value.role == "const":
                known[value.id] = self.number(value.id)
                self.constant.add(known[value.id])
            else:
                known[value.id] = next(given)
        for node in region.nodes:
            self.visits += 1
            operands = [self.operand(value, known) for value in node.inputs]
            results = self.node(node, operands)
            known.update(zip((value.id for value in node.outputs), results, strict=True))
        self.paths[path] = [self.operand(value, known) for value in region.outputs]
        return self.paths[path]

    def operand(self, value: Value, known: Mapping[str, int]) -> int:
        """A value's number; one that is read from a region around is itself everywhere."""
        if value.role != "literal":
            found = known.get(value.id)
            return self.number(value.id) if found is None else found
        # The text of an array is rounded, or only its type.
        is_exact = value.literal and not value.type.shape
        number = self.number((value.type.dtype, value.literal) if is_exact else value.id)
        self.constant.add(number)
        return number

    def node(self, node: Node, operands: list[int]) -> list[int]:
        """Number a node, and give its results' numbers."""
        inner = inlined_region(self.graph, node)
        if inner is not None and self.visits < MOST_VISITS:
            results = self.region(inner, operands)
            self.note(node, self.number(("results", *results)), results)
            return results
        for _, region_id in node.calls:
            if region_id not in self.entered:
                self.entered.add(region_id)
                region = self.graph.regions[region_id]
                self.region(region, [self.fresh() for _ in arguments_of(region)])
        if node.effects or _NOT_A_VALUE.fullmatch(node.op):
            self.note(node, self.fresh(), [0])
            return [self.fresh() for _ in node.outputs]
        types = tuple((value.type.dtype, value.type.shape) for value in node.outputs)
        number = self.number((types, *_operation(node, operands)))
        self.note(node, number, operands)
        results = [self.number((number, index)) for index in range(len(node.outputs))]
        if number in self.constant:
            self.constant.update(results)
        return results

    def note(self, node: Node, number: int, parts: Iterable[int]) -> None:
        """Keep a node's number; it is constant if all that it is made of is."""
        self.found.setdefault(node.id, set()).add(number)
        if self.constant.issuperset(parts):
            self.constant.add(number)


def _operation(node: Node, operands: list[int]) -> tuple[object, ...]:
    """What a node computes, with what: one key for the ways to write the same arithmetic."""
    if node.op == "square" or (node.op == "integer_pow" and node.params.get("y") == 2):
        return ("mul", (), *operands, *operands)
    given = ((name, value) for name, value in node.params.items() if value is not None)
    params = tuple((name, _hashable(value)) for name, value in given)
    op = "add" if node.op == "add_any" else node.op
    return (op, params, *(sorted(operands) if _COMMUTATIVE.fullmatch(op) else operands))


def _hashable(value: Any) -> object:
    """A param as part of a key: equal keys mean equal params, unequal ones mean nothing."""
    if isinstance(value, str) and _INEXACT.search(value):
        return ("object", id(value))
    if isinstance(value, RegionRef):
        return value.id
    if isinstance(value, tuple | list):
        return tuple(_hashable(part) for part in cast("Sequence[Any]", value))
    if isinstance(value, Mapping):
        items = cast("Mapping[Any, Any]", value).items()
        return tuple((name, _hashable(part)) for name, part in items)
    try:
        hash(value)
    except TypeError:
        return ("object", id(value))
    return (type(value).__qualname__, value)
