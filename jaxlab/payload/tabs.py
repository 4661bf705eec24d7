"""A report's tabs, charts and tables as columns, and back.

Nodes are places in their stage, -1 for none, and no column at all where no node is known. Numbers
that are not whole keep four significant digits; a timeline's are whole nanoseconds. What JSON has
no number for becomes null in charts, and its text in tables.
"""

# What JSON holds has no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from itertools import accumulate
from math import nan
from typing import Any

from jaxlab.charts import Chart, Curve, Flame, Roof, Roofline, Timeline
from jaxlab.origin import Frame
from jaxlab.overlay import Cell
from jaxlab.payload.constants import short_number
from jaxlab.payload.differences import differences
from jaxlab.payload.tables import Places
from jaxlab.quantities import quantity
from jaxlab.report import Stage, Tab, Table

_NANOSECOND = 1e-9


class StageNodes:
    """Where nodes stand in the stages of a report, which charts and tables name by their kind."""

    def __init__(self, stages: Sequence[Stage], places: Sequence[Mapping[str, int]]) -> None:
        self._stages: dict[str, int] = {}
        for place, stage in enumerate(stages):
            self._stages.setdefault(stage.graph.stage, place)
        self._places = places

    def columns(self, stage: str, nodes: Sequence[str]) -> dict[str, Any]:
        """The stage's place, and the nodes' in it."""
        at = self._stages.get(stage, -1)
        found = [self._places[at].get(node, -1) for node in nodes] if at >= 0 else []
        return {"stage": at, "nodes": found if any(place >= 0 for place in found) else []}


class NodeIds:
    """The way back: the ids of the nodes of each stage."""

    def __init__(self, stages: Sequence[Stage], ids: Sequence[Sequence[str]]) -> None:
        self._stages, self._ids = stages, ids

    def read(self, columns: Mapping[str, Any]) -> dict[str, Any]:
        """The `stage` and the `nodes` of a chart or table."""
        at: int = columns["stage"]
        if at < 0:
            return {"stage": "", "nodes": ()}
        ids = self._ids[at]
        nodes = tuple("" if place < 0 else ids[place] for place in columns["nodes"])
        return {"stage": self._stages[at].graph.stage, "nodes": nodes}


def tab_columns(tab: Tab, at: StageNodes) -> dict[str, Any]:
    """A tab as the payload has it."""
    return {
        "name": tab.name,
        "figures": list(tab.figures),
        "notes": list(tab.notes),
        "charts": [_chart_columns(chart, at) for chart in tab.charts],
        "tables": [table_columns(table, at) for table in tab.tables],
    }


def decode_tab(columns: Mapping[str, Any], ids: NodeIds) -> Tab:
    """A tab from its columns."""
    return Tab(
        columns["name"],
        tuple(columns["figures"]),
        tuple(columns["notes"]),
        tuple(_decode_chart(each, ids) for each in columns["charts"]),
        tuple(decode_table(each, ids) for each in columns["tables"]),
    )


def table_columns(table: Table, at: StageNodes) -> dict[str, Any]:
    """A table as the payload has it; a frame is six numbers, its texts by their places."""
    text: Places[str] = Places()
    frames = [_frame_row(frame, text) for frame in table.frames]
    units = table.units or ("",) * len(table.columns)
    return {
        "title": table.title,
        "columns": list(table.columns),
        "units": list(table.units),
        "rows": [list(map(_cell, row, units)) for row in table.rows],
        **at.columns(table.stage, table.nodes),
        "frames": frames,
        "strings": list(text),
    }


def decode_table(columns: Mapping[str, Any], ids: NodeIds) -> Table:
    """A table from its columns."""
    text = columns["strings"]
    return Table(
        columns["title"],
        tuple(columns["columns"]),
        tuple(map(tuple, columns["rows"])),
        tuple(columns["units"]),
        frames=tuple(
            Frame(text[row[0]], row[1], text[row[2]], *row[3:]) if row else None
            for row in columns["frames"]
        ),
        **ids.read(columns),
    )


def _frame_row(frame: Frame | None, text: Places[str]) -> list[int]:
    if frame is None:
        return []
    file, line, function, *rest = astuple(frame)
    return [text[file], line, text[function], *rest]


def _cell(cell: Cell, unit: str) -> Cell:
    if isinstance(cell, str):
        return cell
    known = short_number(cell)
    return quantity(cell, unit) if known is None else known


def _chart_columns(chart: Chart, at: StageNodes) -> dict[str, Any]:
    known = {"title": chart.title, **at.columns(chart.stage, chart.nodes)}
    if isinstance(chart, Curve):
        return {
            "kind": "curve",
            **known,
            "unit": chart.unit,
            "source": chart.source,
            "steps": chart.steps,
            "values": _numbers(chart.values),
        }
    text: Places[str] = Places()
    known |= {"name": [text[name] for name in chart.names], "strings": list(text)}
    if isinstance(chart, Flame):
        return {
            "kind": "flame",
            **known,
            "unit": chart.unit,
            "source": chart.source,
            "up": [place - up if up >= 0 else 0 for place, up in enumerate(chart.parents)],
            "values": _numbers(chart.values),
        }
    if isinstance(chart, Timeline):
        return {
            "kind": "timeline",
            **known,
            "lanes": list(chart.lanes),
            "lane": list(chart.lane),
            "starts": differences(round(start / _NANOSECOND) for start in chart.starts),
            "seconds": [round(each / _NANOSECOND) for each in chart.seconds],
        }
    return {
        "kind": "roofline",
        **known,
        "roofs": [
            {
                "name": roof.name,
                "flops_per_second": short_number(roof.flops_per_second),
                "bytes_per_second": short_number(roof.bytes_per_second),
                "source": roof.source,
            }
            for roof in chart.roofs
        ],
        "intensities": _numbers(chart.intensities),
        "speeds": _numbers(chart.speeds),
        "seconds": _numbers(chart.seconds),
    }


def _decode_chart(columns: Mapping[str, Any], ids: NodeIds) -> Chart:
    known = {"title": columns["title"], **ids.read(columns)}
    if columns["kind"] == "curve":
        values = _read(columns["values"])
        unit, source, steps = columns["unit"], columns["source"], columns["steps"]
        return Curve(unit=unit, source=source, steps=steps, values=values, **known)
    text = columns["strings"]
    known["names"] = tuple(text[place] for place in columns["name"])
    if columns["kind"] == "flame":
        parents = tuple(place - up if up else -1 for place, up in enumerate(columns["up"]))
        values = _read(columns["values"])
        unit, source = columns["unit"], columns["source"]
        return Flame(unit=unit, source=source, parents=parents, values=values, **known)
    if columns["kind"] == "timeline":
        return Timeline(
            lanes=tuple(columns["lanes"]),
            lane=tuple(columns["lane"]),
            starts=tuple(start * _NANOSECOND for start in accumulate(columns["starts"])),
            seconds=tuple(each * _NANOSECOND for each in columns["seconds"]),
            **known,
        )
    return Roofline(
        roofs=tuple(
            Roof(roof["name"], flops, bytes_, roof["source"])
            for roof in columns["roofs"]
            for flops, bytes_ in [_read((roof["flops_per_second"], roof["bytes_per_second"]))]
        ),
        intensities=_read(columns["intensities"]),
        speeds=_read(columns["speeds"]),
        seconds=_read(columns["seconds"]),
        **known,
    )


def _numbers(values: Iterable[float]) -> list[float | None]:
    return [short_number(value) for value in values]


def _read(values: Iterable[float | None]) -> tuple[float, ...]:
    return tuple(nan if value is None else value for value in values)
