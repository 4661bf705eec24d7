"""A whole report as HTML: what it says needs no script and no trust, and survives a sanitiser.

Where scripts may run, a frame with the viewer covers the picture, and what the viewer shows too
is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from jaxlab.overlay import Cell
from jaxlab.renderers.escape import visible
from jaxlab.renderers.frame import render_frame
from jaxlab.renderers.report_text import cell_text
from jaxlab.renderers.slim_svg import svg_url
from jaxlab.report import Report, Table

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
    image = _image(picture, report.title) if picture else ""
    tail: list[str] = []
    if text:
        opened = "" if picture else " open"
        tail.append(
            f"<details{opened}><summary>Text</summary>"
            f'<pre style="{_PRE}">{escape(text)}</pre></details>'
        )
    tail += [_table(table) for table in report.tables]
    frame = render_frame(document, report.title, image) if document else image
    parts = (_static(head), frame, _static(tail)) if document else (*head, frame, *tail)
    return f'<div class="jaxlab-report">{"".join(parts)}</div>'


def _static(parts: list[str]) -> str:
    """What is hidden once the viewer lives, for it shows the same."""
    return f"<div data-static>{''.join(parts)}</div>" if parts else ""


def _image(picture: str, title: str) -> str:
    source = svg_url(picture)
    return f'<img src="{source}" alt="Graph of {_text(title, 100)}" style="max-width:100%">'


def _table(table: Table) -> str:
    # Hosts align every cell to the right; only numbers belong there.
    columns = zip(*table.rows, strict=True) if table.rows else ((),) * len(table.columns)
    sides = ["right" if _are_numbers(column) else "left" for column in columns]
    names = [_text(column, 40) for column in table.columns]
    head = "".join(map(_cell, ("th",) * len(names), names, sides))
    rows = "".join(
        "<tr>"
        + "".join(
            _cell("td", escape(cell_text(cell)), side)
            for cell, side in zip(row, sides, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    title = _text(table.title, 100)
    return (
        f"<p><strong>{title}</strong></p>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _cell(tag: str, text: str, side: str) -> str:
    return f'<{tag} style="text-align:{side}">{text}</{tag}>'


def _are_numbers(column: Iterable[Cell]) -> bool:
    return not any(isinstance(cell, str) for cell in column)


def _text(text: str, limit: int = _LINE) -> str:
    return escape(visible(text, limit), quote=True)
