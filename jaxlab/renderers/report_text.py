"""A whole report as text: its headline, its notes, the program, its tables."""

from __future__ import annotations

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table as Grid
from rich.text import Text

from jaxlab.overlay import Cell
from jaxlab.quantities import quantity
from jaxlab.renderers.escape import visible
from jaxlab.renderers.text import render_text
from jaxlab.report import Report, Table

_LINE = 400  # a note may be long, but not endless


def render_report(report: Report, depth: int | None = None) -> RenderableType:
    """A report for a terminal. Its graph is shown as it is: group it first where it has scopes."""
    parts: list[RenderableType] = [render_head(report)]
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
    return Group(*lines)


def render_table(table: Table) -> RenderableType:
    """A table under its title; numbers are right-aligned."""
    grid = Grid(
        title=Text(visible(table.title, 100), style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        header_style="dim",
        pad_edge=False,
    )
    for place, column in enumerate(table.columns):
        cells = [row[place] for row in table.rows]
        numeric = bool(cells) and not any(isinstance(cell, str) for cell in cells)
        name = Text(visible(column, 40))
        grid.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in table.rows:
        grid.add_row(*(Text(cell_text(cell)) for cell in row))
    return grid


def cell_text(cell: Cell) -> str:
    """A cell as text that is safe to print."""
    return visible(cell, 200) if isinstance(cell, str) else quantity(cell)
