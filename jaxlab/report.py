"""What there is to say about a captured computation, before anything is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from jaxlab.charts import Chart
from jaxlab.finding import Finding
from jaxlab.graph import Graph
from jaxlab.origin import Frame, Source
from jaxlab.overlay import Cell, Overlay


@dataclass(frozen=True, slots=True)
class Table:
    """A small table beside the graph: the programs that ran, the host round trips.

    Cells are text or numbers; numbers are set right-aligned, whole ones with separators.

    Attributes:
      title: what is listed.
      columns: their names.
      rows: a cell for each column.
      units: the unit of each column's numbers, as `quantities.quantity` takes it; () for none.
      stage, nodes: for each row a node of that stage, "" where it has none.
      frames: for each row the source line that it is about, if it has one.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    units: tuple[str, ...] = ()
    stage: str = ""
    nodes: tuple[str, ...] = ()
    frames: tuple[Frame | None, ...] = ()


SIDE_EFFECTS = "Side effects"
"""The name of the tab that lists a report's findings."""


@dataclass(frozen=True, slots=True)
class Tab:
    """What a report says besides its graphs: where the time went, where the memory went.

    Attributes:
      name: what the tab is called: "Profile", "Memory".
      figures: the figures that matter, each with its unit.
      notes: sentences: what to beware of, what was not measured and why.
      charts: pictures, the most telling first.
      tables: lists, the most telling first.
    """

    name: str
    figures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a computation.

    Attributes:
      graph: the program at that stage.
      label: what the stage is called: "jaxpr", "StableHLO", "HLO".
      note: one sentence on which program this is; "" where it goes without saying.
      overlays: columns of values for that graph.
    """

    graph: Graph
    label: str
    note: str = ""
    overlays: tuple[Overlay, ...] = ()


@dataclass(frozen=True, slots=True)
class Links:
    """Lineage between two stages of a report.

    Attributes:
      before, after: places of the stages in the report.
      found: by the id of a node of the earlier program, the kinds of its links by the ids of the
        later program's nodes.
      fates: what became of the earlier program's nodes that have no counterpart, by id.
      note: what had to be done to know it; may be "".
    """

    before: int
    after: int
    found: Mapping[str, Mapping[str, str]]
    fates: Mapping[str, str]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder of transforms: its text, and its jaxpr where that is known."""

    text: str
    graph: Graph | None = None


@dataclass(frozen=True)
class Report:
    """All that is shown about one computation.

    Attributes:
      title: what was traced: `train_step(state, batch)`.
      figures: its figures, each with its unit.
      notes: sentences: which program one looks at, what was frozen, what to beware of.
      stages: the program at its stages, in the order of lowering; none where it can't be shown.
      shown: the place of the stage that text and pictures show, and the viewer shows first.
      links: lineage between the stages.
      sources: the texts that the graphs' frames point into.
      tables: whatever is a list rather than a graph.
      ladder: the transforms from the plain function up; none where there are no transforms.
      tabs: what else there is to say, beside the stages.
      findings: what transforms hide, the worst first.
    """

    title: str
    figures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    shown: int = 0
    links: tuple[Links, ...] = ()
    sources: tuple[Source, ...] = ()
    tables: tuple[Table, ...] = ()
    ladder: tuple[Rung, ...] = ()
    tabs: tuple[Tab, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def headline(self) -> str:
        """The figures in one line."""
        return " · ".join(self.figures)

    @property
    def graph(self) -> Graph | None:
        """The program at the stage that is shown; None where there is none."""
        return self.stages[self.shown].graph if self.stages else None

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        """The columns of values of the stage that is shown."""
        return self.stages[self.shown].overlays if self.stages else ()
