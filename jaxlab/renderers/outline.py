"""Which lines of a program are worth showing, and what stands on each: text before it is text.

The lines are chosen, not cut off: a level is opened where the cost is, until the budget is
used, and what is not shown stands as "… 37 more" in its place. Only lines that are shown are
built, so an outline of 50,000 instructions takes no longer than its 200 lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import groupby

from jaxlab.graph import Graph, Node, Region
from jaxlab.origin import Frame
from jaxlab.overlay import Overlay
from jaxlab.renderers.alike import Run, runs_of
from jaxlab.renderers.choice import choose
from jaxlab.renderers.escape import visible
from jaxlab.renderers.families import CONTROL, Family, family_of, plain_op
from jaxlab.renderers.measures import SCOPE, Measures, add, labelled, numeric
from jaxlab.renderers.naming import detail_of, name_of, type_of, values_text
from jaxlab.renderers.plumbing import opens

_LEAST = 6  # fewer lines than this say nothing about a level
_LEAF_RUN = 3  # fewer equal leaves than this stand on lines of their own


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an outline.

    Attributes:
      rails: for each level around it, whether more siblings follow below: the tree's guides.
      kind: "program", "note", "node", "group", "role" or "rest".
      name: what it is; already safe to print, as are `detail` and `type`.
      detail: what else helps to recognise it.
      type: of the first result.
      family: what kind of work it is.
      count: equations or instructions in it, each once; None where that is not told.
      values: one per overlay, for the whole program's run; None where not known.
      share: of the whole program, by the first overlay; None where not known.
      frame: the user's source line.
      closed: it has a body or members that are not written out.
      stands_for: how many nodes of the program this very line is.
      label: what the labels say of it; already safe to print.
    """

    rails: tuple[bool, ...]
    kind: str
    name: str
    detail: str = ""
    type: str = ""
    family: Family = CONTROL
    count: int | None = None
    values: tuple[float | None, ...] = ()
    share: float | None = None
    frame: Frame | None = None
    closed: bool = False
    stands_for: int = 0
    label: str = ""


@dataclass(frozen=True)
class Outline:
    """The lines to show of a graph, and the overlays that their values belong to."""

    graph: Graph
    lines: tuple[Line, ...]
    overlays: tuple[Overlay, ...]
    labels: Overlay | None = None

    @property
    def left_out(self) -> int:
        """How many equations or instructions have no line of their own."""
        return (self.lines[0].count or 0) - sum(line.stands_for for line in self.lines)


def outline(
    graph: Graph, overlays: Sequence[Overlay] = (), *, depth: int | None = None, budget: int = 200
) -> Outline:
    """Choose the lines to show of a program.

    Args:
      graph: any stage, grouped or not.
      overlays: those with a unit become values, and the first of them leads the choice; the first
        one without that has texts becomes labels.
      depth: how many levels of bodies and groups are opened; None lets the budget decide.
      budget: about how many lines there may be.
    """
    amounts = numeric(overlays)
    measures = tuple(Measures(graph, overlay) for overlay in amounts) or (Measures(graph),)
    labels = labelled(overlays)
    plan = _Plan(graph, measures, depth, budget, labels)
    _open_levels(plan)
    lines = tuple(_program_lines(plan))
    return Outline(graph, lines, amounts, labels)


@dataclass
class _Plan:
    """What is opened so far, while it is being chosen."""

    graph: Graph
    measures: tuple[Measures, ...]
    depth: int | None
    budget: int
    labels: Overlay | None
    levels: dict[str, list[Run]] = field(default_factory=dict[str, list[Run]])
    kept: dict[str, set[int]] = field(default_factory=dict[str, set[int]])
    used: int = 0

    @property
    def lead(self) -> Measures:
        return self.measures[0]

    def runs(self, region_id: str) -> list[Run]:
        if region_id not in self.levels:
            self.levels[region_id] = list(_lines_of(self.graph, self.graph.regions[region_id]))
        return self.levels[region_id]


def _lines_of(graph: Graph, region: Region) -> Iterator[Run]:
    """A region's nodes as they share lines: alike neighbours do, parameters in a row do."""
    for fixed, nodes in groupby(region.nodes, key=_is_fixed):
        members = tuple(nodes)
        if fixed and len(members) >= _LEAF_RUN:
            yield members
            continue
        for run in runs_of(graph, members):
            if opens(graph, run[0]) or len(run) >= _LEAF_RUN:
                yield run
            else:
                yield from ((node,) for node in run)


def _is_fixed(node: Node) -> bool:
    return plain_op(node.op) in ("parameter", "constant")


def _open_levels(plan: _Plan) -> None:
    """Open the entry, then always the region with the largest share, while there is room."""
    queue: list[tuple[float, int, int, str, float]] = [(-1.0, 0, 0, plan.graph.entry, 1.0)]
    order = 0
    while queue:
        _, level, _, region_id, times = heappop(queue)
        room = plan.budget - plan.used
        runs = plan.runs(region_id)
        if region_id in plan.kept or (level and room < min(len(runs), _LEAST)):
            continue
        kept = _choose(plan, runs, times, _room_for(plan, len(runs), level, room))
        plan.kept[region_id] = kept
        plan.used += len(kept)
        if plan.depth is not None and level >= plan.depth:
            continue
        for index in sorted(kept):
            node = runs[index][0]
            inside = _times_inside(plan, runs[index], times)
            share = plan.lead.share(node, times) or 0.0
            for _, called in node.calls if opens(plan.graph, node) else ():
                order += 1
                heappush(queue, (-share * len(runs[index]), level + 1, order, called, inside))


def _room_for(plan: _Plan, length: int, level: int, room: int) -> int:
    if length <= room // (1 if level else 2):
        return length
    return max(room // 2, _LEAST)


def _choose(plan: _Plan, runs: list[Run], times: float, room: int) -> set[int]:
    """The runs to show of a level: the costliest, then those with bodies, then the first."""
    shares = ((plan.lead.share(run[0], times) or 0.0) * len(run) for run in runs)
    return choose(
        [
            share or (1e-12 if run[0].calls else 0.0)
            for share, run in zip(shares, runs, strict=True)
        ],
        room,
    )


def _program_lines(plan: _Plan) -> Iterator[Line]:
    graph, region = plan.graph, plan.graph.main
    yield Line(
        (),
        "program",
        visible(graph.name or region.name or graph.stage, 60),
        graph.stage,
        count=plan.lead.count(region.nodes),
        values=tuple(measure.region_value(graph.entry) for measure in plan.measures),
    )
    for title, values in (("takes", region.inputs), ("gives", region.outputs)):
        if values:
            yield Line((), "note", title, values_text(values))
    yield from _level_lines(plan, graph.entry, (), 1.0, {graph.entry})


def _level_lines(
    plan: _Plan, region_id: str, rails: tuple[bool, ...], times: float, shown: set[str]
) -> Iterator[Line]:
    runs, kept = plan.runs(region_id), plan.kept[region_id]
    last = len(runs) - 1
    gap: list[Node] = []
    for index, run in enumerate(runs):
        if index not in kept:
            gap.extend(run)
        if gap and (index in kept or index == last):
            yield _rest_line(plan, gap, (*rails, index in kept), times)
            gap = []
        if index in kept:
            yield from _run_lines(plan, run, (*rails, index != last), times, shown)


def _run_lines(
    plan: _Plan, run: Run, rails: tuple[bool, ...], times: float, shown: set[str]
) -> Iterator[Line]:
    node = run[0]
    if any(other.op != node.op or type_of(other) != type_of(node) for other in run):
        yield _rest_line(plan, run, rails, times)
        return
    inside = _times_inside(plan, run, times)
    line = _node_line(plan, run, rails, times)
    if not opens(plan.graph, node):
        yield line
        return
    if len(node.calls) == 1:
        called = node.calls[0][1]
        note, opened = _opened(plan, called, shown)
        yield replace(line, detail=f"{line.detail} {note}".strip(), closed=not (opened or note))
        if opened:
            yield from _level_lines(plan, called, rails, inside, shown)
        return
    opened = any(called in plan.kept for _, called in node.calls)
    yield replace(line, closed=not opened)
    if not opened:
        return
    for place, (role, called) in enumerate(node.calls):
        around = (*rails, place + 1 < len(node.calls))
        note, opened = _opened(plan, called, shown)
        count = plan.lead.count(plan.graph.regions[called].nodes)
        yield Line(around, "role", visible(role, 30), note, count=count)
        if opened:
            yield from _level_lines(plan, called, around, inside, shown)


def _opened(plan: _Plan, region_id: str, shown: set[str]) -> tuple[str, bool]:
    """Whether a region is written out here, and what is said if it isn't."""
    if region_id in shown:
        return "(as above)", False
    if region_id not in plan.kept:
        return "", False
    shown.add(region_id)
    return "", True


def _node_line(plan: _Plan, run: Run, rails: tuple[bool, ...], times: float) -> Line:
    node = run[0]
    frames = () if node.op == SCOPE else node.origin.frames
    values = _values(plan, run, times)
    return Line(
        rails,
        "group" if node.op == SCOPE else "node",
        _title(plan, run),
        detail_of(plan.graph, run),
        type_of(node),
        family_of(node),
        count=plan.lead.count(run) if opens(plan.graph, node) or len(run) > 1 else None,
        values=values,
        share=_share(plan, values),
        frame=frames[0] if frames else None,
        stands_for=0 if node.op == SCOPE else len(run),
        label=_label(plan, run),
    )


def _title(plan: _Plan, run: Run) -> str:
    name = name_of(plan.graph, run) + ("/" if run[0].op == SCOPE else "")
    return name if len(run) == 1 else f"{name} ×{len(run)}"


def _rest_line(plan: _Plan, nodes: Sequence[Node], rails: tuple[bool, ...], times: float) -> Line:
    ops = Counter(visible(node.op, 24) for node in nodes)
    common = [f"{number:,} {op}" for op, number in ops.most_common(3)]
    others = len(nodes) - sum(number for _, number in ops.most_common(3))
    values = _values(plan, nodes, times)
    return Line(
        rails,
        "rest",
        f"… {len(nodes):,} more",
        ", ".join([*common, f"{others:,} others"] if others else common),
        count=plan.lead.count(nodes),
        values=values,
        share=_share(plan, values),
    )


def _label(plan: _Plan, run: Run) -> str:
    """What the labels say of a line: of several nodes only what they say of each."""
    if plan.labels is None:
        return ""
    said = {plan.labels.values.get(node.id) for node in run}
    only = said.pop() if len(said) == 1 else None
    return visible(only, 120) if isinstance(only, str) else ""


def _values(plan: _Plan, nodes: Sequence[Node], times: float) -> tuple[float | None, ...]:
    return tuple(
        add(None if value is None else value * times for value in map(measure.value, nodes))
        for measure in plan.measures
    )


def _share(plan: _Plan, values: tuple[float | None, ...]) -> float | None:
    whole = plan.lead.total
    return None if values[0] is None or not whole else values[0] / whole


def _times_inside(plan: _Plan, run: Run, times: float) -> float:
    inside = [measure.times_inside(run[0], times) for measure in plan.measures]
    return next((number for number in inside if number > times), times) * len(run)
