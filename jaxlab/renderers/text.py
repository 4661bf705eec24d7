"""A program as a tree of text, for a terminal and for text/plain."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from jaxlab.errors import cut
from jaxlab.graph import Graph
from jaxlab.origin import Frame, Source
from jaxlab.overlay import Overlay
from jaxlab.quantities import quantity
from jaxlab.renderers.escape import visible
from jaxlab.renderers.heat import TERMINAL, heat_step
from jaxlab.renderers.outline import Line, Outline, outline

_COUNT = 7
_LEAST_DETAIL = 8
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_FAMILY_STYLES = {
    "contraction": "#2f86c9",
    "elementwise": "",
    "data movement": "#1f9488",
    "control flow": "#9b66d1",
    "random": "#b8860b",
    "effect": "#d9483b",
    "collective": "#c9548a",
    "unknown": "italic",
    "group": "bold",
}
_NOUNS = {"jaxpr": "equations", "stablehlo": "operations", "hlo": "instructions"}


def render_text(
    graph: Graph,
    overlays: Sequence[Overlay] = (),
    *,
    depth: int | None = None,
    budget: int = 200,
    sources: Sequence[Source] = (),
) -> RenderableType:
    """A program as a tree with its counts, types, costs and source lines, in columns.

    Args:
      graph: the program at any stage; group it first (`group_by_scope`) where it has scopes.
      overlays: columns of amounts; the first is also drawn as a bar, the share of the program.
      depth: how many levels of bodies and groups are opened; None opens as many as fit.
      budget: about how many lines there may be. What is left out is counted and said.
      sources: give files their titles (`cell [3]`).
    """
    titles = {source.file: source.title for source in sources if source.title}
    return _Tree(outline(graph, overlays, depth=depth, budget=budget), titles)


def to_text(renderable: RenderableType, width: int = 100) -> str:
    """What a renderable looks like without colours, `width` columns wide."""
    console = Console(
        file=io.StringIO(),
        width=width,
        color_system=None,
        force_terminal=False,
        force_jupyter=False,
        legacy_windows=False,
    )
    with console.capture() as capture:
        console.print(renderable)
    return "\n".join(line.rstrip() for line in capture.get().split("\n"))


@dataclass(frozen=True)
class _Tree:
    """Lays out an outline for the width it is given."""

    outline: Outline
    titles: dict[str, str]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        columns = _columns(self.outline, options.max_width)
        yield _header(self.outline, columns)
        for line in self.outline.lines:
            yield _line_text(self.outline, line, columns, self.titles)
        if self.outline.left_out:
            yield _footer(self.outline)


@dataclass(frozen=True, slots=True)
class _Columns:
    name: int
    values: tuple[int, ...]
    label: int
    bar: int
    share: int
    where: int


def _columns(shown: Outline, width: int) -> _Columns:
    """Share the width out; what doesn't fit goes: first source lines, then bar, then values.

    Where there are labels, they stand in for amounts.
    """
    label = _label_width(shown)
    values = [_value_width(shown, place) for place in range(len(shown.overlays[:3]))]
    values = [] if label else values
    share, bar = (8, 10) if values else (0, 0)
    where = 18 if any(line.frame for line in shown.lines) else 0
    label = min(label, max(12, (width - _COUNT) // 2))
    room = width - _COUNT - share - label
    if room - sum(values) - bar - where < 44:
        bar = min(bar, 6)
    if room - sum(values) - bar - where < 38:
        where = 0
    while len(values) > 1 and room - sum(values) - bar - where < 30:
        values.pop()
    name = max(20, room - bar - where - sum(values))
    return _Columns(name, tuple(values), label, bar, share, where)


def _label_width(shown: Outline) -> int:
    widths = [cell_len(line.label) for line in shown.lines if line.label]
    return 2 + max(widths) if widths else 0


def _value_width(shown: Outline, place: int) -> int:
    unit = shown.overlays[place].unit
    values = (line.values[place] for line in shown.lines if len(line.values) > place)
    texts = [quantity(value, unit) for value in values if value]
    return 2 + max([cell_len(text) for text in texts] + [len(_title(shown, place))])


def _title(shown: Outline, place: int) -> str:
    return visible(shown.overlays[place].name, 12)


def _header(shown: Outline, columns: _Columns) -> Text:
    text = Text(style="dim", no_wrap=True, overflow="crop")
    text.append(_left("", columns.name))
    text.append(_right("nodes", _COUNT))
    for place, width in enumerate(columns.values):
        text.append(_right(_title(shown, place), width))
    if columns.label and shown.labels is not None:
        text.append(_left("  " + visible(shown.labels.name, 20), columns.label))
    if columns.bar:
        title = f"{visible(shown.overlays[0].source, 12)} share"
        short = title if len(title) + 2 <= columns.share + columns.bar else "share"
        text.append(_left("  " + short, columns.share + columns.bar))
    if columns.where:
        text.append(_left("  line", columns.where))
    text.rstrip()
    return text


def _line_text(shown: Outline, line: Line, columns: _Columns, titles: dict[str, str]) -> Text:
    if line.kind == "note":
        text = Text("  ", no_wrap=True, overflow="ellipsis")
        return text.append(f"{line.name}  ", style="dim italic").append(line.detail, style="dim")
    text = _name_cell(line, columns.name)
    text.append(_right("" if line.count is None else f"{line.count:,}", _COUNT), style="dim")
    for place, width in enumerate(columns.values):
        value = line.values[place] if place < len(line.values) else None
        text.append(_right(quantity(value, shown.overlays[place].unit) if value else "", width))
    if columns.label:
        text.append(_left("  " + _fit(line.label, columns.label - 2), columns.label))
    if columns.bar:
        share = None if line.kind == "program" else line.share
        text.append(_right(_percent(share), columns.share))
        style = TERMINAL[heat_step(share)] if share else ""
        text.append(_left(f" {_bar(share or 0.0, columns.bar - 1)}", columns.bar), style=style)
    if columns.where and line.frame is not None:
        text.append("  " + _where(line.frame, titles, columns.where - 2), style="dim")
    text.no_wrap, text.overflow = True, "crop"
    text.rstrip()
    return text


def _name_cell(line: Line, width: int) -> Text:
    """Guides and name to the left, the type to the right; the detail is the first to be cut."""
    guides = _guides(line.rails) + ("▸ " if line.closed else "")
    room = width - cell_len(guides)
    kind = line.type if cell_len(line.name) + 2 + cell_len(line.type) <= room else ""
    left = room - (cell_len(kind) + 2 if kind else 0)
    name = _fit(line.name, left)
    left -= cell_len(name) + 1
    detail = line.detail if left >= min(cell_len(line.detail), _LEAST_DETAIL) else ""
    text = Text(guides)
    text.stylize("dim")
    text.append(name, style=_style(line))
    if detail:
        text.append(f" {_fit(detail, left)}", style="dim")
    padding = width - text.cell_len - cell_len(kind)
    return text.append(" " * max(padding, 0)).append(kind, style="dim")


def _style(line: Line) -> str:
    if line.kind == "rest":
        return "dim italic"
    if line.kind in ("program", "group"):
        return "bold"
    if line.kind == "role":
        return "italic"
    return _FAMILY_STYLES[line.family.name]


def _guides(rails: tuple[bool, ...]) -> str:
    if not rails:
        return ""
    around = "".join("│  " if follows else "   " for follows in rails[:-1])
    return around + ("├─ " if rails[-1] else "└─ ")


def _bar(share: float, width: int) -> str:
    """A bar as long as the share, to an eighth of a column; what is not zero shows."""
    eighths = max(1, round(min(share, 1.0) * width * 8)) if share > 0 else 0
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")


def _percent(share: float | None) -> str:
    if not share:
        return ""
    return "<0.1 %" if share < 0.0005 else f"{100 * share:.1f} %"


def _where(frame: Frame, titles: dict[str, str], width: int) -> str:
    """The file's title or its last part, and the line, which is never cut."""
    file = titles.get(frame.file) or frame.file.replace("\\", "/").rpartition("/")[2]
    line = f":{frame.line}"
    return visible(file, max(width - len(line), 1)) + line


def _footer(shown: Outline) -> Text:
    total = shown.lines[0].count or 0
    noun = _NOUNS.get(shown.graph.stage, "nodes")
    return Text(
        f"… {total - shown.left_out:,} of {total:,} {noun} have lines of their own; the others are "
        "in what is closed (▸), or one of several alike stands for them.",
        style="dim",
    )


def _fit(text: str, width: int) -> str:
    """A text at most `width` columns wide, cut in the middle."""
    if width <= 0:
        return ""
    short = text
    while cell_len(short) > width:
        short = cut(text, max(1, len(short) - max(1, (cell_len(short) - width) // 2)))
    return short


def _left(text: str, width: int) -> str:
    return set_cell_size(text, width)


def _right(text: str, width: int) -> str:
    return " " * (width - cell_len(text)) + text
