"""What became of each node of a program in a later stage: kept, merged, folded, dead, unknown.

Only what the program itself proves is said; the rest is "unknown". A reason is a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, NamedTuple

from jaxlab.analyses.values import Numbering
from jaxlab.graph import Graph, Node, Value

KEPT = "kept"
MERGED = "merged"
FOLDED = "folded"
DEAD = "dead"
UNKNOWN = "unknown"

STATUSES = (KEPT, MERGED, FOLDED, DEAD, UNKNOWN)
"""What may have become of an equation."""


class Fate(NamedTuple):
    """What became of an equation: one of `STATUSES`, and why that is said, in a sentence."""

    status: str
    reason: str


_HANDS_ON = re.compile(r"copy(_p)?|stop_gradient|optimization_barrier|pvary|pcast|name")
_RESHAPES = re.compile(r"reshape|squeeze|expand_dims|broadcast_in_dim|transpose|bitcast")
_REDUCES = re.compile(r"reduce_(sum|max|min|prod|and|or)|cum(sum|max|min|prod)")
_CONVERTS = re.compile(r"convert_element_type|convert")
_NEUTRAL: Mapping[str, tuple[float, bool]] = {
    # The neutral operand, and whether it may be the first one too.
    "add": (0, True),
    "add_any": (0, True),
    "sub": (0, False),
    "subtract": (0, False),
    "mul": (1, True),
    "multiply": (1, True),
    "div": (1, False),
    "divide": (1, False),
    "pow": (1, False),
    "max": (float("-inf"), True),
    "maximum": (float("-inf"), True),
    "min": (float("inf"), True),
    "minimum": (float("inf"), True),
}


def fates_of(
    graph: Graph,
    kept: set[str],
    merged: Mapping[str, tuple[str, ...]],
    live: set[str],
    numbering: Numbering,
) -> dict[str, Fate]:
    """What became of every node.

    Args:
      graph: the earlier program.
      kept: ids of nodes that the later program has.
      merged: per id of a node that it hasn't, the nodes equal to it that it has.
      live: ids of nodes that the program's results or effects need.
      numbering: of `graph`.
    """
    judge = _Judge(graph, kept, merged, live, numbering)
    return {node.id: judge.fate(node) for node in graph.nodes()}


@dataclass
class _Judge:
    graph: Graph
    kept: set[str]
    merged: Mapping[str, tuple[str, ...]]
    live: set[str]
    numbering: Numbering
    known: dict[str, Fate] = field(default_factory=dict[str, Fate])

    def fate(self, node: Node) -> Fate:
        if node.id not in self.known:
            self.known[node.id] = self._fate(node)
        return self.known[node.id]

    def _fate(self, node: Node) -> Fate:
        if node.id in self.kept:
            return Fate(KEPT, "the later program carries its tag")
        if node.id not in self.live:
            return Fate(DEAD, "no result of the program needs it, and it has no effect")
        if node.id in self.merged:
            equals = ", ".join(self.merged[node.id][:3])
            return Fate(MERGED, f"it computes the same value as {equals}")
        if self.numbering.is_constant(node):
            return Fate(FOLDED, "all that it is computed from is constant")
        for why, holds in _FOLDS:
            if holds(node):
                return Fate(FOLDED, why)
        if self.is_neutral(node):
            return Fate(FOLDED, "its other operand changes nothing")
        if node.calls:
            return self._fate_of_call(node)
        return Fate(UNKNOWN, "it left during optimization, which keeps no note of why")

    def is_neutral(self, node: Node) -> bool:
        """True for arithmetic that gives back one operand, as `x * 1` does."""
        neutral = _NEUTRAL.get(node.op)
        if neutral is None or len(node.inputs) != 2:
            return node.op == "integer_pow" and node.params.get("y") == 1
        number, either_side = neutral
        first, second = node.inputs
        return self._is(second, number) or (either_side and self._is(first, number))

    def _is(self, value: Value, number: float) -> bool:
        """True where a value is a number, or an array of nothing else."""
        while value.node_id:
            maker = self.graph.node(value.node_id)
            if maker.op != "broadcast_in_dim":
                return False
            value = maker.inputs[0]
        if value.role != "literal":
            return False
        try:
            return float(value.literal) == number
        except ValueError:
            return False

    def _fate_of_call(self, node: Node) -> Fate:
        """A call is nothing but its bodies: it has left with them."""
        fates = [
            self.fate(inner)
            for _, region_id in node.calls
            for inner in self.graph.regions[region_id].nodes
        ]
        statuses = {fate.status for fate in fates}
        if not statuses:
            return Fate(FOLDED, "what it calls hands its operands on")
        if UNKNOWN in statuses:
            return Fate(UNKNOWN, "part of what it calls left during optimization")
        if KEPT in statuses:
            return Fate(UNKNOWN, "what it calls is in the later program for another caller")
        status = next(status for status in (MERGED, FOLDED, DEAD) if status in statuses)
        return Fate(status, f"all that it calls has left; see {node.calls[0][1]}")


def _hands_on(node: Node) -> bool:
    return bool(_HANDS_ON.fullmatch(node.op)) and _sizes(node.inputs) == _sizes(node.outputs)


def _keeps_type(node: Node) -> bool:
    if not _CONVERTS.fullmatch(node.op) or len(node.inputs) != 1:
        return False
    return node.inputs[0].type.dtype == node.outputs[0].type.dtype


def _keeps_order(node: Node) -> bool:
    """True where the elements stay as they are, in row-major order: only the shape is new."""
    if not _RESHAPES.fullmatch(node.op) or len(node.inputs) != 1 or len(node.outputs) != 1:
        return False
    before, after = node.inputs[0].type.shape, node.outputs[0].type.shape
    if not all(isinstance(size, int) for size in (*before, *after)):
        return False
    sizes = [int(size) for size in before], [int(size) for size in after]
    if node.op != "transpose" or len(before) < 2:
        return prod(sizes[0]) == prod(sizes[1])
    order: Any = node.params.get("permutation", ())
    moved = [at for at in order if sizes[0][at] != 1]
    return moved == sorted(moved)


def _reduces_nothing(node: Node) -> bool:
    if not _REDUCES.fullmatch(node.op) or len(node.inputs) != 1:
        return False
    axes: Any = node.params.get("axes", (node.params.get("axis"),))
    shape = node.inputs[0].type.shape
    return all(isinstance(axis, int) and shape[axis] == 1 for axis in axes)


def _sizes(values: tuple[Value, ...]) -> list[object]:
    return [(value.type.dtype, value.type.shape) for value in values]


_FOLDS: tuple[tuple[str, Callable[[Node], bool]], ...] = (
    ("it hands its operand on", _hands_on),
    ("its operand has that dtype already", _keeps_type),
    ("it moves no data: only the shape is new", _keeps_order),
    ("it reduces over axes of size 1", _reduces_nothing),
)
