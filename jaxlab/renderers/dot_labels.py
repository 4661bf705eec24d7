"""Graphviz's HTML-like labels: what stands in a box, over a frame and above the picture."""

from __future__ import annotations

from html import escape

from jaxlab.renderers.families import UNKNOWN
from jaxlab.renderers.heat import LIGHT, heat_step
from jaxlab.renderers.picture import Box, Frame, Picture

INK, DIM, LINE = "#1c2128", "#57606a", "#77818e"
_MONO = "Courier"
_TRACK = "#e9edf2"
_BAR = 96
_LEAST_SHARE = 0.001
_STAGES = {
    "jaxpr": "jaxpr",
    "stablehlo": "StableHLO",
    "hlo": "optimized HLO",
}
_NOUNS = {"jaxpr": "equations", "stablehlo": "operations", "hlo": "instructions"}


def markup(text: str) -> str:
    """A text inside an HTML-like label. A backslash would start an escape like `\\N`."""
    return escape(text, quote=True).replace("\\", "&#92;")


def box_label(box: Box, picture: Picture) -> str:
    """A box's label: a stripe for its family, its name, its type, its note and its heat."""
    if box.kind in ("input", "result", "constant"):
        return f"<{_pill_rows(box)}>"
    rows = [f'<TD ALIGN="LEFT">{_title(box)}</TD>']
    told = " · ".join(text for text in (box.type, box.note) if text)
    if told:
        rows.append(f'<TD ALIGN="LEFT">{_font(told, 10, DIM)}</TD>')
    if picture.overlay is not None and (box.share or 0.0) >= _LEAST_SHARE:
        rows.append(f'<TD ALIGN="LEFT">{_heat_bar(box)}</TD>')
    stripe = f'<TD ROWSPAN="{len(rows)}" WIDTH="5" BGCOLOR="{box.family.colour}"></TD>'
    body = "".join(f"<TR>{stripe if not place else ''}{row}</TR>" for place, row in enumerate(rows))
    return f"<{_stacked(_card(box, body), box.stack)}>"


def frame_label(frame: Frame) -> str:
    """The line over an open body: its name, what else helps, its share."""
    parts = [_font(frame.title, 12, INK, bold=True)]
    parts += [_font(f"  {text}", 10, DIM) for text in (frame.detail, frame.note) if text]
    return f"<{''.join(parts)}>"


def caption(picture: Picture, note: str) -> str:
    """What stands above the picture: the program, how much of it is drawn, and the heat's key."""
    stage = _STAGES.get(picture.stage, picture.stage)
    noun = _NOUNS.get(picture.stage, "nodes")
    drawn = f"{picture.total:,} {noun}"
    if picture.drawn < picture.total:
        drawn = f"{picture.drawn:,} of {drawn} have boxes of their own"
    rows = [_font(picture.title, 15, INK, bold=True) + _font(f"   {stage} · {drawn}", 11, DIM)]
    rows += [_font(note, 11, "#8a5a00")] if note else []
    cells = "".join(f'<TR><TD ALIGN="LEFT">{row}</TD></TR>' for row in rows)
    key = f'<TR><TD ALIGN="LEFT">{_key(picture)}</TD></TR>' if picture.overlay else ""
    return f'<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="3">{cells}{key}</TABLE>>'


def _pill_rows(box: Box) -> str:
    texts = [_font(box.title, 11, INK)]
    texts += [_font(text, 10, DIM) for text in (box.type, box.note) if text]
    rows = "".join(f"<TR><TD>{text}</TD></TR>" for text in texts)
    return f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="1">{rows}</TABLE>'


def _title(box: Box) -> str:
    name = f"▸ {box.title}" if box.kind == "closed" else box.title
    text = _font(name, 12, DIM if box.kind == "rest" else INK, bold=box.kind == "closed")
    if box.stack > 1:
        text += _font(f" ×{box.stack}", 12, INK, bold=True)
    return text + (_font(f"  {box.detail}", 10, DIM) if box.detail else "")


def _card(box: Box, rows: str) -> str:
    dashed = box.fusion or box.kind == "rest"
    style = ' STYLE="DOTTED"' if box.family is UNKNOWN else ' STYLE="DASHED"' if dashed else ""
    colour = box.family.colour if box.effect else LINE
    return (
        f'<TABLE BORDER="1"{style} COLOR="{colour}" BGCOLOR="white" CELLBORDER="0"'
        f' CELLSPACING="0" CELLPADDING="3">{rows}</TABLE>'
    )


def _stacked(card: str, stack: int) -> str:
    """Two more cards peep out behind one that stands for several."""
    for _ in range(2 if stack > 1 else 0):
        card = (
            '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">'
            f"<TR><TD>{card}</TD>{_sheet('R')}</TR><TR>{_sheet('B')}{_sheet('RB')}</TR></TABLE>"
        )
    return card


def _sheet(sides: str) -> str:
    return (
        f'<TD WIDTH="4" HEIGHT="4" BGCOLOR="white" BORDER="1" SIDES="{sides}" COLOR="{LINE}"></TD>'
    )


def _heat_bar(box: Box) -> str:
    """As long as the box's share of what is around it, coloured by its share of the program."""
    share = box.share or 0.0
    part = min(share if box.part is None else box.part, 1.0)
    length = max(round(_BAR * part), 2) if share else 0
    cells = _cell(length, LIGHT[heat_step(share)]) + _cell(_BAR - length, _TRACK)
    return _strip(cells, _BAR)


def _key(picture: Picture) -> str:
    overlay = picture.overlay
    assert overlay is not None
    cells = "".join(_cell(14, colour) for colour in LIGHT)
    text = f"0.1 % → 30 % of {overlay.name} ({overlay.source})"
    return (
        '<TABLE ALIGN="LEFT" BORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>'
        f"<TD>{_strip(cells, 14 * len(LIGHT))}</TD><TD>{_font('  ' + text, 10, DIM)}</TD>"
        "</TR></TABLE>"
    )


def _strip(cells: str, width: int) -> str:
    return (
        '<TABLE ALIGN="LEFT" BORDER="0" CELLSPACING="0" CELLPADDING="0" FIXEDSIZE="TRUE"'
        f' WIDTH="{width}" HEIGHT="5"><TR>{cells}</TR></TABLE>'
    )


def _cell(width: int, colour: str) -> str:
    if width <= 0:
        return ""
    return f'<TD WIDTH="{width}" HEIGHT="5" FIXEDSIZE="TRUE" BGCOLOR="{colour}"></TD>'


def _font(text: str, size: int, colour: str, *, bold: bool = False) -> str:
    inner = f"<B>{markup(text)}</B>" if bold else markup(text)
    return f'<FONT POINT-SIZE="{size}" COLOR="{colour}">{inner}</FONT>'
