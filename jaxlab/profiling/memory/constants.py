"""The constants that a compiled program carries: what it closes over, and what XLA worked out.

JAX's own memory statistics leave them out.
"""

from __future__ import annotations

from dataclasses import dataclass

from jaxlab.analyses.lineage import Lineage
from jaxlab.graph import ArrayType, Graph, Node
from jaxlab.origin import Frame
from jaxlab.profiling.memory.buffers import Assignment

CLOSED_OVER = "closed over (by its type)"
WORKED_OUT, NOT_KNOWN = "worked out by XLA", "not known"

LEAST = 1_000
"""Bytes from which on a constant is listed: XLA makes many that are small."""


@dataclass(frozen=True, slots=True)
class Constant:
    """One constant of an executable.

    Attributes:
      size: bytes.
      type: its type.
      node: the `constant` instruction.
      frame: the line that reads it, where that is known.
      source: `CLOSED_OVER` where the jaxpr closes over an array of its type, which need not be
        the same one; `WORKED_OUT` where it closes over none; `NOT_KNOWN` without a jaxpr.
    """

    size: int
    type: ArrayType
    node: str
    frame: Frame | None
    source: str


def constants_of(
    graph: Graph,
    assignment: Assignment,
    jaxpr: Graph | None = None,
    lineage: Lineage | None = None,
) -> tuple[Constant, ...]:
    """The constants of `LEAST` bytes and more that have memory of their own, the largest first.

    Args:
      graph: the optimized HLO.
      assignment: its memory.
      jaxpr: the program's jaxpr, to tell what was closed over.
      lineage: from that jaxpr to `graph`, for the lines.
    """
    closed_over = None if jaxpr is None else _closed_over(jaxpr)
    found: list[Constant] = []
    for allocation in assignment.allocations:
        if allocation.kind != "constant" or allocation.size < LEAST:
            continue
        for buffer in allocation.buffers[:1]:
            node = graph.get(buffer.node)
            if node is None or node.op != "constant":
                continue
            type_ = node.outputs[0].type
            frame = _line_of(graph, node, lineage)
            source = _source(type_, closed_over)
            found.append(Constant(allocation.size, type_, node.id, frame, source))
    return tuple(sorted(found, key=lambda each: -each.size))


def _closed_over(jaxpr: Graph) -> set[tuple[object, ...]]:
    """Shapes and bytes of all arrays that a jaxpr holds; dtypes have other names in HLO."""
    held = [value for region in jaxpr.regions.values() for value in region.inputs]
    held += [value for node in jaxpr.nodes() for value in node.inputs if value.role == "literal"]
    return {
        (value.type.shape, value.type.bytes) for value in held if value.role in ("const", "literal")
    }


def _source(type_: ArrayType, closed_over: set[tuple[object, ...]] | None) -> str:
    if closed_over is None:
        return NOT_KNOWN
    return CLOSED_OVER if (type_.shape, type_.bytes) in closed_over else WORKED_OUT


def _line_of(graph: Graph, node: Node, lineage: Lineage | None) -> Frame | None:
    """The line of the constant itself, else of the first that reads it."""
    readers = (node, *graph.users_of(node))
    own = next((each.origin.frames[0] for each in readers if each.origin.frames), None)
    if own is not None or lineage is None or lineage.after.get(node.id) is None:
        return own
    return next((frame for each in readers for frame in lineage.lines(each.id)), None)
