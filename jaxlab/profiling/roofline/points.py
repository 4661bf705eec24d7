"""Each instruction against what the device can do: bound by computing, or by moving memory?

The seconds are measured. The work, FLOPs and bytes, is modelled from shapes: what a cache saves
is not in it, so that what stays in caches can be above the roof, and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jaxlab.analyses.cost import bytes_of, flops_of
from jaxlab.charts import Roof, Roofline
from jaxlab.graph import Graph, Node
from jaxlab.overlay import Overlay
from jaxlab.report import Table

COMPUTE, MEMORY = "compute", "memory"

_HOLDERS = frozenset(("while", "call", "conditional", "async-start"))
"""What these do is done by the instructions inside, each with a point of its own."""
_PRODUCTS = frozenset(("dot", "convolution", "custom-call"))
_POINTS, _ROWS = 200, 15


@dataclass(frozen=True, slots=True)
class Point:
    """What an instruction did in one run of the program.

    Attributes:
      node: its id.
      name: what XLA calls it.
      seconds: measured, all its executions in one run together.
      flops, bytes: modelled, of all those executions.
      bound: what the roof says that it waits for: `COMPUTE` or `MEMORY`.
      share: how much of the roof it reached: the least time it could take over what it took.
    """

    node: str
    name: str
    seconds: float
    flops: float
    bytes: float
    bound: str
    share: float

    @property
    def flops_per_second(self) -> float:
        """Modelled work over measured time."""
        return self.flops / self.seconds

    @property
    def bytes_per_second(self) -> float:
        """Modelled traffic over measured time."""
        return self.bytes / self.seconds

    @property
    def intensity(self) -> float:
        """FLOP per byte; 0 for what only moves memory."""
        return self.flops / self.bytes if self.bytes else 0.0


def points_of(
    hlo: Graph, seconds: Mapping[str, float], counts: Mapping[str, float], roof: Roof
) -> tuple[Point, ...]:
    """The instructions that were measured and whose work is known, those with most time first.

    Args:
      hlo: the optimized HLO.
      seconds: self time of each node in one run of the program, as `Operations.seconds`.
      counts: how often each node runs in it, as `Operations.counts`; a node without is left out,
        for one execution's work says nothing then.
      roof: what the device can do.
    """
    flops, moved = flops_of(hlo), bytes_of(hlo)
    found: list[Point] = []
    for node_id, taken in seconds.items():
        node = hlo.node(node_id)
        often, size, work = counts.get(node_id), moved.number(node_id), flops.number(node_id)
        if node.op in _HOLDERS or not taken > 0 or not often or size is None or work is None:
            continue
        computing = often * work / roof.flops_per_second
        moving = often * size / roof.bytes_per_second
        if computing or moving:
            found.append(
                Point(
                    node_id,
                    node.outputs[0].name if node.outputs else node.op,
                    taken,
                    often * work,
                    often * size,
                    COMPUTE if computing > moving else MEMORY,
                    max(computing, moving) / taken,
                )
            )
    return tuple(sorted(found, key=lambda point: -point.seconds))


def product_dtype(hlo: Graph) -> str:
    """The dtype in which a program's matrix products do most of their work; "f32" without any.

    Of the results' and the operands' dtypes the operands' counts: bf16 products may add in f32.
    """
    flops = flops_of(hlo)
    work: Counter[str] = Counter()
    for node in hlo.nodes():
        if node.op in _PRODUCTS and node.inputs:
            work[node.inputs[0].type.dtype] += int(flops.number(node.id) or 0)
    dtype, most = max(work.items(), key=lambda item: item[1], default=("f32", 0))
    return dtype if most else "f32"


def roofline_chart(points: Sequence[Point], roofs: Sequence[Roof]) -> Roofline:
    """The points that compute, those with most time first; what only moves memory has no place."""
    shown = [point for point in points if point.flops and point.bytes][:_POINTS]
    return Roofline(
        "Roofline: measured time, modelled work",
        tuple(roofs),
        tuple(point.intensity for point in shown),
        tuple(point.flops_per_second for point in shown),
        tuple(point.seconds for point in shown),
        tuple(point.name for point in shown),
        "hlo",
        tuple(point.node for point in shown),
    )


def roofline_table(points: Sequence[Point]) -> Table:
    """What takes the most time, and how near it is to what the device can do."""
    shown = points[:_ROWS]
    return Table(
        "Speed by instruction: measured time, modelled work",
        ("instruction", "time", "speed", "traffic", "FLOP per byte", "of the roof", "bound by"),
        tuple(
            (
                point.name,
                point.seconds,
                point.flops_per_second,
                point.bytes_per_second,
                point.intensity,
                point.share,
                point.bound,
            )
            for point in shown
        ),
        ("", "s", "FLOP/s", "B/s", "", "%", ""),
        "hlo",
        tuple(point.node for point in shown),
    )


def speed_overlays(points: Iterable[Point]) -> tuple[Overlay, Overlay]:
    """FLOP/s and B/s per node: modelled work over measured time."""
    listed = tuple(points)
    return (
        Overlay(
            "achieved FLOP/s",
            "FLOP/s",
            "measured",
            {point.node: point.flops_per_second for point in listed},
        ),
        Overlay(
            "achieved B/s",
            "B/s",
            "measured",
            {point.node: point.bytes_per_second for point in listed},
        ),
    )


def roofline_notes(
    points: Sequence[Point], seconds: Mapping[str, float], hlo: Graph
) -> tuple[str, ...]:
    """What to beware of: points above the roof, time without a point."""
    notes: list[str] = []
    above = sum(1 for point in points if point.share > 1)
    if above:
        notes.append(
            f"{above:,} of {len(points):,} instructions are above the roof: what they read or "
            "wrote stayed in caches, or needed less than their shapes say."
        )
    known = {point.node for point in points}
    whole = sum(seconds.values())
    rest = [hlo.node(node_id) for node_id in seconds if node_id not in known]
    missed = sum(seconds[node.id] for node in rest)
    if whole and missed > 0.01 * whole:
        notes.append(
            f"{missed / whole:.0%} of the time has no point: no model knows the work of "
            f"{_ops(rest, seconds)}."
        )
    return tuple(notes)


def _ops(nodes: Iterable[Node], seconds: Mapping[str, float]) -> str:
    taken: dict[str, float] = {}
    for node in nodes:
        taken[node.op] = taken.get(node.op, 0.0) + seconds[node.id]
    longest = sorted(taken, key=lambda op: -taken[op])[:4]
    return ", ".join(f"`{op}`" for op in longest)
