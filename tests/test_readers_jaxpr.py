"""read_jaxpr: every equation, every param, every jaxpr, and where each came from."""

from __future__ import annotations

import gc
import inspect
import weakref
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from jax.experimental import io_callback
from jax.experimental import pallas as pl
from jax.extend.core import Primitive
from jax.sharding import AxisType, Mesh, NamedSharding
from jax.sharding import PartitionSpec as P
from jax_counts import count_equations, distinct_jaxprs

from jaxlab._jax import frames_of_python, is_user_file
from jaxlab.graph import ArrayType, Graph, Node, RegionRef, check
from jaxlab.readers.jaxpr import jaxprs_in_order, read_jaxpr

X = jax.ShapeDtypeStruct((8,), jnp.float32)


def read(function: Any, *args: Any) -> Graph:
    """Trace, read, and hold the graph to JAX's own count."""
    jaxpr = jax.make_jaxpr(function)(*args)
    graph = read_jaxpr(jaxpr)
    assert check(graph) == ()
    assert len(graph) == count_equations(jaxpr)
    assert len(graph.regions) == len(distinct_jaxprs(jaxpr))
    return graph


def only(graph: Graph, op: str) -> Node:
    (node,) = graph.find(op)
    return node


def ops(graph: Graph, region_id: str) -> list[str]:
    return [node.op for node in graph.regions[region_id].nodes]


# --- regions and roles ---


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


def test_rematted_scopes_of_a_gradient_are_transforms():
    def f(x):
        with jax.named_scope("block"):
            return jnp.sum(jax.checkpoint(lambda y: jnp.sin(jnp.sin(y)))(x))

    graph = read(jax.grad(f), X)
    again = [node for node in graph.nodes() if "rematted_computation" in node.origin.transforms]
    assert again
    assert all("rematted_computation" not in node.origin.scopes for node in graph.nodes())


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


def test_jaxprs_in_lists_dicts_and_tuples_of_tuples():
    class Pair(NamedTuple):
        left: Any
        right: Any

    body = jax.make_jaxpr(jnp.sin)(1.0)
    deep = (Holder({"a": [body], "b c": 1}), Pair(1, (body,)))
    graph = read(lambda x: _made_up("nest").bind(x, deep=deep, number=3), X)
    node = only(graph, "nest")
    assert node.calls == (
        ("deep[0].inside.a[0]", "main/0.deep[0].inside.a[0]"),
        ("deep[1].right[0]", "main/0.deep[0].inside.a[0]"),
    )
    reference = RegionRef("main/0.deep[0].inside.a[0]")
    read_deep: Any = node.params["deep"]
    assert read_deep[0].inside == {"a": [reference], "b c": 1}
    assert read_deep[1] == Pair(1, (reference,))
    assert deep[0].inside["a"] == [body]
    assert node.params["number"] == 3
    assert len(graph) == 2


@dataclass(eq=False)
class Holder:
    """JAX wants params that can be hashed; what is inside need not."""

    inside: Any


def _made_up(name: str) -> Primitive:
    primitive = Primitive(name)
    primitive.def_abstract_eval(lambda x, **_: x)
    return primitive


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


def test_every_param_is_kept():
    def f(x):
        y = jnp.pad(x, 1)[jnp.array([1, 2])]
        return lax.dot_general(y, y, (((0,), (0,)), ((), ())))

    jaxpr = jax.make_jaxpr(f)(X)
    graph = read_jaxpr(jaxpr)
    for region_id, found in jaxprs_in_order(jaxpr):
        for node, equation in zip(graph.regions[region_id].nodes, found.eqns, strict=True):
            assert list(node.params) == list(equation.params)
            for name, value in equation.params.items():
                if not isinstance(node.params[name], RegionRef):
                    assert node.params[name] is value, (node.op, name)
    assert type(only(graph, "gather").params["dimension_numbers"]).__name__ == (
        "GatherDimensionNumbers"
    )


# --- values ---


def test_a_const_is_described_and_its_array_is_not_kept():
    tiny, large = jnp.arange(3.0), jnp.ones((100, 100))
    graph = read(lambda x: x + tiny.sum() + large.sum() + tiny[0], 1.0)
    consts = [value for value in graph.main.inputs if value.role == "const"]
    assert {value.literal for value in consts} >= {"[0. 1. 2.]", "f32[100,100]"}
    assert {str(value.type) for value in consts} >= {"f32[3]", "f32[100,100]"}


def test_consts_that_must_not_be_waited_for_or_read_are_named_by_type():
    key, gone = jax.random.key(0), jnp.ones(2)
    graph = read_jaxpr(jax.make_jaxpr(lambda: (jax.random.bits(key), gone * 1))())
    assert sorted(value.literal for value in graph.main.inputs) == ["[1. 1.]", "key<fry>[]"]
    jaxpr = jax.make_jaxpr(lambda: gone * 1)()
    gone.delete()
    assert read_jaxpr(jaxpr).main.inputs[0].literal == "f32[2]"


class Held:
    """Something large that closures hold."""


def test_a_graph_keeps_neither_arrays_nor_closures_alive():
    def build() -> tuple[Graph, list[weakref.ref[Any]]]:
        array, held = jnp.ones((64, 64)), Held()
        numbers = np.ones(1000)

        @jax.custom_vjp
        def f(x):
            return x * 2

        f.defvjp(lambda x: (f(x), held), lambda _, g: (g,))
        holder = Holder([numbers, {"a": array}])

        def program(x):
            x = _made_up("hold").bind(x, holder=holder, text="kept")
            y = jax.pure_callback(lambda a: (held, a)[1], X, f(x))
            return y + array.sum() + numbers.sum()

        jaxpr = jax.make_jaxpr(program)(X)
        return read_jaxpr(jaxpr), [weakref.ref(array), weakref.ref(held), weakref.ref(numbers)]

    graph, references = build()
    jax.clear_caches()
    gc.collect()
    assert [reference() for reference in references] == [None, None, None]
    params: Any = only(graph, "hold").params
    assert params["text"] == "kept"
    assert params["holder"].inside == ["f64[1000]", {"a": "f32[64,64]"}]
    assert str(only(graph, "pure_callback").params["callback"]).startswith("function ")
    assert check(graph) == ()


def test_literals_are_written_out():
    def f(x, n):
        return x * 2.5 + jnp.where(n > 3, 1.0, -jnp.inf)

    graph = read(f, 1.0, 7)
    literals = [value for node in graph.nodes() for value in node.inputs if value.role == "literal"]
    assert {"2.5", "3", "1.0", "-inf"} <= {value.literal for value in literals}
    assert {value.id for value in only(graph, "gt").inputs} == {
        "main<1",
        f"{only(graph, 'gt').id}=1",
    }


def test_a_literal_result_is_an_output_of_the_region():
    graph = read(lambda x: (x, 3), 1.0)
    assert [(value.id, value.literal) for value in graph.main.outputs] == [
        ("main<0", ""),
        ("main=1", "3"),
    ]


def test_a_dropped_result_has_the_role_unused():
    graph = read(lambda x: lax.sort((x, x), num_keys=1)[1], X)
    assert [value.role for value in only(graph, "sort").outputs] == ["unused", "result"]


def test_weak_types_keys_and_short_dtypes():
    def f(i, key, b, h):
        return i, jax.random.fold_in(key, i), b, h

    graph = read(f, 1, jax.random.key(0), jnp.zeros(2, bool), jnp.zeros(3, jnp.bfloat16))
    types = [value.type for value in graph.main.inputs]
    assert [str(kind) for kind in types] == ["i32[]", "key<fry>[]", "bool[2]", "bf16[3]"]
    assert [kind.weak for kind in types] == [True, False, False, False]


@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        (jnp.float8_e4m3fn, "f8e4m3fn"),
        (jnp.int4, "i4"),
        (jnp.uint8, "u8"),
        (jnp.complex64, "c64"),
        (jnp.float16, "f16"),
    ],
)
def test_dtype_names(dtype: Any, name: str):
    assert read(lambda x: x, jnp.zeros(1, dtype)).main.inputs[0].type.dtype == name


def test_float0():
    graph = read(jax.grad(lambda n: 1.0, allow_int=True), 1)
    kinds = [value.type.dtype for value in graph.main.outputs]
    assert kinds == ["float0"]


def test_symbolic_sizes_are_names():
    batch, length = jax.export.symbolic_shape("batch, length")
    graph = read(
        lambda x: jnp.reshape(x, (x.shape[0] * x.shape[1],)),
        jax.ShapeDtypeStruct((batch, length), jnp.float32),
    )
    assert graph.main.inputs[0].type.shape == ("batch", "length")
    assert graph.main.inputs[0].type.bytes is None
    assert graph.main.outputs[0].type.shape == ("batch*length",)


def test_a_sharding_is_said_where_it_says_something():
    mesh = jax.make_mesh((1,), ("x",), axis_types=(AxisType.Explicit,))
    split = jax.device_put(jnp.ones((4, 4)), NamedSharding(mesh, P("x", None)))
    kinds = [value.type for value in read(lambda a, b: (a, b), split, X).main.inputs]
    assert [kind.sharding for kind in kinds] == ["P('x', None)", ""]


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


def test_tokens():
    graph = read(lambda x: lax.create_token(x) if hasattr(lax, "create_token") else x, 1.0)
    for node in graph.find("create_token"):
        assert node.outputs[0].type == ArrayType("token", kind="token")


class Opaque:
    """An abstract value that no reader knows."""

    def __str__(self) -> str:
        return "Opaque(3)"


class Silent:
    def __str__(self) -> str:
        raise ValueError("no")


def test_an_unknown_abstract_value_is_shown_as_opaque():
    from jaxlab.readers.avals import array_type

    assert array_type(Opaque()) == ArrayType("Opaque(3)", kind="opaque")
    assert str(array_type(Opaque())) == "Opaque(3)"
    assert array_type(object()) == ArrayType("object", kind="opaque")
    assert array_type(Silent()) == ArrayType("Silent (its text failed: ValueError)", kind="opaque")


def test_an_array_in_an_ffi_call_is_not_kept():
    call = jax.ffi.ffi_call("fast_fourier", X, has_side_effect=True)
    node = only(read(lambda x: call(x, table=np.arange(3), large=np.ones(99)), X), "ffi_call")
    attributes: Any = node.params["attributes"]
    assert dict(attributes) == {"table": "[0 1 2]", "large": "f64[99]"}
    assert node.effects == ("FFI",)


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


def test_what_with_blocks_give_an_equation_is_among_its_params():
    from jax.experimental.xla_metadata import set_xla_metadata

    def f(x):
        with set_xla_metadata(mine="yes"):
            return x + 1

    assert only(read(f, X), "add").params["xla_metadata"] == {"mine": "yes"}


# --- origins ---


def test_scopes_and_transforms():
    def f(x):
        with jax.named_scope("outer"):
            y = jnp.sin(x)
            with jax.named_scope("a/b"):
                return jnp.sum(jnp.cos(y) * y)

    graph = read(jax.vmap(jax.grad(f)), jnp.ones((2, 3)))
    origins = {(node.op, node.origin.scope, node.origin.transforms) for node in graph.nodes()}
    assert ("sin", "outer", ("vmap", "jvp")) in origins
    assert ("cos", "outer/a/b", ("vmap", "jvp")) in origins
    assert ("mul", "outer/a/b", ("vmap", "transpose", "jvp")) in origins
    assert graph.count(scope="outer/a") > 0


def test_tags_are_no_scopes():
    def f(x):
        with jax.named_scope("jx~0.7"), jax.named_scope("mine"):
            return jnp.sin(x)

    origin = only(read(f, X), "sin").origin
    assert origin.scopes == ("mine",)
    assert origin.tags == ("jx~0.7",)


def test_frames_are_the_users_innermost_first():
    def inner(x):
        return jnp.sin(x)

    def outer(x):
        return inner(x)

    (node,) = read(outer, X).main.nodes
    first, second, *_ = node.origin.frames
    start = inspect.getsourcelines(inner)[1]
    assert first.file == second.file == __file__
    assert (first.line, second.line) == (start + 1, start + 4)
    assert first.function.endswith("inner")
    source = inspect.getsource(inner).splitlines()[1]
    assert source[first.column - 1 : first.end_column - 1] == "jnp.sin(x)"


def test_equations_inside_a_librarys_jit_lead_to_the_line_that_called_it():
    jax.clear_caches()
    graph = read(lambda x: jnp.where(x > 0, x, 0.0), X)
    line = inspect.currentframe().f_lineno - 1  # type: ignore[union-attr]
    for node in graph.nodes():
        assert [frame.line for frame in node.origin.frames][:1] == [line], node.op


def test_an_equation_without_a_line_has_its_callers():
    @jax.jit
    def f(x):
        return jnp.sin(x)

    jaxpr = jax.make_jaxpr(lambda x: f(x))(X)
    (_, inner) = jaxprs_in_order(jaxpr)[1]
    equation = inner.eqns[0]
    equation.source_info = type(equation.source_info)(None, equation.source_info.name_stack)
    graph = read_jaxpr(jaxpr)
    assert only(graph, "sin").origin.frames == only(graph, "jit").origin.frames != ()


def test_files_of_the_user_and_of_others():
    assert is_user_file("/tmp/ipykernel_12/3456.py")
    assert is_user_file("<ipython-input-1-abc>")
    assert is_user_file("/home/me/train.py")
    assert is_user_file("/usr/lib/python3/dist-packages/flax/linen/module.py")
    assert not is_user_file("/usr/lib/python3.13/site-packages/IPython/core/interactiveshell.py")
    assert not is_user_file("/opt/site-packages/ipykernel/kernelbase.py")
    assert not is_user_file("C:\\venv\\site-packages\\IPython\\x.py")
    assert not is_user_file("<frozen runpy>")
    assert not is_user_file(jax.__file__)
    assert not is_user_file(inspect.getsourcefile(read_jaxpr) or "")
    assert not is_user_file(inspect.getsourcefile(inspect) or "")
    assert is_user_file(pytest.__file__.replace("pytest", "optax"))
    assert is_user_file(jax.__file__.replace("/jax/", "/jax_triton/"))


def test_frames_of_a_running_function():
    first, *_ = frames_of_python(inspect.currentframe())
    assert first.file == __file__
    assert first.function == "test_frames_of_a_running_function"


# --- many shapes of programs ---


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
