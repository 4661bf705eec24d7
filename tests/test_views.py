"""Views for reading: hide what only connects, close a region, look around a node."""

from __future__ import annotations

from collections import Counter

import pytest
from random_graphs import random_graph
from sketch import sketch

from jaxlab.errors import GraphError, InputError
from jaxlab.graph import ArrayType, Graph, Node, Region, Value, check
from jaxlab.views import fold_region, group_by_scope, hide_plumbing, is_group, only_around

SEEDS = range(24)


def lines(graph: Graph, region_id: str = "") -> list[str]:
    """A region's nodes as `id op(operands)`, literals as their text."""
    return [
        f"{node.id} {node.op}({', '.join(value.literal or value.id for value in node.inputs)})"
        for node in graph.regions[region_id or graph.entry].nodes
    ]


# --- hide_plumbing ---------------------------------------------------------------------------


def test_a_jit_of_one_equation_becomes_that_equation():
    graph = sketch("""
main(x: f32[4], y: f32[4]) -> c
  a: f32[4] = jit y x 0.5 | calls=jaxpr:where name=_where scope=block line=3
  b: f32[4] = jit x y 0.5 | calls=jaxpr:where name=_where line=4
  c: f32[4] = add a b
where(p: f32[4], q: f32[4], r: f32[4]) -> s
  s: f32[4] = select_n r p q 7 | scope=inner mode=fast
""")
    hidden = hide_plumbing(graph)
    assert check(hidden) == ()
    assert lines(hidden) == [
        "main/0 select_n(0.5, main<1, main<0, 7)",
        "main/1 select_n(0.5, main<0, main<1, 7)",
        "main/2 add(main/0:0, main/1:0)",
    ]
    first = hidden.node("main/0")
    assert [value.id for value in first.inputs] == ["main/0=0", "main<1", "main<0", "main/0=3"]
    assert first.outputs == graph.node("main/0").outputs
    assert first.params == {"mode": "fast", "plumbing": "jit _where"}
    assert first.origin.scopes == ("block", "inner") and first.origin.frames[0].line == 3
    assert hidden.facts["hidden"] == {"jit": 2}
    assert list(hidden.regions) == ["main"]
    assert len(graph) == 4  # what was given is as it was


def test_jits_in_jits_are_hidden_too():
    graph = sketch("""
main(x: f32[4]) -> a
  a: f32[4] = jit x | calls=jaxpr:outer name=outer
outer(x: f32[4]) -> a
  a: f32[4] = jit x | calls=jaxpr:inner name=inner
inner(x: f32[4]) -> a
  a: f32[4] = sin x
""")
    hidden = hide_plumbing(graph)
    assert lines(hidden) == ["main/0 sin(main<0)"]
    assert hidden.node("main/0").params["plumbing"] == "jit outer, jit inner"
    assert hidden.facts["hidden"] == {"jit": 2}


def test_a_jit_is_kept_when_it_does_more_than_one_thing():
    graph = sketch("""
main(x: f32[4]) -> a b c d
  a: f32[4] = jit x | calls=jaxpr:two name=two
  b: f32[4], c: f32[4] = jit x | calls=jaxpr:passes name=passes
  d: f32[4] = scan x | calls=jaxpr:one
two(x: f32[4]) -> b
  a: f32[4] = sin x
  b: f32[4] = cos a
passes(x: f32[4]) -> a x
  a: f32[4] = sin x
one(x: f32[4]) -> a
  a: f32[4] = sin x
""")
    hidden = hide_plumbing(graph)
    assert lines(hidden) == lines(graph)
    assert hidden.facts["hidden"] == {}
    assert check(hidden) == ()


def test_a_jit_that_drops_or_swaps_results_keeps_the_operations_order():
    graph = sketch("""
main(x: f32[4]) -> a b
  a: f32[4], b: f32[4] = jit x | calls=jaxpr:three name=three
three(x: f32[4]) -> c a
  a: f32[4], b: f32[2], c: f32[4] = split x
""")
    (node,) = hide_plumbing(graph).main.nodes
    assert [(value.id, value.role) for value in node.outputs] == [
        ("main/0:1", "result"),
        ("main/0:2", "unused"),
        ("main/0:0", "result"),
    ]


def test_a_jit_that_donates_is_the_users_own():
    call = Node(
        "main/0",
        "jit",
        outputs=(Value("main/0:0", ArrayType("f32")),),
        calls=(("jaxpr", "f"),),
        params={"donated_invars": (True, False)},
    )
    inner = Node("f/0", "sin", outputs=(Value("f/0:0", ArrayType("f32")),))
    regions = {
        "main": Region("main", (), (call,), call.outputs),
        "f": Region("f", (), (inner,), inner.outputs),
    }
    graph = Graph("jaxpr", "g", regions, "main")
    assert hide_plumbing(graph).main.nodes == (call,)


def test_conversions_and_spread_numbers_are_read_through():
    graph = sketch("""
main(x: f32[4]) -> e g
  a: bf16[4] = convert_element_type x
  b: f32[] = convert_element_type 0.5
  c: f32[4] = broadcast_in_dim b
  d: f32[4] = convert_element_type a
  e: f32[4] = mul d c a
  f: f32[4,4] = broadcast_in_dim e
  g: bf16[4] = convert_element_type f
""")
    hidden = hide_plumbing(graph)
    assert lines(hidden) == [
        "main/4 mul(main<0, 0.5, main<0)",
        "main/5 broadcast_in_dim(main/4:0)",  # an array: this is work
        "main/6 convert_element_type(main/5:0)",  # the region gives it back
    ]
    assert hidden.facts["hidden"] == {"broadcast_in_dim": 1, "convert_element_type": 3}
    assert check(hidden) == ()


def test_what_others_wait_for_and_what_has_effects_stays():
    value = Value("main<0", ArrayType("f32"), role="argument")

    def convert(place: int, **more: object) -> Node:
        made = (Value(f"main/{place}:0", ArrayType("f32")),)
        return Node(f"main/{place}", "convert", (value,), made, **more)

    nodes = (convert(0), convert(1, effects=("io",)), convert(2, after=("main/0",)), convert(3))
    graph = Graph("hlo", "g", {"main": Region("main", (value,), nodes)}, "main")
    assert hide_plumbing(graph).main.nodes == nodes[:3]


def test_what_a_body_captures_is_read_through_too_unless_it_gives_it_back():
    x = Value("main<0", ArrayType("f32"), role="argument")
    a, b, c, d = (Value(f"main/{at}", ArrayType("bf16")) for at in ("0:0", "1:0", "2:0", "2:1"))
    inner = Value("main/2.body/0:0", ArrayType("bf16"))
    nodes = (
        Node("main/0", "convert", (x,), (a,)),
        Node("main/1", "convert", (x,), (b,)),
        Node("main/2", "case", (), (c, d), (("body", "main/2.body"),)),
    )
    body = Region("main/2.body", (), (Node("main/2.body/0", "sine", (a,), (inner,)),), (inner, b))
    regions = {"main": Region("main", (x,), nodes, (c, d)), body.id: body}
    hidden = hide_plumbing(Graph("stablehlo", "g", regions, "main"))
    assert check(hidden) == ()
    assert [node.id for node in hidden.main.nodes] == ["main/1", "main/2"]
    assert lines(hidden, body.id) == ["main/2.body/0 sine(main<0)"]
    assert hidden.regions[body.id].outputs == (inner, b)


def test_scalar_constants_of_the_compilers_stages_become_literals():
    graph = sketch(
        """
main(x: f32[4]) -> d
  a: f32[] = constant | value=2
  b: f32[4] = broadcast_in_dim a
  c: f32[4] = constant | value=dense
  d: f32[4] = add b c x
  e: f32[4] = func.return d
""",
        stage="stablehlo",
    )
    hidden = hide_plumbing(graph)
    assert lines(hidden)[1] == "main/3 add(2, main/2:0, main<0)"
    assert hidden.facts["hidden"] == {"broadcast_in_dim": 1, "constant": 1}
    assert check(hidden) == ()


def test_elements_of_a_tuple_become_results_of_what_makes_it():
    graph = sketch(
        """
main(p: f32[4]) -> e
  t: f32[4] = tuple p p
  u: f32[4] = get-tuple-element t | index=1
  w: f32[4] = while t
  a: f32[4] = get-tuple-element w | index=0
  b: f32[4] = get-tuple-element w | index=1
  c: f32[4] = get-tuple-element w | index=1
  d: f32[4] = add a b c u
  e: f32[4] = get-tuple-element w | index=0
""",
        stage="hlo",
    )
    hidden = hide_plumbing(graph)
    assert lines(hidden) == [
        "main/0 tuple(main<0, main<0)",
        "main/2 while(main/0:0)",
        "main/6 add(main/2:1, main/2:2, main/2:2, main<0)",
        "main/7 get-tuple-element(main/2:0)",
    ]
    assert [value.id for value in hidden.node("main/2").outputs] == [
        "main/2:0",
        "main/2:1",
        "main/2:2",
    ]
    assert hidden.facts["hidden"] == {"get-tuple-element": 4}
    assert check(hidden) == ()


@pytest.mark.parametrize("capture", [False, True], ids=["jaxpr", "capturing"])
@pytest.mark.parametrize("seed", SEEDS)
def test_hiding_keeps_ids_counts_and_validity(seed, capture):
    graph = random_graph(seed, capture=capture)
    hidden = hide_plumbing(graph)
    assert check(hidden) == ()
    assert {node.id for node in hidden.nodes()} <= {node.id for node in graph.nodes()}
    gone = Counter(node.op for node in graph.nodes())
    gone.subtract(node.op for node in hidden.nodes())
    assert hidden.facts["hidden"] == {op: count for op, count in gone.items() if count}
    again = hide_plumbing(hidden)
    assert again.facts["hidden"] == hidden.facts["hidden"]
    assert check(group_by_scope(hidden)) == ()


# --- fold_region -----------------------------------------------------------------------------


def test_a_folded_region_says_what_is_in_it():
    graph = sketch("""
main(x: f32[4]) -> a
  a: f32[4] = scan x x | calls=jaxpr:body
body(x: f32[4], y: f32[4]) -> b y b
  a: f32[4] = jit x | calls=jaxpr:inner effects=io
  b: f32[4] = sin a
inner(x: f32[4]) -> b
  a: f32[4] = sin x
  b: f32[4] = cos a
""")
    folded = fold_region(graph, "body")
    assert check(folded) == ()
    assert list(folded.regions) == ["main", "body"]
    (node,) = folded.regions["body"].nodes
    assert (node.id, node.op) == ("body/[folded]", "folded")
    assert node.params == {"nodes": 4, "regions": 1, "ops": {"sin": 2, "jit": 1, "cos": 1}}
    assert node.inputs == graph.regions["body"].inputs
    assert node.effects == ("io",)
    assert [value.id for value in folded.regions["body"].outputs] == [
        "body/[folded]:0",
        "body<1",
        "body/[folded]:0",
    ]
    assert fold_region(folded, "body") is folded
    assert folded.main is graph.main


def test_what_others_call_too_stays_open():
    graph = sketch("""
main(x: f32[4]) -> a
  a: f32[4] = scan x | calls=jaxpr:body
  b: f32[4] = jit x | calls=jaxpr:inner
body(x: f32[4]) -> a
  a: f32[4] = jit x | calls=jaxpr:inner
inner(x: f32[4]) -> a
  a: f32[4] = sin x
""")
    folded = fold_region(graph, "body")
    assert list(folded.regions) == ["main", "body", "inner"]
    assert folded.node("body/[folded]").params["nodes"] == 1
    assert list(fold_region(graph, "main").regions) == ["main"]


def test_folding_a_region_that_is_not_there_is_an_error():
    with pytest.raises(GraphError, match=r"has no region 'main/9.body'. `graph.regions` lists"):
        fold_region(random_graph(0), "main/9.body")


@pytest.mark.parametrize("seed", SEEDS)
def test_any_region_can_be_folded(seed):
    for graph in (random_graph(seed, capture=True), group_by_scope(random_graph(seed))):
        total = sum(not is_group(graph, node) for node in graph.nodes())
        for region_id in graph.regions:
            folded = fold_region(graph, region_id)
            assert check(folded) == ()
            (node,) = folded.regions[region_id].nodes
            left = sum(not is_group(folded, other) for other in folded.nodes()) - 1
            assert node.params["nodes"] + left == total


# --- only_around -----------------------------------------------------------------------------

CHAIN = """
main(x: f32[4], y: f32[4]) -> d
  a: f32[4] = sin x
  b: f32[4] = mul a y
  c: f32[4] = scan b a | calls=jaxpr:body
  d: f32[4] = neg c
  e: f32[4] = exp d
body(x: f32[4], y: f32[4]) -> x
  a: f32[4] = tan x
"""


def test_only_what_is_near_is_kept():
    graph = sketch(CHAIN)
    around = only_around(graph, "main/1", 1)
    assert check(around) == ()
    assert lines(around) == lines(graph)[:3]
    assert list(around.regions) == ["main", "body"]
    assert [value.id for value in around.main.inputs] == ["main<0", "main<1"]
    assert [value.id for value in around.main.outputs] == ["main/2:0"]
    assert around.facts == {"around": "main/1", "called_by": (), "left_out": 2}


def test_values_of_nodes_left_out_come_in_and_go_out():
    graph = sketch(CHAIN)
    around = only_around(graph, "main/2", 0)
    assert lines(around) == ["main/2 scan(main/1:0, main/0:0)"]
    assert around.main.inputs == graph.node("main/2").inputs
    assert around.main.outputs == graph.node("main/2").outputs
    assert around.facts["left_out"] == 4
    assert check(around) == ()


def test_around_a_node_in_a_body_the_way_there_is_told():
    around = only_around(sketch(CHAIN), "body/0")
    assert around.entry == "body" and list(around.regions) == ["body"]
    assert around.facts["called_by"] == ("main/2",)
    assert around.facts["left_out"] == 5


def test_a_wrong_node_or_distance_is_an_error():
    with pytest.raises(GraphError, match="has no node 'main/99'"):
        only_around(sketch(CHAIN), "main/99", 1)
    with pytest.raises(InputError, match="`distance` must be 0 or more, got -1"):
        only_around(sketch(CHAIN), "main/0", -1)


@pytest.mark.parametrize("capture", [False, True], ids=["jaxpr", "capturing"])
@pytest.mark.parametrize("seed", SEEDS)
def test_around_any_node_is_a_valid_graph(seed, capture):
    graph = random_graph(seed, capture=capture)
    for node in list(graph.nodes())[::31]:
        sizes = [len(only_around(graph, node.id, distance).main.nodes) for distance in range(4)]
        assert sizes == sorted(sizes) and sizes[0] == 1
        around = only_around(graph, node.id, 2)
        assert check(around) == ()
        assert len(around) + around.facts["left_out"] == len(graph)
        near = {node.id, *(user.id for user in graph.users_of(node))}
        near.update(operand.id for operand in graph.operands_of(node))
        home = {other.id for other in graph.home_of(node).nodes}
        assert near & home <= {other.id for other in around.main.nodes}
        grouped = group_by_scope(around)
        assert check(grouped) == ()
