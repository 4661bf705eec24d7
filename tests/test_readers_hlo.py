"""What an HLO module's graph says, what becomes of odd and broken modules, and dumps."""

from __future__ import annotations

import gc
import re
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from hlo_modules import (
    GPU,
    MODULES,
    TPU,
    X,
    compiled_proto,
    computation,
    delimited,
    instruction,
    instruction_lines,
    module_of,
    named,
    stored_proto,
    varint,
)

from jaxlab.errors import InputError
from jaxlab.graph import Graph, check
from jaxlab.readers.hlo import read_hlo
from jaxlab.readers.hlo_dump import read_dump
from jaxlab.readers.hlo_types import type_text


@pytest.fixture(scope="module")
def gpu() -> Graph:
    return read_hlo(GPU)


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
    graph = read_hlo(MODULES["donation"]()[0])
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


# --- odd and broken modules ------------------------------------------------------------------


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
    assert graph.main.nodes[0].params["unknown_fields"] == {"900": "3 bytes", "901": "7"}
    assert graph.facts["unknown_fields"] == {"902": "2,000 bytes"}


def test_what_is_unknown_deep_inside_is_shown_too() -> None:
    odd_layout = delimited(5, varint(99 << 3) + varint(7))
    shape = delimited(3, varint(2 << 3) + varint(11) + odd_layout)
    padding = delimited(21, delimited(1, varint(98 << 3) + varint(6)))
    options = delimited(91, delimited(2, varint(97 << 3) + varint(5)))
    odd = instruction("a", "pad", 1, more=shape + padding + options)
    (node,) = read_hlo(module_of(computation("e", 1, 1, odd))).main.nodes
    assert node.params["unknown_fields"] == {
        "padding_config.dimensions.98": "6",
        "shape.layout.99": "7",
    }
    assert node.params["result_accuracy"] == {"tolerance": {"unknown_fields": {"97": "5"}}}


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
    data = MODULES["donation"]()[0]
    assert len(read_hlo(delimited(1, data))) == len(read_hlo(data))
