"""Gathers and scatters on a hot path: memory read and written here and there."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.analyses.cost import bytes_of
from jaxlab.graph import Node
from jaxlab.profiling.hints.evidence import Evidence, Hint
from jaxlab.quantities import quantity

HOT_SHARE = 0.1
"""Of the whole: what an embedding takes in a model that also computes is far below."""

_INDEXING = frozenset(("gather", "scatter", "select-and-scatter"))


def indexing(evidence: Evidence) -> Iterator[Hint]:
    """Instructions that gather or scatter, alone or with work fused into them."""
    inside: dict[str, Node] = {}
    for node in evidence.running:
        found = next((each for each in evidence.body(node) if each.op in _INDEXING), None)
        if found is not None:
            inside[node.id] = found
    nodes = [evidence.hlo.node(node_id) for node_id in inside]

    def touched(node: Node) -> float:
        """What the indexing itself moves; a fusion's operands are read in part."""
        own = bytes_of(evidence.hlo).number(inside[node.id].id) or 0.0
        return min(own * evidence.times(node), evidence.bytes(node))

    for group in evidence.groups(
        nodes, least=HOT_SHARE, traffic=None if evidence.seconds else touched
    ):
        first = group.nodes[0]
        kind = inside[first.id].op
        moved = sum(map(touched, group.nodes))
        yield group.hint(
            "indexing",
            f"A {kind} is {quantity(group.share, '%')} of the program: {quantity(moved, 'B')}",
            "Its rows are looked up one by one by computed places, which memory and vector units "
            "are bad at"
            + (
                ", and rows that may be the same are written one after the other."
                if kind != "gather"
                else "."
            ),
            "If the places are regular, slice or reshape instead. Long rows are cheaper than many "
            "short ones. "
            + (
                "Sorted or distinct indices can be promised: `indices_are_sorted=True`, "
                "`unique_indices=True`; `jax.ops.segment_sum` sorts for you."
                if kind != "gather"
                else "A small table can be a product with `jax.nn.one_hot`; indices known to be in "
                'range can be promised: `.at[i].get(mode="promise_in_bounds")`.'
            ),
        )
