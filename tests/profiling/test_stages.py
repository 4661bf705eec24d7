"""Stages of a call: what is timed, what is run how often, and what is left behind."""

from __future__ import annotations

import functools
import gc
import tempfile
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from cells.programs_state import STATE
from fake_clock import FakeClock
from jax._src import compilation_cache, monitoring

from jaxlab import _jax
from jaxlab.errors import InputError, ProfileError
from jaxlab.profiling.stages.runs import Runs
from jaxlab.profiling.stages.stage_times import StageTimes, stage_table, time_stages
from jaxlab.profiling.times import Times


def spending(clock: FakeClock, traced: float, ran: float) -> Any:
    """A function that takes some time to trace, and some in each run, in a callback."""

    def on_host(x: Any) -> Any:
        clock.spend(ran)
        return np.asarray(x)

    def spend(x: jax.Array) -> jax.Array:
        clock.spend(traced)
        return jax.pure_callback(on_host, jax.ShapeDtypeStruct(x.shape, x.dtype), x)

    return spend


def test_each_stage_is_timed_by_itself() -> None:
    clock = FakeClock()
    staged = time_stages(spending(clock, 8.0, 0.25), (jnp.ones(3),), runs=4, clock=clock)
    times = staged.times
    assert times.trace == Times((8.0,))
    assert times.lower == Times((0.0,))
    assert times.compile == Times((0.0,))
    assert times.first == 0.25
    assert times.runs is not None
    assert times.runs.total == Times((0.25,) * 4)
    assert not times.interrupted


def test_a_jitted_function_is_traced_anew_and_its_own_cache_is_left_alone() -> None:
    traced: list[int] = []

    @jax.jit
    def inner(x: jax.Array) -> jax.Array:
        traced.append(1)
        return x * 2

    @jax.jit
    def outer(x: jax.Array) -> jax.Array:
        traced.append(2)
        return inner(x) + 1

    x = jnp.ones(3)
    outer(x)
    assert traced == [2, 1]
    for _ in range(2):
        time_stages(outer, (x,), runs=1)
    assert traced == [2, 1] * 3
    outer(x)
    inner(x)
    assert traced == [2, 1] * 3


def test_jax_says_the_same_of_the_stages() -> None:
    def heavy(x: jax.Array) -> jax.Array:
        for _ in range(200):
            x = jnp.sin(x) @ x
        return x

    times = time_stages(heavy, (jnp.ones((8, 8)),), compile_only=True).times
    assert times.trace is not None and times.lower is not None and times.compile is not None
    assert set(times.events) == {"trace", "lower", "compile"}
    for name, found in (("trace", times.trace), ("lower", times.lower), ("compile", times.compile)):
        assert 0 < times.events[name] <= found.median, "JAX leaves out part of the work"


def test_loading_takes_less_than_compiling() -> None:
    def heavy(x: jax.Array) -> jax.Array:
        for _ in range(60):
            x = jnp.tanh(x @ x) + jnp.roll(x, 1)
        return x

    times = time_stages(heavy, (jnp.ones((8, 8)),), compile_only=True).times
    assert times.compile is not None and times.load is not None
    assert times.load < times.compile.median
    assert (times.first, times.runs) == (None, None)


def temporary_folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("jaxlab-*"))


def test_the_persistent_cache_is_neither_used_nor_filled(tmp_path: Path) -> None:
    names = (
        "jax_compilation_cache_dir",
        "jax_persistent_cache_min_compile_time_secs",
        "jax_persistent_cache_min_entry_size_bytes",
    )
    before = {name: getattr(jax.config, name) for name in names}
    for name, value in zip(names, (str(tmp_path), 0, -1), strict=True):
        jax.config.update(name, value)
    compilation_cache.reset_cache()
    try:
        double = jax.jit(lambda x: x * 2 + 17)
        double(jnp.ones(5))
        kept = sorted(tmp_path.iterdir())
        assert kept
        here = temporary_folders()
        hits: list[str] = []
        jax.monitoring.register_event_listener(hits.append)
        try:
            times = time_stages(double, (jnp.ones(5),), runs=1).times
        finally:
            jax.monitoring.unregister_event_listener(hits.append)
        assert times.load is not None
        assert sorted(tmp_path.iterdir()) == kept
        assert temporary_folders() <= here
        assert hits == []
    finally:
        for name, value in before.items():
            jax.config.update(name, value)
        compilation_cache.reset_cache()


def test_nothing_is_left_behind() -> None:
    get_cache = compilation_cache._get_cache
    heard = monitoring.get_event_duration_listeners()
    settings = dict(jax.config.values)
    time_stages(lambda x: x + 1, (1.0,), runs=1)
    assert compilation_cache._get_cache is get_cache
    assert monitoring.get_event_duration_listeners() == heard
    assert dict(jax.config.values) == settings
    assert gc.isenabled()


def test_donated_arrays_survive_and_results_are_threaded() -> None:
    def step(state: Any, batch: jax.Array) -> Any:
        return {"w": state["w"] - batch.sum()}, batch.mean()

    state = {"w": jnp.ones((4, 4))}
    staged = time_stages(jax.jit(step, donate_argnums=0), (state, jnp.ones(3)), runs=3)
    assert not state["w"].is_deleted()
    assert staged.times.notes[0] == (
        "Donated: `state['w']` of each run is from the results of the run before."
    )
    assert staged.call is not None and staged.inputs is not None
    args, kwargs = staged.inputs.take()
    results = staged.call(*args, **kwargs)
    assert float(results[0]["w"][0, 0]) == 1 - 3 * 5


def counting(called: list[int]) -> Any:
    """A function that notes each of its runs, as an effect."""

    def count(x: jax.Array) -> jax.Array:
        jax.debug.callback(lambda: called.append(1))
        return x + 1

    return count


def test_a_function_with_effects_runs_once() -> None:
    called: list[int] = []
    staged = time_stages(jax.jit(counting(called)), (1.0,))
    jax.effects_barrier()
    assert len(called) == 1
    assert staged.times.runs is None
    assert staged.times.first is not None
    assert staged.call is None
    assert staged.times.notes[-1] == (
        "It has side effects (Debug), so it was run once. Ask for `rerun` to time it all the same."
    )


def test_a_function_with_effects_runs_again_where_that_is_asked_for() -> None:
    called: list[int] = []
    staged = time_stages(jax.jit(counting(called)), (1.0,), runs=5, rerun=True)
    jax.effects_barrier()
    assert len(called) == 6
    assert staged.times.runs is not None


def test_whether_the_cache_keeps_a_program_that_calls_back_is_known() -> None:
    called: list[int] = []
    staged = time_stages(jax.jit(counting(called)), (1.0,))
    jax.effects_barrier()
    assert len(called) == 1
    if _jax.VERSION < (0, 11):
        assert staged.times.load is None
        assert "The persistent cache would not keep this program" in staged.times.notes[0]
    else:
        assert staged.times.load is not None


def test_abstract_arguments_are_compiled_only_where_that_is_asked_for() -> None:
    traced: list[int] = []

    def total(x: jax.Array) -> jax.Array:
        traced.append(1)
        return x.sum()

    abstract = jax.ShapeDtypeStruct((8, 4), jnp.float32)
    with pytest.raises(InputError, match="`x` is abstract"):
        time_stages(total, (abstract,))
    assert not traced
    assert time_stages(total, (abstract,), compile_only=True).times.compile is not None


class Model:
    scale = 3.0

    def predict(self, x: jax.Array, power: int = 1, *, shift: float = 0.0) -> jax.Array:
        return self.scale * x**power + shift


@pytest.mark.parametrize(
    ("function", "args", "kwargs", "static"),
    [
        (jax.jit(lambda x, n: x**n, static_argnums=1), (2.0, 3), {}, ()),
        (jax.jit(lambda x, n: x**n, static_argnums=-1), (2.0, 3), {}, ()),
        (jax.jit(lambda x, *, n: x**n, static_argnames="n"), (2.0,), {"n": 3}, ()),
        (lambda x, n: x**n, (2.0, 3), {}, ("n",)),
        (lambda x, n: x**n, (2.0,), {"n": 3}, ("n",)),
        (Model().predict, (2.0, 3), {"shift": 1.0}, ("power",)),
        (jax.jit(Model().predict, static_argnames="power"), (2.0, 3), {"shift": 1.0}, ()),
        (lambda tree: jax.tree.map(jnp.sin, tree), ({"a": [1.0, None], "b": ()},), {}, ()),
        (lambda x, how: jnp.sin(x) if how == "sin" else x, (2.0, "sin"), {}, ()),
        (jax.grad(lambda x: x * x), (2.0,), {}, ()),
        (functools.partial(lambda x, y: x + y, 1.0), (2.0,), {}, ()),
        (lambda unused, x: x, (jnp.ones(3), np.ones(2)), {}, ()),
        (lambda: jnp.ones(3), (), {}, ()),
        (jax.random.split, (jax.random.key(0),), {}, ()),
    ],
)
def test_calls_of_all_kinds(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], static: tuple[str, ...]
) -> None:
    staged = time_stages(function, args, kwargs, static, runs=2)
    assert staged.times.runs is not None and staged.times.runs.count == 2
    assert staged.compiled is not None
    assert staged.call is not None and staged.inputs is not None
    given, named = staged.inputs.take()
    expected = function(*args, **kwargs)
    found = staged.call(*given, **named)
    flat, structure = jax.tree.flatten(found)
    assert structure == jax.tree.structure(expected)
    for one, other in zip(flat, jax.tree.leaves(expected), strict=True):
        if jnp.issubdtype(getattr(one, "dtype", np.float32), jax.dtypes.prng_key):
            one, other = jax.random.key_data(one), jax.random.key_data(other)
        np.testing.assert_allclose(one, other, rtol=1e-6)


class OtherJit(NamedTuple):
    """A jit of another library, with JAX's protocol and objects of its own."""

    function: Any

    def __call__(self, *args: Any) -> Any:
        return self.function(*args)

    def trace(self, *_: Any) -> Any:
        raise AssertionError("not asked")

    lower = eval_shape = trace


def test_jits_of_other_libraries_are_jitted_as_functions() -> None:
    other = OtherJit(lambda x: x + 1)
    assert isinstance(other, jax.stages.Wrapped)
    staged = time_stages(other, (1.0,), runs=1)
    assert staged.times.notes[0] == "`OtherJit` is not jitted by `jax.jit`: jitted here."


def programs_with_hijax_types() -> dict[str, Any]:
    """Functions with arguments, results, or neither, that stand for several arrays."""
    names: dict[str, Any] = {"jax": jax, "jnp": jnp}
    cell = next(cell for cell in STATE if cell.name == "hijax_type")
    exec(textwrap.dedent(cell.setup), names)
    to_quantized, from_quantized = names["to_quantized"], names["from_quantized"]
    x = jnp.ones((3, 3))
    return {
        "argument": (from_quantized, to_quantized(x)),
        "result": (lambda x: to_quantized(x), x),
        "neither": (lambda x: from_quantized(to_quantized(x)), x),
    }


@pytest.mark.parametrize("where", ["argument", "result", "neither"])
def test_hijax_types(where: str) -> None:
    function, argument = programs_with_hijax_types()[where]
    staged = time_stages(jax.jit(function), (argument,), runs=2)
    assert staged.times.runs is not None
    assert staged.call is not None


@pytest.mark.filterwarnings("ignore:Some donated buffers were not usable")
def test_hijax_arguments_can_not_be_donated() -> None:
    function, argument = programs_with_hijax_types()["argument"]
    with pytest.raises(ProfileError, match="can't be copied"):
        time_stages(jax.jit(function, donate_argnums=0), (argument,))


def test_a_plain_function_is_jitted_and_that_is_said() -> None:
    def loss(x: jax.Array) -> jax.Array:
        return x * 2

    assert time_stages(loss, (1.0,), runs=1).times.notes[0] == (
        "`loss` is not jitted by `jax.jit`: jitted here."
    )
    assert "jitted here" not in " ".join(time_stages(jax.jit(loss), (1.0,), runs=1).times.notes)


def test_what_is_lowered_otherwise_is_what_runs() -> None:
    lowered: list[Any] = []

    def lower(traced: jax.stages.Traced) -> jax.stages.Lowered:
        lowered.append(traced.lower())
        return lowered[-1]

    staged = time_stages(lambda x: x + 1, (1.0,), runs=1, lower=lower)
    assert [staged.lowered] == lowered


def test_errors_of_the_function_go_through_as_they_are() -> None:
    class Own(Exception):
        pass

    def fail(x: jax.Array) -> jax.Array:
        raise Own("while tracing")

    with pytest.raises(Own, match="while tracing"):
        time_stages(fail, (1.0,))
    assert gc.isenabled()


def test_an_interrupt_while_tracing_gives_nothing_and_says_so() -> None:
    def stop(x: jax.Array) -> jax.Array:
        raise KeyboardInterrupt

    times = time_stages(stop, (1.0,)).times
    assert times.interrupted
    assert times.rows == ()
    assert times.notes[-1] == "Interrupted: these are the figures up to then."


def test_an_interrupt_after_compiling_gives_the_stages_before() -> None:
    def stop_at(stage: str, _done: float) -> None:
        if stage == "first run":
            raise KeyboardInterrupt

    times = time_stages(lambda x: x + 1, (1.0,), progress=stop_at).times
    assert times.interrupted
    assert times.compile is not None
    assert (times.first, times.runs) == (None, None)


def test_an_interrupt_while_it_runs_gives_the_runs_before() -> None:
    clock = FakeClock()

    def stop_at(stage: str, done: float) -> None:
        if stage == "runs" and done > 0.3:
            raise KeyboardInterrupt

    spend = spending(clock, 0, 0.5)
    times = time_stages(spend, (1.0,), runs=10, clock=clock, progress=stop_at).times
    assert times.interrupted
    assert times.runs is not None and times.runs.count == 4


def test_progress_names_the_stages() -> None:
    told: list[str] = []
    time_stages(lambda x: x, (1.0,), runs=1, progress=lambda stage, _: told.append(stage))
    assert told == ["trace", "lower", "compile", "load", "first run", "runs"]


def test_listeners_of_the_user_hear_nothing() -> None:
    heard: list[str] = []

    def listen(event: str, duration_secs: float, **_: Any) -> None:
        heard.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    try:
        time_stages(lambda x: jnp.cos(x) + 3, (1.0,), runs=1)
    finally:
        jax.monitoring.unregister_event_duration_listener(listen)
    assert heard == []


STAGES = StageTimes(
    trace=Times((0.5,)),
    lower=Times((0.25,)),
    compile=Times((2.0,)),
    load=0.125,
    first=0.0625,
    runs=Runs(Times((1e-6, 2e-6, 3e-6)), Times((1e-3, 2e-3, 3e-3))),
    notes=("A note.",),
)


def test_stages_as_text() -> None:
    assert str(STAGES) == "\n".join(
        [
            "trace                    500 ms",
            "lower                    250 ms",
            "compile (cold)           2 s",
            "load (persistent cache)  125 ms",
            "first run                62.5 ms",
            "warm runs: dispatch      2 µs median of 3 (1.5–2.5 µs, best 1 µs)",
            "warm runs: total         2 ms median of 3 (1.5–2.5 ms, best 1 ms)",
            "A note.",
        ]
    )


def test_stages_as_a_table() -> None:
    table = stage_table(STAGES)
    assert table.columns == ("stage", "median", "lower quartile", "upper quartile", "best", "runs")
    assert table.rows[0] == ("trace", 0.5, "", "", "", 1)
    assert table.rows[-1] == ("warm runs: total", 2e-3, 1.5e-3, 2.5e-3, 1e-3, 3)
    assert len(table.units) == len(table.columns)


def test_stages_that_were_not_reached_are_not_there() -> None:
    assert [name for name, _ in StageTimes(trace=Times((1.0,))).rows] == ["trace"]
    assert str(StageTimes()) == ""
