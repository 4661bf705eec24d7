"""Grouping by scope: on small graphs drawn as text, and what must hold of any graph."""

from __future__ import annotations

import pytest
from random_graphs import random_graph
from sketch import sketch

from jaxlab.graph import Graph, Node, Region, Value, check
from jaxlab.origin import Origin
from jaxlab.overlay import Overlay
from jaxlab.views import group_by_scope, is_group, value_behind, with_sums

SEEDS = range(24)


def outline(graph: Graph, region_id: str | None = None) -> str:
    """The groups and nodes of a region as one line: `a[mul b[sin]] add`."""
    words = []
    for node in graph.regions[region_id or graph.entry].nodes:
        title = node.id.rpartition("/[")[2].removesuffix("]")
        words.append(f"{title}[{outline(graph, node.id)}]" if is_group(graph, node) else node.op)
    return " ".join(words)


def leaves(graph: Graph, region: Region) -> list[Node]:
    """The nodes of a region, with those of its groups in their place."""
    return [
        leaf
        for node in region.nodes
        for leaf in (leaves(graph, graph.regions[node.id]) if is_group(graph, node) else [node])
    ]


def behind(graph: Graph, values: tuple[Value, ...]) -> tuple[Value, ...]:
    return tuple(value_behind(graph, value) for value in values)


# --- small graphs ----------------------------------------------------------------------------


def test_scopes_become_nested_groups():
    graph = sketch("""
main(x: f32[4]) -> d
  a: f32[4] = mul x x | scope=block
  b: f32[4] = sin a | scope=block/attn
  c: f32[4] = cos b | scope=block
  d: f32[4] = add c x
""")
    grouped = group_by_scope(graph)
    assert outline(grouped) == "block[mul attn[sin] cos] add"
    assert check(grouped) == ()
    group = grouped.node("main/[block]")
    assert group.op == "scope" and group.origin.scopes == ("block",)
    assert group.params == {"scope": "block", "direction": "forward", "nodes": 3}
    assert grouped.node("main/[block]/[attn]").origin.scope == "block/attn"


def test_values_pass_walls_by_ports_and_lead_back():
    graph = sketch("""
main(x: f32[4]) -> c
  a: f32[4] = mul x x
  b: f32[4] = sin a x | scope=block/attn
  c: f32[4] = add b a
""")
    grouped = group_by_scope(graph)
    group, inner = grouped.node("main/[block]"), grouped.node("main/[block]/[attn]")
    assert [value.id for value in group.inputs] == ["main/0:0", "main<0"]
    assert [value.id for value in inner.inputs] == ["main/[block]<0", "main/[block]<1"]
    assert [value.id for value in group.outputs] == ["main/[block]:0"]
    assert [value.id for value in grouped.node("main/2").inputs] == ["main/[block]:0", "main/0:0"]
    assert grouped.regions["main/[block]"].inputs[1].name == "x"
    leaf = grouped.node("main/1")
    assert leaf.inputs[0].id == "main/[block]/[attn]<0"
    assert leaf.outputs[0] is graph.node("main/1").outputs[0]
    assert behind(grouped, leaf.inputs) == graph.node("main/1").inputs
    assert value_behind(grouped, group.outputs[0]) is graph.node("main/1").outputs[0]


def test_forward_and_backward_are_two_groups_and_recomputed_a_third():
    graph = sketch("""
main(x: f32[4]) -> d
  a: f32[4] = sin x | scope=block/attn transforms=jvp
  b: f32[4] = cos a | scope=block/attn transforms=transpose,jvp,checkpoint,rematted_computation
  c: f32[4] = mul b a | scope=block/attn transforms=transpose,jvp,checkpoint
  d: f32[4] = neg c | scope=block transforms=transpose,jvp
""")
    grouped = group_by_scope(graph)
    assert outline(grouped) == (
        "block[attn[sin]] block recomputed[attn[cos]] block backward[attn[mul] neg]"
    )
    assert grouped.node("main/[block backward]").origin.backward
    assert grouped.node("main/[block recomputed]").params["direction"] == "recomputed"
    assert [node.name for node in grouped.regions.values()][1::2] == ["block"] * 3
    assert check(grouped) == ()


def test_a_scope_that_remat_names_twice_is_one_group():
    graph = sketch("""
main(x: f32[4]) -> a
  a: f32[4] = sin x | scope=outer/outer/rb transforms=transpose,jvp,jvp
""")
    assert outline(group_by_scope(graph)) == "outer backward[rb[sin]]"


def test_scopes_that_feed_each_other_are_cut():
    graph = sketch("""
main(x: f32[4]) -> f
  a: f32[4] = sin x | scope=norm
  b: f32[4] = cos a | scope=norm
  c: f32[4] = mul b b | scope=mlp
  d: f32[4] = exp c | scope=norm
  e: f32[4] = log d | scope=norm
  f: f32[4] = tan e | scope=mlp
""")
    grouped = group_by_scope(graph)
    assert outline(grouped) == "norm[sin cos] mul norm (2)[exp log] tan"
    assert grouped.node("main/[norm (2)]").params["part"] == "2 of 2"
    assert check(grouped) == ()


def test_a_node_between_two_halves_cuts_a_scope():
    graph = sketch("""
main(x: f32[4]) -> e
  a: f32[4] = sin x | scope=norm
  b: f32[4] = cos a | scope=norm
  c: f32[4] = mul b b
  d: f32[4] = exp c | scope=norm
  e: f32[4] = log d | scope=norm
""")
    assert outline(group_by_scope(graph)) == "norm[sin cos] mul norm (2)[exp log]"


def test_effects_keep_their_order():
    # By values alone, all of `a` could run before `b`.
    graph = sketch("""
main(x: f32[4]) -> x
  a: f32[4] = print x | scope=a effects=io
  b: f32[4] = print x | scope=b effects=io
  c: f32[4] = print x | scope=b effects=io
  d: f32[4] = print x | scope=a effects=io
""")
    grouped = group_by_scope(graph)
    assert outline(grouped) == "print b[print print] print"
    assert grouped.node("main/[b]").effects == ("io",)


def test_bodies_are_grouped_and_run_in_the_direction_of_their_callers():
    graph = sketch("""
main(x: f32[4]) -> b
  a: f32[4] = scan x | scope=loop transforms=jvp calls=jaxpr:forward
  b: f32[4] = scan a | scope=loop transforms=transpose,jvp calls=jaxpr:backward
forward(x: f32[4]) -> a
  a: f32[4] = sin x | scope=cell
backward(x: f32[4]) -> b
  a: f32[4] = mul x x | scope=cell
  b: f32[4] = cos a | scope=cell transforms=rematted_computation
""")
    grouped = group_by_scope(graph)
    assert outline(grouped, "forward") == "cell[sin]"
    assert outline(grouped, "backward") == "cell backward[mul] cell recomputed[cos]"
    assert list(grouped.regions) == [
        "main",
        "main/[loop]",
        "main/[loop backward]",
        "forward",
        "forward/[cell]",
        "backward",
        "backward/[cell backward]",
        "backward/[cell recomputed]",
    ]


def test_bodies_of_hlo_do_not_repeat_the_scopes_of_their_caller():
    graph = sketch(
        """
main(x: f32[4]) -> a
  a: f32[4] = while x | scope=block/loop calls=body:body
body(x: f32[4]) -> b
  a: f32[4] = sine x | scope=block/loop/cell
  b: f32[4] = cosine a | scope=block/loop
""",
        stage="hlo",
    )
    assert outline(group_by_scope(graph), "body") == "cell[sine] cosine"


def test_nameless_hlo_instructions_go_where_they_belong():
    graph = sketch(
        """
main() -> r
  p: f32[4] = parameter
  k: f32[4] = constant
  a: f32[4] = sine p | scope=block
  c: f32[4] = copy a
  f: f32[4] = fusion c k | calls=calls:fused
  b: f32[4] = cosine f | scope=block
  r: f32[4] = tuple b
fused() -> s
  q: f32[4] = parameter
  t: f32[4] = tanh q | scope=block/attn
  s: f32[4] = copy t
""",
        stage="hlo",
    )
    grouped = group_by_scope(graph)
    assert outline(grouped) == "parameter block[sine attn[constant copy fusion] cosine tuple]"
    assert {node.id for node in grouped.main.nodes} == {"main/0", "main/[block]"}
    assert check(grouped) == ()


def test_unnamed_equations_of_a_jaxpr_are_the_users_own_and_stay_outside():
    graph = sketch("""
main(x: f32[4]) -> c
  a: f32[4] = sin x | scope=block
  b: f32[4] = mul a a
  c: f32[4] = add b b | scope=mlp
""")
    assert outline(group_by_scope(graph)) == "block[sin] mul mlp[add]"


def test_waiting_is_kept_between_groups():
    region = Region(
        "main",
        (),
        (
            Node("main/0", "send", origin=Origin(("a",))),
            Node("main/1", "recv", origin=Origin(("b",)), after=("main/0",)),
            Node("main/2", "done", origin=Origin(("b",)), after=("main/1",)),
        ),
    )
    grouped = group_by_scope(Graph("hlo", "g", {"main": region}, "main"))
    assert grouped.node("main/[b]").after == ("main/[a]",)
    assert grouped.node("main/2").after == ("main/1",)
    assert check(grouped) == ()


def test_hostile_scope_names_make_plain_and_different_ids():
    names = ['"><script>', "'><script'", "a/b", "a b", "a" * 10_000, "a" * 9_999, "\x1b[31m", ""]
    nodes = tuple(
        Node(f"main/{index}", "add", origin=Origin((name,), transforms))
        for index, (name, transforms) in enumerate(
            (name, transforms) for name in names for transforms in ((), ("transpose",))
        )
    )
    graph = Graph("jaxpr", "g", {"main": Region("main", (), nodes)}, "main")
    grouped = group_by_scope(graph)
    groups = grouped.main.nodes
    assert len({node.id for node in groups}) == len(groups) == 2 * len(names)
    assert [group.params["scope"] for group in groups[::2]] == names
    for group in groups:
        assert len(group.id) < 70
        assert not set(group.id.removeprefix("main/")) & set("/<>\"'\x1b:=")


def test_scopes_nested_beyond_reason_stay_in_one_group():
    node = Node("main/0", "add", origin=Origin(tuple(f"s{depth}" for depth in range(5_000))))
    graph = Graph("jaxpr", "g", {"main": Region("main", (), (node,))}, "main")
    grouped = group_by_scope(graph)
    assert len(grouped.regions) == 1 + 64
    assert check(grouped) == ()


def test_a_graph_without_scopes_and_a_grouped_one_stay_as_they_are():
    graph = sketch("""
main(x: f32[4]) -> a
  a: f32[4] = sin x
""")
    assert group_by_scope(graph).main is graph.main
    grouped = group_by_scope(random_graph(0))
    assert group_by_scope(grouped) is grouped


# --- what must hold of any graph -------------------------------------------------------------


@pytest.mark.parametrize("capture", [False, True], ids=["jaxpr", "capturing"])
@pytest.mark.parametrize("seed", SEEDS)
def test_grouping_loses_no_node_and_no_edge(seed, capture):
    graph = random_graph(seed, capture=capture)
    assert check(graph) == ()
    grouped = group_by_scope(graph)
    # check() wants each value before its readers, at every level: so no level has a cycle.
    assert check(grouped) == ()
    for key, region in graph.regions.items():
        found = leaves(grouped, grouped.regions[key])
        assert sorted(node.id for node in found) == sorted(node.id for node in region.nodes)
        assert behind(grouped, grouped.regions[key].outputs) == region.outputs
        assert grouped.regions[key].inputs == region.inputs
        effects = [node.id for node in region.nodes if node.effects]
        assert [node.id for node in found if node.effects] == effects
        place = {node.id: index for index, node in enumerate(found)}
        for leaf in found:
            before = graph.node(leaf.id)
            assert behind(grouped, leaf.inputs) == before.inputs
            assert leaf.outputs == before.outputs
            assert (leaf.op, leaf.calls, leaf.origin) == (before.op, before.calls, before.origin)
            assert all(place[other] < place[leaf.id] for other in before.after)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_group_holds_nodes_of_its_scope_only(seed):
    graph = random_graph(seed)
    grouped = group_by_scope(graph)
    groups = [node for node in grouped.nodes() if is_group(grouped, node)]
    assert groups
    for group in groups:
        inside = leaves(grouped, grouped.regions[group.id])
        assert group.params["nodes"] == len(inside) > 0
        depth = len(group.origin.scopes)
        for leaf in inside:
            scopes = leaf.origin.scopes
            if leaf.origin.backward:
                scopes = tuple(
                    scope for at, scope in enumerate(scopes) if not at or scope != scopes[at - 1]
                )
            assert scopes[:depth] == group.origin.scopes


@pytest.mark.parametrize("seed", SEEDS)
def test_a_groups_value_is_the_sum_of_its_members(seed):
    graph = random_graph(seed)
    overlay = Overlay("FLOPs", "FLOP", "modelled", {node.id: 1 for node in graph.nodes()})
    grouped = group_by_scope(graph)
    summed = with_sums(grouped, overlay)
    for node in grouped.nodes():
        expected = node.params["nodes"] if is_group(grouped, node) else 1
        assert summed.values[node.id] == expected
    tops = (node.id for node in grouped.main.nodes)
    assert summed.total(tops) == overlay.total(node.id for node in graph.main.nodes)


def test_sums_of_labels_and_of_unknowns_stay_unknown():
    graph = sketch("""
main(x: f32[4]) -> d
  a: f32[4] = sin x | scope=a
  b: f32[4] = sin x | scope=b
  c: f32[4] = sin x | scope=c
  d: f32[4] = sin x | scope=c
""")
    overlay = Overlay("time", "s", "measured", {"main/0": "hot", "main/2": 0.5})
    summed = with_sums(group_by_scope(graph), overlay)
    assert summed.values == {"main/0": "hot", "main/2": 0.5, "main/[c]": 0.5}
    assert (summed.name, summed.unit, summed.source) == ("time", "s", "measured")
