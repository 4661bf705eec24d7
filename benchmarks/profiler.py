"""Are the profiler's figures right, and what does it add? `python -m benchmarks.profiler`."""

from __future__ import annotations

import gc
import random
import time
import timeit
from collections.abc import Callable
from statistics import median
from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.figures import Clock, Figure, show
from jaxlab import _jax
from jaxlab.profiling.clock import without_garbage_collection
from jaxlab.profiling.stages.runs import time_runs
from jaxlab.profiling.stages.stage_times import Staged, time_stages

ROUNDS = 31
COMPILES = 31
SECONDS = 0.05
"""How long each way of timing gets in each round."""


def warm_figures(clock: Clock) -> list[Figure]:
    """Medians of warm runs beside those of `timeit` with `block_until_ready`, in turns."""
    small, square, long = jnp.ones(8), jnp.ones((256, 256)), jnp.ones(4_000_000)
    state = {f"w{index}": jnp.ones(64) for index in range(50)}
    cases: dict[str, tuple[Any, Any]] = {
        "an addition of 8 numbers": (jax.jit(lambda x: x + 1), small),
        "ten products of 256 x 256": (jax.jit(ten_products), square),
        "a pass over 16 MB": (jax.jit(lambda x: jnp.sin(x).sum()), long),
        "a tree of 50 leaves": (jax.jit(lambda tree: jax.tree.map(jnp.tanh, tree)), state),
    }
    figures: list[Figure] = []
    for name, (function, argument) in cases.items():
        staged = time_stages(function, (argument,), runs=5)
        for number in range(ROUNDS + 1):
            if number % 2:
                clock.note(f"{name}: timeit", timeit_median(function, argument))
            clock.note(name, runs_median(staged))
            if not number % 2:
                clock.note(f"{name}: timeit", timeit_median(function, argument))
        off = abs(clock.ratio(name, f"{name}: timeit") - 1)
        figures += [
            Figure(f"{name}: timeit", clock.median(f"{name}: timeit"), "s"),
            Figure("the profiler's median", clock.median(name), "s"),
            Figure("they differ by", off, "%", 0.05),
        ]
    return figures


def ten_products(x: jax.Array) -> jax.Array:
    """A chain that takes about a millisecond."""
    for _ in range(10):
        x = jnp.tanh(x @ x)
    return x


def runs_median(staged: Staged) -> float:
    """The median of the profiler's own runs."""
    assert staged.call is not None
    runs = time_runs(staged.call, staged.inputs, budget=SECONDS)
    assert runs is not None
    return runs.total.median


def timeit_median(function: Callable[[Any], Any], argument: Any) -> float:
    """The median of single runs by `timeit`, each until its result is ready.

    A result is let go in the set-up of the next run: for a tree of 50 leaves that takes 16 us,
    and the profiler does not count it either.
    """
    names = {"f": function, "x": argument, "held": [], "block": jax.block_until_ready}
    is_one = isinstance(function(argument), jax.Array)
    run = "held.append(f(x).block_until_ready())" if is_one else "held.append(block(f(x)))"
    timer = timeit.Timer(run, "held.clear()", globals=names)
    with without_garbage_collection():
        number = max(5, min(1000, round(SECONDS / max(timer.timeit(3) / 3, 1e-9))))
        return median(timer.repeat(repeat=number, number=1))


def layers(x: jax.Array) -> jax.Array:
    """A program of a hundred equations, for compiling."""
    for shift in range(12):
        x = jnp.tanh(x @ x) + jnp.roll(x, shift) * jax.nn.softmax(x)
    return x


def compile_figures(clock: Clock) -> list[Figure]:
    """Stages timed beside JAX's own events for them, and beside plain JAX, in turns.

    What the profiler adds is told in seconds of the processor, and the turns are in random order:
    what other programs do meanwhile weighs less then. How far plain JAX is from itself says what
    the figure is worth.
    """
    x = jnp.ones((32, 32))
    order = random.Random(0)
    for _ in range(COMPILES + 1):
        ways = {"plain": plain_stages, "plain again": plain_stages, "profiled": profiled_stages}
        for name in order.sample(sorted(ways), len(ways)):
            clock.note(name, ways[name](x))
    function = jax.jit(lambda x: layers(x))
    found = [time_stages(function, (x,), compile_only=True).times for _ in range(ROUNDS)]
    figures: list[Figure] = []
    for name in ("trace", "lower", "compile"):
        ours = [getattr(times, name).median for times in found]
        heard = [times.events[name] for times in found]
        off = median(one / other for one, other in zip(ours, heard, strict=True)) - 1
        figures += [
            Figure(f"{name}, cold: JAX's own event", median(heard), "s"),
            Figure("the profiler's figure", median(ours), "s"),
            Figure("it is longer by", off, "%", 0.05 if name == "compile" else None),
        ]
    load = median(times.load or 0.0 for times in found)
    return [
        *figures,
        Figure("compile, from the persistent cache", load, "s"),
        Figure("trace, lower and compile in plain JAX, CPU time", clock.median("plain"), "s"),
        Figure("the same, in the profiler's stages, CPU time", clock.median("profiled"), "s"),
        Figure("plain JAX again differs by", abs(clock.ratio("plain again", "plain") - 1), "%"),
        Figure("the profiler adds", clock.ratio("profiled", "plain") - 1, "%", 0.02),
    ]


def plain_stages(x: jax.Array) -> float:
    """Trace, lower and compile as one would by hand, with nothing known of the function."""
    function = jax.jit(lambda x: layers(x))
    gc.collect()
    with _jax.first_time():
        start = time.process_time()
        traced = function.trace(x)
        compiled = traced.lower().compile()
        seconds = time.process_time() - start
    del compiled
    return seconds


def profiled_stages(x: jax.Array) -> float:
    """The same by the profiler."""
    function = jax.jit(lambda x: layers(x))
    times = time_stages(function, (x,), compile_only=True, clock=time.process_time).times
    stages = (times.trace, times.lower, times.compile)
    return sum(stage.median for stage in stages if stage is not None)


def main() -> None:
    clock = Clock()
    start = time.perf_counter()
    figures = [*warm_figures(clock), *compile_figures(clock)]
    took = Figure("all of this took", time.perf_counter() - start, "s")
    show(f"The profiler (medians of {ROUNDS} and {COMPILES} rounds)", [*figures, took])


if __name__ == "__main__":
    main()
