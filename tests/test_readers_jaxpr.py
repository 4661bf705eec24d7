"""read_jaxpr: every equation and every jaxpr inside its params, each once."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.experimental import io_callback
from jax.experimental import pallas as pl
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as P
from jax_counts import X, distinct_jaxprs, only, ops, read

from jaxlab.graph import ArrayType, RegionRef
from jaxlab.readers.jaxpr import jaxprs_in_order, read_jaxpr


def test_an_equation_becomes_a_node_and_names_come_from_the_arguments():
    def loss(params, x):
        return {"loss": jnp.sum(params["w"] * x), "x": x}

    graph = read(loss, {"w": X}, X)
    assert [node.op for node in graph.main.nodes] == ["mul", "reduce_sum"]
    assert graph.main.name == "loss"
    assert [value.name for value in graph.main.inputs] == ["params['w']", "x"]
    assert [value.id for value in graph.main.inputs] == ["main<0", "main<1"]
    multiply, total = graph.main.nodes
    assert multiply.inputs == graph.main.inputs
    assert total.inputs[0] is multiply.outputs[0]
    assert graph.main.outputs[0] is total.outputs[0]
    assert total.outputs[0].name == "result['loss']"
    assert graph.main.outputs[1] is graph.main.inputs[1]
    assert str(total.outputs[0].type) == "f32[]"
    assert total.params["axes"] == (0,)


def test_scan_has_one_region():
    def f(x):
        return lax.scan(lambda carry, a: (carry + a, carry * 2), 0.0, x)

    graph = read(f, X)
    scan = only(graph, "scan")
    assert scan.calls == (("jaxpr", "main/0.jaxpr"),)
    assert scan.params["jaxpr"] == RegionRef("main/0.jaxpr")
    assert scan.params["length"] == 8
    assert [value.name for value in graph.regions["main/0.jaxpr"].inputs] == ["carry", "a"]
    assert {"add", "mul"} <= set(ops(graph, "main/0.jaxpr"))


def test_while_has_a_condition_and_a_body():
    graph = read(lambda n: lax.while_loop(lambda c: c < 3, lambda c: c + 1, n), 0)
    assert only(graph, "while").calls == (
        ("cond_jaxpr", "main/0.cond_jaxpr"),
        ("body_jaxpr", "main/0.body_jaxpr"),
    )
    assert ops(graph, "main/0.cond_jaxpr") == ["lt"]
    assert ops(graph, "main/0.body_jaxpr") == ["add"]


def test_cond_has_a_region_for_each_branch():
    graph = read(lambda i, x: lax.switch(i, [jnp.sin, jnp.cos, jnp.tan], x), 0, X)
    cond = only(graph, "cond")
    assert [role for role, _ in cond.calls] == ["branches[0]", "branches[1]", "branches[2]"]
    assert cond.params["branches"] == tuple(RegionRef(region) for _, region in cond.calls)
    assert [ops(graph, region) for _, region in cond.calls] == [["sin"], ["cos"], ["tan"]]


def test_custom_jvp_shows_its_rule_as_not_traced_yet():
    @jax.custom_jvp
    def f(x):
        return jnp.sin(x)

    @f.defjvp
    def f_jvp(primals, tangents):
        return f(*primals), tangents[0]

    graph = read(lambda x: f(x), X)
    node = only(graph, "custom_jvp_call")
    assert node.calls == (("call_jaxpr", "main/0.call_jaxpr"),)
    assert ops(graph, "main/0.call_jaxpr") == ["sin"]
    assert node.params["jvp_jaxpr_fun"] == "not traced yet: f_jvp"


def test_custom_vjp_shows_its_rules_as_not_traced_yet():
    @jax.custom_vjp
    def f(x):
        return jnp.sin(x)

    def f_forward(x):
        return f(x), x

    def f_backward(residual, cotangent):
        return (residual * cotangent,)

    f.defvjp(f_forward, f_backward)
    node = only(read(lambda x: f(x), X), "custom_vjp_call")
    assert node.calls == (("call_jaxpr", "main/0.call_jaxpr"),)
    assert node.params["fwd_jaxpr_thunk"] == "not traced yet: f_forward"
    assert node.params["bwd"] == "not traced yet: f_backward"


def test_a_function_jitted_once_and_called_twice_is_one_region():
    @jax.jit
    def twice(x):
        return x + x

    graph = read(lambda x: twice(twice(x)), X)
    first, second = graph.find("jit")
    assert first.calls == second.calls == (("jaxpr", "main/0.jaxpr"),)
    assert graph.regions["main/0.jaxpr"].name == "twice"
    assert graph.callers_of("main/0.jaxpr") == (first, second)
    assert graph.count("add") == 1


def test_a_shared_region_is_named_by_the_shallowest_call():
    @jax.jit
    def inner(x):
        return x * 2

    @jax.jit
    def outer(x):
        return inner(x)

    graph = read(lambda x: inner(outer(x)), X)
    assert list(graph.regions) == ["main", "main/0.jaxpr", "main/1.jaxpr"]
    assert graph.regions["main/1.jaxpr"].name == "inner"
    assert graph.node("main/0.jaxpr/0").calls == (("jaxpr", "main/1.jaxpr"),)


def test_shard_map_has_its_mesh_and_the_axes_that_values_vary_over():
    mesh = Mesh(np.array(jax.devices()[:1]), ("i",))
    f = jax.shard_map(lambda x: lax.psum(x, "i"), mesh=mesh, in_specs=P("i"), out_specs=P())
    graph = read(f, X)
    node = only(graph, "shard_map")
    assert node.calls == (("jaxpr", "main/0.jaxpr"),)
    assert node.params["mesh"] == mesh
    (inside,) = graph.regions["main/0.jaxpr"].inputs
    assert inside.type.sharding == "{V:i}"
    assert "NamedAxis<i>" in graph.regions["main/0.jaxpr"].nodes[0].effects


def test_remat_keeps_an_open_jaxpr_and_names_its_policy():
    graph = read(jax.checkpoint(jnp.sin, policy=jax.checkpoint_policies.dots_saveable), X)
    (node,) = graph.main.nodes
    assert node.op.startswith(("remat", "checkpoint"))
    assert node.calls == (("jaxpr", "main/0.jaxpr"),)
    # JAX 0.10 has an object for it, JAX 0.12 a function
    assert node.params["policy"] in (
        "function dots_saveable",
        "DotsSaveable(only_if_no_batch_dims=False)",
    )


def kernel(x_ref, o_ref):
    o_ref[...] = x_ref[...] * 2


def test_pallas_shows_the_kernel_with_refs_and_the_hidden_index_maps():
    blocks = [pl.BlockSpec((4,), lambda i: (i,)), pl.BlockSpec((4,), lambda j: (1 - j,))]
    call = pl.pallas_call(kernel, grid=(2,), in_specs=blocks[:1], out_specs=blocks[1], out_shape=X)
    graph = read(call, X)
    node = only(graph, "pallas_call")
    mapping = "grid_mapping.block_mappings[{}].index_map_jaxpr"
    assert [role for role, _ in node.calls] == ["jaxpr", mapping.format(0), mapping.format(1)]
    body = graph.regions["main/0.jaxpr"]
    assert body.name == "kernel"
    assert [(value.name, value.type.kind, str(value.type)) for value in body.inputs] == [
        ("x_ref", "ref", "Ref{f32[4]}"),
        ("o_ref", "ref", "Ref{f32[4]}"),
    ]
    assert [node.effects for node in body.nodes] == [("Read<0>",), (), ("Write<0>",)]
    grid_mapping: Any = node.params["grid_mapping"]
    assert type(grid_mapping).__name__ == "GridMapping"
    assert grid_mapping.grid == (2,)
    hidden = grid_mapping.block_mappings[1].index_map_jaxpr
    assert hidden == RegionRef("main/0." + mapping.format(1))
    assert graph.regions[hidden.id].inputs[0].name == "j"


def test_the_gradient_of_a_scan():
    def f(x):
        return lax.scan(lambda carry, a: (jnp.sin(carry * a), a), 1.0, x)[0]

    graph = read(jax.grad(f), X)
    assert graph.count("scan") == 2
    assert any(node.origin.backward for node in graph.nodes())


def test_a_linear_solve_hides_jaxprs_in_a_named_tuple():
    def f(x):
        return lax.custom_linear_solve(lambda y: y * 2, x, lambda _, b: b / 2, lambda _, b: b / 2)

    node = only(read(f, X), "custom_linear_solve")
    assert node.calls[0][0] == "jaxprs.matvec"
    solves: Any = node.params["jaxprs"]
    assert type(solves).__name__ == "_LinearSolveTuple"
    assert isinstance(solves.matvec, RegionRef)


def test_closed_and_open_jaxprs_are_read_alike():
    closed = jax.make_jaxpr(lambda x: x + 1)(X)
    assert read_jaxpr(closed.jaxpr).regions == read_jaxpr(closed).regions


def test_the_order_is_the_regions_order_and_gives_the_very_objects():
    def f(x):
        y = lax.cond(x[0] > 0, jnp.sin, lambda a: jnp.where(a > 0, a, 0.0), x)
        return lax.scan(lambda carry, a: (carry + jnp.where(a > 0, a, 0.0), None), 0.0, y)

    jaxpr = jax.make_jaxpr(f)(X)
    graph = read_jaxpr(jaxpr)
    order = jaxprs_in_order(jaxpr)
    assert [region_id for region_id, _ in order] == list(graph.regions)
    assert {id(found) for _, found in order} == {id(found) for found in distinct_jaxprs(jaxpr)}
    for region_id, found in order:
        names = [equation.primitive.name for equation in found.eqns]
        assert names == ops(graph, region_id)


def test_reading_twice_gives_equal_graphs():
    jaxpr = jax.make_jaxpr(jax.grad(lambda x: jnp.sum(jax.nn.gelu(x))))(X)
    assert read_jaxpr(jaxpr).regions == read_jaxpr(jaxpr).regions


def test_a_literal_result_is_an_output_of_the_region():
    graph = read(lambda x: (x, 3), 1.0)
    assert [(value.id, value.literal) for value in graph.main.outputs] == [
        ("main<0", ""),
        ("main=1", "3"),
    ]


def test_a_dropped_result_has_the_role_unused():
    graph = read(lambda x: lax.sort((x, x), num_keys=1)[1], X)
    assert [value.role for value in only(graph, "sort").outputs] == ["unused", "result"]


def test_references_and_their_effects():
    def f(x):
        ref = jax.new_ref(x)
        ref[0] = 1.0
        return ref[...]

    graph = read(f, X)
    made = graph.main.nodes[0]
    assert made.outputs[0].type == ArrayType("f32", (8,), kind="ref")
    assert only(graph, "swap").effects == ("Write<0>",)
    assert only(graph, "get").effects == ("Read<0>",)


def test_run_state():
    def f(x):
        def body(refs):
            refs[0][...] = refs[1][...] * 2

        return jax.jit(lambda y: _run_state(body)((y, y))[0])(x)

    graph = read(f, X)
    node = only(graph, "run_state")
    assert [role for role, _ in node.calls] == ["jaxpr"]
    assert {value.type.kind for value in graph.regions[node.calls[0][1]].inputs} == {"ref"}


def _run_state(body: Any) -> Any:
    from jax._src.state.discharge import run_state

    return run_state(body)


def test_effects_are_named():
    def f(x):
        jax.debug.print("x = {}", x)
        jax.debug.callback(print, x, ordered=True)
        io_callback(lambda a: None, None, x, ordered=True)
        return jax.pure_callback(np.sin, X, x)

    graph = read(f, X)
    assert [node.effects for node in graph.main.nodes] == [
        ("Debug",),
        ("OrderedDebug",),
        ("OrderedIO",),
        (),
    ]


def _mlp(params: Any, x: Any) -> Any:
    for weights, bias in params:
        x = jax.nn.relu(x @ weights + bias)
    return jnp.mean(x**2)


PARAMS = [(jax.ShapeDtypeStruct((8, 8), jnp.float32), X)] * 3


TRANSFORMED: dict[str, Any] = {
    "grad": jax.grad(_mlp),
    "value_and_grad of a jit": jax.value_and_grad(jax.jit(_mlp)),
    "vmap of a gradient": jax.vmap(jax.grad(_mlp), in_axes=(None, 0)),
    "hessian": lambda params, x: jax.hessian(lambda y: _mlp(params, y))(x),
    "jacfwd of jacrev": lambda p, x: jax.jacfwd(jax.jacrev(lambda y: _mlp(p, y)))(x),
    "linearize": lambda p, x: jax.linearize(partial(_mlp, p), x)[1](x),
    "remat": jax.grad(jax.checkpoint(_mlp)),
}


@pytest.mark.parametrize("name", TRANSFORMED)
def test_transforms(name: str):
    x = jax.ShapeDtypeStruct((4, 8) if "vmap" in name else (8,), jnp.float32)
    assert len(read(TRANSFORMED[name], PARAMS, x)) > 0
