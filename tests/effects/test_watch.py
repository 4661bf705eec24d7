"""A watch sees what happens, changes nothing, and takes back all that it installed."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from jax._src import core, monitoring, pjit
from jax._src.interpreters import partial_eval
from own_loop import run_alone

import jaxlab
from jaxlab.effects import watch as module
from jaxlab.effects.watch import Watch
from jaxlab.errors import InputError, StageError

TOOLS = getattr(sys, "monitoring", None)


def installed() -> tuple[Any, ...]:
    """What a watch may touch, by identity."""
    tools = () if TOOLS is None else tuple(TOOLS.get_tool(each) for each in range(6))
    return (
        core.ensure_no_leaks,
        vars(partial_eval.JaxprStackFrame)["to_jaxpr"],
        pjit._pjit_call_impl_python,
        pjit._get_fastpath_data,
        tuple(monitoring.get_event_listeners()),
        tuple(monitoring.get_event_duration_listeners()),
        tuple(monitoring.get_scalar_listeners()),
        tuple(logging.getLogger("jax._src.interpreters.partial_eval").filters),
        jax.config.jax_explain_cache_misses,
        sys.getprofile(),
        sys.gettrace(),
        print,
        tools,
    )


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    jax.clear_caches()
    before = installed()
    yield
    assert installed() == before


def noisy() -> Any:
    """A jitted function that prints while it is traced."""

    @jax.jit
    def step(x: jax.Array) -> jax.Array:
        print("tracing")
        return x * 2

    return step


def test_a_block_says_what_it_traced_compiled_and_hid() -> None:
    step, x = noisy(), jnp.ones(3)
    with jaxlab.watch() as w:
        step(x)
        step(x)
    assert (w.traces, w.compiles) == (1, 1)
    (finding,) = (each for each in w.findings if each.hazard == "print-at-trace")
    assert finding.frame is not None and finding.frame.function.endswith("step")
    assert "step" in finding.headline
    with jaxlab.watch() as again:
        step(x)
    assert (again.traces, again.compiles, again.findings) == (0, 0, ())


def test_watches_nest() -> None:
    step = noisy()
    with jaxlab.watch() as outer:
        step(jnp.ones(3))
        with jaxlab.watch() as inner:
            step(jnp.ones(4))
        step(jnp.ones(5))
    assert (outer.traces, inner.traces) == (3, 1)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_goes_through_and_nothing_is_left(error: type[BaseException]) -> None:
    @jax.jit
    def fails(x: jax.Array) -> jax.Array:
        raise error("as the user wrote it")

    with pytest.raises(error, match="as the user wrote it"), jaxlab.watch() as w:
        fails(jnp.ones(3))
    assert w.traces == 1
    with jaxlab.watch() as after:
        noisy()(jnp.ones(3))
    assert after.traces == 1


def test_other_threads_are_seen() -> None:
    step = noisy()
    with jaxlab.watch() as w:
        thread = threading.Thread(target=lambda: step(jnp.ones(3)))
        thread.start()
        thread.join()
    assert w.traces == 1
    assert [each.hazard for each in w.findings] == ["print-at-trace"]


def test_async_code_is_seen() -> None:
    async def main() -> tuple[int, int]:
        step = noisy()
        with jaxlab.watch() as w:
            await asyncio.sleep(0)
            step(jnp.ones(3))
            await asyncio.sleep(0)
        return w.traces, len(w.findings)

    assert run_alone(main()) == (1, 1)


def test_it_holds_no_tracer() -> None:
    """`jax.checking_leaks` looks for whoever holds a trace that has ended."""
    with jax.checking_leaks(), jaxlab.watch() as w:
        jax.jit(lambda x: jax.lax.scan(lambda c, y: (c + y, c), x, jnp.arange(3.0)))(0.0)
    assert w.traces


def test_without_jit_there_is_nothing_to_find() -> None:
    step = noisy()
    with jax.disable_jit(), jaxlab.watch() as w:
        step(jnp.ones(3))
    assert (w.traces, w.findings) == (0, ())


def test_64_bit_mode_is_as_ever() -> None:
    with jax.enable_x64(True), jaxlab.watch() as w:
        y = jax.jit(lambda x: x * 2)(jnp.ones(3))
    assert y.dtype == jnp.float64
    assert w.findings == ()


def test_a_fault_of_ours_is_said_and_goes_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(module, "host_call", broken)
    with jaxlab.watch() as w:
        y = noisy()(jnp.ones(3))
    assert y.tolist() == [2, 2, 2]
    assert any("ZeroDivisionError: ours" in note for note in w.notes)


def test_the_user_may_take_all_listeners_away() -> None:
    listeners = monitoring.get_event_duration_listeners(), monitoring.get_event_listeners()
    with jaxlab.watch() as w:
        jax.monitoring.clear_event_listeners()
        noisy()(jnp.ones(3))
    assert w.traces == 1
    for listener in listeners[0]:
        jax.monitoring.register_event_duration_secs_listener(listener)
    for listener in listeners[1]:
        jax.monitoring.register_event_listener(listener)


@pytest.mark.skipif(TOOLS is None, reason="Python 3.11 has no sys.monitoring")
def test_where_all_of_pythons_monitoring_is_taken_it_is_said() -> None:
    assert TOOLS is not None
    mine = [each for each in range(6) if TOOLS.get_tool(each) is None]
    for each in mine:
        TOOLS.use_tool_id(each, "mine")
    try:
        with jaxlab.watch() as w:
            noisy()(jnp.ones(3))
    finally:
        for each in mine:
            TOOLS.free_tool_id(each)
    assert w.traces == 1
    assert any("monitoring is taken" in note for note in w.notes)


def test_results_are_asked_for_after_the_block() -> None:
    w = jaxlab.watch("mine")
    with w:
        with pytest.raises(StageError, match="has not ended yet"):
            w.findings
        assert "not ended" in repr(w)
    with pytest.raises(InputError, match="under way already"):
        w.__enter__()


def test_the_report_says_all_of_it() -> None:
    with jaxlab.watch("the first steps") as w:
        noisy()(jnp.ones(3))
    text = repr(w)
    for said in ("the first steps", "1 × surprise", "1 trace", "1 compile", "print-at-trace"):
        assert said in text
    bundle = w._repr_mimebundle_()
    assert "print-at-trace" in bundle["text/html"]
    assert bundle["text/plain"] == text


def test_stopping_twice_is_stopping_once() -> None:
    watch = Watch()
    watch.abandon()
    assert watch.stop().traces == ()


def test_a_block_that_fails_explains_the_error_in_a_note() -> None:
    @jax.jit
    def wrong(x: Any) -> Any:
        return x if x > 0 else -x

    with pytest.raises(jax.errors.TracerBoolConversionError) as caught, jaxlab.watch() as w:
        wrong(1.0)
    (note,) = [each for each in caught.value.__notes__ if each.startswith("jaxlab: ")]
    assert "`x > 0` asks for a value" in note
    assert "jnp.where(x > 0, x, -x)" in note
    assert [each.hazard for each in w.findings] == ["concretisation"]


def test_arrays_in_the_last_traceback_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        large = jnp.zeros((3000, 3000))
        raise ValueError(large.shape)

    with pytest.raises(ValueError) as caught:
        fails()
    monkeypatch.setattr(sys, "last_value", caught.value, raising=False)
    watch = Watch()
    (held,) = watch.stop({}).held
    assert held.path == "`large` of `fails` in the last traceback"
    assert held.size == 36_000_000


def test_a_class_without_a_module_hides_no_leak() -> None:
    odd = type("Odd", (), {})
    odd.__module__ = None  # type: ignore[assignment]
    names: dict[str, Any] = {"a": odd, "kept": []}
    watch = Watch()
    jax.jit(lambda x: (names["kept"].append(x * 2), x)[1])(1.0)
    (leak,) = watch.stop(names).leaks
    assert leak.path == "kept[0]"
