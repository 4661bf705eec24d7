"""What recording adds to a cell's run time and memory: `python -m benchmarks.recording`."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable

import jax
import jax.numpy as jnp

import jaxlab
from benchmarks.figures import Clock, Figure, show

ROUNDS = 7
STEPS = 1_000
STEP_SECONDS = 1e-3


def recorded(cell: Callable[[], object]) -> None:
    """Run a cell under the recorder."""
    with jaxlab.record():
        cell()


def step_of_a_millisecond() -> Callable[[jax.Array], jax.Array]:
    """A jitted function that takes this machine about a millisecond: a chain of small matmuls."""

    def step_of(length: int) -> Callable[[jax.Array], jax.Array]:
        def step(x: jax.Array) -> jax.Array:
            return jax.lax.fori_loop(0, length, lambda _, y: jnp.tanh(y @ y), x)

        return jax.jit(step)

    length = 64
    x = jnp.eye(64)
    for _ in range(3):
        step = step_of(length)
        step(x).block_until_ready()
        start = time.perf_counter()
        for _ in range(50):
            step(x).block_until_ready()
        length = max(1, round(length * STEP_SECONDS * 50 / (time.perf_counter() - start)))
    return step_of(length)


def loop_figures(clock: Clock) -> list[Figure]:
    """A cell that trains for 1,000 steps, plain and recorded."""
    step = step_of_a_millisecond()

    def cell() -> None:
        x = jnp.eye(64)
        for _ in range(STEPS):
            x = step(x)
        x.block_until_ready()

    cell()
    for _ in range(ROUNDS + 1):
        with clock.measure("loop"):
            cell()
        with clock.measure("recorded loop"):
            recorded(cell)
    return [
        Figure(f"a cell of {STEPS:,} jitted steps", clock.median("loop"), "s"),
        Figure("the same, recorded", clock.median("recorded loop"), "s"),
        Figure("recording adds", clock.ratio("recorded loop", "loop") - 1, "%", 0.10),
    ]


def call_figures(clock: Clock, leaves: int, calls: int, limit: float) -> list[Figure]:
    """Calls of a jitted function that takes many arrays and does next to nothing with them."""
    tree = {f"w{index}": jnp.ones(()) for index in range(leaves)}
    function = jax.jit(lambda tree: sum(tree.values()))

    def cell() -> None:
        for _ in range(calls):
            function(tree)

    name = f"a call with {leaves} leaves"
    for _ in range(ROUNDS + 1):
        with clock.measure(name):
            cell()
        with clock.measure(f"{name}, recorded"):
            recorded(cell)
    plain, noted = clock.median(name) / calls, clock.median(f"{name}, recorded") / calls
    return [
        Figure(name, plain, "s"),
        Figure("recording adds to each", noted - plain, "s", limit),
    ]


def memory_figures() -> list[Figure]:
    """The most memory that a recording holds at any moment, for some repeats and for many."""
    function = jax.jit(lambda x: x * 2)
    x = jnp.ones(())
    function(x).block_until_ready()

    def most_held(repeats: int) -> int:
        gc.collect()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        with jaxlab.record():
            for _ in range(repeats):
                function(x)
        return tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    most_held(100)
    some, many = most_held(10_000), most_held(50_000)
    tracemalloc.stop()
    return [
        Figure("most memory held in 10,000 repeats", some, "B"),
        Figure("in 50,000 it is more by", max(0, many - some) / some, "%", 0.05),
    ]


def main() -> None:
    clock = Clock()
    figures = [
        *loop_figures(clock),
        *call_figures(clock, leaves=10, calls=2_000, limit=80e-6),
        *call_figures(clock, leaves=450, calls=100, limit=3e-3),
        *memory_figures(),
    ]
    show(f"Recording (medians of {ROUNDS} rounds)", figures)


if __name__ == "__main__":
    main()
