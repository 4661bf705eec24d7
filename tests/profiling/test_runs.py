"""Warm runs: exact figures by a fake clock, how many there are, and interrupts."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from fake_clock import FakeClock

from jaxlab.profiling.stages.ready import ready, waiter_for
from jaxlab.profiling.stages.runs import Runs, time_runs


class Result:
    """A result that is there only some time after the call returned."""

    def __init__(self, wait: Callable[[], object]) -> None:
        self.wait = wait

    def block_until_ready(self) -> Result:
        self.wait()
        return self


def call_of(clock: FakeClock, dispatch: float, device: float) -> Callable[[], Result]:
    """A call that returns after some time and is ready after some more."""

    def call() -> Result:
        clock.spend(dispatch)
        return Result(lambda: clock.spend(device))

    return call


def timed(call: Callable[..., Any], clock: FakeClock, **options: Any) -> Runs:
    runs = time_runs(call, clock=clock, load=lambda: None, **options)
    assert runs is not None
    return runs


def test_dispatch_and_total_are_told_apart() -> None:
    clock = FakeClock()
    runs = timed(call_of(clock, 0.25, 0.5), clock, runs=3)
    assert runs.dispatch.seconds == (0.25, 0.25, 0.25)
    assert runs.total.seconds == (0.75, 0.75, 0.75)
    assert runs.count == 3
    assert not runs.interrupted


@pytest.mark.parametrize(
    ("seconds", "count"),
    [(2.0, 5), (0.25, 5), (0.125, 8), (0.015625, 64), (1 / 4096, 1000)],
)
def test_the_count_is_chosen_from_the_time(seconds: float, count: int) -> None:
    clock = FakeClock()
    assert timed(call_of(clock, seconds, 0), clock, budget=1.0).count == count


def test_a_count_that_is_asked_for_needs_no_budget() -> None:
    clock = FakeClock()
    assert timed(call_of(clock, 9.0, 0), clock, runs=7, budget=0.0).count == 7


def test_inputs_are_not_in_the_time() -> None:
    clock = FakeClock()
    given: list[Any] = []

    class Inputs:
        def take(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
            clock.spend(5)
            return (2,), {"times": 3}

        def give(self, results: Any) -> None:
            clock.spend(7)
            given.append(results)

    def call(value: int, times: int) -> int:
        clock.spend(0.5)
        return value * times

    runs = timed(call, clock, inputs=Inputs(), runs=2)
    assert runs.total.seconds == (0.5, 0.5)
    assert given == [6, 6]


def test_garbage_is_not_collected_meanwhile() -> None:
    clock = FakeClock()
    seen: list[bool] = []
    timed(lambda: seen.append(gc.isenabled()), clock, runs=2)
    assert seen == [False, False]
    assert gc.isenabled()


def test_an_interrupt_gives_what_was_measured() -> None:
    clock = FakeClock()
    left = [1.0, 1.0]

    def call() -> None:
        if not left:
            raise KeyboardInterrupt
        clock.spend(left.pop())

    runs = timed(call, clock, runs=10)
    assert runs.total.seconds == (1.0, 1.0)
    assert runs.interrupted
    assert gc.isenabled()


def test_an_interrupt_before_the_first_run_gives_nothing() -> None:
    def call() -> None:
        raise KeyboardInterrupt

    assert time_runs(call, clock=FakeClock(), runs=3) is None


def test_an_interrupt_while_waiting_drops_that_run() -> None:
    clock = FakeClock()
    waits = iter([None, KeyboardInterrupt()])

    def wait() -> None:
        error = next(waits)
        if error is not None:
            raise error
        clock.spend(1)

    runs = timed(lambda: Result(wait), clock, runs=5)
    assert (runs.dispatch.count, runs.total.count) == (1, 1)


def test_errors_go_through() -> None:
    def call() -> None:
        raise RuntimeError("the user's own")

    with pytest.raises(RuntimeError, match="the user's own"):
        time_runs(call, clock=FakeClock())
    assert gc.isenabled()


def test_progress_is_told_now_and_then() -> None:
    clock = FakeClock()
    told: list[tuple[str, float]] = []
    timed(
        call_of(clock, 0.25, 0),
        clock,
        runs=4,
        progress=lambda stage, done: told.append((stage, done)),
    )
    assert told == [("runs", 0.25), ("runs", 0.5), ("runs", 0.75), ("runs", 1.0)]
    told.clear()
    timed(
        call_of(clock, 1 / 1024, 0),
        clock,
        budget=0.25,
        progress=lambda stage, done: told.append((stage, done)),
    )
    assert 3 <= len(told) <= 5
    assert told[-1][1] <= 1.0


def test_a_busy_machine_is_said() -> None:
    clock = FakeClock()
    runs = time_runs(call_of(clock, 1, 0), clock=clock, runs=5, load=lambda: 2.5)
    assert runs is not None
    assert runs.doubts() == ("The machine was busy before: 2.5 threads wanted each core.",)
    idle = time_runs(call_of(clock, 1, 0), clock=clock, runs=5, load=lambda: 0.5)
    assert idle is not None
    assert idle.doubts() == ()


def test_ready_waits_for_what_can_be_waited_for() -> None:
    waited: list[str] = []
    ready({"a": [Result(lambda: waited.append("a"))], "b": (Result(lambda: waited.append("b")), 1)})
    assert waited == ["a", "b"]
    ready(None)
    ready((jnp.ones(3), np.ones(3), "text"))


def test_numpy_is_not_waited_for() -> None:
    assert waiter_for(np.ones(3))(np.ones(3)) is None
    array = jnp.ones(3)
    assert waiter_for(array)(array) is array
