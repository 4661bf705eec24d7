"""How long each stage of a call takes: trace, lower, compile, load, the first run, warm runs."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import functools
import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import jax

from jaxlab import _jax
from jaxlab.capture.abstract import jitted_call
from jaxlab.errors import ProfileError
from jaxlab.profiling.clock import SYSTEM, Clock, Progress
from jaxlab.profiling.stages.arguments import Arguments, Leaf, check_inputs, listed
from jaxlab.profiling.stages.ready import ready
from jaxlab.profiling.stages.runs import BUDGET, Inputs, Runs, time_runs
from jaxlab.profiling.times import Times
from jaxlab.report import Table

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class StageTimes:
    """How long each stage of a call takes. None for a stage that was not reached or not asked for.

    Attributes:
      trace: Python runs the function once, on abstract values, as if nothing had been traced yet.
      lower: from the jaxpr to StableHLO.
      compile: XLA's work, past the persistent cache.
      load: seconds that compiling would take with the program in the persistent cache.
      first: seconds of the first run until its results were there.
      runs: warm runs.
      events: what JAX itself says of "trace", "lower" and "compile", in seconds.
      interrupted: whether the user ended it before its time.
      notes: what to know about the figures, a sentence each; doubts of the runs are among them.
    """

    trace: Times | None = None
    lower: Times | None = None
    compile: Times | None = None
    load: float | None = None
    first: float | None = None
    runs: Runs | None = None
    events: Mapping[str, float] = field(default_factory=dict[str, float])
    interrupted: bool = False
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[tuple[str, Times], ...]:
        """Each stage that was timed, in the order of work, with its times."""
        runs = self.runs
        known = (
            ("trace", self.trace),
            ("lower", self.lower),
            ("compile (cold)", self.compile),
            ("load (persistent cache)", _one(self.load)),
            ("first run", _one(self.first)),
            ("warm runs: dispatch", runs and runs.dispatch),
            ("warm runs: total", runs and runs.total),
        )
        return tuple((name, times) for name, times in known if times is not None)

    def __str__(self) -> str:
        width = max((len(name) for name, _ in self.rows), default=0)
        lines = [f"{name:<{width}}  {times}" for name, times in self.rows]
        return "\n".join([*lines, *self.notes])


def stage_table(times: StageTimes) -> Table:
    """The stages as a table of a report."""
    rows = tuple(
        (name, found.median, *found.quartiles, found.best, found.count)
        if found.count > 1
        else (name, found.median, "", "", "", 1)
        for name, found in times.rows
    )
    columns = ("stage", "median", "lower quartile", "upper quartile", "best", "runs")
    return Table("Stages", columns, rows, units=("", "s", "s", "s", "s", ""))


@dataclass
class Staged:
    """A call's stages: their times, and what came of them, as far as it got.

    Attributes:
      times: how long they took.
      traced, lowered, compiled: JAX's own objects, as they were run; None for those not reached.
      call, inputs: what runs it once more, `call(*args, **kwargs)` on what `inputs.take()` gives;
        its results go to `inputs.give`. None where it can't or must not be run again.
    """

    times: StageTimes = field(default_factory=StageTimes)
    traced: jax.stages.Traced | None = None
    lowered: jax.stages.Lowered | None = None
    compiled: jax.stages.Compiled | None = None
    call: Callable[..., Any] | None = None
    inputs: Inputs | None = None


def time_stages(
    function: Callable[..., Any],
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    static: Sequence[str] = (),
    *,
    runs: int | None = None,
    rerun: bool = False,
    compile_only: bool = False,
    budget: float = BUDGET,
    clock: Clock = SYSTEM,
    progress: Progress | None = None,
    lower: Callable[[jax.stages.Traced], jax.stages.Lowered] | None = None,
) -> Staged:
    """Time the stages of `function(*args, **kwargs)`, each by itself.

    What JAX remembers of the function is not used and not spoilt, and the persistent cache stays
    as it is; listeners of `jax.monitoring` hear nothing of it. Errors of the function go through
    as they are.

    Args:
      function: jitted, or plain: then it is jitted here.
      args, kwargs: as for the call. Donated arrays of the user's are copied first: they survive.
      static: names of arguments that are held fixed, as `static_argnames` of `jax.jit`.
      runs: how many warm runs; None chooses from the time they take.
      rerun: run it more than once even if it has side effects.
      compile_only: stop after compiling. Then arguments may be `jax.ShapeDtypeStruct`s.
      budget: seconds for all warm runs, where their number is not given.
      clock: seconds.
      progress: told the stage under way and the share of it that is done.
      lower: makes from the traced program what is compiled and run, where that should carry
        more than JAX's own `lower` gives (lineage); the stage "lower" is timed without it.

    Raises:
      InputError: the call can't be run on its arguments, or a name in `static` is none of them.
    """
    kwargs = dict(kwargs or {})
    if not compile_only:
        check_inputs(function, args, kwargs)
    work = _Work(clock, progress or _tell_nobody)
    plain = function if _jax.is_jitted(function) else _as_plain(function)
    jitted, moving_args, moving_kwargs = jitted_call(plain, args, kwargs, static)
    if jitted is not function:
        work.note(
            f"{listed([_jax.function_name(function)])} is not jitted by `jax.jit`: jitted here."
        )
    try:
        work.compile(jitted, moving_args, moving_kwargs, lower)
        if not compile_only and work.prepare(jitted, moving_args, moving_kwargs, rerun):
            work.run(runs, budget)
    except KeyboardInterrupt:
        work.set(interrupted=True)
    if work.staged.times.interrupted:
        work.note("Interrupted: these are the figures up to then.")
    return work.staged


def _tell_nobody(_stage: str, _done: float) -> None:
    return


def _as_plain(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function without the stages that another library's jit gives it, Flax's for one."""
    if not isinstance(function, jax.stages.Wrapped):
        return function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return call


def _one(seconds: float | None) -> Times | None:
    return None if seconds is None else Times((seconds,))


class _Work:
    """Times one stage after the other; what an interrupt leaves is in `staged`."""

    def __init__(self, clock: Clock, progress: Progress) -> None:
        self.clock = clock
        self.progress = progress
        self.staged = Staged()

    def set(self, **figures: Any) -> None:
        self.staged.times = replace(self.staged.times, **figures)

    def note(self, *sentences: str) -> None:
        self.set(notes=(*self.staged.times.notes, *sentences))

    def compile(
        self,
        jitted: Any,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        lower: Callable[[jax.stages.Traced], jax.stages.Lowered] | None,
    ) -> None:
        """Trace, lower, compile and load."""
        staged = self.staged
        gc.collect()
        with _jax.unnoticed(), _jax.timed_events() as events, _jax.first_time():
            traced = self._stage("trace", events, lambda: jitted.trace(*args, **kwargs))
            staged.traced = traced
            lowered = self._stage("lower", events, traced.lower)
            staged.lowered = lowered = lowered if lower is None else lower(traced)
            compiled, key = self._stage("compile", events, lambda: _jax.compile_cold(lowered))
            staged.compiled = compiled
            self.progress("load", 0.0)
            self.set(load=_jax.load_seconds(lowered, compiled, key, self.clock))
        if staged.times.load is None:
            self.note("The persistent cache would not keep this program, or it is switched off.")

    def _stage(
        self, name: str, events: Mapping[str, float], work: Callable[[], _Result]
    ) -> _Result:
        """Time one stage, and note what JAX itself says of it."""
        self.progress(name, 0.0)
        start = self.clock()
        result = work()
        seconds = self.clock() - start
        heard = {name: events[name]} if name in events else {}
        self.set(**{name: Times((seconds,)), "events": {**self.staged.times.events, **heard}})
        return result

    def prepare(
        self, jitted: Any, args: tuple[Any, ...], kwargs: dict[str, Any], rerun: bool
    ) -> bool:
        """Run it for the first time; False where it must not be run again."""
        staged = self.staged
        assert staged.traced is not None and staged.compiled is not None
        call, inputs = _calls(jitted, args, kwargs, staged.traced, staged.compiled)
        effects = sorted({_jax.effect_name(e, ()) for e in staged.traced.jaxpr.effects})
        self.progress("first run", 0.0)
        given_args, given_kwargs = inputs.take()
        start = self.clock()
        results = call(*given_args, **given_kwargs)
        ready(results)
        self.set(first=self.clock() - start)
        inputs.give(results)
        self.note(*inputs.notes)
        if effects and not rerun:
            self.note(
                f"It has side effects ({', '.join(effects)}), so it was run once. "
                "Ask for `rerun` to time it all the same."
            )
            return False
        is_compiled = call is staged.compiled
        staged.call = _jax.direct_call(staged.compiled) if is_compiled else call
        staged.inputs = inputs
        return True

    def run(self, runs: int | None, budget: float) -> None:
        """Run it warm."""
        staged = self.staged
        assert staged.call is not None
        if runs == 0:
            return
        self.progress("runs", 0.0)
        found = time_runs(
            staged.call,
            staged.inputs,
            runs=runs,
            budget=budget,
            clock=self.clock,
            progress=self.progress,
        )
        self.set(runs=found, interrupted=found is None or found.interrupted)
        if found is not None:
            self.note(*found.doubts())


def _calls(
    jitted: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    traced: jax.stages.Traced,
    compiled: jax.stages.Compiled,
) -> tuple[Callable[..., Any], Arguments]:
    """What is called to run the program, and its arguments."""
    donated = [leaf.donated for leaf in jax.tree_util.tree_leaves(compiled.args_info)]
    if not _jax.takes_arrays_only(traced):
        if any(donated):
            raise ProfileError(
                "It donates arguments that are more than plain arrays: to run it would take yours, "
                "and they can't be copied. Profile it without donation."
            )
        leaves = jax.tree_util.tree_leaves((args, kwargs))
        return jitted, Arguments(args, kwargs, [Leaf("", None, False)] * len(leaves))
    moving = _jax.call_inputs(jitted, args, kwargs)
    shardings = compiled.in_tree.flatten_up_to(compiled.input_shardings)
    names = _jax.names_of(_jax.open_jaxpr(traced.jaxpr)[0])[1][-len(donated) :]
    leaves = [Leaf(*known) for known in zip(names, shardings, donated, strict=True)]
    return compiled, Arguments(*moving, leaves)
