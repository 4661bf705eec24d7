"""Two calls in turns: exact ratios by a fake clock, their interval, and waiting for frameworks."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from fake_clock import FakeClock

from jaxlab.errors import InputError
from jaxlab.profiling.against.compare import compare, diff
from jaxlab.profiling.stages.ready import ready, waiter_for
from jaxlab.profiling.stages.runs import Runs
from jaxlab.profiling.stages.stage_times import StageTimes
from jaxlab.profiling.times import Times


def noting(clock: FakeClock, name: str, order: list[str], seconds: float) -> Callable[[], None]:
    def call() -> None:
        order.append(name)
        clock.spend(seconds)

    return call


def test_the_ratio_of_steady_calls_is_exact() -> None:
    clock, order = FakeClock(), []
    found = compare(
        noting(clock, "A", order, 0.5),
        noting(clock, "B", order, 0.125),
        names=("eager", "jitted"),
        pairs=8,
        clock=clock,
    )
    assert found.first == (0.5, 0.125)
    assert (found.times[0].median, found.times[1].median) == (0.5, 0.125)
    assert found.ratio == 4
    assert found.interval == (4, 4)
    assert found.certain
    assert found.headline == "jitted is 4 times as fast as eager (95 % sure: 4 to 4)."


def test_turns_are_balanced_against_drift() -> None:
    clock, order = FakeClock(), []
    compare(noting(clock, "A", order, 1), noting(clock, "B", order, 1), pairs=8, clock=clock)
    assert "".join(order[:2]) == "AB"  # the first runs
    assert "".join(order[2:]) == "ABBABAABBAABABBA"


def test_steady_drift_favours_neither() -> None:
    clock = FakeClock()
    speed = [1.0]

    def call() -> None:
        speed[0] += 0.01
        clock.spend(speed[0])

    found = compare(call, call, pairs=64, clock=clock)
    assert found.ratio == pytest.approx(1, abs=0.001)
    assert not found.certain
    assert found.headline.startswith("A and B take about the same time: a ratio of 1")


def test_the_slower_second_call_is_named_second() -> None:
    clock, order = FakeClock(), []
    found = compare(
        noting(clock, "A", order, 0.25), noting(clock, "B", order, 0.5), pairs=6, clock=clock
    )
    assert found.ratio == 0.5
    assert found.headline == "A is 2 times as fast as B (95 % sure: 2 to 2)."


def test_the_interval_is_of_the_pairs_ratios() -> None:
    clock = FakeClock()
    seconds = iter([1.0, *(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)])

    found = compare(
        lambda: clock.spend(next(seconds)), lambda: clock.spend(2.0), pairs=9, clock=clock
    )
    assert found.ratio == 2.5
    assert found.interval == (1.0, 4.0)  # of nine ratios the second and the eighth


@pytest.mark.parametrize(("seconds", "pairs"), [(4.0, 6), (0.125, 8), (1 / 4096, 1000)])
def test_pairs_are_chosen_from_the_time(seconds: float, pairs: int) -> None:
    clock, order = FakeClock(), []
    call = noting(clock, "A", order, seconds)
    assert compare(call, call, clock=clock, budget=2.0).times[0].count == pairs


def test_few_pairs_are_said() -> None:
    clock, order = FakeClock(), []
    call = noting(clock, "A", order, 1)
    notes = compare(call, call, pairs=3, clock=clock).notes
    assert notes == ("Fewer than 6 pairs: the interval is less than 95 % sure.",)
    with pytest.raises(InputError, match="`pairs` must be at least 1, got 0"):
        compare(call, call, pairs=0)


def test_an_interrupt_gives_the_pairs_before() -> None:
    clock, order = FakeClock(), []

    def stop() -> None:
        if len(order) >= 10:
            raise KeyboardInterrupt
        clock.spend(1)

    found = compare(noting(clock, "A", order, 2), stop, pairs=100, clock=clock)
    assert found.interrupted
    assert found.ratio == 2
    assert found.notes[-1] == "Interrupted: these are the figures up to then."
    assert gc.isenabled()


def test_an_interrupt_before_the_first_pair_goes_through() -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(stop, stop, clock=FakeClock())


def test_errors_go_through() -> None:
    def fail() -> None:
        raise RuntimeError("the user's own")

    with pytest.raises(RuntimeError, match="the user's own"):
        compare(fail, fail)


def test_progress_is_told() -> None:
    clock, order, told = FakeClock(), list[str](), list[tuple[str, float]]()
    call = noting(clock, "A", order, 1)
    compare(call, call, pairs=2, clock=clock, progress=lambda *found: told.append(found))
    assert told == [("pairs", 0.5), ("pairs", 1.0)]


def test_a_comparison_as_text_and_as_a_table() -> None:
    clock, order = FakeClock(), []
    found = compare(
        noting(clock, "A", order, 0.5),
        noting(clock, "B", order, 0.125),
        names=("numpy", "f(x)"),
        pairs=6,
        clock=clock,
    )
    assert str(found) == "\n".join(
        [
            "numpy  500 ms median of 6 (500–500 ms, best 500 ms)",
            "f(x)   125 ms median of 6 (125–125 ms, best 125 ms)",
            "f(x) is 4 times as fast as numpy (95 % sure: 4 to 4).",
        ]
    )
    table = found.table()
    assert table.rows == (
        ("numpy", 0.5, 0.5, 0.5, 0.5, 0.5, 6),
        ("f(x)", 0.125, 0.125, 0.125, 0.125, 0.125, 6),
    )
    assert len(table.columns) == len(table.units) == 7


def test_jax_and_numpy_side_by_side() -> None:
    x = np.ones((64, 64), np.float32)
    y = jnp.asarray(x)
    found = compare(lambda: x @ x, lambda: y @ y, pairs=6)
    assert found.times[0].best > 0 and found.times[1].best > 0


def stages(total: tuple[float, ...], compile_seconds: float) -> StageTimes:
    return StageTimes(
        compile=Times((compile_seconds,)), runs=Runs(Times((1e-6,) * 8), Times(total))
    )


def test_two_profiles_side_by_side() -> None:
    slow = stages((2.0, 2.1, 1.9, 2.0, 2.0, 2.0, 2.1, 1.9), 3.0)
    fast = stages((1.0, 1.1, 0.9, 1.0, 1.0, 1.0, 1.1, 0.9), 1.5)
    table = diff(slow, fast, ("before", "after"))
    assert table.columns == ("stage", "before", "after", "after by before", "beyond the noise")
    assert table.rows == (
        ("compile (cold)", 3.0, 1.5, 0.5, "not known"),
        ("warm runs: dispatch", 1e-6, 1e-6, 1.0, "no"),
        ("warm runs: total", 2.0, 1.0, 0.5, "yes"),
    )


def test_a_stage_that_only_one_profile_has() -> None:
    assert diff(StageTimes(first=1.0), StageTimes(load=2.0)).rows == (
        ("first run", 1.0, "", "", ""),
        ("load (persistent cache)", "", 2.0, "", ""),
    )


class FakeTorch:
    """As much of PyTorch as waiting needs, with a CUDA device or a Mac's."""

    class Tensor:
        def __init__(self, kind: str, index: int = 0) -> None:
            self.device = FakeDevice(kind, index)

    def __init__(self, started: bool = True) -> None:
        self.waited: list[Any] = []
        self.cuda = SimpleNamespace(
            is_initialized=lambda: started,
            synchronize=lambda device=None: self.waited.append(device and device.index),
        )
        self.mps = SimpleNamespace(synchronize=lambda: self.waited.append("mps"))


class FakeDevice(tuple[str, int]):
    """A device: two of the same kind and index are the same."""

    def __new__(cls, kind: str, index: int) -> FakeDevice:
        return super().__new__(cls, (kind, index))

    @property
    def type(self) -> str:
        return self[0]

    @property
    def index(self) -> int:
        return self[1]


@pytest.mark.parametrize(
    ("results", "waited"),
    [
        ([FakeTorch.Tensor("cuda", 1), {"a": FakeTorch.Tensor("cuda", 1)}], [1]),
        ([FakeTorch.Tensor("mps")], ["mps"]),
        ([FakeTorch.Tensor("cpu")], []),
        (None, [None]),  # code that works in place: something may be under way on CUDA
    ],
)
def test_pytorch_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, results: Any, waited: list[Any]
) -> None:
    torch = FakeTorch()
    monkeypatch.setitem(sys.modules, "torch", torch)
    ready(results)
    assert torch.waited == waited


def test_cuda_that_was_not_started_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = FakeTorch(started=False)
    monkeypatch.setitem(sys.modules, "torch", torch)
    ready(None)
    assert torch.waited == []


def test_tensorflow_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[str] = []

    class Tensor:
        def numpy(self) -> None:
            waited.append("copied")

    experimental = SimpleNamespace(sync_devices=lambda: waited.append("synced"))
    test = SimpleNamespace(experimental=experimental)
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(Tensor=Tensor, test=test))
    ready({"loss": Tensor()})
    ready(np.ones(3))
    assert waited == ["synced"]
    del experimental.sync_devices  # before 2.12
    waiter_for([Tensor()])([Tensor(), Tensor()])
    assert waited == ["synced", "copied", "copied"]
