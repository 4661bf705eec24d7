"""How values pass the wall of a body, and which edges between boxes are worth drawing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from jaxlab.graph import Node, Region, Value
from jaxlab.renderers.families import plain_op


@dataclass(frozen=True, slots=True)
class Edge:
    """Values that go from one box to another.

    Attributes:
      start, end: keys of boxes.
      values: what flows; empty for an order without a value.
      kind: "value", "again" (what a loop's next round reads), "order", or "into" (what an open
        body's own node reads, as a cond its index): the end stands for the frame round it.
    """

    start: str
    end: str
    values: tuple[Value, ...] = ()
    kind: str = "value"

    @property
    def bytes(self) -> int:
        """Bytes of the values whose size is known."""
        return sum(value.type.bytes or 0 for value in self.values)


def matched(node: Node, region: Region) -> Iterator[tuple[Value, Value]]:
    """A region's inputs with the operands they stand for.

    Operands that no input takes come first in all of JAX's: a cond's index, a while's constants
    of its condition.
    """
    extra = unmatched(node, region)
    if extra >= 0:
        yield from zip(region.inputs, node.inputs[extra:], strict=True)
    elif len(node.inputs) == 1:  # one tuple, taken apart on the way in
        yield from ((value, node.inputs[0]) for value in region.inputs)


def unmatched(node: Node, region: Region) -> int:
    """How many operands, the first ones, no input of a region stands for; below 0: too few."""
    return len(node.inputs) - len(region.inputs)


def results_of(node: Node, role: str, region: Region) -> Iterator[tuple[Value, Value]]:
    """A node's results with what its region gives back for them; a loop's condition gives none."""
    if _is_while(node) and role.startswith("cond"):
        return
    if len(node.outputs) == len(region.outputs):
        yield from zip(node.outputs, region.outputs, strict=True)
    elif len(node.outputs) == 1:  # one tuple, put together on the way out
        yield from ((node.outputs[0], value) for value in region.outputs)


def _is_while(node: Node) -> bool:
    return plain_op(node.op) == "while"


def loop_ties(node: Node, role: str, region: Region) -> Iterator[tuple[Value, Value]]:
    """What a loop's body makes with the input that reads it in the next round."""
    if _is_while(node) and role.startswith(("body", "do")):
        carried = len(region.outputs)
    elif node.op == "scan":
        # Stacked results have one dimension more outside than inside; the carry has not.
        pairs = zip(node.outputs, region.outputs, strict=False)
        carried = sum(len(out.type.shape) == len(inner.type.shape) for out, inner in pairs)
    else:
        return
    stacked = 0
    if node.op == "scan" and len(node.inputs) == len(region.inputs):
        for outer, inner in zip(reversed(node.inputs), reversed(region.inputs), strict=True):
            if len(outer.type.shape) == len(inner.type.shape):
                break
            stacked += 1
    last = len(region.inputs) - stacked
    carry = zip(region.outputs[:carried], region.inputs[last - carried : last], strict=False)
    given = {value.id for value in region.inputs}
    yield from ((made, port) for made, port in carry if made.id not in given)


def merged(edges: Iterable[Edge]) -> list[Edge]:
    """One edge for all values between two boxes, each value once, in order of first sight."""
    found: dict[tuple[str, str, str], dict[str, Value]] = {}
    for edge in edges:
        values = found.setdefault((edge.start, edge.end, edge.kind), {})
        values.update((value.id, value) for value in edge.values)
    return [
        Edge(start, end, tuple(values.values()), kind)
        for (start, end, kind), values in found.items()
        if start != end or kind == "again"
    ]


def without_implied(
    edges: Sequence[Edge], order: Sequence[str], keep: Callable[[Edge], bool]
) -> list[Edge]:
    """Drop each edge between two boxes that a longer way connects too.

    Args:
      edges: all edges; those of kind "again" are left out of account.
      order: the keys of all boxes, each after those it reads.
      keep: says of an edge that it stays in any case.
    """
    following: dict[str, list[str]] = {}
    for edge in edges:
        if edge.kind != "again":
            following.setdefault(edge.start, []).append(edge.end)
    reached: dict[str, set[str]] = {}
    for key in reversed(order):
        ends = following.get(key, [])
        reached[key] = set(ends).union(*(reached.get(end, set[str]()) for end in ends))

    def implied(edge: Edge) -> bool:
        others = (near for near in following[edge.start] if near != edge.end)
        return any(edge.end in reached[near] for near in others)

    return [edge for edge in edges if edge.kind == "again" or keep(edge) or not implied(edge)]
