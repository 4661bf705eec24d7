"""CellProfile: where a cell's time went, as it ran, with all that it called."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jaxlab import _jax
from jaxlab.display import Display
from jaxlab.errors import cut
from jaxlab.overlay import Overlay
from jaxlab.profiling.cell.run import Measured
from jaxlab.profiling.cell.tables import (
    cell_timeline,
    lines_table,
    parts_table,
    programs_table,
    round_trips_table,
)
from jaxlab.profiling.cell.times import ProgramTimes, length, within
from jaxlab.profiling.device.attribution import Attribution, attribute
from jaxlab.profiling.device.operations import Operations, operations_of
from jaxlab.profiling.device.tables import (
    flame_of,
    kinds_table,
    operations_table,
    overlays_of,
    scopes_table,
    timeline_of,
)
from jaxlab.profiling.device.tables import lines_table as source_lines_table
from jaxlab.profiling.perfetto import SUFFIX, write_perfetto
from jaxlab.quantities import quantity
from jaxlab.report import Report, Stage, Tab
from jaxlab.reporting import AT_ONCE, report_on, whole_report

if TYPE_CHECKING:
    from jaxlab.charts import Chart, Timeline
    from jaxlab.program import Program

_DOMINATES = 0.5
"""Of all programs' device time, what one needs to have for its graphs to be shown."""


@dataclass(frozen=True, eq=False, repr=False)
class CellProfile:
    """Where the time of a cell, or of a block, went. It ran once, as it stands.

    Made by `%%jaxprofile` and `with jaxlab.profile() as p`.

    Attributes:
      program: what was recorded.
      measured: the figures.
    """

    program: Program
    measured: Measured

    def __repr__(self) -> str:
        return f"CellProfile({cut(self.program.name, 60)!r}: {self.headline})"

    def __str__(self) -> str:
        return self.show().text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return self.show()._repr_mimebundle_(include, exclude)  # pyright: ignore[reportPrivateUsage]

    @property
    def wall(self) -> float:
        """Seconds that the cell took."""
        return self.measured.wall

    @property
    def programs(self) -> tuple[ProgramTimes, ...]:
        """The user's jitted programs that were called, those with the most time first."""
        return self.measured.programs

    @property
    def headline(self) -> str:
        """The figures that matter, in one line."""
        return " · ".join(self.figures)

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures that matter, each with its unit."""
        return tuple(self._figures())

    def _figures(self) -> Iterator[str]:
        measured = self.measured
        yield f"{quantity(measured.wall, 's')} in all"
        calls = sum(each.calls for each in measured.programs)
        if calls:
            yield f"{calls:,} call{'s' if calls > 1 else ''} of jitted programs"
        compiled = sum(sum(each.stages.values()) for each in measured.programs)
        compiled += sum(line.compile for line in measured.lines)
        if compiled:
            yield f"compile {quantity(compiled, 's')}"
        if measured.traced is not None:
            yield f"device {quantity(length(within(measured.device, *measured.traced)), 's')}"
        if measured.idle is not None:
            yield f"neither JAX nor a device {quantity(measured.idle, 's')}"

    @cached_property
    def main(self) -> Program | None:
        """The program that took most of the devices' time; None if there is no such one."""
        totals = [each.device_total or 0.0 for each in self.programs]
        by_executable = {
            id(ran.executable): program
            for program, ran in zip(self.program.programs, self._ran, strict=True)
        }
        if len(totals) == 1 or (totals and max(totals) > _DOMINATES * sum(totals)):
            first = self.programs[totals.index(max(totals))]
            return by_executable.get(id(first.executable))
        return None

    @property
    def _ran(self) -> Sequence[Any]:
        return self.measured.recording.ran

    @cached_property
    def operations(self) -> Operations | None:
        """Device times of `main` by instruction; None where there is none, or none was seen."""
        if self.main is None or not self.measured.events:
            return None
        found = operations_of(self.measured.events, self.main.hlo, self.main.calls)
        return found if found.runs and self.measured.device else None

    @cached_property
    @_jax.unnoticed()
    def attribution(self) -> Attribution | None:
        """The seconds of `main` by equation; None where it is too large to compile once more.

        Its executable carries no lineage: that of a second compile is used if it has the same
        instructions.
        """
        main, operations = self.main, self.operations
        if main is None or operations is None or len(main.jaxpr) > AT_ONCE:
            return None
        if "differs" in main.recompiled:
            return None
        return attribute(operations.taken, main.lineage(), operations.covering)

    @cached_property
    def tabs(self) -> tuple[Tab, ...]:
        """What the report says besides the graphs."""
        measured, source = self.measured, self.program.source
        charts: list[Chart] = []
        tables = [
            programs_table(measured, source),
            lines_table(measured, source),
            round_trips_table(measured, source),
            parts_table(measured),
        ]
        operations, attribution, main = self.operations, self.attribution, self.main
        if attribution is not None:
            charts += filter(None, [flame_of(attribution)])
        charts += self.timelines
        if attribution is not None and main is not None:
            tables += [source_lines_table(attribution, main.source), scopes_table(attribution)]
        if operations is not None and main is not None:
            tables += [operations_table(operations, main.hlo), kinds_table(operations, main.hlo)]
        shown = tuple(table for table in tables if table.rows)
        return (Tab("Profile", self.figures, self.notes, tuple(charts), shown),)

    @property
    def timelines(self) -> tuple[Timeline, ...]:
        """The cell, and one run of `main`."""
        found = [cell_timeline(self.measured)]
        if self.operations is not None and self.main is not None:
            found.append(timeline_of(self.operations, self.main.hlo))
        return tuple(filter(None, found))

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know about the figures, a sentence each."""
        said = list(self.measured.notes)
        if self.main is not None:
            said.append(f"The graphs are those of `{cut(self.main.name, 40)}`{self._because}.")
            if self.operations is not None and self.attribution is None:
                said.append("Its times by equation and line are not known: see its HLO.")
        elif len(self.programs) > 1:
            said.append("No program has most of the time: `%jaxprofile CALL` looks into one.")
        if self.measured.waiting is None:
            said.append("The cell did not end by itself: results that were not there are missing.")
        return tuple(said)

    @property
    def _because(self) -> str:
        totals = [each.device_total or 0.0 for each in self.programs]
        if len(totals) < 2 or not sum(totals):
            return ""
        return (
            f", which has {quantity(max(totals) / sum(totals), '%')} of the programs' device time"
        )

    def report(self) -> Report:
        """What text and pictures show."""
        if self.main is None:
            return self._with_figures(report_on(self.program, "jaxpr"))
        return self._with_figures(report_on(self.main, "jaxpr" if self._small else "hlo"))

    def whole_report(self) -> Report:
        """What the viewer shows: the stages of the program that took the most time."""
        if self.main is not None and self._small:
            return self._with_figures(whole_report(self.main, "hlo"))
        return self.report()

    @property
    def _small(self) -> bool:
        return self.main is not None and len(self.main.jaxpr) <= AT_ONCE

    def show(self, depth: int | None = None) -> Display:
        """The profile as something to look at, in a notebook or a terminal."""
        return Display(self.report(), depth, self.whole_report)

    def save(self, path: str | Path, depth: int | None = None) -> Path:
        """Write the report to a file, as its suffix says; `.trace.json` is for Perfetto."""
        if str(path).endswith(SUFFIX):
            return write_perfetto(path, self.timelines)
        return self.show(depth).save(path)

    def _with_figures(self, report: Report) -> Report:
        return replace(
            report,
            title=self.program.name,
            figures=(*self.figures, *report.figures),
            notes=(*self.notes, *report.notes),
            stages=tuple(self._with_times(stage) for stage in report.stages),
            tables=(),
            tabs=self.tabs,
        )

    def _with_times(self, stage: Stage) -> Stage:
        """A stage with the measured columns before the modelled ones."""
        if self.main is None:
            return stage
        at: Mapping[str, Sequence[Overlay]] = {
            "hlo": () if self.operations is None else overlays_of(self.operations),
            "jaxpr": () if self.attribution is None else (self.attribution.overlay,),
        }
        return replace(stage, overlays=(*at.get(stage.graph.stage, ()), *stage.overlays))
