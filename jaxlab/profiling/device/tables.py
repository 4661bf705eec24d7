"""What a report shows of device times: overlays, charts and tables, the most telling first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jaxlab.charts import Flame, Timeline
from jaxlab.graph import Graph, Node
from jaxlab.origin import Source, place_of
from jaxlab.overlay import Overlay
from jaxlab.profiling.device.attribution import BACKWARD, NO_EQUATION, Attribution, is_backward
from jaxlab.profiling.device.operations import Operations
from jaxlab.quantities import quantity
from jaxlab.report import Table

_ROWS = 50
"""Rows of a table; the overlays have the rest."""

_NO_INSTRUCTION = "(no instruction)"

_SPANS = 4_000
"""Spans of a timeline: a report has to stay small. What was left out is counted."""


def overlays_of(operations: Operations) -> tuple[Overlay, ...]:
    """Seconds and calls per instruction of the optimized HLO, as measured.

    Seconds are for one run of the computation that the node stands in, as in every overlay.
    """
    if not operations.runs:
        return ()
    counts = operations.counts
    taken = {node: all_ / counts.get(node, 1.0) for node, all_ in operations.inclusive.items()}
    calls = {node: f"× {quantity(number)}" for node, number in counts.items()}
    return Overlay("time", "s", "measured", taken), Overlay("calls", "", "measured", calls)


def timeline_of(operations: Operations, graph: Graph) -> Timeline | None:
    """What ran when in the run whose device time is the median one; None if nothing was seen.

    The longest spans where there are too many; the title says how many there were.
    """
    spans = operations.spans
    if not spans:
        return None
    kept = sorted(sorted(spans, key=lambda span: -span.seconds)[:_SPANS], key=lambda s: s.start)
    lanes = tuple(dict.fromkeys(span.line for span in kept))
    said = (
        f", the {_SPANS:,} longest of {len(spans):,} operations" if len(kept) < len(spans) else ""
    )
    return Timeline(
        title="One run on the device" + (said if len(kept) < len(spans) else ""),
        lanes=_lane_names(lanes),
        lane=tuple(lanes.index(span.line) for span in kept),
        starts=tuple(span.start for span in kept),
        seconds=tuple(span.seconds for span in kept),
        names=tuple(
            _name(graph.node(span.node)) if span.node else _NO_INSTRUCTION for span in kept
        ),
        stage="hlo",
        nodes=tuple(span.node for span in kept),
    )


def _lane_names(lines: Sequence[str]) -> tuple[str, ...]:
    """Threads and streams without the numbers that the system gave them, numbered in order."""
    plain: list[str] = []
    for line in lines:
        plane, _, name = line.partition(" ")
        device = plane.removeprefix("/device:").removeprefix("/host:")
        plain.append(f"{device} {name.partition('/')[0]}")
    return tuple(
        f"{name} {plain[: at + 1].count(name)}" if plain.count(name) > 1 else name
        for at, name in enumerate(plain)
    )


@dataclass
class _Box:
    name: str
    value: float = 0.0
    node: str = ""
    inside: dict[str, _Box] = field(default_factory=dict[str, "_Box"])


def flame_of(attribution: Attribution) -> Flame | None:
    """Seconds by scope, and in each scope by operation; None if there are none."""
    if not attribution.seconds:
        return None
    root = _Box("all")
    graph = attribution.graph
    for node_id, taken in attribution.seconds.items():
        node = graph.node(node_id)
        path = [part for part in graph.scope_of(node).split("/") if part]
        last = f"{node.op} (backward)" if is_backward(graph, node) else node.op
        _add(root, [*path, last], taken, node_id)
    if attribution.rest:
        _add(root, [NO_EQUATION], attribution.rest, "")
    names: list[str] = []
    parents: list[int] = []
    values: list[float] = []
    nodes: list[str] = []
    waiting = [(root, -1)]
    while waiting:
        box, parent = waiting.pop()
        place = len(names)
        names.append(box.name)
        parents.append(parent)
        values.append(box.value)
        nodes.append("" if box.inside else box.node)
        inside = sorted(box.inside.values(), key=lambda each: each.value)
        waiting += [(each, place) for each in inside]
    return Flame(
        title="Time by scope",
        unit="s",
        source="attributed",
        names=tuple(names),
        parents=tuple(parents),
        values=tuple(values),
        stage="jaxpr",
        nodes=tuple(nodes),
    )


def _add(root: _Box, path: list[str], value: float, node: str) -> None:
    box = root
    box.value += value
    for name in path:
        box = box.inside.setdefault(name, _Box(name, node=node))
        box.value += value


def operations_table(operations: Operations, graph: Graph) -> Table:
    """The instructions that took the most time of their own."""
    top = _top(operations.seconds)
    rows = tuple(
        (
            _name(graph.node(node)),
            graph.node(node).op,
            taken,
            taken / (operations.busy or 1.0),
            operations.counts.get(node, "not known"),
            graph.scope_of(graph.node(node)),
        )
        for node, taken in top
    )
    frames = tuple(next(iter(graph.node(node).origin.frames), None) for node, _ in top)
    return Table(
        title=_title("Operations, by their own time", len(top), len(operations.seconds)),
        columns=("operation", "kind", "time a run", "share", "calls", "scope"),
        rows=rows,
        units=("", "", "s", "%", "", ""),
        stage="hlo",
        nodes=tuple(node for node, _ in top),
        frames=frames,
    )


def kinds_table(operations: Operations, graph: Graph) -> Table:
    """Time by opcode."""
    taken: defaultdict[str, float] = defaultdict(float)
    number: defaultdict[str, int] = defaultdict(int)
    for node_id, seconds in operations.seconds.items():
        op = graph.node(node_id).op
        taken[op] += seconds
        number[op] += 1
    rows = tuple(
        (op, number[op], seconds, seconds / (operations.busy or 1.0)) for op, seconds in _top(taken)
    )
    return Table(
        "Kinds of operation",
        ("kind", "operations", "time a run", "share"),
        rows,
        units=("", "", "s", "%"),
    )


def lines_table(attribution: Attribution, sources: Sequence[Source]) -> Table:
    """Time by source line, attributed."""
    total = attribution.total or 1.0
    found = attribution.by_line
    top = list(found.items())[:_ROWS]
    return Table(
        title=_title("Source lines (attributed)", len(top), len(found)),
        columns=("line", "time a run", "share"),
        rows=tuple((place_of(frame, sources), taken, taken / total) for frame, taken in top),
        units=("", "s", "%"),
        frames=tuple(frame for frame, _ in top),
    )


def scopes_table(attribution: Attribution) -> Table:
    """Time by scope, forward and backward apart, attributed."""
    total = attribution.total or 1.0
    found: dict[str, dict[str, float]] = {}
    for (scope, direction), taken in attribution.by_scope.items():
        found.setdefault(scope, {})[direction] = taken
    ordered = sorted(found.items(), key=lambda item: -sum(item[1].values()))
    return Table(
        title=_title("Scopes (attributed)", min(len(ordered), _ROWS), len(ordered)),
        columns=("scope", "forward", "backward", "share"),
        rows=tuple(
            (
                scope or "(no scope)",
                sum(taken for direction, taken in each.items() if direction != BACKWARD),
                each.get(BACKWARD, 0.0),
                sum(each.values()) / total,
            )
            for scope, each in ordered[:_ROWS]
        ),
        units=("", "s", "s", "%"),
    )


def _top(values: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(values.items(), key=lambda item: -item[1])[:_ROWS]


def _title(title: str, shown: int, all_: int) -> str:
    return title if shown == all_ else f"{title}: {shown} of {all_:,}"


def _name(node: Node) -> str:
    return node.outputs[0].name if node.outputs else node.id
