"""Charts where nothing can be drawn: a line of text, and a small table of what matters most."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite

from jaxlab.charts import Chart, Curve, Flame, Roofline, Timeline
from jaxlab.quantities import quantity
from jaxlab.report import Table

TOP = 10
"""Rows of a table; the viewer has the rest."""

_BOXES, _LEAST, _DEEPEST = 16, 0.02, 5
_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDTH = 60


def chart_text(chart: Chart) -> tuple[str, Table | None]:
    """What a chart says: one line, which may be "", and its most telling rows."""
    if isinstance(chart, Curve):
        return _curve(chart), None
    if isinstance(chart, Flame):
        return "", _flame(chart)
    if isinstance(chart, Timeline):
        return "", _timeline(chart)
    return _roofs(chart), _roofline(chart)


def sparkline(values: Sequence[float], width: int = _WIDTH) -> str:
    """Values as blocks from 0 to the largest; of values that share a block the largest counts."""
    known = [value if isfinite(value) else 0.0 for value in values]
    most = max(known, default=0.0)
    width = min(width, len(known))
    edges = [len(known) * place // width for place in range(width + 1)] if width else []
    tops = [max(known[start:end]) for start, end in pairwise(edges)]
    steps = len(_BLOCKS) - 1
    return "".join(_BLOCKS[max(0, round(top / most * steps)) if most else 0] for top in tops)


def _curve(curve: Curve) -> str:
    known = [value if isfinite(value) else 0.0 for value in curve.values]
    if not known:
        return ""
    peak = max(range(len(known)), key=known.__getitem__)
    return (
        f"{sparkline(known)} peak {quantity(known[peak], curve.unit)} at {curve.steps} "
        f"{peak + 1:,} of {len(known):,} ({curve.source})"
    )


def _flame(flame: Flame) -> Table:
    """Its largest boxes as a tree, those of a box in it."""
    values = [value if isfinite(value) else 0.0 for value in flame.values]
    inside: list[list[int]] = [[] for _ in values]
    depth: list[int] = []
    for place, parent in enumerate(flame.parents):
        depth.append(depth[parent] + 1 if parent >= 0 else 0)
        if parent >= 0:
            inside[parent].append(place)
    tops = [place for place, parent in enumerate(flame.parents) if parent < 0]
    total = sum(values[place] for place in tops) or 1.0
    shown = [
        place
        for place in sorted(range(len(values)), key=lambda place: -values[place])
        if values[place] >= _LEAST * total and depth[place] < _DEEPEST
    ][:_BOXES]
    rows: list[tuple[str, float, float]] = []
    waiting = _descending(tops, values)
    while waiting:
        place = waiting.pop()
        if place in shown:
            name = f"{'· ' * depth[place]}{flame.names[place]}"
            rows.append((name, values[place], values[place] / total))
            waiting += _descending(inside[place], values)
    return Table(
        f"{flame.title} ({flame.source})",
        ("in", "amount", "share"),
        tuple(rows),
        ("", flame.unit, "%"),
    )


def _descending(places: Sequence[int], values: Sequence[float]) -> list[int]:
    """So that the largest is taken from the end first."""
    return sorted(places, key=lambda place: (values[place], -place))


def _timeline(timeline: Timeline) -> Table:
    """How busy each lane was; what ran within something else counts once."""
    rows: list[tuple[str, int, float]] = []
    spans = zip(timeline.lane, timeline.starts, timeline.seconds, strict=True)
    ordered = sorted(spans)
    for lane, name in enumerate(timeline.lanes):
        number, busy, until = 0, 0.0, float("-inf")
        for of, start, seconds in ordered:
            if of == lane:
                number += 1
                busy += max(0.0, start + seconds - max(start, until))
                until = max(until, start + seconds)
        rows.append((name, number, busy))
    return Table(timeline.title, ("lane", "spans", "busy"), tuple(rows), ("", "", "s"))


def _roofs(roofline: Roofline) -> str:
    return "; ".join(
        f"{roof.name}: {quantity(roof.flops_per_second, 'FLOP/s')}, "
        f"{quantity(roof.bytes_per_second, 'B/s')} ({roof.source})"
        for roof in roofline.roofs
    )


def _roofline(roofline: Roofline) -> Table:
    places = sorted(range(len(roofline.names)), key=lambda place: -roofline.seconds[place])
    rows = tuple(
        (
            roofline.names[place],
            roofline.seconds[place],
            roofline.speeds[place],
            roofline.intensities[place],
        )
        for place in places[:TOP]
    )
    columns = ("operation", "time", "speed", "FLOP per byte")
    return Table(roofline.title, columns, rows, ("", "s", "FLOP/s", ""))
