"""The payload: everything that JSON can carry comes back, and the format stays what it says."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from sketch import sketch

from jaxlab.errors import InputError
from jaxlab.graph import ArrayType, Graph, Node, Region, RegionRef, Value, check
from jaxlab.origin import Frame, Origin, Source, frame_stack
from jaxlab.overlay import Overlay
from jaxlab.payload import FORMAT, TEXT_LIMIT, VERSION, decode, encode
from jaxlab.views import group_by_scope

GOLDEN = Path(__file__).parent / "golden" / "payload-v1.json"

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
FLOPS = Overlay("FLOPs", "FLOP", "modelled", {"main/0": 128, "relu/0": 16.5, "elsewhere": 1})
SOURCE = Source("train.py", "y = x @ w\n", "cell [3]", "c0ffee", 1)


def there_and_back(graph: Graph, *overlays: Overlay) -> Graph:
    text = json.dumps(encode(graph, overlays), allow_nan=False)
    found, laid, sources = decode(json.loads(text))
    assert (laid, sources) == (overlays, ())
    return found


def one_node(**params: object) -> Graph:
    region = Region("main", (), (Node("main/0", "op", params=params),), ())
    return Graph("jaxpr", "one", {"main": region}, "main")


def test_a_graph_comes_back_equal():
    found = there_and_back(SMALL, FLOPS)
    assert found == SMALL
    frames = [node.origin.frames for node in found.nodes()]
    assert frames == [node.origin.frames for node in SMALL.nodes()]
    assert frames[0] == (Frame("train.py", 14, "step"),)


def test_edges_are_identities_again():
    found = there_and_back(SMALL)
    assert found.node("main/1").inputs[0] is found.node("main/0").outputs[0]
    assert found.main.inputs[0] is found.node("main/0").inputs[0]


def test_a_grouped_graph_comes_back_equal():
    graph = group_by_scope(SMALL)
    found = there_and_back(graph)
    assert found == graph
    assert check(found) == ()


def test_sources_and_overlays_come_back():
    values = {"main/0": float("inf"), "main/1": "added", "relu/0": 2**70}
    odd = Overlay("odd", "", "read", values)
    text = json.dumps(encode(SMALL, (FLOPS, odd), (SOURCE,)), allow_nan=False)
    _, overlays, sources = decode(json.loads(text))
    assert overlays == (FLOPS, odd)
    assert type(overlays[0].values["main/0"]) is int
    assert sources == (SOURCE,)


def test_types_ids_and_orders_that_are_not_the_usual_ones_come_back():
    inner = ArrayType("f32", (2, "n"), True, "ref", "{1,0:T(8,128)}", "S(1)", "{devices=[2]}")
    pair = ArrayType("tuple", (), kind="tuple", elements=(inner, ArrayType("bf16")))
    taken = Value("odd id", pair, "t", "const", "2 arrays")
    literal = Value("main/1=0", ArrayType("i32"), "", "literal", "-1")
    answer = Value("main=0", ArrayType("i32"), "", "literal", "3")
    stray = Value("captured<7", inner)
    made = Value("main/[g]:0", inner, role="unused")
    origin = Origin(("a", "b"), ("vmap", "jvp"), frame_stack(), ("jx~0.3", "jx~1.0"))
    nodes = (
        Node("main/[g]", "scope", (taken, stray), (made,), origin=origin),
        Node("main/1", "send", (literal, made), after=("main/[g]",), effects=("IO", "Debug")),
    )
    region = Region("main", (taken,), nodes, (answer,), "f")
    graph = Graph("hlo", "odd", {"main": region}, "main", {"module_id": 7})
    assert there_and_back(graph) == graph


@pytest.mark.parametrize(
    "value",
    [0, -7, 2**53, 2**53 + 1, 1.5, float("inf"), True, False, None, "text", "", RegionRef("main")],
)
def test_plain_params_keep_their_kind(value: object):
    found = there_and_back(one_node(p=value)).node("main/0").params["p"]
    assert found == value
    assert type(found) is type(value)


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
    payload = encode(one_node(p="x" * 10_000))
    assert {"text": "x" * TEXT_LIMIT, "cut": 10_000} in payload["constants"]
    found = decode(payload)[0].node("main/0").params["p"]
    assert found == "x" * TEXT_LIMIT + "… (10,000 characters)"


def test_names_are_never_cut():
    name = "n" * 10_000
    assert there_and_back(Graph("jaxpr", name, SMALL.regions, "main")).name == name


def test_the_format_is_the_golden_file():
    """The viewer reads this very file. A change here is a change of `VERSION`."""
    written = json.dumps(encode(SMALL, (FLOPS,), (SOURCE,)), indent=1) + "\n"
    assert written == GOLDEN.read_text()
    assert decode(json.loads(GOLDEN.read_text()))[0] == SMALL


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        ({}, "no payload of jaxlab"),
        ({"format": "else"}, "no payload of jaxlab: its format is 'else'"),
        ({"format": FORMAT, "version": VERSION + 1}, r"version 2.*up to 1.*pip install -U jaxlab"),
        ({"format": FORMAT, "version": "1"}, "version '1'"),
        ({"format": FORMAT, "version": VERSION}, "damaged"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(payload: dict[str, object], said: str):
    with pytest.raises(InputError, match=said) as error:
        decode(payload)
    assert "\n" not in str(error.value)


def test_a_damaged_column_is_said():
    payload = encode(SMALL)
    payload["nodes"]["op"][0] = 10_000
    with pytest.raises(InputError, match="damaged"):
        decode(payload)


def test_50_000_nodes_take_less_than_a_second():
    kind = ArrayType("f32", (8,))
    value = start = Value("main<0", kind, "x", "argument")
    nodes: list[Node] = []
    for place in range(50_000):
        out = Value(f"main/{place}:0", kind, f"v{place}")
        origin = Origin(("block", str(place % 12)), (), frame_stack(Frame("f.py", place % 300)))
        nodes.append(
            Node(f"main/{place}", "sin", (value,), (out,), params={"n": place}, origin=origin)
        )
        value = out
    region = Region("main", (start,), tuple(nodes), (value,))
    started = time.process_time()
    encode(Graph("jaxpr", "long", {"main": region}, "main"))
    assert time.process_time() - started < 1 * 3, "three times the aim, for a busy machine"
