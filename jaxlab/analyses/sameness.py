"""Whether two graphs are one program, but for where they come from."""

from __future__ import annotations

from jaxlab.graph import Graph, Node

_ABOUT_ORIGIN = frozenset(("op_name", "op_type"))


def first_difference(one: Graph, other: Graph) -> str:
    """Say where two graphs part, in a line; "" where they are one program.

    Compared are operations, operands, types with layouts, called regions and params; not the
    origins, and not the names that a compiler numbers as it goes.
    """
    if len(one) != len(other):
        return f"{len(one):,} nodes against {len(other):,}"
    for mine, theirs in zip(one.nodes(), other.nodes(), strict=True):
        if _what(mine) != _what(theirs):
            return f"`{mine.id}` is {mine.op} against {theirs.op} `{theirs.id}`"
    return ""


def _what(node: Node) -> tuple[object, ...]:
    params = [
        (name, str(value)) for name, value in node.params.items() if name not in _ABOUT_ORIGIN
    ]
    inputs = [value.id for value in node.inputs]
    return node.id, node.op, inputs, [value.type for value in node.outputs], node.calls, params
