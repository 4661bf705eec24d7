"""Recording: what runs is what would run without, and what was applied becomes a jaxpr."""

from __future__ import annotations

import asyncio
import gc
import threading
import traceback
import weakref

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from own_loop import run_alone

import jaxlab
from jaxlab.errors import StageError
from jaxlab.graph import check


def ops(program) -> list[str]:
    return [node.op for node in program.jaxpr.main.nodes]


def double(x):
    return x * 2


@jax.jit
def step(weights, data):
    return weights - 0.1 * jnp.sin(data @ weights), (weights * weights).sum()


def test_eager_operations_are_equations_with_their_dataflow():
    x = jnp.arange(4.0)
    with jaxlab.record() as r:
        y = jax.lax.sin(x)
        z = jax.lax.add(y, x)
    graph = r.program.jaxpr
    assert ops(r.program) == ["sin", "add"]
    assert [node.op for node in graph.operands_of(graph.find("add")[0])] == ["sin"]
    assert check(graph) == ()
    np.testing.assert_array_equal(z, jax.lax.add(jax.lax.sin(x), x))


def test_a_jitted_call_is_one_equation_with_its_body():
    w = jnp.ones((3, 3))
    with jaxlab.record() as r:
        step(w, w)
    (node,) = r.program.jaxpr.main.nodes
    assert node.op == "jit"
    body = r.program.jaxpr.regions[node.calls[0][1]]
    assert body.name == "step"
    assert {"dot_general", "sin", "mul", "reduce_sum", "sub"} <= {n.op for n in body.nodes}


def test_calls_are_seen_although_jax_has_a_fast_path_for_them():
    w = jnp.ones((3, 3))
    for _ in range(3):
        step(w, w)
    with jaxlab.record() as r:
        for _ in range(5):
            w, _ = step(w, w)
    assert [(p.name, p.calls) for p in r.program.programs] == [("step", 5)]


def test_nothing_is_traced_or_compiled_again():
    traces = []

    @jax.jit
    def counted(x):
        traces.append(1)
        return x + 1

    x = jnp.ones(3)
    counted(x)
    with jaxlab.record():
        counted(x)
        counted(x)
    counted(x)
    assert len(traces) == 1


def test_a_loop_is_folded_and_its_rounds_feed_one_another():
    w = jnp.eye(3)
    with jaxlab.record() as r:
        for _ in range(30):
            w, _ = step(w, w)
    (node,) = r.program.jaxpr.main.nodes
    assert node.op == "repeat"
    assert node.params["length"] == 30
    assert node.params["carried"] == ((0, 0),)
    assert check(r.program.jaxpr) == ()


def test_memory_does_not_grow_with_rounds():
    w = jnp.eye(3)
    recorder_sizes = []
    for rounds in (50, 500):
        with jaxlab.record() as r:
            for _ in range(rounds):
                w, _ = step(w, w)
        recorder_sizes.append(len(r.program.recording.items))
    assert recorder_sizes == [1, 1]


def test_no_array_is_kept_alive():
    with jaxlab.record() as r:
        x = jnp.ones(1000) + 1
        gone = weakref.ref(x)
        y = x.sum()
        del x
        gc.collect()
        assert gone() is None
    assert ops(r.program)[-1] == "jit"
    assert y == 2000


def test_a_new_batch_each_round_is_varying_and_the_state_is_carried():
    w = jnp.eye(3)
    with jaxlab.record() as r:
        for number in range(10):
            batch = jnp.asarray(np.full((3, 3), number, "float32"))
            w, _ = step(w, batch)
    assert ops(r.program)[-1] == "repeat"
    node = r.program.jaxpr.main.nodes[-1]
    assert len(node.params["varying"]) == 1
    assert len(node.params["carried"]) >= 1


def test_transforms_of_jitted_functions_are_seen_as_what_jax_evaluates():
    x = jnp.ones((2, 3, 3))
    with jaxlab.record() as r:
        jax.vmap(step)(x, x)
        jax.grad(lambda w: step(w, w)[1])(x[0])
    assert [p.name for p in r.program.programs if p.calls] != []
    assert check(r.program.jaxpr) == ()


def test_host_round_trips_have_their_line():
    x = jnp.ones(())
    with jaxlab.record() as r:
        float(x)
        x.item()
        bool(x)
        np.asarray(x)
        for _ in range(3):
            int(x)
    found = [(trip.how, trip.count) for trip in r.program.recording.round_trips]
    assert found == [
        ("float()", 1),
        (".item()", 1),
        ("bool()", 1),
        ("np.asarray()", 1),
        ("int()", 3),
    ]
    lines = [trip.frame.line for trip in r.program.recording.round_trips]
    assert lines == [lines[0] + n for n in (0, 1, 2, 3, 5)]
    assert all(trip.frame.file == __file__ for trip in r.program.recording.round_trips)


def test_a_compiled_object_is_an_opaque_node():
    x = jnp.ones(3)
    compiled = jax.jit(double).lower(x).compile()
    with jaxlab.record() as r:
        y = compiled(x)
    (node,) = r.program.jaxpr.main.nodes
    assert node.op == "compiled_call"
    assert node.params["name"] == "jit_double"
    np.testing.assert_array_equal(y, 2 * np.ones(3))
    with pytest.raises(StageError, match=r"compiled `jit_double`.*not seen"):
        _ = r.program.as_one


def test_eager_shard_map_is_a_node_of_its_own():
    mesh = jax.make_mesh((1,), ("i",), axis_types=(jax.sharding.AxisType.Auto,))
    x = jnp.arange(4.0)
    mapped = jax.shard_map(
        lambda a: jnp.sin(a) * 2, mesh=mesh, in_specs=jax.P("i"), out_specs=jax.P("i")
    )
    plain = mapped(x)
    with jaxlab.record() as r:
        y = mapped(x)
    assert "shard_map" in ops(r.program)
    np.testing.assert_array_equal(plain, y)


def test_other_threads_are_not_recorded_and_not_disturbed():
    x = jnp.ones(3)
    seen = []

    def work():
        seen.append(jax.lax.cos(x))

    with jaxlab.record() as r:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        jax.lax.sin(x)
    assert ops(r.program) == ["sin"]
    assert len(seen) == 1


def test_other_tasks_are_not_recorded_across_await():
    x = jnp.ones(3)

    async def other(ready, go):
        ready.set()
        await go.wait()
        return jax.lax.cos(x)

    async def cell():
        ready, go = asyncio.Event(), asyncio.Event()
        task = asyncio.get_running_loop().create_task(other(ready, go))
        await ready.wait()
        with jaxlab.record() as r:
            jax.lax.sin(x)
            go.set()
            await asyncio.sleep(0.01)
            jax.lax.exp(x)
        await task
        return r.program

    assert ops(run_alone(cell())) == ["sin", "exp"]


def test_everything_is_put_back():
    from jax._src import core, pjit

    places = [
        (core.EvalTrace, "process_primitive"),
        (core.EvalTrace, "process_shard_map"),
        (pjit, "_pjit_call_impl_python"),
        (pjit, "_get_fastpath_data"),
        (jax.stages.Compiled, "__call__"),
        (np, "asarray"),
        (np, "array"),
        (type(jnp.ones(1)), "__float__"),
        (type(jnp.ones(1)), "item"),
    ]
    before = [getattr(*place) for place in places]
    with jaxlab.record(), jaxlab.record():
        assert getattr(*places[0]) is not before[0]
    with pytest.raises(ZeroDivisionError), jaxlab.record():
        _ = 1 / 0
    assert [getattr(*place) for place in places] == before


def test_recordings_nest():
    x = jnp.ones(3)
    with jaxlab.record() as outer:
        jax.lax.sin(x)
        with jaxlab.record() as inner:
            jax.lax.cos(x)
        jax.lax.tan(x)
    assert ops(inner.program) == ["cos"]
    assert ops(outer.program) == ["sin", "cos", "tan"]


def test_an_error_carries_no_frame_of_ours():
    x = jnp.ones(3)

    def failing():
        with jaxlab.record():
            bool(x)

    with pytest.raises(ValueError, match="ambiguous") as caught:
        failing()
    files = [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert not [file for file in files if "jaxlab/_jax" in file]


def test_an_error_in_a_jitted_call_is_the_users():
    with pytest.raises(TypeError, match="add got incompatible shapes"), jaxlab.record() as r:
        jax.jit(lambda a, b: a + b)(jnp.ones(3), jnp.ones(4))
    assert ops(r.program)[-1] != "jit"


def test_donated_arguments_stay_donated():
    update = jax.jit(lambda a: a + 1, donate_argnums=0)
    x = jnp.ones(8)
    with jaxlab.record() as r:
        y = update(x)
        z = update(y)
    assert x.is_deleted()
    assert y.is_deleted()
    assert z.sum() == 24
    assert r.program.hlo.facts


def test_random_keys_and_references():
    with jaxlab.record() as r:
        key = jax.random.key(0)
        first, _ = jax.random.split(key)
        jax.random.normal(first, (3,))
        ref = jax.new_ref(jnp.zeros(3))
        ref[...] += 1
        value = ref[...]
    assert {"random_seed", "random_wrap"} & set(ops(r.program))
    assert check(r.program.jaxpr) == ()
    np.testing.assert_array_equal(value, np.ones(3))
    with pytest.raises(StageError, match="mutable references"):
        _ = r.program.as_one


def test_callbacks_run_as_often_as_without():
    calls = []

    @jax.jit
    def noisy(x):
        jax.debug.callback(lambda v: calls.append(float(v)), x)
        return x * 2

    noisy(jnp.ones(()))
    jax.effects_barrier()
    with jaxlab.record():
        for _ in range(3):
            noisy(jnp.ones(()))
        jax.effects_barrier()
    assert len(calls) == 4


def test_names_of_the_namespace_name_inputs_and_results():
    from jaxlab.capture.build import jaxpr_of
    from jaxlab.capture.record import Recorder

    weights = {"w": [jnp.ones(3)]}
    recorder = Recorder()
    result = jax.lax.sin(weights["w"][0])
    recording = recorder.stop({"weights": weights, "result": result})
    debug_info = jaxpr_of(recording, "cell").closed.debug_info
    assert debug_info.arg_names == ("weights['w'][0]",)
    assert debug_info.result_paths == ("result",)


def test_values_that_the_cell_found_keep_their_names_when_those_are_bound_again():
    from jaxlab.capture.build import jaxpr_of
    from jaxlab.capture.record import Recorder

    names = {"w": jnp.ones(3)}
    recorder = Recorder(names)
    names["w"] = jax.lax.sin(names["w"])
    debug_info = jaxpr_of(recorder.stop(names), "cell").closed.debug_info
    assert debug_info.arg_names == ("w",)
    assert debug_info.result_paths == ("w",)


def test_as_one_gives_what_the_cell_gave():
    w = jnp.eye(3) * 0.5
    start = w
    with jaxlab.record() as r:
        for _ in range(4):
            w, loss = step(w, start)
        total = loss + jnp.sin(w).sum()
    one = r.program.as_one
    assert one.mode == "one"
    results = one.compiled(*[start] * len(one.traced.jaxpr.in_avals))
    assert any(np.allclose(result, total) for result in results)
    assert any("4 rounds" in line for line in r.program.frozen)


def test_as_one_is_declined_above_a_size():
    w = jnp.eye(3)
    with jaxlab.record() as r:
        for _ in range(20_000 // 4):
            w, _ = step(w, w)
    with pytest.raises(StageError, match=r"\d\d,\d{3} equations.*scan"):
        _ = r.program.as_one
    report = r.program.report("hlo")
    assert report.graph is not None  # the program that ran


def test_what_ran_is_the_executable_that_ran():
    w = jnp.ones((3, 3))
    with jaxlab.record() as r:
        step(w, w)
        step(jnp.ones((4, 4)), jnp.ones((4, 4)))
    assert [p.calls for p in r.program.programs] == [1, 1]
    for program, size in zip(r.program.programs, (3, 4), strict=True):
        assert f"f32[{size},{size}]" in [str(v.type) for v in program.hlo.main.inputs]
    together = r.program.hlo
    assert [node.op for node in together.main.nodes] == ["program", "program"]
    assert check(together) == ()


def test_lineage_of_what_ran_is_recompiled_and_compared():
    w = jnp.ones((3, 3))
    with jaxlab.record() as r:
        step(w, w)
    (ran,) = r.program.programs
    lineage = ran.lineage("jaxpr", "hlo")
    (dot,) = ran.jaxpr.find("dot_general")
    assert lineage.forward(dot.id)
    assert ran.recompiled.endswith("the same instructions as the executable that ran.")
    assert jaxlab.trace(step, w, w).recompiled == ""


def test_a_recording_that_has_not_ended_says_so():
    with jaxlab.record() as r, pytest.raises(StageError, match="not ended"):
        _ = r.program


@pytest.mark.parametrize("flag", ["jax_disable_jit", "jax_check_tracer_leaks", "jax_debug_nans"])
def test_under_jax_flags(flag):
    w = jnp.ones((3, 3))
    jax.config.update(flag, True)
    try:
        plain = step(w, w)
        with jaxlab.record() as r:
            recorded = step(w, w)
    finally:
        jax.config.update(flag, False)
    np.testing.assert_array_equal(plain[0], recorded[0])
    assert r.program.recording.failure is None
    assert len(r.program.jaxpr) > 0
