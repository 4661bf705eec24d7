"""What watching adds to a cell's run time: `python -m benchmarks.watching`."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

import jaxlab
from benchmarks.figures import Clock, Figure, show
from benchmarks.recording import step_of_a_millisecond

ROUNDS = 7
STEPS = 1_000
OBJECTS, NAMES = 100_000, 1_000


def watched(cell: Callable[[], object]) -> None:
    """Run a cell under the watch."""
    with jaxlab.watch():
        cell()


def loop_figures(clock: Clock) -> list[Figure]:
    """A cell that trains for 1,000 steps, plain and watched."""
    step = step_of_a_millisecond()

    def cell() -> None:
        x = jnp.eye(64)
        for _ in range(STEPS):
            x = step(x)
        x.block_until_ready()

    for _ in range(ROUNDS + 1):
        with clock.measure("loop"):
            cell()
        with clock.measure("watched loop"):
            watched(cell)
    added = clock.ratio("watched loop", "loop") - 1
    return [
        Figure("1,000 steps of a millisecond", clock.median("loop"), "s"),
        Figure("the same, watched, takes longer by", added, "%", 0.02),
    ]


def idle_figures(clock: Clock) -> list[Figure]:
    """A cell in which JAX does not run, and one in which it traces, in a full session."""
    alive = [{"at": place} for place in range(OBJECTS)]
    for place in range(NAMES):
        globals()[f"name_{place}"] = alive[place]

    def traces() -> None:
        jax.jit(lambda x: jnp.sin(x) * 2)(1.0)

    for _ in range(ROUNDS + 1):
        for name, cell in (("plain Python", lambda: sum(range(1_000))), ("one trace", traces)):
            with clock.measure(name):
                cell()
            with clock.measure(f"watched {name}"):
                watched(cell)
    added = {
        name: clock.median(f"watched {name}") - clock.median(name)
        for name in ("plain Python", "one trace")
    }
    return [
        Figure("watching a cell without JAX adds", added["plain Python"], "s", 5e-3),
        Figure("watching a cell that traces adds", added["one trace"], "s", 60e-3),
    ]


def main() -> None:
    clock = Clock()
    figures = [*loop_figures(clock), *idle_figures(clock)]
    show(f"Watching (medians of {ROUNDS} rounds)", figures)


if __name__ == "__main__":
    main()
