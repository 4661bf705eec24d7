"""Traces of JAX's profiler: what they hold, and that nothing stays behind."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

from jaxlab.errors import ProfileError
from jaxlab.profiling.trace import Event, tracing


def works() -> None:
    jax.block_until_ready(jax.jit(lambda x: jnp.sin(x) @ x)(jnp.ones((8, 8))))


def test_a_trace_has_the_instructions_that_ran() -> None:
    with tracing() as trace:
        works()
        assert trace.events == ()
    assert any("hlo_op" in event.stats for event in trace.events)
    assert all(event.seconds >= 0 and event.plane for event in trace.events)
    assert not any(event.name.startswith("ThreadpoolListener") for event in trace.events)


def test_events_can_be_chosen() -> None:
    def wanted(event: Event) -> bool:
        return "hlo_op" in event.stats

    with tracing(keep=wanted) as trace:
        works()
    assert trace.events and all(map(wanted, trace.events))


def test_an_error_ends_the_trace_and_goes_through() -> None:
    with pytest.raises(KeyboardInterrupt), tracing():
        raise KeyboardInterrupt
    with tracing() as trace:
        works()
    assert trace.events


def test_a_trace_that_is_under_way_is_said_and_left_alone(tmp_path: object) -> None:
    with jax.profiler.trace(str(tmp_path)):
        with pytest.raises(ProfileError, match=r"Another trace .* End it with"), tracing():
            pytest.fail("the block must not run")
        works()
    with tracing() as trace:
        works()
    assert trace.events
