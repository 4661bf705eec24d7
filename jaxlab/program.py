"""Program: one captured computation at every stage, each made when it is first asked for."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jax

from jaxlab import _jax
from jaxlab.analyses.cost import bytes_of, flops_of
from jaxlab.analyses.lineage import Lineage, lineage_between, lower_tagged
from jaxlab.analyses.memory import Memory, memory_of
from jaxlab.analyses.sameness import first_difference
from jaxlab.capture.abstract import trace_call
from jaxlab.capture.build import RecordedJaxpr, jaxpr_of
from jaxlab.capture.frozen import check_one_program, frozen_in
from jaxlab.capture.ladder import Rung, ladder_of
from jaxlab.capture.record import Recording
from jaxlab.capture.sources import sources_of
from jaxlab.display import Display
from jaxlab.errors import StageError, cut
from jaxlab.finding import Finding
from jaxlab.graph import Graph
from jaxlab.origin import Source
from jaxlab.overlay import Overlay
from jaxlab.readers.hlo import read_hlo
from jaxlab.readers.jaxpr import read_jaxpr
from jaxlab.readers.stablehlo import read_stablehlo
from jaxlab.report import Report
from jaxlab.reporting import report_on, whole_report
from jaxlab.views.together import side_by_side

if TYPE_CHECKING:
    from jaxlab.call_profile import Profile
    from jaxlab.profiling.clock import Clock, Progress
    from jaxlab.widget import ViewerWidget

STAGES = ("jaxpr", "stablehlo", "hlo")


@dataclass(frozen=True, eq=False, repr=False)
class Program:
    """One captured computation: its jaxpr, StableHLO and optimized HLO as graphs.

    Made by `jaxlab.trace`, `jaxlab.record`, `jaxlab.read` and the magics. Nothing is lowered or
    compiled before a stage is asked for.

    Attributes:
      name: what was captured, `train_step(state, batch)`.
      mode: "call" (traced abstractly), "record" (a cell that ran as it is), "jit" (a cell traced
        as one program), "one" (a recorded cell as if it were one jitted function), "ran" (a
        jitted function that a recorded cell called) or "read" (given by the user).
      calls: how often it was called, for "ran"; else 0.
      notes: sentences about how it was captured.
      seconds: what was timed on the way, by name: "trace", "lower", "compile".
      findings: what transforms hide in it, the worst first, where a cell was watched.
      values: what its values were, over its jaxpr, where that was asked for.
    """

    name: str
    mode: str
    _traced: jax.stages.Traced | None = None
    _executable: Any = None
    _recording: Recording | None = None
    _graphs: Mapping[str, Graph] = field(default_factory=dict[str, Graph])
    _raw: Mapping[str, Any] = field(default_factory=dict[str, Any])
    _function: tuple[Any, tuple[Any, ...], dict[str, Any]] | None = None
    _static: tuple[str, ...] = ()
    cells: Mapping[str, Source] = field(default_factory=dict[str, Source])
    calls: int = 0
    notes: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    findings: list[Finding] = field(default_factory=list[Finding])
    values: list[Overlay] = field(default_factory=list[Overlay])

    def __repr__(self) -> str:
        return f"Program({cut(self.name, 60)!r}, {self.mode})"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Any:
        return self.show()._repr_mimebundle_(include, exclude)  # pyright: ignore[reportPrivateUsage]

    @cached_property
    def jaxpr(self) -> Graph:
        """The jaxpr as a graph."""
        if "jaxpr" in self._graphs:
            return self._graphs["jaxpr"]
        if self._recording is not None:
            return read_jaxpr(self._recorded.closed, name=self.name)
        return read_jaxpr(self.traced.jaxpr, name=self.name)

    @cached_property
    def stablehlo(self) -> Graph:
        """The StableHLO module that JAX hands to XLA, as a graph."""
        if "stablehlo" in self._graphs:
            return self._graphs["stablehlo"]
        if self._recording is not None:
            return self._whole("stablehlo")
        if self._traced is None and "lowered" in self._raw:
            return read_stablehlo(_jax.stablehlo_module(self.lowered))
        return read_stablehlo(_jax.stablehlo_module(self._tagged_lowered))

    @cached_property
    def hlo(self) -> Graph:
        """The optimized HLO module as a graph: what runs on the device.

        Of a jitted function that ran it is read from the executable that ran. A recorded cell
        has the programs that ran, side by side; or, where it called no jitted function of the
        user's, itself as if it were one jitted function.
        """
        if "hlo" in self._graphs:
            return self._graphs["hlo"]
        if self._recording is not None:
            return self._whole("hlo")
        if self._executable is not None:
            return read_hlo(_jax.hlo_proto(self._executable))
        if self._traced is None and self._raw:
            return read_hlo(_jax.hlo_proto(self.compiled))
        return self._tagged_hlo

    def stage(self, name: str) -> Graph:
        """The graph of a stage by its name; StageError for a name that is none."""
        if name not in STAGES:
            raise StageError(
                f"There is no stage {cut(name, 40)!r}. The stages are {', '.join(STAGES)}."
            )
        return {"jaxpr": lambda: self.jaxpr, "stablehlo": lambda: self.stablehlo}.get(
            name, lambda: self.hlo
        )()

    @cached_property
    def statistics(self) -> Any:
        """XLA's memory statistics of `tagged`, as JAX gives them; None where there are none."""
        return self.tagged.memory_analysis()

    @property
    def traced(self) -> jax.stages.Traced:
        """JAX's own Traced, as the user would have it from `jax.jit(f).trace(...)`."""
        if self._traced is None:
            raise StageError(self._lacks("a `Traced`"))
        return self._traced

    @cached_property
    def lowered(self) -> jax.stages.Lowered:
        """JAX's own Lowered, free of lineage tags."""
        return self._raw["lowered"] if "lowered" in self._raw else self.traced.lower()

    @cached_property
    def compiled(self) -> jax.stages.Compiled:
        """JAX's own Compiled, free of lineage tags."""
        return self._raw["compiled"] if "compiled" in self._raw else self.lowered.compile()

    @cached_property
    def programs(self) -> tuple[Program, ...]:
        """The user's own jitted programs that a recorded cell called, each with its calls."""
        if self._recording is None:
            return ()
        return tuple(
            Program(
                name=ran.name,
                mode="ran",
                _traced=_jax.traced_of_call(ran.params, ran.in_types),
                _executable=ran.executable,
                cells=self.cells,
                calls=ran.calls,
            )
            for ran in self._recording.ran
        )

    @cached_property
    def as_one(self) -> Program:
        """A recorded cell as if it were one jitted function; `frozen` says what that would fix.

        Raises:
          StageError: nothing was recorded, it is too large (each round of each loop would be
            written out), or it has steps that can't stand in a jitted function.
        """
        if self._recording is None:
            raise StageError(f"{self!r} is one program already; only a recording has `as_one`.")
        check_one_program(self._recording)
        recorded = jaxpr_of(self._recording, self.name, unroll=True)
        return Program(
            name=self.name,
            mode="one",
            _traced=_jax.traced_of_jaxpr(recorded.closed, "cell"),
            cells=self.cells,
            notes=self.frozen,
        )

    @cached_property
    def frozen(self) -> tuple[str, ...]:
        """What one jitted function would fix that the recorded cell left free, a sentence each."""
        return () if self._recording is None else frozen_in(self._recording, self._recorded)

    @cached_property
    def transforms(self) -> tuple[tuple[str, Program | None], ...]:
        """The ladder of transforms, from the plain function up: (text, its Program).

        A Program is None where what the inner function is called with can't be known.
        """
        if self._function is None or self._static:
            return ((self.name, self),)
        function, args, kwargs = self._function
        rungs = ladder_of(function, args, kwargs)
        return tuple((rung.text, self._of_rung(rung, function)) for rung in rungs)

    def cost(self, stage: str = "jaxpr") -> tuple[Overlay, Overlay]:
        """Floating-point operations and bytes moved of each node of a stage, modelled."""
        graph = self.stage(stage)
        return flops_of(graph), bytes_of(graph)

    def memory(self) -> Memory:
        """Bytes of arguments, results and temporaries, as XLA reports them.

        Raises:
          StageError: the program was never compiled and can't be.
        """
        executable = self._executable
        if executable is not None:
            return memory_of(executable.runtime_executable().get_compiled_memory_stats())
        if self._recording is not None:
            only = self._only_program()
            return (only or self.as_one).memory()
        if self._traced is not None and "compiled" not in self._raw:
            return memory_of(self.statistics)
        return memory_of(self.compiled.memory_analysis())

    def profile(
        self,
        *,
        runs: int | None = None,
        rerun: bool = False,
        compile_only: bool = False,
        clock: Clock = time.perf_counter,
        progress: Progress | None = None,
    ) -> Profile:
        """Run the call and measure it: each stage by itself, warm runs, single operations.

        The function is traced and compiled anew for it. Donated arrays are copied first: yours
        survive. A function with side effects is run once only, unless `rerun` allows more.

        Args:
          runs: how many warm runs; None chooses from the time that they take.
          rerun: run it again even if it has side effects.
          compile_only: stop after compiling; arguments may be `jax.ShapeDtypeStruct`s then.
          clock: seconds.
          progress: told the stage under way and the share of it that is done.

        Raises:
          StageError: this is no call with its arguments.
          InputError: an argument stands for an array that does not exist, or was deleted.
        """
        from jaxlab.call_profile import profile_call  # noqa: PLC0415 - it takes long to import

        if self._function is None:
            raise StageError(
                f"{self!r} is no call that could be run. `jaxlab.trace(f, *args).profile()` and "
                "`%jaxprofile f(x)` measure one."
            )
        return profile_call(
            self,
            *self._function,
            self._static,
            runs=runs,
            rerun=rerun,
            compile_only=compile_only,
            clock=clock,
            progress=progress,
        )

    def anew(
        self,
        traced: jax.stages.Traced | None,
        lowered: jax.stages.Lowered | None,
        compiled: jax.stages.Compiled | None,
    ) -> Program:
        """The same program, traced, lowered and compiled anew with tags, as far as given."""
        program = replace(self, _traced=traced or self._traced, seconds={})
        known = {"_tagged_lowered": lowered, "tagged": compiled}
        program.__dict__.update({name: it for name, it in known.items() if it is not None})
        return program

    def lineage(self, before: str = "jaxpr", after: str = "hlo") -> Lineage:
        """What became of each equation: links between two stages, and with source lines.

        A program that ran before jaxlab saw it is compiled once more; see `recompiled`.

        Args:
          before, after: stages, in the order of lowering.
        """
        if self._recording is not None:
            return (self._only_program() or self.as_one).lineage(before, after)
        graphs = {
            "jaxpr": lambda: self.jaxpr,
            "stablehlo": lambda: self.stablehlo,
            "hlo": lambda: self._tagged_hlo,
        }
        for name in (before, after):
            self.traced  # noqa: B018 - says in one line what is missing
            if name not in graphs:
                self.stage(name)
        key = (before, after)
        if key not in self._lineages:
            self._lineages[key] = lineage_between(graphs[before](), graphs[after]())
        return self._lineages[key]

    @cached_property
    def _lineages(self) -> dict[tuple[str, str], Lineage]:
        return {}

    @cached_property
    def recompiled(self) -> str:
        """What `lineage` had to do for a function that ran before jaxlab saw it, in a sentence.

        Its executable carries no lineage, so it is compiled once more; the sentence says whether
        the same instructions came of it. "" for a program that needs no second compilation.
        """
        if self._executable is None or self._traced is None:
            return ""
        difference = first_difference(self.hlo, self._tagged_hlo)
        if difference:
            return f"Compiled again for lineage; it differs from what ran: {difference}."
        return "Compiled again for lineage: the same instructions as the executable that ran."

    @cached_property
    def source(self) -> tuple[Source, ...]:
        """The source texts that the jaxpr's lines are in, cells included."""
        graph = self.jaxpr if self.has("jaxpr") else self.stage(next(iter(self._graphs), "hlo"))
        return sources_of(graph, self.cells)

    def report(self, stage: str = "") -> Report:
        """What there is to say about a stage; the program's first stage by default."""
        return report_on(self, stage or self.first_stage)

    def whole_report(self, stage: str = "", ladder: bool = False) -> Report:
        """What there is to say about all stages that are at hand, and how they are linked.

        A program of up to 2,000 equations is compiled for it; a larger one if `stage` is not
        its first.

        Args:
          stage: the one to show first; the program's first by default.
          ladder: trace the function under each of its transforms again, to show its jaxpr too.
        """
        return whole_report(self, stage or self.first_stage, ladder)

    def show(self, stage: str = "", depth: int | None = None, ladder: bool = False) -> Display:
        """The program as something to look at, in a notebook or a terminal.

        A notebook gets the viewer with all stages that are at hand, see `whole_report`; a
        terminal one stage as text.
        """
        return Display(self.report(stage), depth, lambda: self.whole_report(stage, ladder))

    def widget(self, stage: str = "", depth: int | None = None) -> ViewerWidget:
        """The viewer as a live widget of ipywidgets: `widget.selected` is what is selected in it.

        Args:
          stage: the one to show first; the program's first by default.
          depth: how many levels are opened at first; None lets the viewer decide.

        Raises:
          InputError: there is no graph to look at.
          ToolError: the viewer was not built.
        """
        from jaxlab.widget import ViewerWidget  # noqa: PLC0415 - ipywidgets takes long to import

        return ViewerWidget(self.show(stage, depth))

    def save(self, path: str | Path, stage: str = "", depth: int | None = None) -> Path:
        """Write the program to a file, as its suffix says.

        .txt, .svg, .png and .dot show one stage; .html is the viewer and .json its data, with
        all stages that are at hand.
        """
        return self.show(stage, depth).save(path)

    @property
    def first_stage(self) -> str:
        """The stage that is shown where none is named."""
        return "jaxpr" if self.has("jaxpr") else next(s for s in STAGES if self.has(s))

    @property
    def recording(self) -> Recording | None:
        """What was noted while the cell ran; None for what was not recorded."""
        return self._recording

    def has(self, stage: str) -> bool:
        """Whether there is a way to that stage; on it, an error may still be waiting."""
        if self._traced is not None or self._recording is not None or stage in self._graphs:
            return True
        if stage == "stablehlo":
            return "lowered" in self._raw
        return stage == "hlo" and ("lowered" in self._raw or "compiled" in self._raw)

    def _lacks(self, what: str) -> str:
        has = ", ".join(stage for stage in STAGES if self.has(stage))
        return f"{self!r} has no {what.removeprefix('a ')}: it was given as {has}."

    @cached_property
    def _recorded(self) -> RecordedJaxpr:
        assert self._recording is not None
        return jaxpr_of(self._recording, self.name)

    @cached_property
    def _tagged_lowered(self) -> jax.stages.Lowered:
        start = time.perf_counter()
        lowered = lower_tagged(self.traced)
        self.seconds["lower"] = time.perf_counter() - start
        return lowered

    @cached_property
    def tagged(self) -> jax.stages.Compiled:
        """The program compiled with lineage tags: the same code and results as `compiled`."""
        lowered = self._tagged_lowered
        start = time.perf_counter()
        compiled = _jax.compile_tagged(lowered)
        self.seconds["compile"] = time.perf_counter() - start
        return compiled

    @cached_property
    def _tagged_hlo(self) -> Graph:
        return read_hlo(_jax.hlo_proto(self.tagged))

    def _only_program(self) -> Program | None:
        return self.programs[0] if len(self.programs) == 1 else None

    def _whole(self, stage: str) -> Graph:
        """A stage of a recorded cell: of the programs that ran, or of the cell as one."""
        if not self.programs:
            return self.as_one.stage(stage)
        only = self._only_program()
        if only is not None:
            return only.stage(stage)
        graphs = [program.stage(stage) for program in self.programs]
        return side_by_side(graphs, self.name, [program.calls for program in self.programs])

    def _of_rung(self, rung: Rung, function: Any) -> Program | None:
        if rung.function is function:
            return self
        if rung.args is None:
            return None
        return Program(
            name=rung.text,
            mode="call",
            _traced=trace_call(rung.function, rung.args, rung.kwargs),
            _function=(rung.function, rung.args, rung.kwargs),
            cells=self.cells,
        )
