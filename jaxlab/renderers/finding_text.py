"""What transforms hide, as text: a line each where one looks at something else, or in full."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from jaxlab.finding import Finding
from jaxlab.origin import Source, place_of
from jaxlab.renderers.escape import visible

_STYLES = {
    "wrong result": "bold red",
    "lost work": "bold red",
    "slow": "yellow",
    "surprise": "cyan",
}
NOTE = "jaxlab: "
"""What each text of ours under a traceback begins with."""

_LINE = 400
_FEW = 3
_FRAMES = 4


def render_short(findings: Sequence[Finding], sources: Sequence[Source]) -> RenderableType:
    """The worst findings, each with its line and what to do, and how many more there are."""
    parts = [part for each in findings[:_FEW] for part in _head(each, sources)]
    left = len(findings) - _FEW
    if left > 0:
        parts.append(Text(f"and {left:,} more: `%%jaxeffects` lists them", style="dim"))
    return Group(*parts)


def render_findings(findings: Sequence[Finding], sources: Sequence[Source]) -> RenderableType:
    """All findings, each with what happened, its lines, its evidence and its remedy."""
    parts: list[RenderableType] = []
    for finding in findings:
        parts += ["", *_whole(finding, sources)]
    return Group(*parts[1:])


def explained_text(finding: Finding, sources: Sequence[Source]) -> str:
    """What an error means, as a few lines to stand under its traceback."""
    lines = [f"{NOTE}{visible(finding.headline, _LINE)}"]
    lines += [f"  {visible(place_of(each, sources), 200)}" for each in finding.frames[:_FRAMES]]
    lines.append(f"  {visible(finding.what, _LINE)}")
    lines.append(f"  → {visible(finding.remedy, _LINE)}")
    lines.append(f"  More: `%jaxeffects {finding.hazard}`")
    return "\n".join(lines)


def said_of(finding: Finding) -> str:
    """What a finding may cost, its id, and how often it was seen: `wrong result · stale-read`."""
    often = f" · {finding.how_often:,} times" if finding.how_often > 1 else ""
    return f"{finding.harm} · {finding.hazard}{often}"


def _head(finding: Finding, sources: Sequence[Source]) -> list[Text]:
    style = _STYLES[finding.harm]
    line = Text.assemble(("● ", style), visible(finding.headline, _LINE))
    place = Text(f"  {_place(finding, sources)}", style="dim")
    return [line, place, Text(f"  → {visible(finding.remedy, _LINE)}", style="dim")]


def _whole(finding: Finding, sources: Sequence[Source]) -> Iterable[RenderableType]:
    style = _STYLES[finding.harm]
    yield Text.assemble(("● ", style), (visible(finding.headline, _LINE), "bold"))
    below = [Text(said_of(finding), style=style)]
    below += [
        Text(visible(place_of(frame, sources), 200), style="dim")
        for frame in finding.frames[:_FRAMES]
    ]
    below.append(Text(visible(finding.what, _LINE)))
    below += [Text(f"· {visible(line, 200)}", style="dim") for line in finding.evidence]
    below.append(Text(f"→ {visible(finding.remedy, _LINE)}"))
    yield Padding(Group(*below), (0, 0, 0, 2))


def _place(finding: Finding, sources: Sequence[Source]) -> str:
    if finding.frame is None:
        return said_of(finding)
    return f"{visible(place_of(finding.frame, sources), 120)}   {said_of(finding)}"
