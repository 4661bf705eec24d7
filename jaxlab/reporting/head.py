"""The head of a report: its figures, and the sentences that say what one looks at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from jaxlab.capture.notes import count_notes
from jaxlab.errors import JaxLabError
from jaxlab.quantities import quantity
from jaxlab.report import Stage

if TYPE_CHECKING:
    from jaxlab.program import Program

LABELS = {"jaxpr": "jaxpr", "stablehlo": "StableHLO", "hlo": "HLO"}
_COUNTED = {"jaxpr": "equation", "stablehlo": "operation", "hlo": "instruction"}
_TITLES = {"jaxpr": "jaxpr", "stablehlo": "StableHLO", "hlo": "optimized HLO"}


def figures_of(program: Program, stages: Sequence[Stage], shown: int) -> Iterator[str]:
    """The figures that matter, each with its unit: those of the program, and of one stage."""
    recording = program.recording
    if recording is not None:
        yield plural(count_notes(recording.items), "application") + " recorded"
    if len(stages) == 1:
        graph = stages[0].graph
        yield f"{_TITLES[graph.stage]}: {plural(len(graph), _COUNTED[graph.stage])}"
    elif stages:
        first, last = stages[0].graph, stages[-1].graph
        yield (
            f"{plural(len(first), _COUNTED[first.stage])} → "
            f"{plural(len(last), _COUNTED[last.stage])}"
        )
    if stages:
        main = stages[shown].graph.main
        for overlay in stages[shown].overlays:
            total = overlay.total(node.id for node in main.nodes)
            if total and overlay.unit == "FLOP":
                yield f"{quantity(total, overlay.unit)} ({overlay.source})"
    if len(stages) > 1 and stages[-1].graph.stage == "hlo":
        yield from _memory(program)
    if program.calls:
        yield f"ran {plural(program.calls, 'time')}"
    for name, spent in program.seconds.items():
        yield f"{name} {quantity(spent, 's')}"


def what_is_shown(program: Program, stage: str) -> tuple[str, ...]:
    """Sentences on which program a stage shows, where it could be taken for another."""
    if program.mode == "ran":
        return (f"This is the program that ran{_more(program)}.",) if stage == "hlo" else ()
    if program.mode == "one":
        return ("If this cell were one jitted function; it ran as separate programs.",)
    if program.mode == "jit":
        return ("The whole cell, traced and run as one jitted function.",)
    if program.recording is None:
        return ()
    if stage == "jaxpr":
        return ("What the cell applied, in order; it ran as it is, nothing was traced for this.",)
    if program.programs:
        names = ", ".join(f"{each.name} ×{each.calls}" for each in program.programs)
        if stage == "hlo":
            return (f"The programs that ran on the device: {names}.",)
        return (f"The programs of your jitted functions that ran: {names}.",)
    return (
        "If this cell were one jitted function: no jitted function of yours ran in it, its "
        "operations ran one by one.",
        *program.frozen,
    )


def plural(count: int, noun: str) -> str:
    """`1 equation`, `6,129 equations`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _more(program: Program) -> str:
    return f", {plural(program.calls, 'time')}" if program.calls else ""


def _memory(program: Program) -> Iterator[str]:
    try:
        memory = program.memory()
    except JaxLabError:  # several programs, or none that was compiled: then no figure is whole
        return
    size, what = memory.reported_peak, "peak"
    if not size or size < (memory.arguments or 0) + (memory.temporaries or 0):
        # the back end gives none, or as that of CPUs one that leaves the temporaries out
        size, what = memory.total, "in memory"
    if size:
        yield f"{quantity(size, 'B')} {what}"
