"""Profile: where a call's time and memory went, from tracing to single operations."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax

from jaxlab.analyses.lineage import lower_tagged
from jaxlab.charts import Timeline
from jaxlab.collection import collector_paused
from jaxlab.display import Display
from jaxlab.errors import JaxLabError, ProfileError, cut
from jaxlab.overlay import Overlay
from jaxlab.profiling.clock import Clock, Progress
from jaxlab.profiling.compiling import causes
from jaxlab.profiling.compiling.passes import (
    Compilation,
    compilation_of,
    compile_flames,
    fusions_table,
    passes_table,
)
from jaxlab.profiling.device.attribution import Attribution, attribute
from jaxlab.profiling.device.operations import Operations, operations_of
from jaxlab.profiling.device.steps import trace_steps
from jaxlab.profiling.device.tables import (
    flame_of,
    kinds_table,
    lines_table,
    operations_table,
    overlays_of,
    scopes_table,
    timeline_of,
)
from jaxlab.profiling.hints import Hint, hints_of, hints_table
from jaxlab.profiling.memory.device import DeviceMemory, device_memory
from jaxlab.profiling.memory.profile import MemoryProfile, memory_profile
from jaxlab.profiling.perfetto import SUFFIX, write_perfetto
from jaxlab.profiling.roofline.peaks import DTYPES, Peaks, measured_peaks
from jaxlab.profiling.roofline.points import (
    Point,
    points_of,
    product_dtype,
    roofline_chart,
    roofline_notes,
    roofline_table,
    speed_overlays,
)
from jaxlab.profiling.roofline.published import published_roofs
from jaxlab.profiling.stages.stage_times import StageTimes, stage_table, time_stages
from jaxlab.profiling.trace import tracing
from jaxlab.quantities import quantity
from jaxlab.report import Report, Stage, Tab, Table
from jaxlab.reporting import AT_ONCE, report_on, whole_report

if TYPE_CHECKING:
    from jaxlab.charts import Chart
    from jaxlab.graph import Graph
    from jaxlab.program import Program

_SLOWER = 1.5
"""From which ratio of traced to timed runs on it is said that they differ."""
_COVERED = 0.95
"""Of a device's time, what operations should account for; less is said."""

_NO_STABLEHLO = (
    "StableHLO is left out: nothing is measured there, and the program is large. "
    '`profile.program.show("stablehlo")` has it.'
)


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
    before = device_memory()
    with tracing(host_level=2) if compile_only else nullcontext() as trace:
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
    measured = program.anew(staged.traced, staged.lowered, staged.compiled)
    profile = Profile(measured, staged.times, device_memory=(before, device_memory()))
    if trace is not None and staged.compiled is not None:
        return replace(profile, compilation=compilation_of(trace.events, profile.hlo))
    if staged.call is None or staged.inputs is None or staged.times.interrupted:
        return profile
    if progress is not None:
        progress("program", 0.0)
    hlo = profile.hlo  # read before the last runs, that less remains to be done after them
    try:
        steps = trace_steps(staged.call, staged.inputs, clock=clock, progress=progress)
    except ProfileError as error:
        return replace(profile, notes=(f"Operations were not measured. {error}",))
    with collector_paused():
        profile = replace(profile, operations=operations_of(steps.events, hlo))
    if progress is not None:
        progress("peaks", 0.0)
    return replace(profile, **_peaks_for(hlo, clock))


def _peaks_for(hlo: Graph, clock: Clock) -> dict[str, Any]:
    """The device's measured peaks for a program; a note where they can't be had."""
    dtype = product_dtype(hlo)
    try:
        return {"peaks": measured_peaks(None, dtype if dtype in DTYPES else "f32", clock=clock)}
    except JaxLabError as error:
        return {"notes": (str(error),)}


@dataclass(frozen=True, eq=False, repr=False)
class Profile:
    """Where one call's time and memory went.

    Made by `Program.profile()` and `%jaxprofile`. Times are medians over runs unless they say
    otherwise; what could not be measured is None and said, never zero.

    Attributes:
      program: what was profiled, compiled with lineage: the executable whose runs were measured.
      stages: trace, lower, compile, load, first run and warm runs, each timed by itself.
      operations: device times by instruction; None if no run was traced.
      compilation: the compile by phases and passes; None where it was not asked for.
      peaks: what the device can do at most; None where that was not measured.
      device_memory: memory in use on the devices before and after.
      notes: what to know about the figures, a sentence each.
    """

    program: Program
    stages: StageTimes
    operations: Operations | None = None
    compilation: Compilation | None = None
    peaks: Peaks | None = None
    device_memory: tuple[tuple[DeviceMemory, ...], tuple[DeviceMemory, ...]] = ((), ())
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
        return attribute(self.operations.taken, self.program.lineage(), self.operations.covering)

    @cached_property
    def points(self) -> tuple[Point, ...]:
        """What each instruction reached of what the device can do, those with most time first."""
        if self.operations is None or self.peaks is None:
            return ()
        seconds, counts = self.operations.seconds, self.operations.counts
        return points_of(self.hlo, seconds, counts, self.peaks.roof)

    @cached_property
    def hints(self) -> tuple[Hint, ...]:
        """What is worth looking at, the worst first."""
        if not self._compiled:
            return ()
        return hints_of(self.hlo, self.program.lineage(), self.operations)

    @cached_property
    def memory(self) -> MemoryProfile | None:
        """Where the program's memory goes; None where it was not compiled."""
        if not self._compiled:
            return None
        return memory_profile(
            self.program.tagged,
            self.hlo,
            self.program.jaxpr,
            self.program.lineage(),
            self.program.traced,
            *self.device_memory,
            statistics=self.program.statistics,
        )

    @property
    def hlo(self) -> Graph:
        """The optimized HLO that was measured."""
        return self.program.lineage().after

    @property
    def _compiled(self) -> bool:
        return self.stages.compile is not None

    @cached_property
    def tabs(self) -> tuple[Tab, ...]:
        """What the report says besides the graphs."""
        tabs = [self._profile_tab()]
        if self.memory is not None:
            tabs.append(self.memory.tab(self.program.source))
        return tuple(tabs)

    @collector_paused()
    def report(self) -> Report:
        """What text and pictures show: the jaxpr with the seconds attributed to it."""
        return self._with_figures(report_on(self.program, "jaxpr"))

    @collector_paused()
    def whole_report(self) -> Report:
        """What the viewer shows: the stages, the optimized HLO with its measured seconds first.

        Of a large program StableHLO is left out: nothing is measured there.
        """
        if len(self.program.jaxpr) <= AT_ONCE:
            return self._with_figures(whole_report(self.program, "hlo"))
        report = whole_report(self.program, "hlo", without=("stablehlo",))
        return self._with_figures(replace(report, notes=(*report.notes, _NO_STABLEHLO)))

    def show(self, depth: int | None = None) -> Display:
        """The profile as something to look at, in a notebook or a terminal."""
        return Display(self.report(), depth, self.whole_report)

    def save(self, path: str | Path, depth: int | None = None) -> Path:
        """Write the report to a file, as its suffix says: .html, .txt, .json, .svg, .png, .dot.

        `.trace.json` is for Perfetto.
        """
        if str(path).endswith(SUFFIX):
            return write_perfetto(path, [c for c in self.tabs[0].charts if isinstance(c, Timeline)])
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
        at: Mapping[str, Sequence[Overlay]] = {
            "hlo": ()
            if self.operations is None
            else (*overlays_of(self.operations), *speed_overlays(self.points)),
            "jaxpr": () if self.attribution is None else (self.attribution.overlay,),
        }
        name = stage.graph.stage
        memory = () if self.memory is None else self.memory.overlays()
        held = [overlay for of, overlay in memory if of == name]
        return replace(stage, overlays=(*at.get(name, ()), *stage.overlays, *held))

    def _profile_tab(self) -> Tab:
        operations, attribution = self.operations, self.attribution
        charts: list[Chart] = []
        tables: list[Table] = [stage_table(self.stages)]
        notes: list[str] = []
        if operations is not None and operations.runs:
            graph = self.hlo
            ran = self.stages.runs
            notes += _said_of(operations, None if ran is None else ran.total.median)
            if attribution is not None:
                charts += filter(None, [flame_of(attribution)])
                tables += [lines_table(attribution, self.program.source)]
            charts += filter(None, [timeline_of(operations, graph)])
            tables += [operations_table(operations, graph), kinds_table(operations, graph)]
            if attribution is not None:
                tables += [scopes_table(attribution)]
            if self.points and self.peaks is not None:
                kind = jax.devices()[0].device_kind
                roofs = (self.peaks.roof, *published_roofs(kind, self.peaks.dtype))
                notes += roofline_notes(self.points, operations.seconds, self.hlo)
                charts.insert(1, roofline_chart(self.points, roofs))
                tables += [roofline_table(self.points)]
        if self.hints:
            tables.insert(1, hints_table(self.hints, self.program.source))
        figures = self.figures
        if self.compilation is not None:
            jaxpr = self.program.jaxpr
            figures += self.compilation.figures
            notes += (*self.compilation.notes, *causes.why(jaxpr))
            charts += compile_flames(self.compilation)
            tables += [passes_table(self.compilation), fusions_table(self.compilation)]
            tables += [causes.lines_table(jaxpr), causes.captured_table(jaxpr)]
            tables += [causes.types_table(jaxpr)]
        shown = tuple(table for table in tables if table.rows)
        return Tab("Profile", figures, tuple(notes), tuple(charts), shown)


def _said_of(operations: Operations, timed: float | None) -> Iterator[str]:
    """What to know about device times, beside the median of the timed runs, in seconds."""
    runs = operations.runs
    yield (
        f"Device times are means over {runs:,} traced run{'s' if runs > 1 else ''}; operations "
        f"account for {quantity(operations.covered, '%')} of the device's time."
    )
    if timed is not None and operations.busy > _SLOWER * timed:
        yield (
            f"The traced runs were slower than the timed ones ({quantity(operations.busy, 's')} "
            f"against {quantity(timed, 's')}): shares hold, seconds may not. Profile again when "
            "the machine is quiet."
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
    if operations.covering:
        yield (
            "What the profiler saw in one piece, as a small loop or a CUDA graph, has one time. It "
            "is shared out among what runs inside by the model, in attributed figures only."
        )
    if operations.unassigned:
        yield (
            f"{quantity(operations.unassigned, 's')} a run is of no instruction that the profiler "
            "names: a GPU gives one name to all that is launched as a CUDA graph. Start Python "
            "with `XLA_FLAGS=--xla_gpu_enable_command_buffer=` to see each."
        )
    if operations.by_kernel:
        yield (
            f"{len(operations.by_kernel):,} instructions are known by the name of their kernel "
            "alone. Those with equal code share one: the time of all stands at one of them."
        )
    if operations.lost:
        names = ", ".join(cut(name, 30) for name in list(operations.lost)[:3])
        yield f"Events with names that are no instruction's of the program: {names}."
