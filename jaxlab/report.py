"""What there is to say about a captured computation, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from jaxlab.graph import Graph
from jaxlab.origin import Source
from jaxlab.overlay import Cell, Overlay


@dataclass(frozen=True, slots=True)
class Table:
    """A small table beside the graph: the programs that ran, the host round trips.

    Cells are text or numbers; numbers are set right-aligned, whole ones with separators.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Report:
    """All that is shown about one computation at one stage.

    Attributes:
      title: what was traced: `train_step(state, batch)`.
      headline: its figures in one line, each with its unit.
      notes: sentences: which program one looks at, what was frozen, what to beware of.
      graph: the program at the stage that is shown; None where there is none.
      overlays: columns of values for that graph.
      sources: the texts that the graph's frames point into.
      tables: whatever is a list rather than a graph.
    """

    title: str
    headline: str = ""
    notes: tuple[str, ...] = ()
    graph: Graph | None = None
    overlays: tuple[Overlay, ...] = ()
    sources: tuple[Source, ...] = ()
    tables: tuple[Table, ...] = ()
