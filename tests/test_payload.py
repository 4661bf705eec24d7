"""The payload: everything that JSON can carry comes back, and the format stays what it says."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import jsonschema
import pytest
from payload_checks import report_comes_back
from random_graphs import random_graph
from sketch import sketch

import jaxlab
import jaxlab.payload
from jaxlab.errors import PayloadError
from jaxlab.finding import Finding
from jaxlab.graph import ArrayType, Graph, Node, Region, RegionRef, Value, check
from jaxlab.origin import Frame, Origin, Source, frame_stack
from jaxlab.overlay import Overlay
from jaxlab.payload import TEXT_LIMIT, decode_report, encode_report, to_text
from jaxlab.report import Links, Report, Rung, Stage, Table
from jaxlab.views import group_by_scope

GOLDEN = Path(__file__).parent / "golden" / "report-v1.json"
SCHEMA = json.loads(
    (Path(jaxlab.payload.__file__).parent / "report-v1.schema.json").read_text(encoding="utf-8")
)

SMALL = sketch(
    """
main(x: f32[8,4], w: f32[4,2]) -> h
  y: f32[8,2] = dot_general x w | scope=layer/mlp transforms=jvp line=14 precision=highest
  h: f32[8,2] = jit y | calls=jaxpr:relu line=15 inline=1
relu(a: f32[8,2]) -> b
  b: f32[8,2] = max a 0.0 | effects=Debug
""",
    name="train_step",
)
LATER = sketch(
    """
main(x: f32[8,4], w: f32[4,2]) -> fusion.2
  parameter.1: f32[8,4] = parameter x | parameter_number=0 schedule_index=0
  parameter.2: f32[4,2] = parameter w | parameter_number=1 schedule_index=1
  dot.7: f32[8,2] = dot parameter.1 parameter.2 | line=14 op_name=jit(f)/dot schedule_index=2
  fusion.2: f32[8,2] = fusion dot.7 | calls=fusion:fused kind=kLoop schedule_index=3
fused(param_0.4: f32[8,2]) -> maximum.1
  param_0.4: f32[8,2] = parameter param_0.4 | parameter_number=0
  constant: f32[] = constant | value=0
  maximum.1: f32[8,2] = maximum param_0.4 constant
""",
    stage="hlo",
    name="jit_train_step",
)
FLOPS = Overlay("FLOPs", "FLOP", "modelled", {"main/0": 128, "relu/0": 16.5, "elsewhere": 1})
SOURCE = Source("train.py", "y = x @ w\n", "cell [3]", "c0ffee", 1)
LINKS = Links(
    0,
    1,
    {"main/0": {"main/2": "tagged"}, "relu/0": {"main/3": "fused", "main/2": "inferred"}},
    {"main/1": "folded"},
)
REPORT = Report(
    "train_step(x, w)",
    ("2 equations", "128 FLOP modelled"),
    ("Traced, not run.",),
    (Stage(SMALL, "jaxpr", "", (FLOPS,)), Stage(LATER, "HLO", "What runs.")),
    0,
    (LINKS,),
    (SOURCE,),
    (Table("Programs", ("name", "calls"), (("train_step", 2),)),),
    (Rung("f"), Rung("jit(f)", SMALL)),
    findings=(
        Finding(
            *(
                "weak-type",
                "slow",
                "x is weakly typed",
                "It was a Python number.",
                "Use jnp.float32.",
            ),
            frames=(Frame("train.py", 14, "step"),),
            nodes=("main/0",),
            evidence=("x = 2.0",),
        ),
    ),
)


def there_and_back(graph: Graph, *overlays: Overlay) -> Graph:
    """A graph that was grouped, written, checked against the schema and read again."""
    report = Report("t", stages=(Stage(group_by_scope(graph), "s", "n", overlays),))
    payload = json.loads(to_text(encode_report(report)))
    jsonschema.validate(payload, SCHEMA)
    (stage,) = decode_report(payload).stages
    assert (stage.label, stage.note, stage.overlays) == ("s", "n", overlays)
    return stage.graph


def one_node(**params: object) -> Graph:
    region = Region("main", (), (Node("main/0", "op", params=params),), ())
    return Graph("jaxpr", "one", {"main": region}, "main")


def frames_of(graph: Graph) -> list[tuple[Frame, ...]]:
    return [node.origin.frames for node in graph.nodes()]


def readable(payload: dict[str, Any]) -> str:
    """JSON with each column in a line."""
    text = json.dumps(payload, indent=1)
    column = re.compile(r"\[\s+([^][{}]+?)\s+\]")
    return column.sub(lambda found: "[" + re.sub(r",\s+", ", ", found[1]) + "]", text) + "\n"


def test_a_graph_comes_back_equal_as_its_grouped_view():
    graph = group_by_scope(SMALL)
    found = there_and_back(SMALL, FLOPS)
    assert found == graph
    assert check(found) == ()
    assert frames_of(found) == frames_of(graph)
    assert (Frame("train.py", 14, "step"),) in frames_of(found)


def test_edges_are_identities_again():
    found = there_and_back(SMALL)
    assert found.main.inputs[0] is found.node("main/[layer]").inputs[0]


@pytest.mark.parametrize("capture", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_random_graphs_come_back_equal(seed: int, capture: bool):
    graph = group_by_scope(random_graph(seed, capture=capture))
    assert there_and_back(graph) == graph


def test_a_report_comes_back():
    payload = json.loads(to_text(encode_report(REPORT, 2)))
    jsonschema.validate(payload, SCHEMA)
    assert (payload["depth"], payload["findings"][0]["lines"][0]["line"]) == (2, 14)
    found = decode_report(payload)
    for name in ("title", "figures", "notes", "shown", "links", "sources", "tables", "findings"):
        assert getattr(found, name) == getattr(REPORT, name)
    assert [rung.text for rung in found.ladder] == ["f", "jit(f)"]
    assert (found.ladder[0].graph, found.ladder[1].graph) == (None, found.stages[0].graph)
    assert found.stages[0].graph == group_by_scope(SMALL)


def test_what_an_origin_tells_is_left_out_of_params():
    found = decode_report(encode_report(REPORT)).stages[1].graph
    assert found.node("main/2").params == {"schedule_index": 2}
    fusion = {"kind": "kLoop", "schedule_index": 3, "fusion": RegionRef("fused")}
    assert found.node("main/3").params == fusion
    assert [node.op for node in found.nodes()] == [node.op for node in LATER.nodes()]
    assert [value.name for value in found.node("main/3").outputs] == ["fusion.2"]


def test_a_rung_with_a_jaxpr_of_its_own_adds_a_stage_behind_the_others():
    report = replace(REPORT, ladder=(Rung("f", LATER), Rung("g", one_node())))
    payload = encode_report(report)
    assert [rung["stage"] for rung in payload["ladder"]] == [1, 2]
    assert [stage["label"] for stage in payload["stages"]] == ["jaxpr", "HLO", "g"]


def test_tags_are_told_by_links_where_there_are_any():
    node = Node("main/0", "sin", origin=Origin(tags=("jx~0.0",)))
    graph = Graph("hlo", "g", {"main": Region("main", (), (node,), ())}, "main")
    assert there_and_back(graph).node("main/0").origin.tags == ("jx~0.0",)
    stages = (Stage(graph, "a"), Stage(graph, "b"))
    linked = Report("t", stages=stages, links=(Links(0, 1, {}, {"main/0": "dead"}),))
    found = decode_report(encode_report(linked))
    assert found.stages[1].graph.node("main/0").origin.tags == ()
    assert found.links == linked.links


def test_overlays_come_back():
    values = {"main/0": float("inf"), "main/1": "added", "relu/0": 2**70}
    there_and_back(SMALL, FLOPS, Overlay("odd", "", "read", values))


def test_types_ids_and_orders_that_are_not_the_usual_ones_come_back():
    inner = ArrayType("f32", (2, "n"), True, "ref", "{1,0:T(8,128)}", "S(1)", "{devices=[2]}")
    pair = ArrayType("tuple", (), kind="tuple", elements=(inner, ArrayType("bf16")))
    taken = Value("odd id", pair, "t", "const", "2 arrays")
    literal = Value("main/1=0", ArrayType("i32"), "", "literal", "-1")
    answer = Value("main=0", ArrayType("i32"), "", "literal", "3")
    stray = Value("captured<7", inner, "name.007")
    made = Value("main/9:0", inner, "fusion.12", role="unused")
    origin = Origin(("a", "b"), ("vmap", "jvp"), frame_stack(), ("jx~0.3", "jx~1.0"))
    nodes = (
        Node("main/9", "one", (taken, stray), (made,), origin=origin),
        Node("no number", "send", (literal, made), after=("main/9",), effects=("IO", "Debug")),
    )
    region = Region("main", (taken,), nodes, (answer,), "f.3")
    regions = {"main": region, "other": Region("other", (), (), (), "f.3")}
    graph = Graph("hlo", "odd", regions, "main", {"module_id": 7, "unreached": "(other,)"})
    report = Report("t", stages=(Stage(replace(graph), "s"),))
    assert decode_report(encode_report(report)).stages[0].graph == group_by_scope(graph)


@pytest.mark.parametrize(
    "value",
    [0, -7, 2**53, 2**53 + 1, 1.5, float("inf"), True, False, None, "text", "", RegionRef("main")],
)
def test_plain_params_keep_their_kind(value: object):
    found = there_and_back(one_node(p=value)).node("main/0").params["p"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("value", [0, -3, 2**31, 2**70, True, "7", None])
def test_a_counter_keeps_its_kind(value: object):
    found = there_and_back(one_node(schedule_index=value, a=1)).node("main/0").params
    assert found == {"schedule_index": value, "a": 1}
    assert type(found["schedule_index"]) is type(value)


class Opaque:
    def __init__(self, said: str) -> None:
        self.said = said

    def __str__(self) -> str:
        if not self.said:
            raise RuntimeError("array has been deleted")
        return self.said


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((0, 1), "(0, 1)"),
        ((1,), "(1,)"),
        ([RegionRef("main"), {"a": 1}], "[@main, {a: 1}]"),
        (Opaque("<function f at 0x7f2a10>"), "<function f>"),
        (Opaque(""), "<Opaque that can't be written: RuntimeError>"),
    ],
)
def test_other_params_become_their_text(value: object, text: str):
    assert there_and_back(one_node(p=value)).node("main/0").params["p"] == text


def test_a_long_param_is_cut_and_says_its_length():
    found = there_and_back(one_node(p="x" * 10_000)).node("main/0").params["p"]
    assert found == "x" * TEXT_LIMIT + "… (10,000 characters)"


def test_names_are_never_cut():
    name = "n" * 10_000
    assert there_and_back(Graph("jaxpr", name, SMALL.regions, "main")).name == name


def test_a_program_s_stages_come_back():
    def step(w: jax.Array, x: jax.Array) -> jax.Array:
        with jax.named_scope("layer"):
            return jnp.tanh(x @ w).sum()

    program = jaxlab.trace(jax.grad(step), jnp.ones((4, 2)), jnp.ones((8, 4)))
    report = program.show().whole
    payload = json.loads(to_text(encode_report(report)))
    jsonschema.validate(payload, SCHEMA)
    assert [stage["label"] for stage in payload["stages"]] == ["jaxpr", "StableHLO", "HLO"]
    assert report.links
    assert json.loads(report_comes_back(report)) == payload


def test_the_format_is_the_golden_file():
    """The viewer's tests read this very file. A change here is a change of `VERSION`."""
    payload = encode_report(REPORT) | {"made_by": "jaxlab"}
    assert readable(payload) == GOLDEN.read_text(encoding="utf-8")
    assert decode_report(json.loads(GOLDEN.read_text(encoding="utf-8"))).title == REPORT.title


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({}, "no payload of jaxlab"),
        ({"format": "else"}, "no payload of jaxlab: its format is 'else'"),
        ({"format": "jaxlab.report", "version": 2}, r"version 2.*up to 1.*pip install -U jaxlab"),
        ({"format": "jaxlab.report", "version": "1"}, "version '1'"),
        ({"format": "jaxlab.report", "version": 1}, "damaged"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(payload: dict[str, object], said: str):
    with pytest.raises(PayloadError, match=said) as error:
        decode_report(payload)
    assert "\n" not in str(error.value)


def test_50_000_nodes_take_less_than_a_second():
    kind = ArrayType("f32", (8,))
    value = start = Value("main<0", kind, "x", "argument")
    nodes: list[Node] = []
    for place in range(50_000):
        out = Value(f"main/{place}:0", kind, f"v{place}")
        origin = Origin((), (), frame_stack(Frame("f.py", place % 300)))
        nodes.append(
            Node(f"main/{place}", "sin", (value,), (out,), params={"n": place}, origin=origin)
        )
        value = out
    region = Region("main", (start,), tuple(nodes), (value,))
    report = Report("t", stages=(Stage(Graph("jaxpr", "long", {"main": region}, "main"), "s"),))
    started = time.process_time()
    encode_report(report)
    assert time.process_time() - started < 1 * 5, "five times the aim, for a busy machine"
