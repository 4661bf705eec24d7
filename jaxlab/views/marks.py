"""What only connects, marked and not taken out: a viewer hides and shows it at a click."""

from __future__ import annotations

from jaxlab.graph import Graph, Node
from jaxlab.views.columns import Columns
from jaxlab.views.plumbing import BROADCASTS, CALLS, ENDS, SAME_VALUE

WORKS, PASSES, CONSTANT, WRAPPER, END = range(5)
"""A node does work; hands on its first operand; is a small constant, or a number spread over a
shape; calls what is one node; only says what is given back."""

_SMALL = 64
"""Bytes up to which a constant is small."""


def plumbing_of(graph: Graph, columns: Columns) -> list[int]:
    """One of the marks above for each node.

    What has side effects or an order besides its operands does work.
    """
    nodes = columns.nodes
    awaited = {other for node in nodes for other in node.after}
    read = set(columns.operands)
    sure = {op: _mark_of_op(op) for op in {node.op for node in nodes}}
    return [
        WORKS
        if node.effects or node.after or node.id in awaited
        else sure[node.op] or _mark(graph, node, result in read)
        for node, result in zip(nodes, columns.result, strict=False)
    ]


def _mark_of_op(op: str) -> int:
    """The mark of all nodes with an op; WORKS where it depends on more."""
    if op in SAME_VALUE or op == "get-tuple-element":
        return PASSES
    return END if op in ENDS else WORKS


def _mark(graph: Graph, node: Node, is_read: bool) -> int:
    op = node.op
    if op == "tuple" and not is_read:
        return END
    if node.calls:
        return WRAPPER if op in CALLS and _calls_one(graph, node) else WORKS
    if op == "constant":
        small = all((value.type.bytes or 0) <= _SMALL for value in node.outputs)
        return CONSTANT if small else WORKS
    if op in BROADCASTS and node.inputs and not node.inputs[0].type.shape:
        return CONSTANT
    return WORKS


def _calls_one(graph: Graph, node: Node) -> bool:
    """True for a call of a region with one node that works."""
    if len(node.calls) != 1:
        return False
    inside = graph.regions[node.calls[0][1]].nodes
    return sum(inner.op not in ENDS for inner in inside) == 1
