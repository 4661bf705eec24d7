"""A whole report as text: its headline, its notes, the program, its tables, its tabs."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from jaxlab.renderers.chart_text import TOP, chart_text
from jaxlab.renderers.escape import visible
from jaxlab.renderers.finding_text import render_findings, render_short
from jaxlab.renderers.table_text import TableText
from jaxlab.renderers.text import render_text
from jaxlab.report import SIDE_EFFECTS, Report, Tab

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
        parts += ["", TableText(table)]
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
        parts += ["", TableText(table, TOP)]
    for chart in tab.charts:
        said, table = chart_text(chart)
        if table is None:
            parts += ["", Text(visible(chart.title, 100), style="bold")]
        else:
            parts += ["", TableText(table)]
        parts += [Text(visible(said, _LINE))] if said else []
    return parts
