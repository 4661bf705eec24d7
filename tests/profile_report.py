"""A report with the tabs of a profile: a train step of a small GPT, with made-up measurements."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from math import inf
from random import Random

import jax

import jaxlab
from examples import gpt2
from jaxlab.charts import Curve, Flame, Roof, Roofline, Timeline
from jaxlab.graph import Graph, Node
from jaxlab.overlay import Overlay
from jaxlab.quantities import quantity
from jaxlab.report import Report, Tab, Table

RUNS, LANES = 3, ("Python", "XLA Launch", "Eigen 0", "Eigen 1")


@cache
def profile_report() -> Report:
    """Stages that are real, with times that a generator of random numbers measured."""
    step = jax.jit(gpt2.train_step, donate_argnums=0)
    report = jaxlab.trace(step, *gpt2.shapes(gpt2.Config.tiny())).show().whole
    jaxpr, hlo = report.stages[0].graph, report.stages[2].graph
    random = Random(7)
    ran = [node for node in hlo.main.nodes if node.op not in ("parameter", "constant", "tuple")]
    seconds = {node.id: _rounded(1e-6 * 30 ** random.random() ** 2) for node in ran}
    for node in ran:
        if node.op in ("dot", "custom-call"):
            seconds[node.id] *= 12
    equations = {
        node.id: _rounded(4e-7 * 40 ** random.random() ** 3)
        for node in jaxpr.main.nodes
        if random.random() < 0.9
    }
    measured = Overlay("time", "s", "measured", seconds)
    attributed = Overlay("time", "s", "attributed", equations)
    calls = Overlay("calls", "", "measured", dict.fromkeys(seconds, "× 1"))
    stages = list(report.stages)
    stages[0] = replace(stages[0], overlays=(*stages[0].overlays, attributed))
    stages[2] = replace(stages[2], overlays=(*stages[2].overlays, measured, calls))
    busy = sum(seconds.values())
    profile = Tab(
        "Profile",
        (
            f"{quantity(busy * 1.08, 's')} a run, median of 41",
            f"{quantity(busy * 1.03, 's')} to {quantity(busy * 1.15, 's')} between the quartiles",
            f"device busy {quantity(busy, 's')}",
            "dispatch 84 µs",
            "compile 2.1 s",
        ),
        (
            "3 of 41 runs were traced, with 0.4 % more time than the others.",
            "Times by equation, line and scope are attributed: XLA fuses equations of several.",
        ),
        (_flame(jaxpr, equations), _timeline(ran, seconds), _roofline(ran, seconds, random)),
        (_operations(hlo, seconds), _kinds(hlo, seconds)),
    )
    memory = Tab(
        "Memory",
        ("peak 4.21 MB", "arguments 1.58 MB", "temporaries 2.62 MB", "constants 16.4 kB"),
        ("Donation saves 1.57 MB of it.",),
        (_curve(ran, random), _memory_flame(jaxpr, random)),
        (_alive(hlo, ran, random),),
    )
    return replace(report, stages=tuple(stages), tabs=(profile, memory))


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")


def _name(node: Node) -> str:
    return node.outputs[0].name if node.outputs else node.id


def _flame(graph: Graph, seconds: dict[str, float]) -> Flame:
    return _boxes("Time by scope", "s", "attributed", graph, seconds)


def _memory_flame(graph: Graph, random: Random) -> Flame:
    kept = {node.id: 4096.0 * random.randint(1, 64) for node in graph.main.nodes[::7]}
    return _boxes("Residuals of the backward pass, by scope", "B", "modelled", graph, kept)


def _boxes(title: str, unit: str, source: str, graph: Graph, values: dict[str, float]) -> Flame:
    paths: dict[tuple[str, ...], list[float | str]] = {("all",): [0.0, ""]}
    for node_id, value in values.items():
        node = graph.node(node_id)
        scopes = [part for part in graph.scope_of(node).split("/") if part]
        whole = ("all", "backward" if node.origin.backward else "forward", *scopes, node.op)
        for depth in range(1, len(whole) + 1):
            box = paths.setdefault(whole[:depth], [0.0, ""])
            box[0] = float(box[0]) + value
            if depth == len(whole):
                box[1] = node_id
    order = {path: place for place, path in enumerate(paths)}
    return Flame(
        title,
        unit,
        source,
        tuple(path[-1] for path in paths),
        tuple(order.get(path[:-1], -1) for path in paths),
        tuple(float(value) for value, _ in paths.values()),
        "jaxpr",
        tuple(str(node) for _, node in paths.values()),
    )


def _timeline(ran: list[Node], seconds: dict[str, float]) -> Timeline:
    lane, starts, took, names, nodes = [0], [0.0], [0.0], ["PjitFunction(train_step)"], [""]
    now = 84e-6
    for _ in range(RUNS):
        begin = now
        for place, node in enumerate(ran):
            for each in range(1 + (node.op in ("dot", "custom-call"))):
                lane.append(2 + (each or place % 5 == 0))
                starts.append(now)
                took.append(seconds[node.id] * (1 - 0.1 * each))
                names.append(_name(node))
                nodes.append(node.id)
            now += seconds[node.id] * 1.02
        lane.append(1)
        starts.append(begin)
        took.append(now - begin)
        names.append("ThunkExecutor::Execute")
        nodes.append("")
        now += 31e-6
    took[0] = now
    return Timeline(
        f"{RUNS} runs",
        LANES,
        tuple(lane),
        tuple(starts),
        tuple(took),
        tuple(names),
        "hlo",
        tuple(nodes),
    )


def _roofline(ran: list[Node], seconds: dict[str, float], random: Random) -> Roofline:
    top = sorted(ran, key=lambda node: -seconds[node.id])[:60]
    dots = [node.op in ("dot", "custom-call") for node in top]
    intensities = [10 ** (random.gauss(1, 0.3) if dot else random.gauss(-0.7, 0.3)) for dot in dots]
    speeds = [
        min(4.5e10, intensity * 1.8e10) * random.uniform(0.15, 0.95) for intensity in intensities
    ]
    intensities[-1] = inf
    return Roofline(
        "Fusions below the roofs",
        (
            Roof("this CPU", 4.53e10, 1.82e10, "measured: matmul and copy, ± 3 %"),
            Roof("all cores", 2.56e11, 5.12e10, "published: its data sheet"),
        ),
        tuple(intensities),
        tuple(speeds),
        tuple(seconds[node.id] for node in top),
        tuple(map(_name, top)),
        "hlo",
        tuple(node.id for node in top),
    )


def _operations(graph: Graph, seconds: dict[str, float]) -> Table:
    top = sorted(seconds, key=lambda node: -seconds[node])[:50]
    busy = sum(seconds.values())
    return Table(
        f"Operations, by their own time: 50 of {len(seconds):,}",
        ("operation", "kind", "time a run", "share", "calls", "scope"),
        tuple(
            (
                _name(graph.node(node)),
                graph.node(node).op,
                seconds[node],
                seconds[node] / busy,
                1 if place % 9 else "not known",
                graph.scope_of(graph.node(node)),
            )
            for place, node in enumerate(top)
        ),
        ("", "", "s", "%", "", ""),
        "hlo",
        tuple(top),
        tuple(next(iter(graph.node(node).origin.frames), None) for node in top),
    )


def _kinds(graph: Graph, seconds: dict[str, float]) -> Table:
    taken: dict[str, list[float]] = defaultdict(list)
    for node, value in seconds.items():
        taken[graph.node(node).op].append(value)
    busy = sum(seconds.values())
    rows = sorted(taken.items(), key=lambda item: -sum(item[1]))
    return Table(
        "Kinds of operation",
        ("kind", "operations", "time a run", "share"),
        tuple((op, len(each), sum(each), sum(each) / busy) for op, each in rows),
        ("", "", "s", "%"),
    )


def _curve(ran: list[Node], random: Random) -> Curve:
    live, values = 1_580_000, list[float]()
    for place in range(len(ran)):
        rising = place < len(ran) * 0.55
        live += random.randint(-20, 32 if rising else 9) * 1024
        values.append(max(1_580_000, live))
    return Curve(
        "Live bytes over the schedule",
        "B",
        "read",
        "instruction",
        tuple(values),
        "hlo",
        tuple(node.id for node in ran),
    )


def _alive(graph: Graph, ran: list[Node], random: Random) -> Table:
    top = random.sample(ran, min(24, len(ran)))
    sizes = sorted((random.randint(1, 200) * 4096 for _ in top), reverse=True)
    return Table(
        "Alive at the peak",
        ("buffer of", "bytes", "share", "from", "until"),
        tuple(
            (_name(node), size, size / 4_210_000, place, place + 40)
            for place, (node, size) in enumerate(zip(top, sizes, strict=True))
        ),
        ("", "B", "%", "", ""),
        "hlo",
        tuple(node.id for node in top),
        tuple(next(iter(node.origin.frames), None) for node in top),
    )
