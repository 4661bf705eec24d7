"""A whole report as HTML: what it says needs no script and no trust, and survives a sanitiser.

Where scripts may run, a frame with the viewer covers the picture, and what the viewer shows too
is hidden.
"""

from __future__ import annotations

from html import escape

from jaxlab.renderers.chart_text import TOP, chart_text
from jaxlab.renderers.escape import visible
from jaxlab.renderers.finding_html import findings_html
from jaxlab.renderers.frame import render_frame
from jaxlab.renderers.slim_svg import svg_url
from jaxlab.renderers.table_text import holds_numbers, row_texts
from jaxlab.report import Report, Tab, Table

_LINE = 400
_PRE = "font-family:Menlo,Consolas,'DejaVu Sans Mono',monospace;font-size:12px;line-height:1.35"


def render_report_html(
    report: Report, *, picture: str = "", text: str = "", said: str = "", document: str = ""
) -> str:
    """A report for a notebook.

    Args:
      report: what to show.
      picture: the program as SVG; "" where there is none. It becomes an `<img>`, so nothing in
        it can run.
      text: the program as plain text.
      said: one line on what could not be shown.
      document: the page that holds the viewer, see `render_document`; "" for none.
    """
    head = [f"<p><strong>{_text(report.title, 100)}</strong> {_text(report.headline)}</p>"]
    head += [f"<p>{_text(note)}</p>" for note in (*report.notes, said) if note]
    head.append(findings_html(report.findings, report.sources))
    image = _image(picture, report.title) if picture else ""
    tail: list[str] = []
    if text:
        opened = "" if picture else " open"
        tail.append(
            f"<details{opened}><summary>Text</summary>"
            f'<pre style="{_PRE}">{escape(text)}</pre></details>'
        )
    tail += [_table(table) for table in report.tables]
    for tab in report.tabs:
        tail += _tab(tab)
    frame = render_frame(document, report.title, image) if document else image
    parts = (_static(head), frame, _static(tail)) if document else (*head, frame, *tail)
    return f'<div class="jaxlab-report">{"".join(parts)}</div>'


def _static(parts: list[str]) -> str:
    """What is hidden once the viewer lives, for it shows the same."""
    return f"<div data-static>{''.join(parts)}</div>" if parts else ""


def _image(picture: str, title: str) -> str:
    source = svg_url(picture)
    return f'<img src="{source}" alt="Graph of {_text(title, 100)}" style="max-width:100%">'


def _tab(tab: Tab) -> list[str]:
    """A tab's figures, notes, charts and tables, of long ones the first rows."""
    parts = [f"<p><strong>{_text(tab.name, 100)}</strong> {_text(' · '.join(tab.figures))}</p>"]
    parts += [f"<p>{_text(note)}</p>" for note in tab.notes]
    for chart in tab.charts:
        said, table = chart_text(chart)
        title = f"<strong>{_text(chart.title, 100)}</strong><br>" if table is None else ""
        parts += [_table(table)] if table else []
        parts += [f"<p>{title}{_text(said)}</p>"] if said else []
    parts += [_table(table, TOP) for table in tab.tables]
    return parts


def _table(table: Table, most: int | None = None) -> str:
    # Hosts align every cell to the right; only numbers belong there.
    places = range(len(table.columns))
    sides = ["right" if holds_numbers(table, place) else "left" for place in places]
    names = [_text(column, 40) for column in table.columns]
    head = "".join(map(_cell, ("th",) * len(names), names, sides))
    rows = "".join(
        "<tr>"
        + "".join(
            _cell("td", escape(text), side)
            for text, side in zip(row_texts(table, row), sides, strict=True)
        )
        + "</tr>"
        for row in table.rows[:most]
    )
    title = _text(table.title, 100)
    left = 0 if most is None else len(table.rows) - most
    return (
        f"<p><strong>{title}</strong></p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        + (f"<p>and {left:,} more</p>" if left > 0 else "")
    )


def _cell(tag: str, text: str, side: str) -> str:
    return f'<{tag} style="text-align:{side}">{text}</{tag}>'


def _text(text: str, limit: int = _LINE) -> str:
    return escape(visible(text, limit), quote=True)
