"""Draws a program: walks the levels that are opened, and leads each value to who reads it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from jaxlab.graph import Node, Region, Value
from jaxlab.renderers.alike import Run
from jaxlab.renderers.boxes import Box, Frame, closed_body, frame_of, node_box, pill, rest_box
from jaxlab.renderers.edges import Edge, loop_ties, matched, results_of, unmatched
from jaxlab.renderers.escape import visible
from jaxlab.renderers.folding import Plan
from jaxlab.renderers.measures import SCOPE
from jaxlab.renderers.naming import gathered
from jaxlab.renderers.passing import Passing, Sources

_FEW = 6  # more inputs or results than this many are gathered by what they are parts of


@dataclass
class Drawing:
    """A picture while it is drawn."""

    plan: Plan
    opened: dict[str, set[int]]
    boxes: list[Box] = field(default_factory=list[Box])
    frames: list[Frame] = field(default_factory=list[Frame])
    edges: list[Edge] = field(default_factory=list[Edge])
    readers: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    makers: dict[str, str] = field(default_factory=dict[str, str])
    drawn: int = 0

    def add(self, box: Box) -> str:
        self.boxes.append(replace(box, key=f"b{len(self.boxes)}"))
        return self.boxes[-1].key

    def read(self, key: str, values: Iterable[Value], sources: Sources) -> None:
        for value in values:
            if value.role == "literal":
                continue
            self.readers.setdefault(value.id, []).append(key)
            self.edges.extend(Edge(start, key, (value,)) for start in sources.get(value.id, ()))


def draw_program(drawing: Drawing) -> None:
    graph = drawing.plan.graph
    sources: Sources = {}
    for name, values in gathered(graph.main.inputs, _FEW):
        key = drawing.add(pill("input", name, values))
        sources.update((value.id, (key,)) for value in values)
    whole = drawing.plan.lead.total
    _draw_level(drawing, graph.main, graph.entry, "", sources, 1.0, whole)
    results = gathered(graph.main.outputs, _FEW)
    for name, values in results:
        drawing.read(drawing.add(pill("result", name, values)), values, sources)


def _draw_level(
    drawing: Drawing,
    region: Region,
    path: str,
    frame: str,
    sources: Sources,
    times: float,
    around: float,
) -> None:
    """Draw a region's runs; `around` is the value of what is around them, times included."""
    runs, kept = drawing.plan.runs(region.id), drawing.opened[path]
    gap: list[Node] = []
    passing = Passing(drawing.plan.graph, region, sources)
    for place, run in enumerate(runs):
        passing.up_to(run[-1])
        if place not in kept:
            gap.extend(run)
        if gap and (place in kept or place == len(runs) - 1):
            _draw_box(drawing, rest_box(drawing.plan, gap, frame, times, around), gap, sources)
            passing.since(gap[0])
            gap = []
        if place not in kept:
            continue
        if any(f"{path}>{place}>{called}" in drawing.opened for _, called in run[0].calls):
            _draw_open(drawing, run, f"{path}>{place}", frame, sources, times)
        else:
            _draw_box(drawing, node_box(drawing.plan, run, frame, times, around), run, sources)
            drawing.drawn += sum(node.op != SCOPE for node in run)
        passing.since(run[0])
    passing.to_end()


def _draw_box(drawing: Drawing, box: Box, nodes: Sequence[Node], sources: Sources) -> None:
    key = drawing.add(box)
    made = {value.id for node in nodes for value in node.outputs}
    for node in nodes:
        drawing.read(key, (value for value in node.inputs if value.id not in made), sources)
        before = (drawing.makers.get(other) for other in node.after)
        drawing.edges.extend(Edge(start, key, kind="order") for start in before if start)
        drawing.makers[node.id] = key
    sources.update((value_id, (key,)) for value_id in made)


def _draw_open(
    drawing: Drawing, run: Run, path: str, frame: str, sources: Sources, times: float
) -> None:
    """Draw a node's bodies in a frame; more than one get frames of their own inside it."""
    plan, node = drawing.plan, run[0]
    drawing.drawn += sum(member.op != SCOPE for member in run)
    inside = plan.lead.times_inside(node, times) * len(run)
    around = (plan.lead.value(node) or 0.0) * times * len(run)
    outer = f"f{len(drawing.frames)}"
    drawing.frames.append(frame_of(plan, run, outer, frame, times))
    first = len(drawing.boxes)
    results: dict[str, tuple[str, ...]] = {}
    for role, called in node.calls:
        region = plan.graph.regions[called]
        inner = outer
        if len(node.calls) > 1:
            inner = f"f{len(drawing.frames)}"
            drawing.frames.append(Frame(inner, visible(role, 30), frame=outer))
        passed = ((port, sources.get(value.id, ())) for port, value in matched(node, region))
        local: Sources = ChainMap({port.id: keys for port, keys in passed}, sources)
        if f"{path}>{called}" in drawing.opened:
            _draw_level(drawing, region, f"{path}>{called}", inner, local, inside, around)
        else:
            _draw_box(drawing, closed_body(plan, region, inner), region.nodes, local)
        for out, made in results_of(node, role, region):
            results[out.id] = results.get(out.id, ()) + tuple(local.get(made.id, ()))
        for made, port in loop_ties(node, role, region):
            ends = drawing.readers.get(port.id, [])[:1]
            starts = local.get(made.id, ())
            drawing.edges.extend(Edge(a, b, (made,), "again") for a in starts for b in ends)
    if len(drawing.boxes) > first:
        _read_outside(drawing, node, drawing.boxes[first].key, sources)
    for member in run:  # the others of the run give what the first gives
        pairs = zip(member.outputs, node.outputs, strict=True)
        sources.update((theirs.id, results.get(ours.id, ())) for theirs, ours in pairs)


def _read_outside(drawing: Drawing, node: Node, first: str, sources: Sources) -> None:
    """What an open node reads itself and none of its bodies does: an edge to its frame."""
    regions = (drawing.plan.graph.regions[called] for _, called in node.calls)
    extra = max(min(unmatched(node, region) for region in regions), 0)
    for value in node.inputs[:extra]:
        starts = sources.get(value.id, ())
        drawing.edges.extend(Edge(start, first, (value,), "into") for start in starts)
