"""Profile: where a call's time and memory went, from tracing to single operations."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jaxlab.analyses.lineage import lower_tagged
from jaxlab.display import Display
from jaxlab.errors import ProfileError, cut
from jaxlab.overlay import Overlay
from jaxlab.profiling.attribution import Attribution, attribute
from jaxlab.profiling.clock import Clock, Progress
from jaxlab.profiling.device_tables import (
    flame_of,
    kinds_table,
    lines_table,
    operations_table,
    overlays_of,
    scopes_table,
    timeline_of,
)
from jaxlab.profiling.operations import Operations, operations_of
from jaxlab.profiling.stages import StageTimes, stage_table, time_stages
from jaxlab.profiling.steps import trace_steps
from jaxlab.quantities import quantity
from jaxlab.report import Report, Stage, Tab, Table
from jaxlab.reporting import report_on, whole_report

if TYPE_CHECKING:
    from jaxlab.charts import Chart
    from jaxlab.graph import Graph
    from jaxlab.program import Program

_COVERED = 0.95
"""Of a device's time, what operations should account for; less is said."""


def profile_call(
    program: Program,
    function: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    static: tuple[str, ...],
    *,
    runs: int | None,
    rerun: bool,
    compile_only: bool,
    clock: Clock,
    progress: Progress | None,
) -> Profile:
    """Measure a call; see `Program.profile`.

    Args:
      program: the call, traced.
      function, args, kwargs, static: what it calls, with what.
    """
    staged = time_stages(
        function,
        args,
        kwargs,
        static,
        runs=runs,
        rerun=rerun,
        compile_only=compile_only,
        clock=clock,
        progress=progress,
        lower=lower_tagged,
    )
    measured = program.compiled_as(staged.traced, staged.compiled)
    profile = Profile(measured, staged.times)
    if staged.call is None or staged.inputs is None or staged.times.interrupted:
        return profile
    try:
        steps = trace_steps(staged.call, staged.inputs, clock=clock, progress=progress)
    except ProfileError as error:
        return replace(profile, notes=(f"Operations were not measured. {error}",))
    return replace(profile, operations=operations_of(steps.events, measured.lineage().after))


@dataclass(frozen=True, eq=False, repr=False)
class Profile:
    """Where one call's time and memory went.

    Made by `Program.profile()` and `%jaxprofile`. Times are medians over runs unless they say
    otherwise; what could not be measured is None and said, never zero.

    Attributes:
      program: what was profiled, compiled with lineage: the executable whose runs were measured.
      stages: trace, lower, compile, load, first run and warm runs, each timed by itself.
      operations: device times by instruction; None if no run was traced.
      notes: what to know about the figures, a sentence each.
    """

    program: Program
    stages: StageTimes
    operations: Operations | None = None
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Profile({cut(self.program.name, 60)!r}: {self.headline or 'nothing was timed'})"

    def __str__(self) -> str:
        return self.show().text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return self.show()._repr_mimebundle_(include, exclude)  # pyright: ignore[reportPrivateUsage]

    @property
    def headline(self) -> str:
        """The figures that matter, in one line."""
        return " · ".join(self.figures)

    @property
    def figures(self) -> tuple[str, ...]:
        """The figures that matter, each with its unit."""
        return tuple(self._figures())

    def _figures(self) -> Iterator[str]:
        times, operations = self.stages, self.operations
        if times.runs is not None:
            total, dispatch = times.runs.total, times.runs.dispatch
            yield f"{quantity(total.median, 's')} a run (median of {total.count})"
            yield f"dispatch {quantity(dispatch.median, 's')}"
        elif times.first is not None:
            yield f"{quantity(times.first, 's')} the first run"
        if operations is not None and operations.runs:
            yield f"device {quantity(operations.device_median, 's')}"
        if times.compile is not None:
            yield f"compile {quantity(times.compile.median, 's')}"
        if times.trace is not None:
            yield f"trace {quantity(times.trace.median, 's')}"

    @cached_property
    def attribution(self) -> Attribution | None:
        """The operations' seconds shared out among equations; None where nothing was measured."""
        if self.operations is None or not self.operations.runs:
            return None
        return attribute(self.operations.seconds, self.program.lineage())

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """What the report says besides the graphs."""
        return (self._profile_tab(),)

    def report(self) -> Report:
        """What text and pictures show: the jaxpr with the seconds attributed to it."""
        return self._with_figures(report_on(self.program, "jaxpr"))

    def whole_report(self) -> Report:
        """What the viewer shows: all stages, the optimized HLO with its measured seconds first."""
        return self._with_figures(whole_report(self.program, "hlo"))

    def show(self, depth: int | None = None) -> Display:
        """The profile as something to look at, in a notebook or a terminal."""
        return Display(self.report(), depth, self.whole_report)

    def save(self, path: str | Path, depth: int | None = None) -> Path:
        """Write the report to a file, as its suffix says: .html, .txt, .json, .svg, .png, .dot."""
        return self.show(depth).save(path)

    def _with_figures(self, report: Report) -> Report:
        stages = tuple(self._with_times(stage) for stage in report.stages)
        return replace(
            report,
            figures=(*self.figures, *report.figures),
            notes=(*self.notes, *self.stages.notes, *report.notes),
            stages=stages,
            tabs=self.tabs,
        )

    def _with_times(self, stage: Stage) -> Stage:
        """A stage with the measured columns before the modelled ones."""
        found: tuple[Overlay, ...] = ()
        if stage.graph.stage == "hlo" and self.operations is not None:
            found = overlays_of(self.operations)
        elif stage.graph.stage == "jaxpr" and self.attribution is not None:
            found = (self.attribution.overlay,)
        return replace(stage, overlays=(*found, *stage.overlays))

    def _profile_tab(self) -> Tab:
        operations, attribution = self.operations, self.attribution
        charts: list[Chart] = []
        tables: list[Table] = [stage_table(self.stages)]
        notes: list[str] = []
        if operations is not None and operations.runs:
            graph = self._hlo
            notes += _said_of(operations, graph)
            if attribution is not None:
                charts += filter(None, [flame_of(attribution)])
                tables += [lines_table(attribution, self.program.source)]
            charts += filter(None, [timeline_of(operations, graph)])
            tables += [operations_table(operations, graph), kinds_table(operations, graph)]
            if attribution is not None:
                tables += [scopes_table(attribution)]
        return Tab("Profile", self.figures, tuple(notes), tuple(charts), tuple(tables))

    @property
    def _hlo(self) -> Graph:
        return self.program.lineage().after


def _said_of(operations: Operations, graph: Graph) -> Iterator[str]:
    """What to know about device times."""
    runs = operations.runs
    yield (
        f"Device times are means over {runs:,} traced run{'s' if runs > 1 else ''}; operations "
        f"account for {quantity(operations.covered, '%')} of the device's time."
    )
    if operations.covered < _COVERED:
        yield "The rest lies between operations: the device waited for the host, or for threads."
    hidden = len(operations.unmeasured)
    if hidden:
        inside = sum(1 for cover in operations.unmeasured.values() if cover)
        yield (
            f"{hidden:,} instructions have no event of their own and are not measured"
            + (f"; {inside:,} of them ran inside one that is." if inside else ".")
        )
    if operations.lost:
        names = ", ".join(cut(name, 30) for name in list(operations.lost)[:3])
        yield f"Events that name no instruction of the program were left out: {names}."
