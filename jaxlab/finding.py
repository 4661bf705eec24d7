"""Finding: something that a transform hides from the user, with the line and the remedy."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from jaxlab.origin import Frame

Harm = Literal["wrong result", "lost work", "slow", "surprise"]

HARMS: tuple[Harm, ...] = ("wrong result", "lost work", "slow", "surprise")
"""What a hazard may cost, the worst first."""

When = Literal["trace", "run", "between runs"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a transform hides from the user.

    Attributes:
      hazard: its id, which is also the name of its page in the docs: "print-at-trace".
      harm: what it may cost.
      headline: what there is to say, one sentence with the names of the user's own code.
      what: what happened and why, a sentence or two.
      remedy: what to write instead, for this very code where that is known.
      frames: the lines that it is about, the one to look at first first.
      when: when it happens.
      how_often: how many times it was seen.
      nodes: ids of the jaxpr's nodes that it is about.
      evidence: facts that show it, one a line: values, names, counts.
    """

    hazard: str
    harm: Harm
    headline: str
    what: str
    remedy: str
    frames: tuple[Frame, ...] = ()
    when: When = "trace"
    how_often: int = 1
    nodes: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()

    @property
    def frame(self) -> Frame | None:
        """The line to look at first; None where there is none."""
        return self.frames[0] if self.frames else None


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings by what they may cost, then as they were found.

    Those that say the same of the same line become one, seen as often as they were together.
    """
    merged: dict[tuple[str, str, Frame | None], Finding] = {}
    for each in findings:
        key = (each.hazard, each.headline, each.frame)
        known = merged.get(key)
        merged[key] = each if known is None else _together(known, each)
    return tuple(sorted(merged.values(), key=lambda finding: HARMS.index(finding.harm)))


def _together(one: Finding, other: Finding) -> Finding:
    return replace(
        one,
        how_often=one.how_often + other.how_often,
        nodes=tuple(dict.fromkeys((*one.nodes, *other.nodes))),
        evidence=tuple(dict.fromkeys((*one.evidence, *other.evidence))),
    )
