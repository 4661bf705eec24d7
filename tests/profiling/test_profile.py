"""Profiles of calls: what they hold, and that the user's arrays, effects and settings survive."""

# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false

from __future__ import annotations

from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import pytest

import jaxlab
from jaxlab import call_profile
from jaxlab.call_profile import Profile
from jaxlab.errors import InputError, StageError
from jaxlab.payload import decode_report, encode_report
from jaxlab.report import Report


@jax.jit
def step(w: jax.Array, x: jax.Array) -> jax.Array:
    with jax.named_scope("layer"):
        y = jnp.tanh(x @ w)
    return w - 0.1 * x.T @ y


@cache
def profile() -> Profile:
    return jaxlab.trace(step, jnp.ones((96, 96)), jnp.ones((32, 96))).profile(runs=7)


def test_every_stage_is_timed_and_operations_are_measured() -> None:
    found = profile()
    times = found.stages
    assert times.runs is not None and times.runs.count == 7
    for stage in (times.trace, times.lower, times.compile):
        assert stage is not None and stage.median > 0
    operations = found.operations
    assert operations is not None and operations.runs >= 1
    assert sum(operations.seconds.values()) == pytest.approx(operations.busy)
    attribution = found.attribution
    assert attribution is not None
    assert attribution.total == pytest.approx(operations.busy)


def test_stages_of_the_report_have_the_measured_columns() -> None:
    report = found_report()
    columns = {
        (stage.graph.stage, overlay.name, overlay.source)
        for stage in report.stages
        for overlay in stage.overlays
    }
    assert {("hlo", "time", "measured"), ("jaxpr", "time", "attributed")} <= columns
    assert [tab.name for tab in report.tabs] == ["Profile", "Memory"]


def found_report() -> Report:
    return profile().whole_report()


def test_a_large_programs_report_leaves_stablehlo_out_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert [stage.graph.stage for stage in found_report().stages] == ["jaxpr", "stablehlo", "hlo"]
    monkeypatch.setattr(call_profile, "AT_ONCE", 1)
    report = found_report()
    assert [stage.graph.stage for stage in report.stages] == ["jaxpr", "hlo"]
    assert report.shown == 1 and [link.after for link in report.links] == [1]
    assert any("StableHLO is left out" in note for note in report.notes)


def test_text_has_the_figures_of_the_tabs() -> None:
    text = " ".join(profile().show().text().split())
    for tab in profile().tabs:
        assert tab.name in text
        for figure in tab.figures:
            assert figure in text
        for table in tab.tables:
            assert table.title in text


def test_the_report_survives_the_payload() -> None:
    report = found_report()
    decoded = decode_report(encode_report(report))
    assert [tab.name for tab in decoded.tabs] == [tab.name for tab in report.tabs]
    assert decoded.tabs[0].figures == report.tabs[0].figures


def test_donated_arrays_of_the_users_survive() -> None:
    donating = jax.jit(lambda x: x * 2.0, donate_argnums=0)
    x = jnp.ones(64)
    found = jaxlab.trace(donating, x).profile(runs=5)
    assert not x.is_deleted() and x.sum() == 64
    assert found.stages.runs is not None


def test_a_deleted_array_is_named_in_one_line() -> None:
    x = jnp.ones(8)
    program = jaxlab.trace(jax.jit(lambda x: x + 1), x)
    x.delete()
    with pytest.raises(InputError, match=r"`x` is gone"):
        program.profile()


def test_an_abstract_argument_can_be_compiled_and_not_run() -> None:
    program = jaxlab.trace(step, *(jax.ShapeDtypeStruct((8, 8), jnp.float32),) * 2)
    with pytest.raises(InputError, match="abstract"):
        program.profile()
    found = program.profile(compile_only=True)
    assert found.stages.runs is None and found.operations is None
    assert found.compilation is not None and found.compilation.seconds > 0
    assert "Compile: what took the longest" in {table.title for table in found.tabs[0].tables}


def test_side_effects_happen_once_unless_allowed() -> None:
    seen: list[float] = []

    def loud(x: jax.Array) -> jax.Array:
        jax.debug.callback(lambda value: seen.append(float(value)), x.sum())
        return x + 1

    program = jaxlab.trace(jax.jit(loud), jnp.ones(3))
    found = program.profile()
    jax.effects_barrier()
    assert seen == [3.0]
    assert found.stages.runs is None and found.stages.first is not None
    program.profile(rerun=True, runs=2)
    jax.effects_barrier()
    assert len(seen) > 3


def test_errors_of_the_function_go_through() -> None:
    def fails(x: object) -> object:
        raise ZeroDivisionError

    found = jaxlab.trace(step, jnp.ones((8, 8)), jnp.ones((8, 8)))
    object.__setattr__(found, "_function", (jax.jit(fails), (jnp.ones(3),), {}))
    with pytest.raises(ZeroDivisionError):
        found.profile()


def test_a_trace_that_is_under_way_costs_only_the_operations(tmp_path: object) -> None:
    program = jaxlab.trace(step, jnp.ones((8, 8)), jnp.ones((8, 8)))
    with jax.profiler.trace(str(tmp_path)):
        found = program.profile(runs=5)
    assert found.operations is None and found.stages.runs is not None
    assert any("Another trace" in note for note in found.notes)


def test_what_is_no_call_is_refused() -> None:
    compiled = jax.jit(lambda x: x + 1).lower(jnp.ones(3)).compile()
    with pytest.raises(StageError, match="no call that could be run"):
        jaxlab.read(compiled).profile()


def test_traced_runs_that_were_slower_are_said() -> None:
    found = profile()
    assert found.operations is not None and found.stages.runs is not None
    slow = replace(found.operations, busy=10 * found.stages.runs.total.median)
    notes = replace(found, operations=slow).tabs[0].notes
    assert any("slower than the timed ones" in note for note in notes)
