"""Communication between devices that no equation asks for."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.graph import Node
from jaxlab.profiling.hints.evidence import Evidence, Hint
from jaxlab.quantities import quantity

COMMUNICATED_BYTES = 100_000
"""Of one run and device: below, a collective costs its latency, some microseconds."""

_COLLECTIVES = (
    *("all-gather", "all-to-all", "ragged-all-to-all", "collective-permute"),
    *("collective-broadcast", "all-reduce", "reduce-scatter"),
)
_NAMES = frozenset(name + end for name in _COLLECTIVES for end in ("", "-start"))
_SUMS = frozenset(("all-reduce", "all-reduce-start", "reduce-scatter", "reduce-scatter-start"))

_ASKED = frozenset(
    (
        *("psum", "psum2", "psum_invariant", "pmax", "pmin", "pmean", "psum_scatter", "ppermute"),
        *("reduce_scatter", "all_gather", "all_gather_invariant", "all_gather_reduced"),
        *("all_to_all", "ragged_all_to_all", "pgather", "pbroadcast", "collective_permute"),
        *("unreduced_psum", "unreduced_reduce_scatter", "reduced_vary_cast", "psend", "precv"),
        *("shard_map", "sharding_constraint", "reshard", "mesh_cast", "device_put"),
    )
)
"""Equations that say how values are spread over devices, or that they are sent around."""

_CONTRACTIONS = (
    "dot_general",
    "conv_general_dilated",
    "reduce_",
    "scatter",
    "arg",
    "cum",
    "einsum",
)
"""Equations that add up or compare: over a dimension that is spread, parts are joined."""

_WHAT = {
    "all-gather": "every device gets the parts of all others",
    "all-to-all": "parts are exchanged, to be split along another dimension",
    "ragged-all-to-all": "parts are exchanged, to be split along another dimension",
    "collective-permute": "parts are handed to other devices",
    "collective-broadcast": "one device's part goes to all",
    "all-reduce": "partial results are joined, and every device gets all",
    "reduce-scatter": "partial results are joined, and every device gets its part",
}


def unasked_collectives(evidence: Evidence) -> Iterator[Hint]:
    """Collectives that XLA's partitioner put in, with no equation that asks for one.

    A sum over a dimension that is spread over devices asks for one. Without lineage nothing is
    known of who asked.
    """
    if evidence.lineage is None:
        return
    found = [node for node in evidence.running if node.op in _NAMES and not _asked(evidence, node)]
    by_kind: dict[tuple[str, object], list[Node]] = {}
    for node in found:
        by_kind.setdefault((node.op.removesuffix("-start"), evidence.frame(node)), []).append(node)
    for (kind, _), nodes in by_kind.items():
        for group in evidence.groups(nodes, least=0.0, floor=0.0):
            moved = sum(map(evidence.bytes, group.nodes))
            if moved < COMMUNICATED_BYTES:
                continue
            times = sum(map(evidence.times, group.nodes))
            often = f", {times:,.0f} times a run" if times > 1 else ""
            yield group.hint(
                "collective",
                f"No equation asks for this `{kind}` of {quantity(moved, 'B')}{often}",
                f"XLA's partitioner put it in because what is made here is spread over devices in "
                f"another way than what reads it: {_WHAT[kind]}.",
                "Give operands and results shardings that fit, by `in_shardings`, `jax.device_put` "
                "or `jax.lax.with_sharding_constraint` at this line.",
            )


def _asked(evidence: Evidence, node: Node) -> bool:
    assert evidence.lineage is not None
    origins = [evidence.lineage.before.node(each) for each in evidence.lineage.back(node.id)]
    if any(origin.op in _ASKED for origin in origins):
        return True
    own = evidence.equations(node)
    if node.op not in _SUMS:
        return not origins  # nothing is known of it
    return not own or any(origin.op.startswith(_CONTRACTIONS) for origin in own)
