"""The model: valid by construction, and what one can ask of a graph.

The graph of most tests, read downwards (main calls `main/1.body` twice):

    x   y
     \\ /
    0 add        (scope a)
      |
    1 jit -----> body: 0 sin (scope b), 1 cos after 0
      |
    2 jit -----> body
      |
    3 add (y)
"""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from jaxlab.errors import GraphError
from jaxlab.graph import ArrayType, Graph, Node, Region, RegionRef, Value, check, dtype_bits
from jaxlab.origin import Frame, Origin, Source, frame_stack
from jaxlab.overlay import Overlay

F32 = ArrayType("f32", (2, 3))


def value(name: str, role: str = "result") -> Value:
    return Value(name, F32, role=role)


def small() -> Graph:
    x, y = value("main<0", "argument"), value("main<1", "argument")
    sums, once, twice, end = (value(f"main/{i}:0") for i in range(4))
    inner, sine, cosine = value("main/1.body<0"), value("main/1.body/0:0"), value("main/1.body/1:0")
    inner = replace(inner, role="argument")
    calls = (("body", "main/1.body"),)
    main = Region(
        "main",
        (x, y),
        (
            Node("main/0", "add", (x, y), (sums,), origin=Origin(("a",))),
            Node("main/1", "jit", (sums,), (once,), calls, {"body": RegionRef("main/1.body")}),
            Node("main/2", "jit", (once,), (twice,), calls, origin=Origin(("a",))),
            Node("main/3", "add", (twice, y), (end,)),
        ),
        (end,),
    )
    here = Origin(("b",), stack=frame_stack(Frame("t.py", 7, "f"), Frame("t.py", 20)))
    body = Region(
        "main/1.body",
        (inner,),
        (
            Node("main/1.body/0", "sin", (inner,), (sine,), origin=here),
            Node("main/1.body/1", "cos", (sine,), (cosine,), after=("main/1.body/0",)),
        ),
        (cosine,),
    )
    return Graph("jaxpr", "small", {"main": main, "main/1.body": body}, "main")


def test_a_valid_graph_has_nothing_wrong():
    assert check(small()) == ()
    assert len(small()) == 6
    assert repr(small()) == "Graph(jaxpr 'small': 6 nodes, 2 regions)"


def ids(nodes) -> list[str]:
    return [node.id for node in nodes]


def test_find_by_op_scope_and_line():
    graph = small()
    assert ids(graph.find("add")) == ["main/0", "main/3"]
    assert ids(graph.find(scope="b")) == ["main/1.body/0"]
    assert ids(graph.find(line=20)) == ["main/1.body/0"]
    assert graph.count("add", scope="a") == 1
    assert graph.count("all-gather") == 0
    assert graph.count(scope="ab") == 0


def test_scopes_reach_into_what_is_called_from_them():
    graph = small()
    region = graph.regions["main"]
    nodes = [replace(n, origin=Origin(("a", "c"))) if n.op == "jit" else n for n in region.nodes]
    inside = replace(region, nodes=tuple(nodes))
    moved = replace(graph, regions={**graph.regions, "main": inside})
    assert ids(moved.find("sin", scope="a/c/b")) == ["main/1.body/0"]
    assert ids(moved.find("cos", scope="c")) == ["main/1.body/1"]


def test_users_operands_and_paths():
    graph = small()
    assert ids(graph.users_of("main/0")) == ["main/1"]
    assert ids(graph.users_of(graph.main.inputs[1])) == ["main/0", "main/3"]
    assert ids(graph.operands_of("main/3")) == ["main/2"]
    assert ids(graph.path("main/0", "main/3")) == ["main/0", "main/1", "main/2", "main/3"]
    assert graph.path("main/3", "main/0") == ()
    assert ids(graph.path("main/1", "main/1")) == ["main/1"]
    assert ids(graph.callers_of("main/1.body")) == ["main/1", "main/2"]
    assert graph.home_of("main/1.body/1").id == "main/1.body"


def test_a_node_that_is_not_there_is_one_line():
    with pytest.raises(GraphError, match="has no node 'main/9'"):
        small().node("main/9")
    with pytest.raises(GraphError):
        small().home_of("x" * 1000)


def test_everything_is_frozen():
    graph = small()
    held = {"name": graph, "id": graph.main, "op": graph.node("main/0"), "dtype": F32}
    for field, thing in held.items():
        with pytest.raises(FrozenInstanceError):
            setattr(thing, field, "other")


def broken(**changes) -> Graph:
    """The small graph with nodes of main changed: `at_1=Node(...)`, or `drop=2`."""
    graph = small()
    nodes = list(graph.main.nodes)
    for key, node in changes.items():
        nodes[int(key.removeprefix("at_"))] = node
    return replace(
        graph, regions={**graph.regions, "main": replace(graph.main, nodes=tuple(nodes))}
    )


@pytest.mark.parametrize(
    ("graph", "said"),
    [
        (replace(small(), entry="other"), "the entry region 'other' is missing"),
        (
            broken(at_0=replace(small().node("main/0"), inputs=(value("main/2:0"),))),
            "main/0 reads main/2:0, which is not defined before it",
        ),
        (
            broken(at_2=replace(small().node("main/2"), calls=(("body", "gone"),))),
            "main/2 calls gone as body, which is missing",
        ),
        (
            broken(at_3=replace(small().node("main/3"), after=("main/8",))),
            "main/3 must follow main/8, which is missing",
        ),
        (
            broken(at_3=replace(small().node("main/3"), outputs=(value("main/9:0"),))),
            "main/3 has a result named main/9:0",
        ),
        (broken(at_3=replace(small().node("main/0"))), "node id main/0 occurs twice"),
        (
            replace(small(), regions={**small().regions, "z": Region("z")}),
            "region z is called by nothing",
        ),
        (
            replace(
                small(), regions={"main": small().main, "other": small().regions["main/1.body"]}
            ),
            "region main/1.body is listed as other",
        ),
    ],
)
def test_check_says_what_is_wrong(graph, said):
    assert said in check(graph)


def test_types_as_text_and_bytes():
    assert str(F32) == "f32[2,3]"
    assert F32.bytes == 24
    assert ArrayType("bf16", ("n", 4)).bytes is None
    assert str(ArrayType("bf16", ("n", 4))) == "bf16[n,4]"
    assert ArrayType("s4", (3,)).bytes == 2
    assert str(ArrayType("f32", (2,), kind="ref")) == "Ref{f32[2]}"
    pair = ArrayType("tuple", kind="tuple", elements=(F32, ArrayType("token", kind="token")))
    assert (str(pair), pair.bytes) == ("(f32[2,3], token)", 24)


@pytest.mark.parametrize(
    ("dtype", "bits"),
    [("f32", 32), ("bf16", 16), ("f8e4m3fn", 8), ("u2", 2), ("bool", 8), ("c64", 64), ("?", None)],
)
def test_bits(dtype, bits):
    assert dtype_bits(dtype) == bits


def test_overlays_tell_what_is_not_known_from_zero():
    overlay = Overlay("FLOPs", "FLOP", "modelled", {"main/0": 3, "main/1": 0.0, "main/2": "x"})
    assert overlay.number("main/1") == 0
    assert overlay.number("main/3") is None
    assert overlay.number("main/2") is None
    assert overlay.total() == 3
    assert overlay.total(["main/0", "main/9"]) == 3


def test_origins_and_sources():
    origin = Origin(("a", "b"), ("transpose", "jvp"))
    assert origin.scope == "a/b"
    assert origin.backward
    loads = []
    lazy = type(frame_stack())(lambda: loads.append(1) or (Frame("f.py", 1),))
    assert loads == []
    assert (lazy.frames, lazy.frames, loads) == ((Frame("f.py", 1),), (Frame("f.py", 1),), [1])
    source = Source("f.py", "one\ntwo")
    assert [source.line(n) for n in (0, 1, 2, 3)] == ["", "one", "two", ""]
    assert str(Frame("f.py", 3, "g")) == "f.py:3 (g)"
