"""A report as something to look at: in a notebook, in a terminal, in a file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from rich.console import Console, ConsoleOptions, RenderResult

from jaxlab.collection import collector_paused
from jaxlab.errors import InputError, ToolError, cut
from jaxlab.graph import Graph
from jaxlab.overlay import Overlay
from jaxlab.payload import FORMAT, VERSION, encode_report, pack
from jaxlab.payload import to_text as to_json
from jaxlab.renderers.dot import render_dot, render_png, render_svg
from jaxlab.renderers.escape import visible
from jaxlab.renderers.frame import render_document
from jaxlab.renderers.report_html import render_report_html
from jaxlab.renderers.report_text import render_report
from jaxlab.renderers.text import render_text, to_text
from jaxlab.report import Report, Table
from jaxlab.settings import settings
from jaxlab.viewer import packed_scripts
from jaxlab.views import group_by_scope

__all__ = ["MIME", "Display", "Report", "Table"]

MIME = "application/vnd.jaxlab.graph.v1+json"
"""The form of a report that the JupyterLab extension shows."""

_WIDTH = 100
_BOXES, _FEW_BOXES = 60, 24
_SECONDS = 10.0


@dataclass(frozen=True, repr=False)
class Display:
    """Shows a report wherever it is displayed.

    In a notebook it is the viewer: for JupyterLab as data, for others in a frame over a picture
    with the text folded under it, or the text alone where Graphviz is missing. In a terminal it
    is text, in colours through rich. It never raises there: what could not be drawn is said in
    one line.

    Attributes:
      report: what text and pictures show: one stage.
      depth: how many levels of bodies and groups are opened; None lets the size decide.
      make_whole: makes the report that the viewer shows, when it is first needed; None where
        that is `report` itself.
    """

    report: Report
    depth: int | None = None
    make_whole: Callable[[], Report] | None = None

    @cached_property
    def whole(self) -> Report:
        """The report with all its stages, as the viewer shows it."""
        return self.report if self.make_whole is None else self.make_whole()

    @cached_property
    def grouped(self) -> Report:
        """The report with its graph grouped by the user's scopes."""
        report = self.report
        if report.graph is None:
            return report
        stages = list(report.stages)
        stages[report.shown] = replace(stages[report.shown], graph=group_by_scope(report.graph))
        return replace(report, stages=tuple(stages))

    @collector_paused()
    def text(self, width: int = _WIDTH) -> str:
        """The report as plain text, `width` columns wide."""
        return to_text(render_report(self.grouped, self.depth), width)

    def dot(self) -> str:
        """The program in the DOT language."""
        graph, overlays = _drawable(self.grouped)
        return render_dot(graph, overlays, depth=self.depth, budget=_BOXES)

    def svg(self) -> str:
        """The program as an SVG picture. Raises ToolError where Graphviz is missing or fails."""
        graph, overlays = _drawable(self.grouped)
        return render_svg(graph, overlays, depth=self.depth, budget=_BOXES, seconds=_SECONDS)

    def png(self) -> bytes:
        """The program as a PNG picture. Raises ToolError where Graphviz is missing or fails."""
        graph, overlays = _drawable(self.grouped)
        return render_png(graph, overlays, depth=self.depth, budget=_BOXES, seconds=_SECONDS)

    def html(self) -> str:
        """The report as a page of its own: the viewer, which needs nothing from outside.

        Raises:
          InputError: there is neither a graph nor a tab to look at.
          ToolError: the viewer was not built.
        """
        if not self.whole.tabs:
            _drawable(self.whole)
        charts = any(tab.charts for tab in self.whole.tabs)
        return render_document(self.packed, packed_scripts(charts=charts), self.report.title)

    @cached_property
    def packed(self) -> str:
        """The viewer's data: the whole report, gzipped and in base64."""
        with collector_paused():
            return pack(encode_report(self.whole, self.depth))

    def save(self, path: str | Path) -> Path:
        """Write the report to a file, in the form that its suffix names, and give back its path.

        Raises:
          InputError: the suffix is not one of .txt, .svg, .png, .dot, .html and .json.
          ToolError: Graphviz is missing or failed, or the viewer was not built.
        """
        target = Path(path)
        forms: dict[str, Callable[[], str | bytes]] = {
            ".txt": self.text,
            ".svg": self.svg,
            ".png": self.png,
            ".dot": self.dot,
            ".html": self.html,
            ".json": self._json,
        }
        form = forms.get(target.suffix.lower())
        if form is None:
            raise InputError(
                f"Can't write {cut(str(target))!r}: the suffix says the form, "
                f"and it may be {', '.join(forms)}."
            )
        content = form()
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def print(self) -> None:
        """Write the report to the terminal, in its colours and its width."""
        Console().print(self)

    def __repr__(self) -> str:
        return _shown(lambda: self.text(_terminal_width()), self.report)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield render_report(self.grouped, self.depth)

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> Mapping[str, object]:
        """What a notebook shows. A form that fails is replaced by a line that says so."""

        def asked(form: str, kind: str) -> bool:
            return (
                form in settings.forms
                and (include is None or kind in include)
                and (exclude is None or kind not in exclude)
            )

        html = self._safe_html() if asked("html", "text/html") else None
        made = {
            "text/plain": _shown(self.text, self.report) if asked("text", "text/plain") else None,
            MIME: self._mime(html or "") if asked("mime", MIME) else None,
            "text/html": html,
        }
        return {kind: form for kind, form in made.items() if form is not None}

    def _mime(self, html: str) -> Mapping[str, object] | None:
        """What the JupyterLab extension reads; None where there is nothing for it to show.

        It takes the data from the HTML beside it, where that has it: large, and stored once.
        """
        try:
            if not _needs_viewer(self.whole):
                return None
            head = {"format": FORMAT, "version": VERSION, "title": self.report.title}
            return head if self.packed in html else {**head, "data": self.packed}
        except Exception:  # the HTML beside it needs the same data, and says why there is none
            return None

    def _safe_html(self) -> str:
        said: list[str] = []
        picture = self._try("picture", lambda: self._picture(_FEW_BOXES), said)
        document = self._try("viewer", self.html, said) if _needs_viewer(self.report) else ""
        try:
            return self._html(picture, document, " ".join(said))
        except Exception as error:  # a fault of ours must never break the user's cell
            plain = replace(self.report, tables=(), tabs=())
            return render_report_html(plain, picture=picture, said=_failed("text", error))

    def _try(self, what: str, make: Callable[[], str], said: list[str]) -> str:
        try:
            return make()
        except ToolError as error:
            said.append(str(error))
        except Exception as error:  # a fault of ours must never break the user's cell
            said.append(_failed(what, error))
        return ""

    def _picture(self, boxes: int) -> str:
        if self.report.graph is None:
            return ""
        graph, overlays = _drawable(self.grouped)
        return render_svg(graph, overlays, depth=self.depth, budget=boxes, seconds=_SECONDS)

    def _html(self, picture: str, document: str, said: str) -> str:
        graph, text = self.grouped.graph, ""
        if graph is not None:
            tree = render_text(
                graph, self.report.overlays, depth=self.depth, sources=self.report.sources
            )
            text = to_text(tree, _WIDTH)
        return render_report_html(
            self.report, picture=picture, text=text, said=said, document=document
        )

    def _json(self) -> str:
        _drawable(self.whole)
        return to_json(encode_report(self.whole, self.depth))


def _needs_viewer(report: Report) -> bool:
    """Whether there is something to walk in: a few tables are told as well without it."""
    return bool(report.stages or report.findings)


def _drawable(report: Report) -> tuple[Graph, tuple[Overlay, ...]]:
    if report.graph is None:
        raise InputError(f"There is no graph of {cut(report.title)!r} to draw or to write.")
    return report.graph, report.overlays


def _shown(text: Callable[[], str], report: Report) -> str:
    """A text, or where making it fails, what can be said without it."""
    try:
        return text()
    except Exception as error:  # what displays an object must not raise
        lines = (report.title, report.headline, *report.notes, _failed("text", error))
        return "\n".join(visible(line, 400) for line in lines if line)


def _failed(what: str, error: Exception) -> str:
    said = cut(f"{type(error).__name__}: {error}", 200)
    return f"The {what} could not be made ({said}). This is a fault of jaxlab, not of your code."


def _terminal_width() -> int:
    columns = shutil.get_terminal_size((_WIDTH, 24)).columns
    return min(max(columns, 60), 140)
