"""A block that is profiled runs once, as it is; its figures are right; nothing stays behind."""

# pyright: reportUnknownMemberType=false

from __future__ import annotations

import json
import threading
import time
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax._src import monitoring, pjit
from jax._src.lib import _profiler

import jaxlab
from jaxlab.cell_profile import CellProfile
from jaxlab.errors import InputError, StageError


@jax.jit
def step(x):
    return jnp.sin(x) @ x + 1


@pytest.fixture
def x() -> jax.Array:
    return jnp.ones((64, 64))


@pytest.fixture(autouse=True)
def nothing_stays_behind():
    def state():
        threads = {each.name for each in threading.enumerate() if each.name.startswith("jaxlab")}
        return (
            threads,
            list(monitoring.get_event_duration_listeners()),
            _profiler.ProfilerSession,
            pjit._get_fastpath_data,
            jax.config.values.copy(),
        )

    before = state()
    yield
    assert state() == before
    with jaxlab.profile() as again:
        step(jnp.ones((2, 2)))
    assert again.profile.measured.traced is not None


def test_calls_compiles_and_device_times_are_counted(x) -> None:
    fresh = jax.jit(lambda x: jnp.cos(x) @ x)
    with jaxlab.profile() as p:
        for _ in range(5):
            fresh(x).block_until_ready()
    (program,) = p.profile.programs
    assert (program.name, program.calls, program.compiles, program.seen) == ("<lambda>", 5, 1, 5)
    assert set(program.stages) == {"trace", "lower", "compile"}
    assert program.device and program.dispatch and program.device_total == 5 * program.device
    assert p.profile.wall > sum(program.stages.values())
    assert program.frame is not None and program.frame.file == __file__


def test_operations_of_the_program_add_up(x) -> None:
    with jaxlab.profile() as p:
        for _ in range(4):
            step(x).block_until_ready()
    operations, attribution = p.profile.operations, p.profile.attribution
    assert operations is not None and operations.runs == 4
    assert attribution is not None
    assert attribution.total == pytest.approx(sum(operations.seconds.values()))
    assert {overlay.source for overlay in p.profile.report().overlays} >= {"attributed"}
    assert "measured" in {o.source for o in p.profile.whole_report().overlays}


def test_operations_one_by_one_are_grouped_by_line(x) -> None:
    with jaxlab.profile() as p:
        for _ in range(3):
            y = jnp.sin(x) + 1
    del y
    (line,) = p.profile.measured.lines
    assert line.names == {"sin": 3, "add": 3} and line.count == 6
    assert line.host > 0 and line.device is not None and line.device > 0


def test_waiting_for_values_is_seen(x) -> None:
    with jaxlab.profile() as p:
        float(step(x).sum())
        np.asarray(x)
    how = {trip.how: trip for trip in p.profile.measured.recording.round_trips}
    assert set(how) == {"float()", "np.asarray()"} and how["float()"].seconds > 0


def test_pauses_are_seen(x) -> None:
    step(x).block_until_ready()
    with jaxlab.profile() as p:
        step(x).block_until_ready()
        time.sleep(0.2)
    assert p.profile.measured.idle == pytest.approx(p.profile.wall, abs=0.1)
    assert p.profile.measured.idle > 0.2


def test_side_effects_happen_once(x) -> None:
    seen: list[int] = []

    @jax.jit
    def noisy(x):
        jax.debug.callback(lambda: seen.append(1))
        return x + 1

    with jaxlab.profile() as p:
        noisy(x)
    jax.effects_barrier()
    str(p.profile)
    p.profile.show().html()
    jax.effects_barrier()
    assert seen == [1]


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_an_error_goes_through_and_what_was_measured_is_there(kind, x) -> None:
    with pytest.raises(kind) as caught, jaxlab.profile() as p:
        step(x)
        raise kind("mine")
    assert str(caught.value) == "mine"
    assert [each.calls for each in p.profile.programs] == [1]
    ended = "did not end by itself" in " ".join(p.profile.notes)
    assert ended == (kind is KeyboardInterrupt)


def test_donated_and_deleted_arrays_are_no_trouble(x) -> None:
    donating = jax.jit(lambda x: x + 1, donate_argnums=0)
    with jaxlab.profile() as p:
        y = donating(x)
        z = step(y)
        y.delete()
    assert x.is_deleted() and z.shape == (64, 64)
    assert [each.calls for each in p.profile.programs] == [1, 1]


def test_a_trace_under_way_is_left_alone(tmp_path: Path, x) -> None:
    with jax.profiler.trace(str(tmp_path)), jaxlab.profile() as p:
        step(x)
    assert "Another trace of JAX's profiler is under way" in " ".join(p.profile.notes)
    assert p.profile.programs[0].calls == 1 and p.profile.programs[0].device is None
    assert "not measured" in str(p.profile)
    assert list(tmp_path.rglob("*.xplane.pb"))


def test_a_trace_of_the_users_inside_is_given_way_to(tmp_path: Path, x) -> None:
    with jaxlab.profile() as p, jax.profiler.trace(str(tmp_path)):
        step(x).block_until_ready()
    assert list(tmp_path.rglob("*.xplane.pb"))
    assert "traces with JAX's profiler itself" in " ".join(p.profile.notes)


def test_listeners_that_the_block_clears_are_no_trouble(x) -> None:
    with jaxlab.profile() as p:
        step(x)
        monitoring.clear_event_listeners()
    assert p.profile.programs[0].calls == 1


def test_many_calls_are_traced_in_part(monkeypatch: pytest.MonkeyPatch, x) -> None:
    monkeypatch.setattr("jaxlab.profiling.cell.trace.MOST_CALLS", 10)
    with jaxlab.profile() as p:
        for _ in range(30):
            step(x).block_until_ready()
    (program,) = p.profile.programs
    assert program.calls == 30
    assert program.seen in (9, 10), "the last one's events may come after the trace has ended"
    assert program.device is not None and program.device_total == 30 * program.device
    assert "the cell's first 10 calls" in " ".join(p.profile.notes)


def test_many_events_are_read_in_part(monkeypatch: pytest.MonkeyPatch, x) -> None:
    monkeypatch.setattr("jaxlab.profiling.cell.trace.MOST_EVENTS", 100)
    with jaxlab.profile() as p:
        for _ in range(30):
            step(x).block_until_ready()
    assert 0 < p.profile.programs[0].seen < 30
    assert "events the first 99 were read" in " ".join(p.profile.notes)


def test_no_program_that_dominates(x) -> None:
    with jaxlab.profile() as p:
        pass
    assert p.profile.main is None and p.profile.programs == ()
    assert isinstance(p.profile, CellProfile) and str(p.profile)


def test_text_has_the_figures_of_the_tabs(x) -> None:
    with jaxlab.profile() as p:
        float(step(x).sum())
    text = " ".join(p.profile.show().text(200).split())
    (tab,) = p.profile.tabs
    for figure in tab.figures:
        assert figure in text
    for table in tab.tables:
        assert table.title in text


def test_the_profile_is_there_after_the_block_only(x) -> None:
    with jaxlab.profile() as p:
        with pytest.raises(StageError, match="not ended"):
            _ = p.profile
        with pytest.raises(InputError, match="under way"):
            p.__enter__()


def test_perfetto_has_lanes_and_spans(tmp_path: Path, x) -> None:
    with jaxlab.profile() as p:
        step(x).block_until_ready()
    written = json.loads(p.profile.save(tmp_path / "x.trace.json").read_text())
    events = written["traceEvents"]
    names = {e["args"]["name"] for e in events if e["ph"] == "M"}
    assert {"The cell", "JAX called from Python", "device", "One run on the device"} <= names
    spans = [e for e in events if e["ph"] == "X"]
    assert spans and all(e["dur"] >= 0 and e["ts"] >= 0 for e in spans)
    assert any(e["name"] == "step" for e in spans)


def test_noting_a_call_costs_little(x) -> None:
    from jaxlab.capture.call_times import CallTimes, Spent

    times = CallTimes()
    times.spent[0] = Spent("f", None, True, None)
    start = time.process_time()
    for _ in range(20_000):
        times.note(0, 0.0, 1e-6)
    taken = (time.process_time() - start) / 20_000
    times.stop()
    assert taken < 5e-6  # 0.45 us, measured with 50,000 calls


def test_two_profiles_side_by_side(x) -> None:
    with jaxlab.profile() as one:
        step(x).block_until_ready()
    with jaxlab.profile() as other:
        step(x).block_until_ready()
    found = jaxlab.diff(one.profile, other.profile)
    assert [table.title for table in found.tables] == [
        "Programs",
        "Operations, by their own time",
        "Kinds of operation",
    ]
    assert all(isinstance(row[3], float) for row in found.tables[1].rows)
    assert found.headline in str(found)
    call = jaxlab.trace(step, x).profile(runs=6)
    assert jaxlab.diff(call, call).tables[0].title == "Stages"
    with pytest.raises(InputError, match="two of cells"):
        jaxlab.diff(call, one.profile)


def test_what_was_compiled_ahead_of_time_has_device_times(x) -> None:
    compiled = step.lower(x).compile()
    with jaxlab.profile() as p:
        for _ in range(3):
            y = compiled(x)
        jax.block_until_ready(y)
    (program,) = p.profile.programs
    assert (program.name, program.calls, program.compiles, program.seen) == ("jit_step", 3, 0, 3)
    assert program.device is not None and program.device > 0
    assert "jit_step" in str(p.profile)
