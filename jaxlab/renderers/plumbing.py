"""Nodes that only hand values on, and bodies that say no more than one word."""

from __future__ import annotations

from jaxlab.graph import Graph, Node
from jaxlab.renderers.families import plain_op

_HANDED_ON = frozenset({"parameter", "tuple", "get_tuple_element", "return"})
_COMBINERS = frozenset(
    {
        *("fusion", "map", "reduce", "reduce_window", "sort", "scatter", "select_and_scatter"),
        *("all_reduce", "all_reduce_start", "reduce_scatter", "argmax", "argmin"),
    }
)
_BROADCASTS = frozenset({"broadcast", "broadcast_in_dim"})
_SMALL = 65_536


def hands_on(graph: Graph, node: Node) -> bool:
    """True for what a picture can leave out: what only hands its operands on.

    Those are parameters, tuples, returns, small constants, and scalars that are broadcast.
    """
    op = plain_op(node.op)
    if op == "constant":
        return all((value.type.bytes or 0) <= _SMALL for value in node.outputs)
    if op in _HANDED_ON:
        return not node.calls
    op = one_op_inside(graph, node) or op
    return plain_op(op) in _BROADCASTS and not any(value.type.shape for value in node.inputs)


def one_op_inside(graph: Graph, node: Node) -> str:
    """The op of a reducer's or a fusion's body where it is the only one that works; else ""."""
    if len(node.calls) != 1 or plain_op(node.op) not in _COMBINERS:
        return ""
    found = ""
    for inner in graph.regions[node.calls[0][1]].nodes:
        if plain_op(inner.op) in _HANDED_ON or plain_op(inner.op) == "constant":
            continue
        if found or inner.calls:
            return ""
        found = inner.op
    return found


def opens(graph: Graph, node: Node) -> bool:
    """True for a node with a body or members worth opening."""
    return bool(node.calls) and not one_op_inside(graph, node)
