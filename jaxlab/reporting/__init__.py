"""From a Program to a Report: its stages, its figures, and what has to be said of them.

`report_on` gives one stage, for text and pictures; `whole_report` all that are at hand, with
the lineage between them, for the viewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from jaxlab import _jax
from jaxlab.errors import StageError, cut
from jaxlab.report import Report, Rung, Stage
from jaxlab.reporting.head import LABELS, figures_of, what_is_shown
from jaxlab.reporting.links import links_of
from jaxlab.reporting.tables import tables_of

if TYPE_CHECKING:
    from jaxlab.program import Program

__all__ = ["AT_ONCE", "report_on", "whole_report"]

AT_ONCE = 2_000
"""Programs with more equations are compiled for a report only if a later stage is asked for."""


def report_on(program: Program, stage: str) -> Report:
    """Say what there is to say about one stage of a program.

    A recorded cell that can't be shown at that stage still gets a report: it says why.
    """
    try:
        shown = _stage(program, stage)
    except StageError as error:
        if program.recording is None:
            raise
        return _report(program, (), 0, (str(error),))
    return _report(program, (shown,), 0, what_is_shown(program, stage))


@_jax.unnoticed()
def whole_report(
    program: Program, stage: str, ladder: bool = False, without: Sequence[str] = ()
) -> Report:
    """Say what there is to say about a program at every stage that is at hand.

    A small program is lowered and compiled for it; a large one when a later stage than its
    first is asked for, and else the report says how to have them. What can't be made is said in
    a note, in one line each. The user's own listeners and logs don't hear of it.

    Args:
      program: what was captured.
      stage: the one to show first.
      ladder: trace the function under each of its transforms again, to show its jaxpr too.
      without: stages that are not to be made, even where they are at hand.
    """
    names = [name for name in LABELS if program.has(name) and name not in without]
    said: list[str] = []
    if stage == "jaxpr" and len(names) > 1 and len(program.jaxpr) > AT_ONCE:
        names = ["jaxpr"]
        said.append(
            f"StableHLO and HLO are left out: compiling {len(program.jaxpr):,} equations takes "
            "its time. Add `--stage hlo` to have them."
        )
    stages = tuple(_stages(program, names, said))
    shown = next((at for at, each in enumerate(stages) if each.graph.stage == stage), 0)
    if stages:
        said += what_is_shown(program, stages[shown].graph.stage)
    report = _report(program, stages, shown, said)
    rungs = program.transforms if ladder else ()
    return replace(
        report,
        links=tuple(links_of(program, [each.graph for each in stages])),
        ladder=tuple(Rung(text, None if rung is None else rung.jaxpr) for text, rung in rungs),
    )


def _stages(program: Program, names: Sequence[str], said: list[str]) -> list[Stage]:
    """The stages that can be made; of the others it is said why they can't."""
    found: list[Stage] = []
    for name in names:
        try:
            found.append(_stage(program, name))
        except StageError as error:
            said.append(f"{LABELS[name]} can't be shown: {error}")
        except Exception as error:  # the compiler's own errors, whatever they are
            what = cut(f"{type(error).__name__}: {error}", 200)
            said.append(f"{LABELS[name]} could not be made: {what}")
    return found


def _stage(program: Program, name: str) -> Stage:
    note = " ".join(what_is_shown(program, name))
    values = tuple(program.values) if name == "jaxpr" else ()
    return Stage(program.stage(name), LABELS[name], note, (*values, *program.cost(name)))


def _report(program: Program, stages: tuple[Stage, ...], shown: int, said: Sequence[str]) -> Report:
    return Report(
        title=program.name,
        figures=tuple(figures_of(program, stages, shown)),
        notes=(*said, *program.notes),
        stages=stages,
        shown=shown,
        sources=program.source if stages else (),
        tables=tuple(tables_of(program)),
        findings=tuple(program.findings),
    )
