"""What a picture of a program shows: boxes, frames round open bodies, and edges.

Nothing here knows how it is drawn. A picture has at most as many boxes as its budget: bodies
and groups are opened where the cost is, neighbours that are alike stand in one stack, and what
is left of a level that is too long stands in boxes of its own that say how many they hold.
"""

from __future__ import annotations

from collections import ChainMap, Counter
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush

from jaxlab.graph import Graph, Node, Region, Value
from jaxlab.overlay import Overlay
from jaxlab.quantities import quantity
from jaxlab.renderers.alike import Run, runs_of
from jaxlab.renderers.choice import choose
from jaxlab.renderers.edges import (
    Edge,
    loop_ties,
    matched,
    merged,
    results_of,
    unmatched,
    without_implied,
)
from jaxlab.renderers.escape import visible
from jaxlab.renderers.families import CONTROL, MOVEMENT, Family, family_of
from jaxlab.renderers.measures import SCOPE, Measures, add, numeric
from jaxlab.renderers.naming import detail_of, gathered, name_of, type_of

_FEW = 6  # more inputs or results than this many are gathered by what they are parts of
_MANY_USERS = 8  # an input that more boxes read is named, its edges are not drawn
_CROWDED = 1.5  # with more edges than this a box, those that others imply are not drawn
_LEAST = 4
_OVERVIEW, _ENOUGH, _CROWD, _DEEPEST = 12, 6, 40, 16


@dataclass(frozen=True, slots=True)
class Box:
    """One box.

    Attributes:
      key: its name in the picture, `b0`.
      kind: "leaf", "closed" (has a body or members), "rest", "input", "constant" or "result".
      title, detail, type, note: its texts, safe to print but not escaped for any format.
      family: what kind of work it is.
      frame: the key of the frame it stands in, "" for none.
      stack: how many alike it stands for.
      share: of the whole program, and `part`, of what is around it; None where not known.
      fusion, effect: how its border differs.
      scope: the paths of the groups that it is, and `backward`, whether a gradient made it.
    """

    key: str
    kind: str
    title: str
    detail: str = ""
    type: str = ""
    note: str = ""
    family: Family = MOVEMENT
    frame: str = ""
    stack: int = 1
    share: float | None = None
    part: float | None = None
    fusion: bool = False
    effect: bool = False
    scope: str = ""
    backward: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """An open body or group: what is drawn round its boxes."""

    key: str
    title: str
    detail: str = ""
    note: str = ""
    frame: str = ""
    family: Family = CONTROL


@dataclass(frozen=True)
class Picture:
    """All that is drawn, and what has to be said of it."""

    title: str
    stage: str
    boxes: tuple[Box, ...]
    frames: tuple[Frame, ...]
    edges: tuple[Edge, ...]
    overlay: Overlay | None
    total: int
    drawn: int


def picture_of(
    graph: Graph, overlays: Sequence[Overlay] = (), *, depth: int | None = None, budget: int = 150
) -> Picture:
    """Choose what to draw of a program.

    Args:
      graph: any stage, grouped or not.
      overlays: the first one with a unit is drawn as heat, and leads the choice.
      depth: how many levels of bodies and groups are opened; None opens as few as give a dozen
        boxes, so that an overview stays one.
      budget: how many boxes there may be, inputs and results not counted.
    """
    amounts = numeric(overlays)
    lead = Measures(graph, amounts[0] if amounts else None)
    plan = _Plan(graph, lead, budget)
    drawing = _Drawing(plan, _open_levels(plan, depth) if depth is not None else _overview(plan))
    _draw_program(drawing)
    edges, boxes = _worth_drawing(drawing)
    return Picture(
        visible(graph.name or graph.main.name or graph.stage, 60),
        graph.stage,
        boxes,
        tuple(drawing.frames),
        edges,
        lead.overlay,
        lead.count(graph.main.nodes),
        drawing.drawn,
    )


@dataclass(frozen=True)
class _Plan:
    graph: Graph
    lead: Measures
    budget: int
    levels: dict[str, list[Run]] = field(default_factory=dict[str, list[Run]])

    def runs(self, region_id: str) -> list[Run]:
        if region_id not in self.levels:
            found = list[Run]()
            for run in runs_of(self.graph, self.graph.regions[region_id].nodes):
                found.extend([run] if run[0].calls else [(node,) for node in run])
            self.levels[region_id] = found
        return self.levels[region_id]


def _overview(plan: _Plan) -> dict[str, set[int]]:
    """Open level after level until there is something to see, or nothing left to open."""
    opened = _open_levels(plan, 0)
    for depth in range(1, _DEEPEST):
        boxes = sum(map(len, opened.values()))
        deeper = _open_levels(plan, depth)
        crowded = boxes >= _ENOUGH and sum(map(len, deeper.values())) > _CROWD
        if boxes >= _OVERVIEW or crowded or len(deeper) == len(opened):
            break
        opened = deeper
    return opened


def _open_levels(plan: _Plan, depth: int) -> dict[str, set[int]]:
    """The runs to draw of each level that is opened, by the level's path.

    A path is `main`, or a path, the place of a run in it, and a called region's: a body that
    is called twice may be drawn twice.
    """
    entry = plan.graph.entry
    opened: dict[str, set[int]] = {}
    used = 0
    queue: list[tuple[float, int, str, str, int, float]] = [(-1.0, 0, entry, entry, 0, 1.0)]
    while queue:
        _, _, path, region_id, level, times = heappop(queue)
        runs = plan.runs(region_id)
        room = plan.budget - used
        if level and len(runs) > room:
            continue
        shares = [(plan.lead.share(run[0], times) or 0.0) * len(run) for run in runs]
        opened[path] = choose(shares, max(room, _LEAST))
        used += len(opened[path])
        if level >= depth:
            continue
        for place in opened[path]:
            node = runs[place][0]
            inside = plan.lead.times_inside(node, times) * len(runs[place])
            size = sum(len(plan.runs(called)) for _, called in node.calls)
            for _, called in node.calls:
                deeper = f"{path}>{place}>{called}"
                heappush(queue, (-shares[place], size, deeper, called, level + 1, inside))
    return opened


_Sources = MutableMapping[str, tuple[str, ...]]
"""Which boxes make a value, by the value's id; several where branches do."""


@dataclass
class _Drawing:
    """A picture while it is drawn."""

    plan: _Plan
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

    def read(self, key: str, values: Iterable[Value], sources: _Sources) -> None:
        for value in values:
            if value.role == "literal":
                continue
            self.readers.setdefault(value.id, []).append(key)
            self.edges.extend(Edge(start, key, (value,)) for start in sources.get(value.id, ()))


def _draw_program(drawing: _Drawing) -> None:
    graph = drawing.plan.graph
    sources: _Sources = {}
    for name, values in gathered(graph.main.inputs, _FEW):
        key = drawing.add(_pill("input", name, values))
        sources.update((value.id, (key,)) for value in values)
    whole = drawing.plan.lead.total
    _draw_level(drawing, graph.main, graph.entry, "", sources, 1.0, whole)
    results = gathered(graph.main.outputs, _FEW)
    for name, values in results:
        drawing.read(drawing.add(_pill("result", name, values)), values, sources)


def _worth_drawing(drawing: _Drawing) -> tuple[tuple[Edge, ...], tuple[Box, ...]]:
    """The edges that help, and the boxes, with a word on those whose edges are left out."""
    edges = merged(drawing.edges)
    kinds = {box.key: box.kind for box in drawing.boxes}
    degree = Counter(edge.start for edge in edges if kinds[edge.start] in ("input", "constant"))
    hubs = {key: users for key, users in degree.items() if users > _MANY_USERS}
    edges = [edge for edge in edges if edge.start not in hubs]
    if len(edges) > _CROWDED * len(drawing.boxes):
        edges = without_implied(edges, [box.key for box in drawing.boxes], _kept(drawing, edges))
    boxes = tuple(
        replace(box, note=_join(box.note, f"read by {hubs[box.key]} boxes"))
        if box.key in hubs
        else box
        for box in drawing.boxes
    )
    return tuple(edges), boxes


def _kept(drawing: _Drawing, edges: list[Edge]) -> Callable[[Edge], bool]:
    """Edges that stay although a longer way says the same: those of leaves, what a scope's
    backward pass reads of its forward pass, and the largest."""
    boxes = {box.key: box for box in drawing.boxes}
    largest = max(edges, key=lambda edge: edge.bytes)

    def kept(edge: Edge) -> bool:
        start, end = boxes[edge.start], boxes[edge.end]
        same_scope = bool(start.scope) and start.scope == end.scope
        return "leaf" in (start.kind, end.kind) or same_scope or edge is largest

    return kept


def _join(*texts: str) -> str:
    return " · ".join(text for text in texts if text)


def _pill(kind: str, name: str, values: Sequence[Value]) -> Box:
    first = values[0]
    const = kind == "input" and first.role == "const"
    if len(values) == 1:
        text = visible(str(first.type), 40)
        return Box("", "constant" if const else kind, visible(name or kind, 40), type=text)
    size = sum(value.type.bytes or 0 for value in values)
    note = f"{len(values):,} values" + (f" · {quantity(size, 'B')}" if size else "")
    return Box("", kind, visible(name or kind, 40), note=note)


def _draw_level(
    drawing: _Drawing,
    region: Region,
    path: str,
    frame: str,
    sources: _Sources,
    times: float,
    around: float,
) -> None:
    """Draw a region's runs; `around` is the value of what is around them, times included."""
    runs, kept = drawing.plan.runs(region.id), drawing.opened[path]
    gap: list[Node] = []
    for place, run in enumerate(runs):
        if place not in kept:
            gap.extend(run)
        if gap and (place in kept or place == len(runs) - 1):
            _draw_box(drawing, _rest_box(drawing, gap, frame, times, around), gap, sources)
            gap = []
        if place not in kept:
            continue
        if any(f"{path}>{place}>{called}" in drawing.opened for _, called in run[0].calls):
            _draw_open(drawing, run, f"{path}>{place}", frame, sources, times)
        else:
            _draw_box(drawing, _node_box(drawing, run, frame, times, around), run, sources)
            drawing.drawn += sum(node.op != SCOPE for node in run)


def _draw_box(drawing: _Drawing, box: Box, nodes: Sequence[Node], sources: _Sources) -> None:
    key = drawing.add(box)
    made = {value.id for node in nodes for value in node.outputs}
    for node in nodes:
        drawing.read(key, (value for value in node.inputs if value.id not in made), sources)
        before = (drawing.makers.get(other) for other in node.after)
        drawing.edges.extend(Edge(start, key, kind="order") for start in before if start)
        drawing.makers[node.id] = key
    sources.update((value_id, (key,)) for value_id in made)


def _draw_open(
    drawing: _Drawing, run: Run, path: str, frame: str, sources: _Sources, times: float
) -> None:
    """Draw a node's bodies in a frame; more than one get frames of their own inside it."""
    plan, node = drawing.plan, run[0]
    drawing.drawn += sum(member.op != SCOPE for member in run)
    inside = plan.lead.times_inside(node, times) * len(run)
    around = (plan.lead.value(node) or 0.0) * times * len(run)
    outer = _frame(drawing, run, frame, times)
    first = f"b{len(drawing.boxes)}"
    extra = min(unmatched(node, plan.graph.regions[called]) for _, called in node.calls)
    for value in node.inputs[: max(extra, 0)]:
        starts = sources.get(value.id, ())
        drawing.edges.extend(Edge(start, first, (value,), "into") for start in starts)
    results: dict[str, tuple[str, ...]] = {}
    for role, called in node.calls:
        region = plan.graph.regions[called]
        inner = outer
        if len(node.calls) > 1:
            inner = f"f{len(drawing.frames)}"
            drawing.frames.append(Frame(inner, visible(role, 30), frame=outer))
        passed = ((port, sources.get(value.id, ())) for port, value in matched(node, region))
        local: _Sources = ChainMap({port.id: keys for port, keys in passed}, sources)
        if f"{path}>{called}" in drawing.opened:
            _draw_level(drawing, region, f"{path}>{called}", inner, local, inside, around)
        else:
            _draw_box(drawing, _closed_body(drawing, region, inner), region.nodes, local)
        for out, made in results_of(node, region):
            results[out.id] = results.get(out.id, ()) + tuple(local.get(made.id, ()))
        for made, port in loop_ties(node, role, region):
            ends = drawing.readers.get(port.id, [])[:1]
            starts = local.get(made.id, ())
            drawing.edges.extend(Edge(a, b, (made,), "again") for a in starts for b in ends)
    for member in run:  # the others of the run give what the first gives
        pairs = zip(member.outputs, node.outputs, strict=True)
        sources.update((theirs.id, results.get(ours.id, ())) for theirs, ours in pairs)


def _frame(drawing: _Drawing, run: Run, frame: str, times: float) -> str:
    plan, node = drawing.plan, run[0]
    key = f"f{len(drawing.frames)}"
    title = name_of(plan.graph, run) + (f" ×{len(run)}" if len(run) > 1 else "")
    share = plan.lead.share(node, times)
    drawing.frames.append(
        Frame(
            key,
            title,
            detail_of(plan.graph, run),
            _percent(None if share is None else share * len(run)),
            frame,
            family_of(node),
        )
    )
    return key


def _node_box(drawing: _Drawing, run: Run, frame: str, times: float, around: float) -> Box:
    plan, node = drawing.plan, run[0]
    share, part = _shares(plan, run, times, around)
    count = plan.lead.count((node,)) if node.calls else 0
    each = " each" if len(run) > 1 else ""
    counted = f"{count:,} {_noun(plan.graph, count)}{each}" if node.calls else ""
    return Box(
        "",
        "closed" if node.calls else "leaf",
        name_of(plan.graph, run),
        detail_of(plan.graph, run),
        "" if node.op == SCOPE else type_of(node),
        _join(counted, _percent(share)),
        family_of(node),
        frame,
        len(run),
        share,
        part,
        fusion=node.op == "fusion",
        effect=bool(node.effects),
        scope=" ".join(sorted(member.origin.scope for member in run)) if node.op == SCOPE else "",
        backward=node.origin.backward,
    )


def _rest_box(
    drawing: _Drawing, nodes: Sequence[Node], frame: str, times: float, around: float
) -> Box:
    share, part = _shares(drawing.plan, nodes, times, around)
    ops = Counter(visible(node.op, 20) for node in nodes).most_common(2)
    others = len(nodes) - sum(number for _, number in ops)
    detail = ", ".join(f"{number:,} {op}" for op, number in ops)
    detail += f", {others:,} others" if others else ""
    title = f"… {len(nodes):,} more {_noun(drawing.plan.graph, len(nodes))}"
    note = _join(detail, _percent(share))
    return Box("", "rest", title, note=note, frame=frame, share=share, part=part)


def _closed_body(drawing: _Drawing, region: Region, frame: str) -> Box:
    count = drawing.plan.lead.count(region.nodes)
    noun = _noun(drawing.plan.graph, count)
    return Box("", "rest", f"{count:,} {noun}", frame=frame, family=CONTROL)


def _shares(
    plan: _Plan, nodes: Sequence[Node], times: float, around: float
) -> tuple[float | None, float | None]:
    value = add(map(plan.lead.value, nodes))
    if value is None or not plan.lead.total:
        return None, None
    return value * times / plan.lead.total, value * times / around if around else None


def _percent(share: float | None) -> str:
    return f"{100 * share:.0f} %" if share and share >= 0.01 else ""


def _noun(graph: Graph, count: int) -> str:
    noun = {"jaxpr": "equation", "stablehlo": "operation", "hlo": "instruction"}
    return noun.get(graph.stage, "node") + ("" if count == 1 else "s")
