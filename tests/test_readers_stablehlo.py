"""read_stablehlo, on programs that JAX lowers and on modules written by hand."""

import functools
import io
import tracemalloc

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import export
from jax.experimental import pallas
from jax.sharding import AbstractMesh, AxisType, NamedSharding
from jax.sharding import PartitionSpec as P
from jaxlib.mlir import ir

from jaxlab.errors import InputError
from jaxlab.graph import RegionRef, check
from jaxlab.readers.mlir_attributes import read_type
from jaxlab.readers.stablehlo import read_stablehlo

# Two by two devices that are not there: enough to lower for.
MESH = AbstractMesh((2, 2), ("data", "model"), axis_types=(AxisType.Auto,) * 2)
F32 = jax.ShapeDtypeStruct((4, 4), jnp.float32)


def lower(function, *args, **options):
    traced = jax.jit(function, **options).trace(*args)
    return traced.lower(lowering_platforms=("cpu",)).compiler_ir("stablehlo")


def operations_inside_functions(module):
    """How many operations MLIR itself walks over, less the module, its functions and meshes."""
    found = []
    module.operation.walk(lambda op: (found.append(op.name), ir.WalkResult.ADVANCE)[1])
    return sum(name not in ("builtin.module", "func.func", "sdy.mesh") for name in found)


def layer(w, x):
    with jax.named_scope("attn"):
        return jnp.tanh(x @ w)


@jax.jit
def shared(x):
    with jax.named_scope("inner"):
        return jnp.sin(x) @ x


def two_calls(x):
    return shared(shared(x))


def scan(x):
    return jax.lax.scan(lambda c, _: (c * 2.0, c.sum()), x, None, length=5)


def cond(x):
    return jax.lax.cond(x.sum() > 0, lambda a: a + 1, lambda a: a * x, x)


def switch(i, x):
    return jax.lax.switch(i, [jnp.sin, jnp.cos, jnp.tan], x)


def nested_while(x):
    def inner(c):
        return jax.lax.while_loop(lambda v: v.sum() < 10, lambda v: v + x, c)

    return jax.lax.while_loop(lambda v: v.sum() < 100, inner, x)


def pool(x):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (2, 2), (2, 2), "VALID")


def sharded_map(x):
    summed = functools.partial(jax.lax.psum, axis_name="data")
    return jax.shard_map(summed, mesh=MESH, in_specs=P("data"), out_specs=P())(x)


PROGRAMS = {
    "layer": (jax.grad(lambda w, x: layer(w, x).sum()), F32, F32),
    "two_calls": (two_calls, F32),
    "scan": (scan, F32),
    "grad of scan": (jax.grad(lambda x: scan(x)[0].sum()), F32),
    "cond": (cond, F32),
    "switch": (switch, jax.ShapeDtypeStruct((), jnp.int32), F32),
    "nested while": (nested_while, F32),
    "sort": (jnp.sort, F32),
    "argmax": (jnp.argmax, F32),
    "pool and its gradient": (jax.grad(lambda x: pool(x).sum()), F32),
    "random": (lambda key: jax.random.normal(key, (3,)), jax.random.key(0)),
    "cholesky": (jnp.linalg.cholesky, F32),
    "callback": (lambda x: jax.pure_callback(np.sin, F32, x), F32),
    "shard_map": (sharded_map, F32),
    "nothing": (lambda: (),),
    "complex": (lambda x: jnp.fft.fft(x) * jnp.array([1 + 2j, 3j, 0, 1]), F32),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_operation_is_a_node_and_the_graph_is_valid(name):
    function, *args = PROGRAMS[name]
    module = lower(function, *args)
    graph = read_stablehlo(module)
    assert check(graph) == ()
    assert len(graph) == operations_inside_functions(module)
    assert all(node.params or not node.calls for node in graph.nodes())


def test_a_small_program_node_by_node():
    #   w    x
    #   └─┬──┘
    #  dot_general → tanh → return
    graph = read_stablehlo(lower(layer, F32, F32))
    assert [(n.id, n.op, [v.id for v in n.inputs]) for n in graph.nodes()] == [
        ("main/0", "dot_general", ["main<1", "main<0"]),
        ("main/1", "tanh", ["main/0:0"]),
        ("main/2", "func.return", ["main/1:0"]),
    ]
    assert [(v.id, v.name, str(v.type)) for v in graph.main.inputs] == [
        ("main<0", "w", "f32[4,4]"),
        ("main<1", "x", "f32[4,4]"),
    ]
    assert [(v.id, v.name) for v in graph.main.outputs] == [("main/1:0", "result")]
    assert (graph.stage, graph.name, graph.entry) == ("stablehlo", "jit_layer", "main")
    assert graph.facts["mhlo.num_partitions"] == 1
    assert graph.node("main/0").params == {
        "dot_dimension_numbers": "#stablehlo.dot<lhs_contracting_dimensions = [1], "
        "rhs_contracting_dimensions = [0]>",
        "precision_config": ("DEFAULT", "DEFAULT"),
    }


def test_an_edge_is_the_same_object_at_both_ends():
    graph = read_stablehlo(lower(layer, F32, F32))
    assert graph.node("main/1").inputs[0] is graph.node("main/0").outputs[0]
    assert graph.node("main/0").inputs[0] is graph.main.inputs[1]


def test_origins_are_the_users_scopes_transforms_and_lines():
    graph = read_stablehlo(lower(jax.grad(lambda w, x: layer(w, x).sum()), F32, F32))
    forward, backward = graph.find("dot_general")
    assert (forward.origin.scopes, forward.origin.transforms) == (("attn",), ("jvp",))
    assert backward.origin.scopes == ("attn",)
    assert backward.origin.transforms == ("transpose", "jvp")
    frame = forward.origin.frames[0]
    line = layer.__code__.co_firstlineno + 2
    assert (frame.file, frame.line, frame.function) == (__file__, line, "layer")
    assert (frame.column, frame.end_column) == (25, 30)  # x @ w, counted from 1
    assert graph.find("dot_general", scope="attn", line=line) == (forward, backward)


def test_frames_of_jax_and_pytest_plumbing_are_left_out():
    graph = read_stablehlo(lower(lambda x: jnp.linalg.norm(x), F32))
    files = {frame.file for node in graph.nodes() for frame in node.origin.frames}
    assert __file__ in files
    assert not any("/jax/_src/" in file for file in files)


def test_a_function_called_twice_is_one_region():
    graph = read_stablehlo(lower(two_calls, F32))
    first, second = graph.find("func.call")
    assert first.calls == second.calls == (("callee", "main/0.callee"),)
    assert first.params["callee"] == RegionRef("main/0.callee")
    region = graph.regions["main/0.callee"]
    assert region.name == "shared"
    assert [node.op for node in region.nodes] == ["sine", "dot_general", "func.return"]
    assert region.nodes[0].origin.scopes == ("inner",)


def test_regions_have_roles_and_read_values_from_around_them():
    graph = read_stablehlo(lower(nested_while, F32))
    (outer,) = (node for node in graph.main.nodes if node.op == "while")
    assert [role for role, _ in outer.calls] == ["cond", "body"]
    body = graph.regions[dict(outer.calls)["body"]]
    assert [node.op for node in body.nodes].count("while") == 1

    branching = read_stablehlo(lower(cond, F32))
    (multiply,) = branching.find("multiply")
    assert multiply.region_id.endswith(".branches[0]")
    assert {value.id for value in multiply.inputs} == {"main<0"}
    (case,) = read_stablehlo(lower(switch, jax.ShapeDtypeStruct((), jnp.int32), F32)).find("case")
    assert [role for role, _ in case.calls] == ["branches[0]", "branches[1]", "branches[2]"]
    pooled = read_stablehlo(lower(jax.grad(lambda x: pool(x).sum()), F32))
    (scatter,) = pooled.find("select_and_scatter")
    assert [role for role, _ in scatter.calls] == ["select", "scatter"]


def starts(node) -> list[tuple]:
    """Where a node's frames start. MLIR's bytecode loses the end of one that starts in column 1."""
    return [(f.file, f.line, f.column, f.function) for f in node.origin.frames]


def test_text_and_bytecode_give_the_same_graph():
    module = lower(jax.grad(lambda w, x: layer(w, x).sum()), F32, F32)
    graph = read_stablehlo(module)
    operation = module.operation
    binary = io.BytesIO()
    operation.write_bytecode(binary)
    for same in (
        read_stablehlo(operation.get_asm(enable_debug_info=True)),
        read_stablehlo(operation.get_asm(enable_debug_info=True).encode()),
        read_stablehlo(binary.getvalue()),
    ):
        assert same == graph
        assert list(map(starts, same.nodes())) == list(map(starts, graph.nodes()))
    without_locations = read_stablehlo(str(module))
    assert [n.op for n in without_locations.nodes()] == [n.op for n in graph.nodes()]
    assert all(node.origin.scopes == () for node in without_locations.nodes())


def test_an_exported_artifact_is_read():
    exported = export.export(jax.jit(two_calls))(F32)
    graph = read_stablehlo(exported.mlir_module_serialized)
    assert check(graph) == ()
    assert graph.count("dot_general") == 1
    assert graph.count("func.call") == 2
    (dot,) = graph.find("dot_general", scope="inner")
    assert dot.origin.frames[0].file == __file__


def test_a_symbolic_dimension_is_unknown():
    (b,) = export.symbolic_shape("b")
    exported = export.export(jax.jit(lambda x: x * 2))(jax.ShapeDtypeStruct((b, 4), jnp.float32))
    graph = read_stablehlo(exported.mlir_module_serialized)
    assert check(graph) == ()
    (multiply,) = graph.find("multiply")
    assert multiply.outputs[0].type.shape == ("?", 4)
    assert multiply.outputs[0].type.bytes is None


def test_reading_text_leaves_the_contexts_of_jax_as_strict_as_they_were():
    read_stablehlo('module { func.func @main() { "my.op"() : () -> () return } }')
    assert not lower(jnp.sin, F32).context.allow_unregistered_dialects


def test_donated_arguments_and_names_are_kept():
    graph = read_stablehlo(lower(lambda x, y: (x + 1, y), F32, F32, donate_argnums=0))
    assert graph.facts["input_output_alias"] == {0: 0}
    named = read_stablehlo(lower(lambda p: {"a": p["w"] + 1}, {"w": F32}))
    assert named.main.inputs[0].name == "p['w']"
    assert "a" in named.main.outputs[0].name


def test_shardings_are_on_the_types_and_meshes_are_facts():
    placed = NamedSharding(MESH, P("data"))
    x = jax.ShapeDtypeStruct((4, 4), jnp.float32, sharding=placed)

    def constrained(x):
        return jax.lax.with_sharding_constraint(jnp.sin(x), NamedSharding(MESH, P(None, "model")))

    graph = read_stablehlo(lower(constrained, x))
    assert graph.facts["meshes"] == {"mesh": '<["data"=2, "model"=2]>'}
    assert graph.main.inputs[0].type.sharding == '<@mesh, [{"data"}, {}]>'
    (constraint,) = graph.find("sdy.sharding_constraint")
    assert constraint.outputs[0].type.sharding == '<@mesh, [{}, {"model"}]>'


def test_a_manual_computation_is_a_node_with_a_body():
    graph = read_stablehlo(lower(sharded_map, F32))
    (manual,) = graph.find("sdy.manual_computation")
    assert [role for role, _ in manual.calls] == ["body"]
    assert manual.outputs[0].type.sharding == "<@mesh, [{}, {}]>"
    assert graph.count("sdy.return") == 1
    (all_reduce,) = graph.find("all-reduce")
    assert all_reduce.region_id == dict(manual.calls)["body"]


def test_each_result_has_its_own_sharding():
    graph = read_stablehlo("""
      sdy.mesh @mesh = <["x"=2, "y"=2]>
      func.func @main(%a: tensor<4x4xf32>) -> tensor<4x4xf32> {
        %0:2 = stablehlo.custom_call @split(%a) {sdy.sharding = #sdy.sharding_per_value<
          [<@mesh, [{"x"}, {"y"}]>, <@mesh, [{}, {"x", "y"}]>]>}
          : (tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>)
        return %0#1 : tensor<4x4xf32>
      }""")
    (call,) = graph.find("custom_call")
    assert [value.type.sharding for value in call.outputs] == [
        '<@mesh, [{"x"}, {"y"}]>',
        '<@mesh, [{}, {"x", "y"}]>',
    ]
    assert call.params["call_target_name"] == "split"


@pytest.mark.parametrize(
    ("text", "shown", "size"),
    [
        ("tensor<f32>", "f32[]", 4),
        ("tensor<2x3xi1>", "bool[2,3]", 6),
        ("tensor<2xui8>", "u8[2]", 2),
        ("tensor<3xi4>", "i4[3]", 2),
        ("tensor<0x3xbf16>", "bf16[0,3]", 0),
        ("tensor<4xcomplex<f64>>", "c128[4]", 64),
        ("tensor<8xf8E4M3FN>", "f8e4m3fn[8]", 8),
        ("tensor<?x4xf32>", "f32[?,4]", None),
        ("tensor<?x4xf32, #stablehlo.bounds<8, ?>>", "f32[<=8,4]", None),
        ("tensor<*xf32>", "f32[*]", None),
        ("tensor<4x!quant.uniform<i8:f32, 0.5:3>>", "!quant.uniform<i8:f32, 0.5:3>[4]", None),
        ("memref<8x128xf32, #tpu.memory_space<vmem>>", "Ref{f32[8,128]}", 4096),
        ("!stablehlo.token", "token", 0),
        (
            "tuple<tensor<2xui8>, tuple<tensor<i1>, !stablehlo.token>>",
            "(u8[2], (bool[], token))",
            3,
        ),
        ("(i32) -> i32", "(i32) -> i32", None),
    ],
)
def test_types(text, shown, size):
    type_ = read_type(text)
    assert (str(type_), type_.bytes) == (shown, size)


def test_what_a_type_says_besides_is_kept():
    assert read_type("tensor<4xf32, #my.encoding<1, 2>>").layout == "#my.encoding<1, 2>"
    assert (
        read_type("memref<8xf32, #tpu.memory_space<vmem>>").memory_space
        == "#tpu.memory_space<vmem>"
    )


def test_constants_are_described():
    constants = """
      %0 = stablehlo.constant dense<0xFF800000> : tensor<f32>
      %1 = stablehlo.constant dense<0.1> : tensor<8xf32>
      %2 = stablehlo.constant dense<[1, -2]> : tensor<2xi32>
      %3 = stablehlo.constant dense<[true, false]> : tensor<2xi1>
      %4 = stablehlo.constant dense<(1.0, 2.0)> : tensor<complex<f32>>
      %5 = stablehlo.constant dense<[(1.0, 2.0), (3.0, 4.0)]> : tensor<2xcomplex<f32>>
      %6 = stablehlo.constant dense<[1.0, 0.5]> : tensor<2xbf16>
      %7 = stablehlo.constant dense<> : tensor<0xf32>
      %8 = stablehlo.constant dense<[0,1,2,3,4,5,6,7,8,9]> : tensor<10xui8>"""
    graph = read_stablehlo(f"func.func @main() {{ {constants}\n return }}")
    assert [node.params["value"] for node in graph.find("constant")] == [
        "-inf",
        "0.1",
        "[1, -2]",
        "[true, false]",
        "(1.000000e+00,2.000000e+00)",
        "[(1.000000e+00,2.000000e+00), (3.000000e+00,4.000000e+00)]",
        "[1.000000e+00, 5.000000e-01]",
        "[]",
        "[0, 1, 2, 3, 4, 5, 6, 7, …] (10 elements)",
    ]


@pytest.mark.parametrize("dtype", [np.float32, np.complex64, jnp.bfloat16])
def test_the_text_of_a_large_constant_is_never_made(dtype):
    table = np.arange(1 << 20).astype(dtype)
    module = lower(lambda i: jnp.asarray(table)[i], jax.ShapeDtypeStruct((), jnp.int32))
    tracemalloc.start()
    graph = read_stablehlo(module)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
    (text,) = (str(n.params["value"]) for n in graph.find("constant") if n.outputs[0].type.shape)
    assert len(text) < 100 and "…" in text


def test_a_kernel_for_a_tpu_is_an_opaque_payload():
    def kernel(x_ref, o_ref):
        o_ref[...] = x_ref[...] + 1

    def call(x):
        return pallas.pallas_call(kernel, out_shape=jax.ShapeDtypeStruct((8, 128), jnp.float32))(x)

    traced = jax.jit(call).trace(jax.ShapeDtypeStruct((8, 128), jnp.float32))
    graph = read_stablehlo(traced.lower(lowering_platforms=("tpu",)).compiler_ir("stablehlo"))
    (custom_call,) = graph.find("custom_call")
    assert custom_call.params["call_target_name"] == "tpu_custom_call"
    assert "body" in str(custom_call.params["backend_config"])


def test_unknown_dialects_keep_their_names_and_regions():
    graph = read_stablehlo("""
      func.func @main(%a: tensor<2xf32>) -> tensor<2xf32> {
        %0 = "my.region"(%a) ({
          ^bb0(%b: tensor<2xf32>):
            %1 = "my.op"(%b, %a) {flag, size = 3 : i64} : (tensor<2xf32>, tensor<2xf32>) -> !my.type
            "my.yield"(%1) : (!my.type) -> ()
        }, {}) : (tensor<2xf32>) -> tensor<2xf32>
        return %0 : tensor<2xf32>
      }""")
    assert check(graph) == ()
    (node,) = graph.find("my.op")
    assert node.params == {"flag": True, "size": 3}
    assert node.outputs[0].type.kind == "opaque"
    assert graph.node("main/0").calls == (("region[0]", "main/0.region[0]"),)
    assert graph.regions["main/0.region[0]"].outputs == node.outputs


def test_blocks_that_jump_hang_on_their_jumps():
    module = """
      func.func @main(%a: i32) -> i32 {
        %c = "my.test"(%a) : (i32) -> i1
        "cf.cond_br"(%c, %a)[^then, ^else] <{operandSegmentSizes = array<i32: 1, 1, 0>}>
          : (i1, i32) -> ()
      ^then(%b: i32):
        %0 = "my.then"(%a, %b) : (i32, i32) -> i32
        "cf.br"(%0)[^else2] : (i32) -> ()
      ^else:
        "cf.br"(%a)[^then] : (i32) -> ()
      ^else2(%d: i32):
        return %d : i32
      ^never:
        return %a : i32
      }"""
    graph = read_stablehlo(module)
    assert check(graph) == ()
    jump = graph.node("main/1")
    assert jump.calls[:2] == (("successor[0]", "main.block[1]"), ("successor[1]", "main.block[2]"))
    assert jump.calls[2:] == (("unreachable", "main.block[4]"),)
    assert len(graph) == 7


def test_functions_that_nothing_calls_are_shown():
    graph = read_stablehlo("""
      func.func @first(%a: tensor<f32>) -> tensor<f32> { return %a : tensor<f32> }
      func.func @second(%a: tensor<f32>) -> tensor<f32> {
        %0 = func.call @helper(%a) : (tensor<f32>) -> tensor<f32>
        return %0 : tensor<f32>
      }
      func.func private @helper(%a: tensor<f32>) -> tensor<f32> { return %a : tensor<f32> }
      func.func private @elsewhere(tensor<f32>) -> tensor<f32>
      "my.global"() ({ "my.inside"() : () -> () }) {sym_name = "g"} : () -> ()
    """)
    assert check(graph) == ()
    assert graph.entry == "main"
    assert graph.main.name == "first"
    assert graph.facts["unreached"] == ("unreached[0]", "module")
    assert graph.regions["unreached[0]"].name == "second"
    assert graph.find("func.call")[0].calls == (("callee", "unreached[0]/0.callee"),)
    assert [(n.op, n.params["sym_name"]) for n in graph.regions["module"].nodes] == [
        ("my.global", "g")
    ]
    assert graph.facts["declarations"] == ("elsewhere",)


def test_a_module_without_functions_has_its_definitions():
    graph = read_stablehlo('sdy.mesh @mesh = <["x"=2]>\n "my.global"() {sym_name = "g"} : () -> ()')
    assert check(graph) == ()
    assert (graph.entry, len(graph)) == ("module", 1)


def test_a_nested_module_has_names_of_its_own():
    graph = read_stablehlo("""
      func.func @main() { func.call @f() : () -> () return }
      func.func private @f() { return }
      module @inner { func.func @f() { "my.op"() : () -> () return }
                      func.func @g() { func.call @f() : () -> () return } }
    """)
    assert check(graph) == ()
    outer, inner = graph.find("func.call")
    assert outer.calls and inner.calls == ()
    assert inner.params["callee"] == "@f"
    assert graph.count("my.op") == 1


def test_hostile_names_are_kept_as_they_are():
    graph = read_stablehlo(r"""
      func.func @main(%a: tensor<f32> loc("\22><script>\1B[31m")) {
        func.call @"</script>"() : () -> ()
        "my.op"() {note = "\FF\0A\22"} : () -> () loc("jit(f)/\22<b>\0A/mul")
        return
      }
      func.func private @"</script>"() { return }""")
    assert check(graph) == ()
    assert graph.main.inputs[0].name == '"><script>\x1b[31m'
    (node,) = graph.find("my.op")
    assert node.params["note"] == '\\xff\n"'
    assert node.origin.scopes == ('"<b>\n',)
    assert list(graph.regions) == ["main", "main/0.callee"]
    assert graph.regions["main/0.callee"].name == "</script>"


def test_tables_of_integers_keep_their_shape():
    graph = read_stablehlo("""
      func.func @main(%a: tensor<4xf32>) {
        "my.op"() {groups = dense<[[0, 2], [1, 3]]> : tensor<2x2xi64>,
                   padding = dense<0> : tensor<1x2xi64>,
                   one = dense<3> : tensor<i64>,
                   none = dense<> : tensor<0x2xi64>,
                   huge = dense<1> : tensor<100000xi64>,
                   list = array<i64: 1, 2>,
                   mixed = [1 : i64, "a", {b = 2.5 : f32}],
                   order = #stablehlo<comparison_direction LT>,
                   unit, no = false} : () -> ()
        return
      }""")
    assert graph.node("main/0").params == {
        "groups": ((0, 2), (1, 3)),
        "padding": ((0, 0),),
        "one": 3,
        "none": (),
        "huge": "1",
        "list": (1, 2),
        "mixed": (1, "a", {"b": 2.5}),
        "order": "LT",
        "unit": True,
        "no": False,
    }


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ("", "got an empty text"),
        (b"  \n", "got an empty text"),
        ("not a module", "MLIR says"),
        (b"\xff\xfe\x00garbage", "MLIR says"),
        (b"ML\xefRgarbage", "MLIR says"),
        (b"ML\xefR\rStableHLO_v1.0.0\x00garbage", "MLIR says"),
        ("module {}", "no operation"),
        (None, "got a NoneType"),
        (jnp.sin, "got a "),
        (3, "got a int: 3"),
    ],
)
def test_bad_input_is_one_clear_line(bad, says):
    with pytest.raises(InputError) as error:
        read_stablehlo(bad)
    assert says in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 500
