"""Elementwise work that stands alone, with arrays written only to be read again at once."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from jaxlab.analyses.flop_rules import ELEMENTWISE, plain_name
from jaxlab.graph import Node
from jaxlab.profiling.hints.evidence import WORTH_SHARE, Evidence, Hint
from jaxlab.profiling.hints.movement import MOVES
from jaxlab.quantities import quantity

_BESIDE = MOVES | {"broadcast", "constant", "convert", "iota"}
"""What may stand in elementwise work without being any."""


def unfused(evidence: Evidence) -> Iterator[Hint]:
    """Elementwise work whose only reader is elementwise work on as many elements, run apart."""
    readers: dict[str, Node] = {}
    for node in evidence.running:
        reader = _only_reader(evidence, node) if _is_elementwise(evidence, node) else None
        if reader is not None:
            readers[node.id] = reader
    found = [evidence.hlo.node(node_id) for node_id in readers]
    # What fusing would save is the result, written and read again.
    stored = {node.id: 2.0 * (node.outputs[0].type.bytes or 0) for node in found}
    for group in evidence.groups(
        found,
        least=WORTH_SHARE,
        traffic=lambda node: stored[node.id] * evidence.times(node),
    ):
        first = group.nodes[0]
        reader = readers[first.id]
        barrier = any(_has_barrier(evidence, node) for node in (first, reader))
        saved = sum(stored[node.id] * evidence.times(node) for node in group.nodes)
        yield group.hint(
            "unfused",
            f"`{first.outputs[0].name}` and `{reader.outputs[0].name}` are elementwise and not "
            "fused",
            f"{first.outputs[0].type} is written by one and read by the other, and by nothing "
            f"else: {quantity(saved, 'B')} of traffic that one loop over the elements would save.",
            "An `optimization_barrier` stands between them, of the program's own or from "
            "`jax.checkpoint` with `prevent_cse`: leave it out where nothing needs it."
            if barrier
            else "Look for what keeps them apart: a custom call, a callback, a change of layout or "
            "of sharding between them, or separate jitted functions.",
        )


def _has_barrier(evidence: Evidence, node: Node) -> bool:
    """Whether a barrier of the program became this node: it leaves no instruction of its own."""
    lineage = evidence.lineage
    return lineage is not None and any(
        lineage.before.node(origin).op == "optimization_barrier" for origin in lineage.back(node.id)
    )


def _is_elementwise(evidence: Evidence, node: Node) -> bool:
    body = evidence.body(node)
    return all(each.op in _BESIDE or plain_name(each.op) in ELEMENTWISE for each in body) and any(
        plain_name(each.op) in ELEMENTWISE for each in body
    )


def _only_reader(evidence: Evidence, node: Node) -> Node | None:
    """The one elementwise node that reads a result and can take its place."""
    region = evidence.hlo.home_of(node)
    readers = evidence.hlo.users_of(node)
    if len(readers) != 1 or any(value.node_id == node.id for value in region.outputs):
        return None
    (reader,) = readers
    if not _is_elementwise(evidence, reader):
        return None
    sizes = [
        prod(s for s in each.outputs[0].type.shape if isinstance(s, int)) for each in (node, reader)
    ]
    is_array = node.outputs[0].type.kind == "array"
    return reader if is_array and sizes[0] == sizes[1] else None
