"""Kin: one number for nodes that do the same work, and marks for what only connects."""

from __future__ import annotations

from collections import Counter

import jax
import jax.numpy as jnp
import pytest
from random_graphs import random_graph
from sketch import sketch

import jaxlab
from jaxlab.graph import ArrayType, Graph, Node, Region, RegionRef, Value
from jaxlab.readers.lazy_params import LazyParams
from jaxlab.views import group_by_scope
from jaxlab.views.columns import columns_of
from jaxlab.views.kin import kin_of, work_of
from jaxlab.views.marks import plumbing_of


def kin(graph: Graph) -> dict[str, int]:
    """Numbers by node id: each node's own, where there is another with it, or 0."""
    work = work_of(graph)
    counts = Counter(work.values())
    names: dict[int, int] = {}
    return {
        node_id: names.setdefault(number, len(names) + 1) if counts[number] > 1 else 0
        for node_id, number in work.items()
    }


def marks(graph: Graph) -> dict[str, int]:
    columns = columns_of(graph)
    found = plumbing_of(graph, columns)
    return {node.id: mark for node, mark in zip(columns.nodes, found, strict=True)}


def bodies(first: str, second: str) -> bool:
    """Whether two calls are kin, of bodies with these lines."""
    graph = sketch(
        f"""
main(x: f32[8], y: f32[8]) -> b
  a: f32[8] = call x y | calls=body:first name=one id=1
  b: f32[8] = call a x | calls=body:second name=two id=2
first(p: f32[8], q: f32[8]) -> t
{first}
second(u: f32[8], v: f32[8]) -> t
{second}
"""
    )
    numbers = kin(graph)
    return numbers["main/0"] == numbers["main/1"] > 0


SAME = "  s: f32[8] = sub p q\n  t: f32[8] = mul s 2"


@pytest.mark.parametrize(
    ("second", "alike"),
    [
        ("  s: f32[8] = sub u v\n  t: f32[8] = mul s 2", True),
        ("  s: f32[8] = sub u v | line=9 scope=other\n  t: f32[8] = mul s 2", True),
        ("  s: f32[8] = sub u v\n  t: f32[8] = mul s 7", True),  # a whole number
        ("  s: f32[8] = sub u v\n  t: f32[8] = mul s 2.5", False),
        ("  s: f32[8] = sub v u\n  t: f32[8] = mul s 2", False),  # wired otherwise
        ("  s: f32[8] = sub u v\n  t: f32[8] = mul u 2", False),
        ("  s: f32[8] = sub u v\n  t: f32[8] = div s 2", False),
        ("  s: f32[4] = sub u v\n  t: f32[8] = mul s 2", False),
        ("  s: f32[8] = sub u v | axis=1\n  t: f32[8] = mul s 2", False),
        ("  s: f32[8] = sub u v | transforms=jvp\n  t: f32[8] = mul s 2", False),
        ("  s: f32[8] = sub u v\n  t: f32[8] = mul s 2\n  r: f32[8] = neg t", False),
    ],
)
def test_calls_are_kin_where_their_bodies_do_the_same_work(second: str, alike: bool):
    assert bodies(SAME, second) == alike


def test_names_and_places_tell_nothing_apart_and_params_do():
    def node(place: int, **params: object) -> Node:
        out = Value(f"main/{place}:0", ArrayType("f32"))
        return Node(f"main/{place}", "op", (), (out,), params=params)

    class Odd:
        def __hash__(self) -> int:
            raise RuntimeError("no hash")

    nodes = [
        node(0, name="a", schedule_index=1, axis=0),
        node(1, name="b", schedule_index=2, axis=0),
        node(2, axis=1),
        node(3, axis=True),
        node(4, axis=(1, [2, {"k": 3}]), f=lambda: 1),
        node(5, axis=[1, (2, {"k": 3})], f=lambda: 2),
        node(6, axis=Odd()),
        node(7, axis=Odd()),
        node(8, value="12"),
        node(9, value="{-3}"),
        node(10, value="1.5"),
        node(11, axis={1, (2,)}),
        node(12, axis={(2,), 1}),
    ]
    region = Region("main", (), tuple(nodes), ())
    numbers = list(kin(Graph("jaxpr", "g", {"main": region}, "main")).values())
    assert numbers == [1, 1, 0, 0, 2, 2, 0, 0, 3, 3, 0, 4, 4]


def test_shared_params_are_told_apart_by_what_is_the_node_s_own():
    shared = {"kind": "kLoop"}

    def node(place: int, role: str, own: dict[str, object]) -> Node:
        params = LazyParams(lambda: shared, {role: RegionRef("other"), **own})
        return Node(f"main/{place}", "fusion", calls=((role, "other"),), params=params)

    nodes = (
        node(0, "fusion", {"op_name": "a"}),
        node(1, "fusion", {"op_name": "b", "schedule_index": 3}),
        node(2, "fusion", {"op_type": "c"}),
        node(3, "async", {}),
    )
    regions = {"main": Region("main", (), nodes), "other": Region("other")}
    assert list(kin(Graph("hlo", "g", regions, "main")).values()) == [1, 1, 0, 0]


def test_what_bodies_capture_must_be_wired_alike():
    graph = sketch(
        """
main(x: f32[8], y: f32[8]) -> x
  a: f32[8] = wrap x y | calls=body:one
  b: f32[8] = wrap x y | calls=body:two
  c: f32[8] = wrap x y | calls=body:three
one(p: f32[8], q: f32[8]) -> p
  i: f32[8] = inner | calls=body:inner1
two(r: f32[8], s: f32[8]) -> r
  i: f32[8] = inner | calls=body:inner2
three(t: f32[8], u: f32[8]) -> t
  i: f32[8] = inner | calls=body:inner3
inner1() -> h
  h: f32[8] = neg 1
inner2() -> h
  h: f32[8] = neg 1
inner3() -> h
  h: f32[8] = neg 1
"""
    )
    regions = dict(graph.regions)
    for inner, (around, place) in {
        "inner1": ("one", 0),
        "inner2": ("two", 0),
        "inner3": ("three", 1),
    }.items():
        captured = regions[around].inputs[place]
        (node,) = regions[inner].nodes
        reads = Node(node.id, node.op, (captured,), node.outputs)
        regions[inner] = Region(inner, (), (reads,), node.outputs)
    numbers = kin(Graph("stablehlo", "g", regions, "main"))
    assert numbers["main/0"] == numbers["main/1"] > 0
    assert numbers["main/2"] == 0
    assert numbers["one/0"] == numbers["three/0"], "a body alone may capture anything"


def test_a_region_that_calls_itself_ends():
    graph = sketch(
        """
main(x: f32[8]) -> y
  y: f32[8] = call x | calls=body:main
"""
    )
    assert kin(graph) == {"main/0": 0}


@pytest.mark.parametrize("seed", range(10))
def test_numbers_are_the_same_from_columns(seed: int):
    graph = group_by_scope(random_graph(seed))
    columns = columns_of(graph)
    sets = [id(node.params) for node in columns.nodes]
    assert list(kin(graph).values()) == kin_of(graph, columns, sets)


def test_blocks_are_kin_forward_and_backward():
    def model(w: jax.Array, x: jax.Array) -> jax.Array:
        for place in range(4):
            with jax.named_scope(f"block_{place}"):
                x = jnp.tanh(x @ w) + x
        return x.sum()

    program = jaxlab.trace(jax.grad(model), jnp.ones((8, 8)), jnp.ones((4, 8)))
    for stage in ("jaxpr", "stablehlo"):
        graph = group_by_scope(program.stage(stage))
        groups = [node for node in graph.main.nodes if node.op == "scope"]
        numbers = kin(graph)
        counts = Counter(numbers[node.id] for node in groups if node.params["direction"])
        assert max(counts.values()) >= 3, "blocks in the middle, in one direction at least"


def test_marks_of_what_only_connects():
    graph = sketch(
        """
main(x: f32[8], y: f32[8]) -> t
  a: bf16[8] = convert_element_type x
  b: f32[8] = broadcast_in_dim 1.0
  c: f32[] = constant
  d: f32[8] = jit a | calls=jaxpr:one
  e: f32[8] = jit a | calls=jaxpr:two
  f: f32[8] = get-tuple-element e
  g: f32[8] = broadcast_in_dim y
  h: f32[8] = convert_element_type x | effects=IO
  i: f32[8] = add d e
  t: f32[8] = tuple i
one(p: bf16[8]) -> q
  q: f32[8] = neg p
two(p: bf16[8]) -> r
  q: f32[8] = neg p
  r: f32[8] = exp q
""",
        stage="hlo",
    )
    found = [mark for node_id, mark in marks(graph).items() if node_id.startswith("main")]
    assert found == [1, 2, 2, 3, 0, 1, 0, 0, 0, 4]


def test_large_constants_do_work():
    kind = ArrayType("f32", (1_000,))
    node = Node("main/0", "constant", (), (Value("main/0:0", kind),))
    graph = Graph("hlo", "g", {"main": Region("main", (), (node,), node.outputs)}, "main")
    assert marks(graph) == {"main/0": 0}
