"""What experts look for in an optimized program, flagged with instruction and source line.

Each family reads the program and its evidence, and says only what it can show. Nothing is flagged
that is not worth it: see the thresholds of each family, and their reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from jaxlab.analyses.lineage import Lineage
from jaxlab.graph import Graph
from jaxlab.origin import Source, place_of
from jaxlab.profiling.device.operations import Operations
from jaxlab.profiling.hints.collectives import unasked_collectives
from jaxlab.profiling.hints.evidence import Evidence, Hint
from jaxlab.profiling.hints.indexing import indexing
from jaxlab.profiling.hints.loops import small_loops
from jaxlab.profiling.hints.movement import layout_changes, padding, tiles
from jaxlab.profiling.hints.precision import stored_upcasts, wide_products
from jaxlab.profiling.hints.remat import recomputation
from jaxlab.profiling.hints.unfused import unfused
from jaxlab.quantities import quantity
from jaxlab.report import Table

__all__ = ["FAMILIES", "Hint", "hints_of", "hints_table"]

FAMILIES: tuple[Callable[[Evidence], Iterator[Hint]], ...] = (
    layout_changes,
    wide_products,
    stored_upcasts,
    unfused,
    unasked_collectives,
    indexing,
    small_loops,
    padding,
    tiles,
    recomputation,
)
"""All that is looked for."""


def hints_of(
    hlo: Graph, lineage: Lineage | None = None, operations: Operations | None = None
) -> tuple[Hint, ...]:
    """What is worth looking at in a program, the worst first.

    Args:
      hlo: the optimized HLO.
      lineage: from its jaxpr, so that lines are exact; who asked for a collective, and what is
        computed again, is not known without.
      operations: measured times; without them the bytes that are moved say what matters.
    """
    evidence = Evidence(hlo, lineage)
    if operations is not None and operations.seconds:
        evidence = Evidence(
            hlo, lineage, operations.seconds, operations.inclusive, operations.counts
        )
    found = [hint for family in FAMILIES for hint in family(evidence)]
    return tuple(sorted(found, key=lambda hint: -hint.share))


def hints_table(hints: tuple[Hint, ...], sources: Sequence[Source] = ()) -> Table:
    """Hints as a list; `sources` are the texts that their lines are in."""
    return Table(
        "What experts look for",
        ("kind", "what", "where", "costs", "share", "why", "what to do"),
        tuple(
            (
                hint.kind,
                hint.headline,
                place_of(hint.frame, sources) if hint.frame else "",
                quantity(hint.amount, hint.unit),
                hint.share,
                hint.what,
                hint.remedy,
            )
            for hint in hints
        ),
        ("", "", "", "", "%", "", ""),
        "hlo",
        tuple(hint.node for hint in hints),
        tuple(hint.frame for hint in hints),
    )
