"""What is read from an HLO module is what XLA's own text says of it."""

from __future__ import annotations

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hlo_modules import MODULES, instruction_lines

from jaxlab.graph import Graph, Node, RegionRef, check
from jaxlab.readers.hlo import read_hlo
from jaxlab.readers.hlo_schema import parse
from jaxlab.readers.hlo_types import type_text


@pytest.fixture(scope="module", params=list(MODULES))
def module(request: pytest.FixtureRequest) -> tuple[bytes, str]:
    return MODULES[request.param]()


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
if jax.__version_info__ < (0, 10, 2):  # the text of a mesh's devices is a newer one
    SAME_IN_TEXT = tuple(name for name in SAME_IN_TEXT if name != "sharding")
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
    assert compared or jax.__version_info__ < (0, 10, 2)


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
    graph = read_hlo(MODULES["numbers"]()[0])
    texts = [str(node.params["value"]) for node in graph.find("constant")]
    assert "f32[64,64]{…} 16,384 bytes" in texts
    assert max(map(len, texts)) < 100
