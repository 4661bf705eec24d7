"""What a profile's report costs after the last run: `python -m benchmarks.profile_report`.

The program is a train step like GPT-2's with six narrow layers: 22,000 instructions.
"""

# pyright: reportPrivateUsage=false, reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import gc
import json
import time
from statistics import median
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

import jaxlab
from benchmarks.figures import Clock, Figure, show
from examples import gpt2
from jaxlab import call_profile
from jaxlab.analyses.lineage import lineage_between
from jaxlab.call_profile import Profile
from jaxlab.profiling.device.attribution import attribute
from jaxlab.profiling.device.operations import operations_of
from jaxlab.profiling.device.steps import TracedSteps

ROUNDS = 7
EVENTS = 10_000


class Measured(NamedTuple):
    """A profile, and what was noted while it was made.

    Attributes:
      profile: of the train step.
      steps: the runs that were traced for it.
      ended: when the last of them had ended.
      reading: seconds that reading the program took, before them.
    """

    profile: Profile
    steps: TracedSteps
    ended: float
    reading: float


def measured() -> Measured:
    """Profile the train step."""
    config = gpt2.Config(layers=6, heads=4, width=128, vocabulary=1_024, length=64, batch=4)
    state, tokens = gpt2.shapes(config)
    key = jax.random.key(0)
    arrays = jax.tree.map(
        lambda leaf: key if leaf.dtype == key.dtype else jnp.full(leaf.shape, 0.01, leaf.dtype),
        state,
    )
    seen: list[tuple[float, TracedSteps, float]] = []
    told: dict[str, float] = {}
    trace_steps = call_profile.trace_steps

    def noting(*args: Any, **options: Any) -> TracedSteps:
        began = time.perf_counter()
        steps = trace_steps(*args, **options)
        seen.append((began, steps, time.perf_counter()))
        return steps

    def progress(stage: str, done: float) -> None:
        told.setdefault(stage, time.perf_counter())

    call_profile.trace_steps = noting
    try:
        step = jax.jit(gpt2.train_step, donate_argnums=0)
        program = jaxlab.trace(step, arrays, jnp.ones(tokens.shape, tokens.dtype))
        profile = program.profile(progress=progress)
    finally:
        call_profile.trace_steps = trace_steps
    began, steps, ended = seen[0]
    return Measured(profile, steps, ended, began - told["program"])


def main() -> None:
    profile, steps, ended, reading = measured()
    display = profile.show()
    bundle = display._repr_mimebundle_()
    shown = time.perf_counter() - ended
    clock = Clock()
    lineage = profile.program.lineage()
    for _ in range(ROUNDS + 1):
        fresh = lineage_between(lineage.before, lineage.after)
        gc.collect()
        with clock.measure("join"):
            operations = operations_of(steps.events, lineage.after)
        with clock.measure("attribute"):
            attribute(operations.taken, fresh, operations.covering)
    per_event = clock.median("join") / len(steps.events)
    join = per_event * EVENTS + clock.median("attribute")
    assert profile.operations is not None
    covered = profile.operations.covered
    show(
        f"A profile's report ({len(steps.events):,} events of {len(steps.seconds)} runs)",
        [
            Figure(f"joining {EVENTS:,} events and attributing them", join, "s", 0.5),
            Figure("reading the program, before the traced runs", reading, "s"),
            Figure("from the last traced run to the report", shown, "s", 2.0),
            Figure("its text", len(display.text()), "B"),
            Figure("its data in the notebook", len(display.packed), "B", 300e3),
            Figure("the whole output", len(json.dumps(bundle, ensure_ascii=False)), "B"),
            Figure("a traced run", median(steps.seconds), "s"),
            Figure("of a run's device time no operation is known for", 1 - covered, "%", 0.05),
        ],
    )


if __name__ == "__main__":
    main()
