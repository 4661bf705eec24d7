"""A whole report as text: its headline, its notes, the program, its tables, its tabs."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from jaxlab.overlay import Cell
from jaxlab.quantities import quantity
from jaxlab.renderers.chart_text import TOP, chart_text
from jaxlab.renderers.escape import visible
from jaxlab.renderers.finding_text import render_findings, render_short
from jaxlab.renderers.text import render_text
from jaxlab.report import SIDE_EFFECTS, Report, Tab, Table

_LINE = 400  # a note may be long, but not endless


def render_report(report: Report, depth: int | None = None) -> RenderableType:
    """A report for a terminal. Its graph is shown as it is: group it first where it has scopes."""
    parts: list[RenderableType] = [render_head(report)]
    for tab in report.tabs:
        parts += ["", *_tab(tab)]
        if tab.name == SIDE_EFFECTS:
            parts += ["", render_findings(report.findings, report.sources)]
    if report.graph is not None:
        parts += [
            "",
            render_text(report.graph, report.overlays, depth=depth, sources=report.sources),
        ]
    for table in report.tables:
        parts += ["", render_table(table)]
    return Group(*parts)


def render_head(report: Report) -> RenderableType:
    """What was traced, its figures, and what has to be said."""
    head = Text(visible(report.title, 100), style="bold")
    lines: list[RenderableType] = [head]
    if report.headline:
        lines.append(Text(visible(report.headline, _LINE)))
    lines += [Text(visible(note, _LINE), style="dim") for note in report.notes]
    if report.findings and not any(tab.name == SIDE_EFFECTS for tab in report.tabs):
        lines.append(render_short(report.findings, report.sources))
    return Group(*lines)


def _tab(tab: Tab) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(visible(tab.name, 100), style="bold")]
    if tab.figures:
        parts.append(Text(visible(" · ".join(tab.figures), _LINE)))
    parts += [Text(visible(note, _LINE), style="dim") for note in tab.notes]
    for table in tab.tables:
        parts += ["", render_table(table, TOP)]
    for chart in tab.charts:
        said, table = chart_text(chart)
        if table is None:
            parts += ["", Text(visible(chart.title, 100), style="bold")]
        else:
            parts += ["", render_table(table)]
        parts += [Text(visible(said, _LINE))] if said else []
    return parts


def render_table(table: Table, most: int | None = None) -> RenderableType:
    """A table under its title; numbers are right-aligned. Of its rows at most so many."""
    grid = Grid(
        title=Text(visible(table.title, 100), style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        header_style="dim",
        pad_edge=False,
    )
    for place, column in enumerate(table.columns):
        numeric = holds_numbers(table, place)
        name = Text(visible(column, 40))
        grid.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in table.rows[:most]:
        grid.add_row(*map(Text, row_texts(table, row)))
    left = 0 if most is None else len(table.rows) - most
    return Group(grid, Text(f"and {left:,} more", style="dim")) if left > 0 else grid


def row_texts(table: Table, row: Sequence[Cell]) -> list[str]:
    """A row's cells as texts that are safe to print, numbers with their units."""
    units = table.units or ("",) * len(row)
    return [
        visible(cell, 200) if isinstance(cell, str) else quantity(cell, unit)
        for cell, unit in zip(row, units, strict=True)
    ]


def holds_numbers(table: Table, column: int) -> bool:
    """Whether a column is set as numbers: it has some, beside the likes of "not known"."""
    return any(not isinstance(row[column], str) for row in table.rows)
