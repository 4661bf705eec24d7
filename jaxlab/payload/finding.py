"""A finding as the payload has it, and back."""

# What JSON holds has no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jaxlab.finding import Finding
from jaxlab.origin import Frame
from jaxlab.payload.ghosts import Ghosts
from jaxlab.payload.tabs import NodeIds, StageNodes


def finding_columns(finding: Finding, at: StageNodes, ghosts: Ghosts) -> dict[str, Any]:
    """A finding as the payload has it."""
    columns = {
        "hazard": finding.hazard,
        "harm": finding.harm,
        "headline": finding.headline,
        "what": finding.what,
        "remedy": finding.remedy,
        "when": finding.when,
        "how_often": finding.how_often,
        "evidence": list(finding.evidence),
        "lines": [
            {"file": frame.file, "line": frame.line, "function": frame.function}
            for frame in finding.frames
        ],
        **at.columns("jaxpr", finding.nodes),
    }
    beside = ghosts.place(finding)
    if beside is not None:
        node, after = beside
        found = at.columns("jaxpr", (node,))
        if found["nodes"]:
            columns |= {"stage": found["stage"], "ghost": [*found["nodes"], int(after)]}
    return columns


def decode_finding(columns: Mapping[str, Any], ids: NodeIds) -> Finding:
    """A finding from its columns. Its frames have lost their columns."""
    lines = columns["lines"]
    texts = ("hazard", "harm", "headline", "what", "remedy", "when", "how_often")
    return Finding(
        **{name: columns[name] for name in texts},
        frames=tuple(Frame(each["file"], each["line"], each["function"]) for each in lines),
        nodes=ids.read(columns)["nodes"],
        evidence=tuple(columns["evidence"]),
    )
