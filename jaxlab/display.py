"""A report as something to look at: in a notebook, in a terminal, in a file."""

from __future__ import annotations

import json
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
from jaxlab.payload import encode
from jaxlab.renderers.dot import render_dot, render_png, render_svg
from jaxlab.renderers.escape import visible
from jaxlab.renderers.report_html import render_report_html
from jaxlab.renderers.report_text import render_report, to_html
from jaxlab.renderers.run_dot import MISSING, has_dot
from jaxlab.renderers.text import render_text, to_text
from jaxlab.report import Report, Table
from jaxlab.views import group_by_scope

__all__ = ["Display", "Report", "Table"]

_WIDTH = 100
_BOXES = 60
_SECONDS = 10.0


@dataclass(frozen=True, repr=False)
class Display:
    """Shows a report wherever it is displayed.

    In a notebook it is a picture with the text folded under it, or the text alone where
    Graphviz is missing; in a terminal it is text, in colours through rich. It never raises
    there: what could not be drawn is said in one line.

    Attributes:
      report: what to show.
      depth: how many levels of bodies and groups are opened; None lets the size decide.
    """

    report: Report
    depth: int | None = None

    @cached_property
    def grouped(self) -> Report:
        """The report with its graph grouped by the user's scopes."""
        graph = self.report.graph
        return self.report if graph is None else replace(self.report, graph=group_by_scope(graph))

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
        """The report as HTML without scripts: the picture, the text under it, the tables.

        Raises:
          ToolError: Graphviz failed. That it is missing is said in the HTML, and the text shown.
        """
        picture, said = "", ""
        if self.report.graph is not None:
            picture, said = (self.svg(), "") if has_dot() else ("", MISSING)
        return self._html(picture, said)

    def save(self, path: str | Path) -> Path:
        """Write the report to a file, in the form that its suffix names, and give back its path.

        Raises:
          InputError: the suffix is not one of .txt, .svg, .png, .dot and .json.
          ToolError: Graphviz is missing or failed.
        """
        target = Path(path)
        forms: dict[str, Callable[[], str | bytes]] = {
            ".txt": self.text,
            ".svg": self.svg,
            ".png": self.png,
            ".dot": self.dot,
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
        forms: dict[str, Callable[[], str]] = {
            "text/plain": lambda: _shown(self.text, self.report),
            "text/html": self._safe_html,
        }
        return {
            kind: form()
            for kind, form in forms.items()
            if (include is None or kind in include) and (exclude is None or kind not in exclude)
        }

    def _safe_html(self) -> str:
        picture, said = "", ""
        if self.report.graph is not None:
            try:
                picture = self.svg()
            except ToolError as error:
                said = str(error)
            except Exception as error:  # a picture must never break the user's cell
                said = _failed("picture", error)
        try:
            return self._html(picture, said)
        except Exception as error:  # nor must the text
            plain = replace(self.report, tables=())
            return render_report_html(plain, picture=picture, said=_failed("text", error))

    def _html(self, picture: str, said: str) -> str:
        graph, text = self.grouped.graph, ""
        if graph is not None:
            tree = render_text(
                graph, self.report.overlays, depth=self.depth, sources=self.report.sources
            )
            text = to_html(tree, _WIDTH)
        return render_report_html(self.report, picture=picture, text=text, said=said)

    def _json(self) -> str:
        graph, overlays = _drawable(self.report)
        payload = encode(graph, overlays, self.report.sources)
        return json.dumps(payload, separators=(",", ":"), allow_nan=False)


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
