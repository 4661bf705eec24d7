"""What the backward pass computes again, because `jax.checkpoint` kept nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from jaxlab.analyses.cost import flops_of
from jaxlab.analyses.lineage import Lineage
from jaxlab.analyses.tag_links import FUSED, MERGED, TAGGED
from jaxlab.graph import Node
from jaxlab.origin import Frame
from jaxlab.profiling.device.attribution import attribute, executions_of
from jaxlab.profiling.hints.evidence import Evidence, Hint
from jaxlab.quantities import quantity

REMAT = "rematted_computation"
"""What JAX calls a checkpoint's second computation in its name stacks."""

REMAT_SHARE = 0.05
"""Of the program's work: what less saves in memory is cheap."""
REMAT_FLOPS = 10_000_000


def recomputation(evidence: Evidence) -> Iterator[Hint]:
    """Equations that are computed a second time, and their price.

    What XLA merged with the first time costs nothing, and is not counted.
    """
    lineage = evidence.lineage
    if lineage is None:
        return
    jaxpr = lineage.before
    again = [
        node
        for node in jaxpr.nodes()
        if REMAT in node.origin.transforms and not node.calls and lineage.status(node.id) == "kept"
    ]
    if not again:
        return
    flops, times = flops_of(jaxpr), executions_of(jaxpr)

    def work(node: Node) -> float:
        return (flops.number(node.id) or 0.0) * times.get(jaxpr.home_of(node).id, 1.0)

    whole = sum(map(work, (node for node in jaxpr.nodes() if not node.calls)))
    seconds = attribute(evidence.seconds, lineage) if evidence.seconds else None
    by_line: dict[Frame | None, list[Node]] = {}
    for node in again:
        by_line.setdefault(_line(node), []).append(node)
    for frame, nodes in by_line.items():
        repeated = sum(map(work, nodes))
        if repeated < REMAT_FLOPS:
            continue
        amount, unit, share = repeated, "FLOP", repeated / whole if whole else 0.0
        if seconds is not None:
            amount, unit = sum(seconds.seconds.get(node.id, 0.0) for node in nodes), "s"
            share = amount / seconds.total if seconds.total else 0.0
        after = _after(lineage, sorted(nodes, key=lambda node: -work(node)))
        if share < REMAT_SHARE or not after:
            continue
        yield Hint(
            "remat",
            f"The backward pass computes this again: {quantity(repeated, 'FLOP')}",
            f"`jax.checkpoint` kept nothing of {len(nodes):,} equations here. That saves memory "
            f"and costs {quantity(repeated / whole if whole else 0.0, '%')} of the program's "
            "operations.",
            after,
            frame,
            amount,
            unit,
            min(share, 1.0),
            "If there is memory left, keep the products' results: "
            "`policy=jax.checkpoint_policies.dots_saveable`, or name what is dear by "
            "`checkpoint_name` and save those names.",
        )


def _line(node: Node) -> Frame | None:
    frames = node.origin.frames
    if not frames:
        return None
    return replace(frames[0], column=0, end_line=frames[0].line, end_column=0)


def _after(lineage: Lineage, nodes: list[Node]) -> str:
    """The instruction that does the work of the first of some equations; "" if none does."""
    found = (lineage.forward(node.id, TAGGED, FUSED, MERGED) for node in nodes)
    return next((each[0] for each in found if each), "")
