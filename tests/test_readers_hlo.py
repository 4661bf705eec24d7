"""HLO modules against XLA's own text of them, and against what the proto holds."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jaxlib import _hlo

from jaxlab.errors import InputError
from jaxlab.graph import Graph, Node, RegionRef, check
from jaxlab.readers.hlo import read_hlo
from jaxlab.readers.hlo_dump import read_dump
from jaxlab.readers.hlo_schema import parse
from jaxlab.readers.hlo_types import type_text

# --- modules ---------------------------------------------------------------------------------


def compiled_proto(function: Callable[..., Any], *args: Any, **jit: Any) -> tuple[bytes, str]:
    """The optimized module's proto, and XLA's text of it."""
    compiled = jax.jit(function, **jit).lower(*args).compile()
    (module,) = compiled.runtime_executable().hlo_modules()
    return module.as_serialized_hlo_module_proto(), module.to_string()


def parsed_text(text: str) -> tuple[bytes, str]:
    module = _hlo.hlo_module_from_text(text)
    return module.as_serialized_hlo_module_proto(), module.to_string()


def control_flow(x: jax.Array, keys: jax.Array) -> Any:
    def body(carry: jax.Array, row: jax.Array) -> tuple[jax.Array, jax.Array]:
        with jax.named_scope("in_scan"):
            return jnp.sin(carry + row), carry.sum()

    y, sums = jax.lax.scan(body, x[0], x)
    z = jax.lax.cond(sums.sum() > 0, jnp.cos, lambda v: jnp.exp(v) * 2, y)
    w = jax.lax.switch(keys[0] % 3, [jnp.sin, jnp.tan, jnp.tanh], z)
    u = jax.lax.while_loop(lambda v: (v < 100).all(), lambda v: v * 2 + 1, w)
    return jnp.sort(u), jnp.argsort(-u), jax.random.normal(jax.random.key(0), (3,)), sums


def indexing(x: jax.Array, rows: jax.Array) -> Any:
    taken = x[rows] * 2
    put = x.at[rows].add(1.0)
    padded = jax.lax.pad(x, 0.0, [(1, 2, 0), (0, 1, 1)])
    piece = jax.lax.slice(x, (1, 0), (5, 4), (2, 1)) + 1
    moved = jax.lax.dynamic_update_slice(x, piece, (rows[0], 0))
    part = jax.lax.dynamic_slice(x, (rows[1], 0), (2, 3))
    return taken, put, padded, jnp.concatenate([moved, x]), part[::-1], x.T.reshape(4, -1)


def images(x: jax.Array, kernel: jax.Array) -> Any:
    def loss(x: jax.Array, kernel: jax.Array) -> jax.Array:
        y = jax.lax.conv_general_dilated(
            x,
            kernel,
            (2, 1),
            "SAME",
            rhs_dilation=(1, 2),
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )
        pooled = jax.lax.reduce_window(
            y, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), ((0, 0), (0, 1), (1, 0), (0, 0))
        )
        return pooled.sum()

    return jax.value_and_grad(loss, (0, 1))(x, kernel)


def numbers(x: jax.Array) -> Any:
    table = jnp.asarray(np.arange(4096, dtype=np.float32).reshape(64, 64))
    small = jnp.asarray(np.array([[1, 2, 3], [4, 5, -6]], np.int32))
    halves = jnp.asarray([0.5, -1.25, 3e4], jnp.bfloat16)
    return (
        x @ table,
        small * x.astype(jnp.int32)[0, 0],
        halves + x[0, :3].astype(jnp.bfloat16),
        jnp.fft.rfft(x) * jnp.asarray(1 + 2j, jnp.complex64),
        jnp.where(x > 0, jnp.nan, jnp.inf),
        jnp.array([True, False, True]) & (x[0, :3] > 0),
        x * 0.1 + 1e-20,
    )


def linear_algebra(x: jax.Array) -> Any:
    return jnp.linalg.cholesky(x @ x.T), jax.lax.top_k(x, 2), jnp.linalg.solve(x, x[0])


def stored(name: str) -> str:
    """A hand-written module as a compiler for other hardware would have made it."""
    return (Path(__file__).parent / "hlo" / f"{name}.txt").read_text()


def stored_proto(name: str) -> tuple[bytes, str]:
    data = (Path(__file__).parent / "hlo" / f"{name}.hlo.pb").read_bytes()
    return data, _hlo.HloModule.from_serialized_hlo_module_proto(data).to_string()


GPU, TPU = stored("gpu"), stored("tpu")
X = jnp.ones((6, 4))
COMPILED: dict[str, Callable[[], tuple[bytes, str]]] = {
    "control flow": lambda: compiled_proto(control_flow, X, jnp.arange(3)),
    "indexing": lambda: compiled_proto(indexing, X, jnp.array([1, 3])),
    "images": lambda: compiled_proto(images, jnp.ones((2, 8, 8, 3)), jnp.ones((3, 3, 3, 4))),
    "numbers": lambda: compiled_proto(numbers, jnp.ones((8, 64))),
    "linear algebra": lambda: compiled_proto(linear_algebra, jnp.eye(5)),
    "donation": lambda: compiled_proto(
        lambda state, x: ({"w": state["w"] + x}, x.sum()), {"w": X}, X, donate_argnums=0
    ),
    # A step on four chips, compiled by libtpu 0.0.50 for a v5e:2x2 that was not attached.
    "v5e": lambda: stored_proto("v5e"),
    "GPU": lambda: parsed_text(GPU),
    "TPU": lambda: parsed_text(TPU),
    "sharded": lambda: parsed_text(stored("sharded")),
    "collectives": lambda: parsed_text(stored("collectives")),
}


@pytest.fixture(scope="module", params=list(COMPILED))
def module(request: pytest.FixtureRequest) -> tuple[bytes, str]:
    return COMPILED[request.param]()


# --- against XLA's text ----------------------------------------------------------------------


def instruction_lines(text: str) -> dict[str, str]:
    """What stands after `=` for every instruction of XLA's text, by the instruction's name."""
    text = re.sub(r"/\*index=\d+\*/", "", text)
    found = re.findall(r"^ +(?:ROOT )?%(\S+) = (.*)$", text, re.MULTILINE)
    assert len({name for name, _ in found}) == len(found)
    return dict(found)


def operand_names(line: str, node: Node) -> list[str]:
    inside = line.partition(f" {node.op}(")[2]
    return re.findall(r"%([^\s,()]+)", inside[: inside.index(")")])


def test_every_instruction_is_a_node(module: tuple[bytes, str]) -> None:
    proto = parse("HloModuleProto", module[0])
    graph = read_hlo(module[0])
    assert len(graph) == sum(len(each.instructions) for each in proto.computations)
    assert len(graph.regions) == len(proto.computations)
    names = {region.name for region in graph.regions.values()}
    assert names == {each.name for each in proto.computations}
    assert graph.main.name == proto.entry_computation_name
    assert check(graph) == ()


def test_types_opcodes_and_operands_are_those_of_the_text(module: tuple[bytes, str]) -> None:
    lines = instruction_lines(module[1])
    graph = read_hlo(module[0])
    assert {node.outputs[0].name for node in graph.nodes()} == set(lines)
    for node in graph.nodes():
        (output,) = node.outputs
        line = lines[output.name]
        assert line.startswith(f"{type_text(output.type)} {node.op}(")
        if node.op not in ("parameter", "constant"):
            assert [value.name for value in node.inputs] == operand_names(line, node)


def as_text(graph: Graph, value: object) -> str:
    """A param as XLA's text writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, RegionRef):
        return f"%{graph.regions[value.id].name}"
    if isinstance(value, tuple):
        return f"{{{','.join(as_text(graph, item) for item in value)}}}"
    return str(value)


def window_as_text(window: dict[str, tuple[Any, ...]]) -> str:
    parts: list[str] = []
    for name, values in window.items():
        items = [f"{v[0]}_{v[1]}" if isinstance(v, tuple) else str(int(v)) for v in values]
        parts.append(f"{name}={'x'.join(items)}")
    return f"{{{' '.join(parts)}}}"


SAME_IN_TEXT = (
    *("index", "kind", "dimensions", "direction", "slice", "padding", "dim_labels", "channel_id"),
    *("lhs_contracting_dims", "rhs_contracting_dims", "lhs_batch_dims", "rhs_batch_dims"),
    *("offset_dims", "collapsed_slice_dims", "start_index_map", "index_vector_dim", "slice_sizes"),
    *("update_window_dims", "inserted_window_dims", "scatter_dims_to_operand_dims"),
    *("to_apply", "body", "condition", "select", "scatter", "use_global_device_ids", "is_stable"),
    *("dynamic_slice_sizes", "replica_groups", "source_target_pairs", "sharding", "fft_length"),
    *("fft_type", "indices_are_sorted", "unique_indices", "custom_call_has_side_effect"),
    *("output_to_operand_aliasing", "cross_program_prefetch_index", "feature_group_count"),
)
SAID_OTHERWISE = {"iota": "iota_dimension", "sort": "dimensions"}


def test_params_are_those_of_the_text(module: tuple[bytes, str]) -> None:
    lines = instruction_lines(module[1])
    graph = read_hlo(module[0])
    compared = 0
    for node in graph.nodes():
        line = lines[node.outputs[0].name]
        for name, value in node.params.items():
            written = as_text(graph, value)
            if name in SAME_IN_TEXT and node.op != "iota" and f"{name}=" in line:
                assert f" {name}={written}," in f"{line},", (name, line)
                compared += 1
            elif name == "window":
                assert f" window={window_as_text(dict(value))}" in line  # type: ignore[arg-type]
            elif name == "fusion":
                assert f" calls={written}" in line
            elif name == "custom_call_target":
                assert f' custom_call_target="{written}"' in line
            elif name == "op_name":
                assert f'op_name="{written}"' in line or "\\" in line
        for name in re.findall(r", (\w+)=", line.partition(", metadata=")[0]):
            if name in SAME_IN_TEXT:
                assert name in node.params, (name, line)
    assert compared


def test_control_dependencies_are_those_of_the_text(module: tuple[bytes, str]) -> None:
    lines = instruction_lines(module[1])
    graph = read_hlo(module[0])
    for node in graph.nodes():
        found = re.search(r"control-predecessors=\{([^}]*)\}", lines[node.outputs[0].name])
        expected = found[1].replace("%", "").split(", ") if found else []
        assert [graph.node(other).outputs[0].name for other in node.after] == expected


def test_small_constants_are_those_of_the_text(module: tuple[bytes, str]) -> None:
    lines = instruction_lines(module[1])
    for node in read_hlo(module[0]).find("constant"):
        written = re.search(r" constant\((.*?)\)(?:, |$)", lines[node.outputs[0].name])
        assert written is not None
        value = str(node.params["value"])
        if "…" in value:
            assert value.startswith(str(node.outputs[0].type))
            assert value.endswith(f"{node.outputs[0].type.bytes:,} bytes")
        else:
            kind = jnp.bfloat16 if node.outputs[0].type.dtype == "bf16" else np.float32
            assert same_numbers(value, written[1], kind)


def same_numbers(ours: str, theirs: str, kind: Any) -> bool:
    """XLA writes nine digits of a float32, where seven say as much, and four of a bfloat16."""
    numbers = [re.split(r"([{}(),\s]+)", text.replace(" ", "")) for text in (ours, theirs)]
    return len(numbers[0]) == len(numbers[1]) and all(
        a == b or (a[-1:].isdigit() and kind(float(a)) == kind(float(b)))
        for a, b in zip(*numbers, strict=True)
    )


def test_the_schedule_is_the_order_of_the_text(module: tuple[bytes, str]) -> None:
    graph = read_hlo(module[0])
    if not graph.facts["is_scheduled"]:
        assert not any("schedule_index" in node.params for node in graph.nodes())
        return
    in_text = list(instruction_lines(module[1]))
    main = {node.outputs[0].name: node.params["schedule_index"] for node in graph.main.nodes}
    assert sorted(main, key=lambda name: main[name]) == [name for name in in_text if name in main]


def graph_names(graph: Graph) -> dict[str, Node]:
    return {node.outputs[0].name: node for node in graph.nodes()}


# --- what the graph says ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def gpu() -> Graph:
    return read_hlo(GPU)


def named(graph: Graph, name: str) -> Node:
    return graph_names(graph)[name]


def test_ids_are_positions_and_roles(gpu: Graph) -> None:
    assert next(iter(gpu.regions)) == gpu.entry == "main"
    assert gpu.name == "jit_step"
    assert [node.id for node in gpu.main.nodes] == [f"main/{k}" for k in range(len(gpu.main.nodes))]
    loop = named(gpu, "loop")
    assert loop.calls == (
        ("body", f"{loop.id}.body"),
        ("condition", f"{loop.id}.condition"),
    )
    chosen = named(gpu, "chosen")
    assert chosen.calls == (
        ("branches[0]", f"{chosen.id}.branches[0]"),
        ("branches[1]", f"{chosen.id}.branches[1]"),
    )
    assert [gpu.regions[region].name for _, region in chosen.calls] == ["left", "right"]
    assert named(gpu, "start").calls[0][0] == "async"
    assert named(gpu, "neg").calls == (("fusion", f"{named(gpu, 'neg').id}.fusion"),)


def test_a_shared_computation_is_one_region_named_by_its_first_caller(gpu: Graph) -> None:
    total, reduced = named(gpu, "total"), named(gpu, "r")
    assert total.calls == reduced.calls == (("to_apply", f"{total.id}.to_apply"),)
    assert gpu.callers_of(total.calls[0][1]) == (total, reduced)


def test_a_parameter_reads_the_regions_input(gpu: Graph) -> None:
    first, second = gpu.main.inputs
    assert (first.id, first.name, first.role) == ("main<0", "params['a/b']", "argument")
    assert (second.id, second.name) == ("main<1", "arg1")
    node = named(gpu, "arg0")
    assert node.inputs == (first,)
    assert node.outputs[0].name == "arg0"
    assert node.origin.scopes == ()
    assert first.type.sharding == "{devices=[4,1,2]<=[8] last_tile_dim_replicate}"


def test_backend_config_and_attributes_are_parsed_where_they_are_json(gpu: Graph) -> None:
    config = named(gpu, "gemm").params["backend_config"]
    assert config == {
        "operation_queue_id": "0",
        "gemm_backend_config": {"alpha_real": 1, "beta": 0},
    }
    assert named(gpu, "loop").params["backend_config"] == {"known_trip_count": {"n": "10"}}
    assert named(gpu, "done").params["frontend_attributes"] == {
        "_scheduling_group_id": "3",
        "options": {"a": 1},
    }


def test_effects(gpu: Graph) -> None:
    assert named(gpu, "gemm").effects == ("side effect",)
    assert named(gpu, "out").effects == ("outfeed",)
    assert named(gpu, "dot").effects == ()


def test_scopes_transforms_and_the_one_frame_of_an_instruction(gpu: Graph) -> None:
    outer, inner = named(gpu, "neg"), named(gpu, "n")
    assert (outer.origin.scope, outer.origin.transforms) == ("block_3/attn", ("transpose", "jvp"))
    assert (inner.origin.scope, inner.origin.transforms) == ("block_3/attn", ("jvp",))
    assert [str(frame) for frame in inner.origin.frames] == ["/home/me/train.py:12"]


def test_facts_of_the_module(gpu: Graph) -> None:
    assert gpu.facts["input_output_alias"] == (("{0}", "(0, {}, may-alias)"),)
    assert gpu.facts["buffer_donors"] == ("(1, {})",)
    assert (gpu.facts["num_partitions"], gpu.facts["num_replicas"]) == (4, 2)
    assert gpu.facts["is_scheduled"] is True
    layout = "(f32[8,128]{1,0}, bf16[16]{0})->(f32[8,128]{1,0}, f32[])"
    assert gpu.facts["entry_layout"] == layout
    assert "unknown_fields" not in gpu.facts


def test_layouts_and_memory_spaces() -> None:
    graph = read_hlo(TPU)
    tiled = named(graph, "copy-done").outputs[0].type
    assert (tiled.layout, tiled.memory_space) == ("{1,0:T(8,128)(2,1)}", "S(1)")
    prefetch = named(graph, "copy-start")
    assert prefetch.params["cross_program_prefetch_index"] == 0
    assert prefetch.outputs[0].type.elements[2].memory_space == "S(2)"
    assert named(graph, "flag").outputs[0].type.layout == "{:T(128)}"
    assert named(graph, "u.1").params["value"] == "s4[8,8]{…} 32 bytes"
    kernel = named(graph, "kernel")
    assert len(kernel.after) == 2
    assert kernel.params["operand_layout_constraints"] == ("f32[8]{0}",)


def test_a_module_for_a_tpu_that_was_not_attached() -> None:
    graph = read_hlo(stored_proto("v5e")[0])
    assert graph.facts["num_partitions"] == 4
    assert graph.facts["input_output_alias"] == (("{0}", "(0, {}, may-alias)"),)
    configs: list[Any] = [node.params.get("backend_config", {}) for node in graph.nodes()]
    windows = [config["window_config"] for config in configs if "window_config" in config]
    assert windows
    assert all(int(window["estimated_cycles"]) > 0 for window in windows)
    assert any(node.outputs[0].type.memory_space == "S(1)" for node in graph.main.nodes)
    assert graph.find(scope="layer")
    backward = [node for node in graph.nodes() if node.origin.backward]
    assert {frame.function for frame in backward[0].origin.frames} >= {"step"}


def test_donation_is_an_alias() -> None:
    graph = read_hlo(COMPILED["donation"]()[0])
    (pair,) = graph.facts["input_output_alias"]  # type: ignore[misc]
    assert pair == ("{0}", "(0, {}, may-alias)")
    assert graph.main.inputs[0].name == "state['w']"


def test_the_users_frames_are_those_of_the_line() -> None:
    def inner(x: jax.Array) -> jax.Array:
        return jnp.tanh(x)  # here

    def outer(x: jax.Array) -> jax.Array:
        return jax.jit(inner)(x).sum()

    graph = read_hlo(compiled_proto(outer, X)[0])
    (tanh,) = graph.find("tanh")
    names = [frame.function.rpartition(".")[2] for frame in tanh.origin.frames]
    assert names[:2] == ["inner", "outer"]
    first = inner.__code__.co_firstlineno
    assert tanh.origin.frames[0].line == first + 1
    assert tanh.origin.frames[0].column == 16
    assert tanh.origin.frames[0].file == __file__


def test_frames_that_xla_repeats_for_each_loop_are_listed_once() -> None:
    def step(x: jax.Array) -> jax.Array:
        def body(carry: jax.Array, _: None) -> tuple[jax.Array, None]:
            return jax.lax.fori_loop(0, 3, lambda _, v: jnp.sin(v) * 2, carry), None

        return jax.lax.scan(body, x, None, length=2)[0]

    (sine, *_) = read_hlo(compiled_proto(step, X)[0]).find("sine")
    frames = [frame for frame in sine.origin.frames if "step" in frame.function]
    assert [frame.function.rpartition(".")[2] for frame in frames] == ["<lambda>", "body", "step"]


def test_tags_are_in_the_origin_and_not_in_the_name() -> None:
    text = """
HloModule tagged
ENTRY %e {
  %p = f32[] parameter(0)
  ROOT %n = f32[] negate(%p), metadata={op_name="jit(f)/jvp(a)/jx~0.3/jit(g)/jx~1.0/neg"}
}
"""
    node = named(read_hlo(text), "n")
    assert node.origin.tags == ("jx~0.3", "jx~1.0")
    assert node.origin.scopes == ("a",)
    assert node.params["op_name"] == "jit(f)/jvp(a)/jit(g)/neg"


def test_the_type_of_a_dynamic_dimension_says_its_bound() -> None:
    text = "HloModule d\nENTRY %e {\n  ROOT %p = f32[<=5,3]{1,0} parameter(0)\n}\n"
    (node,) = read_hlo(text).nodes()
    assert type_text(node.outputs[0].type) == "f32[<=5,3]{1,0}"


# --- constants of every type -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("pred[]", "true"),
        ("pred[2]", "{1, 0}"),
        *[(f"s{bits}[3]", "{-1, 0, 1}") for bits in (2, 4, 8, 16, 32, 64)],
        *[(f"u{bits}[3]", "{1, 0, 3}") for bits in (2, 4, 8, 16, 32, 64)],
        *[(f"{dtype}[2]", "{1.5, -2}") for dtype in ("f16", "bf16", "f32", "f64")],
        *[(f"f8{kind}[2]", "{1.5, -2}") for kind in ("e5m2", "e4m3fn", "e4m3b11fnuz", "e3m4")],
        ("f32[3]", "{inf, -inf, nan}"),
        ("f32[]", "0.1"),
        ("f64[]", "0.1"),
        ("f32[]", "1e-30"),
        ("c64[2]", "{(1, 2), (0.5, -1)}"),
        ("c128[]", "(1, 2)"),
        ("s32[2,1,2]", "{{{1, 2}}, {{3, 4}}}"),
        ("s32[0]", "{}"),
        ("s32[2,0]", "{{}, {}}"),
    ],
)
def test_constants_of_every_type(type_: str, value: str) -> None:
    text = f"HloModule c\nENTRY %e {{\n  ROOT %c = {type_} constant({value})\n}}\n"
    (node,) = read_hlo(text).nodes()
    assert node.params["value"] == value


def test_a_big_constant_keeps_no_bytes_alive() -> None:
    graph = read_hlo(COMPILED["numbers"]()[0])
    texts = [str(node.params["value"]) for node in graph.find("constant")]
    assert "f32[64,64]{…} 16,384 bytes" in texts
    assert max(map(len, texts)) < 100


# --- regions that nothing calls, broken modules, bad input -----------------------------------


def varint(number: int) -> bytes:
    parts = bytearray()
    while True:
        number, low = number >> 7, number & 127
        parts.append(low | (128 if number else 0))
        if not number:
            return bytes(parts)


def delimited(field: int, content: bytes) -> bytes:
    return varint(field << 3 | 2) + varint(len(content)) + content


def instruction(
    name: str, opcode: str, key: int, operands: tuple[int, ...] = (), more: bytes = b""
) -> bytes:
    shape = delimited(3, varint(2 << 3) + varint(11))  # f32[]
    reads = b"".join(varint(36 << 3) + varint(operand) for operand in operands)
    head = delimited(1, name.encode()) + delimited(2, opcode.encode()) + shape
    return head + varint(35 << 3) + varint(key) + reads + more


def computation(name: str, key: int, root: int, *instructions: bytes) -> bytes:
    body = delimited(1, name.encode()) + b"".join(delimited(2, each) for each in instructions)
    return body + varint(5 << 3) + varint(key) + varint(6 << 3) + varint(root)


def module_of(*computations: bytes, entry: int = 1, more: bytes = b"") -> bytes:
    body = delimited(1, b"made") + b"".join(delimited(3, each) for each in computations)
    return body + varint(6 << 3) + varint(entry) + more


def test_regions_that_nothing_calls_are_kept_and_said() -> None:
    lonely = "%lonely {\n  ROOT %q.1 = f32[] parameter(0)\n}\n\n"
    call = "ROOT %z = f32[] call(%q), to_apply=%lonely"
    alone = f"%alone {{\n  %q = f32[] parameter(0)\n  {call}\n}}\n\n"
    graph = read_hlo(GPU.replace("ENTRY", lonely + alone + "ENTRY"))
    assert graph.facts["unreached"] == ("unreached0",)
    assert graph.regions["unreached0"].name == "alone"
    assert graph.regions["unreached0/1.to_apply"].name == "lonely"
    assert check(graph) == ()


def test_what_the_schema_does_not_know_is_shown() -> None:
    odd = instruction("a", "negate", 1, more=delimited(900, b"abc") + varint(901 << 3) + varint(7))
    graph = read_hlo(module_of(computation("e", 1, 1, odd), more=delimited(902, b"x" * 2_000)))
    assert graph.main.nodes[0].params["unknown_fields"] == {900: "3 bytes", 901: "7"}
    assert graph.facts["unknown_fields"] == {902: "2,000 bytes"}


def test_an_opcode_nobody_knows_is_a_node() -> None:
    called = computation("c", 2, 1, instruction("p", "parameter", 1))
    odd = instruction("a", "quantum-leap", 1, more=varint(38 << 3) + varint(2))
    graph = read_hlo(module_of(called, computation("e", 1, 1, odd)))
    (node,) = graph.main.nodes
    assert (node.op, node.calls) == ("quantum-leap", (("called[0]", "main/0.called[0]"),))
    assert check(graph) == ()


def test_a_payload_that_the_module_keeps_is_put_in_its_place() -> None:
    odd = instruction("a", "custom-call", 1, more=delimited(99, varint(2 << 3) + varint(1)))
    payloads = delimited(22, b"none") + delimited(22, b'{"a": 2}')
    graph = read_hlo(module_of(computation("e", 1, 1, odd), more=payloads))
    assert graph.main.nodes[0].params["backend_config"] == {"a": 2}


def test_bytes_that_are_no_text_are_counted() -> None:
    odd = instruction("a", "custom-call", 1, more=delimited(43, b"\xff\x00\x01"))
    graph = read_hlo(module_of(computation("e", 1, 1, odd)))
    assert graph.main.nodes[0].params["backend_config"] == "3 bytes"


def test_instructions_out_of_order_are_put_in_order() -> None:
    mixed = (
        instruction("c", "add", 3, (2, 1)),
        instruction("b", "negate", 2, (1,)),
        instruction("a", "constant", 1),
    )
    graph = read_hlo(module_of(computation("e", 1, 3, *mixed)))
    assert [node.outputs[0].name for node in graph.main.nodes] == ["a", "b", "c"]
    assert graph.main.outputs[0].name == "c"
    assert check(graph) == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "got nothing"),
        (b"garbage", "got 7 bytes"),
        (bytes(range(256)) * 40, "got 10,240 bytes"),
        (module_of(), "no HLO module"),
        ("", "no HLO text"),
        ("garbage", "no HLO text: line 1"),
        ("HloModule x\nENTRY %m { ROOT %a = f32[2] foo() }", "line 2, column 29"),
        (b"HloModule x\nENTRY %m { ROOT %a = f32[2] foo() }", "line 2, column 29"),
        (module_of(computation("e", 1, 1, instruction("a", "add", 1, (1,)))), "own result"),
        (module_of(computation("e", 1, 1, instruction("a", "add", 1, (9,)))), "instruction 9"),
        (
            module_of(
                computation("e", 1, 1, instruction("a", "add", 1), instruction("b", "add", 1))
            ),
            "twice",
        ),
        (module_of(computation("e", 1, 1, instruction("a", "add", 1)), entry=4), "is missing"),
        (
            module_of(
                computation("e", 1, 1, instruction("a", "call", 1, more=varint(38 << 3) + b"\x08"))
            ),
            "computation 8",
        ),
        (
            module_of(
                computation("e", 1, 1, instruction("a", "add", 1, more=varint(37 << 3) + b"\x08"))
            ),
            "instruction 8",
        ),
    ],
)
def test_bad_input_is_one_clear_line(data: bytes | str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)) as raised:
        read_hlo(data)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 300


def test_the_collector_is_left_as_it_was() -> None:
    assert gc.isenabled()
    read_hlo(TPU)
    assert gc.isenabled()
    gc.disable()
    try:
        with pytest.raises(InputError):
            read_hlo(module_of(computation("e", 1, 1, instruction("a", "add", 1, (9,)))))
        assert not gc.isenabled()
    finally:
        gc.enable()


# --- dumps -----------------------------------------------------------------------------------


@pytest.mark.parametrize("as_proto", [True, False])
def test_a_dump_is_read(tmp_path: Any, as_proto: bool) -> None:
    options = {"xla_dump_to": str(tmp_path), "xla_dump_hlo_as_proto": as_proto}
    lowered = jax.jit(lambda x: jnp.sin(x).sum(), keep_unused=True).lower(X)
    compiled = lowered.compile(compiler_options=options)
    (name, graph), *others = read_dump(tmp_path).items()
    assert others == []
    assert re.fullmatch(r"module_\d+\.jit__lambda", name)
    text = compiled.as_text()
    assert text is not None
    assert {n.outputs[0].name for n in graph.nodes()} == set(instruction_lines(text))
    before = next(iter(read_dump(tmp_path, "before_optimizations").values()))
    assert before.count("sine") == 1
    with pytest.raises(InputError, match="after_optimizations"):
        read_dump(tmp_path, "no_such_stage")


def test_a_folder_without_modules_is_said(tmp_path: Any) -> None:
    with pytest.raises(InputError, match="It has no modules"):
        read_dump(tmp_path)
    with pytest.raises(InputError, match="is no folder"):
        read_dump(tmp_path / "nowhere")


def test_a_module_within_an_hlo_proto_is_read() -> None:
    data = COMPILED["donation"]()[0]
    assert len(read_hlo(delimited(1, data))) == len(read_hlo(data))
