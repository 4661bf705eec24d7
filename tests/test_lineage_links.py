"""Lineage's questions and answers: kinds of link, both directions, all three stages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest
from tagged import lines_marked, see

from jaxlab.analyses.flow import consumers_of, live_nodes, makers_of
from jaxlab.analyses.lineage import Link, lineage_between
from jaxlab.analyses.tag_links import own_tags
from jaxlab.analyses.values import number_values
from jaxlab.errors import GraphError, StageError
from jaxlab.graph import Graph
from jaxlab.origin import NOWHERE
from jaxlab.readers.hlo import read_hlo
from jaxlab.readers.jaxpr import read_jaxpr

X = jnp.linspace(-1.0, 1.0, 6, dtype=jnp.float32)
HERE = Path(__file__).name


def test_a_fusion_comes_from_all_its_lines_and_names_its_root_as_its_own():
    def program(x, y):
        a = jnp.sin(x)  # A
        b = a * y  # B
        return b + 1.0  # C

    seen = see(program, X, X)
    (fusion,) = seen.hlo.find("fusion")
    assert seen.lineage.back(fusion.id) == ("main/2", "main/0", "main/1")
    assert seen.lineage.back(fusion.id, "tagged") == ("main/2",)
    assert seen.lineage.back(fusion.id, "fused") == ("main/0", "main/1")
    lines = [frame.line for frame in seen.lineage.lines(fusion.id)]
    assert lines == [lines_marked(program)[letter] for letter in "CAB"]


def test_a_line_gives_its_equations_and_all_that_they_became():
    def program(x, y):
        a = jnp.sin(x)  # A
        return a * y

    seen = see(program, X, X)
    found = seen.lineage.at_line(lines_marked(program)["A"], HERE)
    assert found.before == ("main/0",)
    opcodes = sorted(seen.hlo.node(after).op for after in found.after)
    assert opcodes == ["fusion", "parameter", "sine"]
    assert seen.lineage.at_line(lines_marked(program)["A"], "elsewhere.py") == ((), ())


def test_a_call_becomes_all_that_it_calls_and_each_path_is_told_apart():
    def program(x, y):
        inner = jax.jit(lambda z: jnp.tanh(z))
        return inner(x), inner(y)

    seen = see(program, X, X + 1)
    names = [f"jx~{at}" for at in ("0.0", "0.1", "1.0")]
    paths = {node.origin.tags for node in seen.hlo.find("tanh")}
    assert paths == {(names[0], names[2]), (names[1], names[2])}
    first, second = (set(seen.lineage.forward(call, "within")) for call in ("main/0", "main/1"))
    assert first
    assert second
    assert not first & second
    assert set(seen.lineage.forward("main/0.jaxpr/0", "tagged")) == first | second


def test_equal_calls_are_merged_as_their_bodies_are():
    def program(x):
        inner = jax.jit(lambda z: jnp.tanh(z) + 1.0)
        return inner(x) * inner(x)

    lineage = see(program, X).lineage
    assert [lineage.status(call) for call in ("main/0", "main/1")] == ["kept", "merged"]
    assert lineage.status("main/0.jaxpr/0") == "kept"


def test_what_an_identity_hands_on_is_linked_to_its_reader():
    lineage = see(lambda x: jnp.sin(x * 1.0), X).lineage
    assert lineage.fate("main/0").reason == "its other operand changes nothing"
    assert set(lineage.forward("main/0")) == set(lineage.forward("main/1"))
    assert set(lineage.forward("main/0", "inferred")) == set(lineage.forward("main/0"))


def test_a_program_without_equations_has_no_links():
    seen = see(lambda x: x, X)
    assert [seen.hlo.node(found).op for found in seen.lineage.unlinked()] == ["parameter", "copy"]
    assert tuple(seen.lineage.links()) == ()


def test_dead_code_inside_a_call_is_dead_and_the_call_is_not():
    def program(x):
        def both(y):
            return jnp.sin(y), jnp.cos(y)

        return jax.jit(both)(x)[0]

    lineage = see(program, X).lineage
    assert [lineage.status(f"main/0.jaxpr/{index}") for index in (0, 1)] == ["kept", "dead"]
    assert lineage.status("main/0") == "kept"


def test_effects_keep_equations_alive():
    def program(x):
        jax.debug.callback(lambda value: None, x * 2.0)
        return x

    seen = see(program, X)
    statuses = {node.op: seen.lineage.status(node.id) for node in seen.jaxpr.nodes()}
    assert statuses == {"mul": "kept", "debug_callback": "kept"}


def test_an_equation_that_left_unseen_is_unknown_and_says_so():
    def program(x):
        return jnp.transpose(x) @ x

    seen = see(program, jnp.ones((4, 6)))
    (turned,) = seen.jaxpr.find("transpose")
    assert seen.lineage.fate(turned.id).status == "unknown"
    assert "no note of why" in seen.lineage.fate(turned.id).reason
    assert {seen.hlo.node(found).op for found in seen.lineage.forward(turned.id)} >= {"dot"}


def test_reducer_bodies_and_parameters_are_inferred():
    seen = see(lambda m: m.sum(axis=1), jnp.ones((4, 4)))
    reducers = [node for node in seen.hlo.nodes() if node.op == "parameter"]
    assert len(reducers) >= 3
    assert {seen.lineage.kind("main/0", node.id) for node in reducers} == {"inferred"}


def test_stablehlo_is_linked_to_both_sides():
    def program(x, y):
        inner = jax.jit(lambda z: jnp.tanh(z))
        return inner(x) * 2.0 + inner(y)

    seen = see(program, X, X + 1)
    down = lineage_between(seen.jaxpr, seen.stablehlo)
    assert {down.status(node.id) for node in seen.jaxpr.nodes()} == {"kept"}
    assert down.unlinked() == ()
    on = lineage_between(seen.stablehlo, seen.hlo)
    (tanh,) = seen.stablehlo.find("tanh")
    assert on.forward(tanh.id, "tagged") == seen.lineage.forward("main/0.jaxpr/0", "tagged")
    assert {seen.hlo.node(found).op for found in on.forward(tanh.id, "tagged")} >= {"tanh"}
    multiply = seen.stablehlo.find("multiply")[0]
    assert [seen.hlo.node(found).op for found in on.forward(multiply.id, "tagged")] == ["multiply"]
    assert on.unlinked() == ()


def test_links_are_listed_once_and_agree_with_the_answers():
    lineage = see(lambda x: jnp.sin(x) + jnp.sin(x), X).lineage
    links = list(lineage.links())
    assert len({(link.before, link.after) for link in links}) == len(links)
    for link in links:
        assert link == Link(link.before, link.after, lineage.kind(link.before, link.after))
        assert link.after in lineage.forward(link.before, link.kind)
        assert link.before in lineage.back(link.after, link.kind)


def test_nodes_that_do_not_exist_are_refused():
    lineage = see(jnp.sin, X).lineage
    for ask in (lineage.forward, lineage.fate):
        with pytest.raises(GraphError, match="has no node 'main/99'"):
            ask("main/99")
    with pytest.raises(GraphError, match="has no node"):
        lineage.back("main/99")


def test_a_program_that_was_not_tagged_is_refused():
    traced = jax.jit(jnp.sin).trace(X)
    hlo = read_hlo(traced.lower().compile().as_text())
    with pytest.raises(StageError, match="lowered with tags, and Graph"):
        lineage_between(read_jaxpr(traced.jaxpr), hlo)


def test_a_program_that_is_constant_has_no_tags_and_is_not_refused():
    seen = see(lambda x: jnp.full(6, 2.0) * 3.0, X)
    assert {node.origin.tags for node in seen.hlo.nodes()} == {()}
    assert {fate.status for fate in seen.lineage.fates.values()} == {"folded"}


def test_the_summary_counts_what_became_of_the_equations():
    def program(x):
        jnp.cos(x)
        return jnp.sin(x) * 2.0, jnp.sin(x), x + 0.0

    text = repr(see(program, X).lineage)
    assert text == "Lineage(jaxpr -> hlo 'main': 2 kept, 1 merged, 1 folded, 1 dead)"


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ((), {}),
        (("jx~0.4",), {"jx~0.4": "tagged"}),
        (("jx~0.4", "jx~2.1"), {"jx~0.4": "within", "jx~2.1": "tagged"}),
        # What XLA moved into a loop's body: the loop's name, and then the constant's own.
        (
            ("jx~0.0", "jx~1.4", "jx~0.0"),
            {"jx~0.0": "tagged", "jx~1.4": "tagged"},
        ),
        (("jx~5.1", "jx~6.0", "jx~5.1"), {"jx~5.1": "tagged", "jx~6.0": "tagged"}),
        (("jx~0.1", "jx~0.2"), {"jx~0.1": "tagged", "jx~0.2": "tagged"}),
    ],
)
def test_the_last_tag_of_each_name_stack_is_the_equation(path, kinds):
    assert own_tags(path) == kinds


def numbers(function, *args) -> tuple[Graph, list[int]]:
    graph = read_jaxpr(jax.jit(function).trace(*args).jaxpr)
    found = number_values(graph).numbers
    return graph, [min(found[node.id]) for node in graph.main.nodes]


def test_the_same_arithmetic_has_one_number_however_it_is_written():
    def program(x, y):
        return x * y, y * x, x - y, y - x, jnp.square(x), x**2, x * x

    _, found = numbers(program, X, X)
    product, turned, less, more, *squares = found
    assert product == turned
    assert less != more
    assert len(set(squares)) == 1


def test_other_params_types_and_constants_are_other_values():
    def program(m):
        return (m.sum(0), m.sum(1), m * 2.0, m * 3.0, m.astype("int32"), m.astype("int8"))

    _, found = numbers(program, jnp.ones((4, 4)))
    assert len(set(found)) == 6


def test_callbacks_and_random_devices_equal_nothing():
    def program(x):
        shape = jax.ShapeDtypeStruct(x.shape, x.dtype)
        return [jax.pure_callback(lambda y: y, shape, x) for _ in range(2)]

    _, found = numbers(program, X)
    assert len(set(found)) == 2


def test_live_nodes_are_those_that_results_need():
    def program(x):
        jnp.cos(jnp.exp(x))
        return jax.jit(lambda y: (y + 1.0, jnp.tan(y)))(x)[0]

    graph = read_jaxpr(jax.jit(program).trace(X).jaxpr)
    live = live_nodes(graph)
    assert {node.op for node in graph.nodes() if node.id in live} == {"jit", "add"}


def test_values_are_followed_through_calls():
    def program(x):
        inner = jax.jit(lambda y: jnp.tan(jnp.sin(y)))
        return jnp.exp(inner(x + 1.0))

    graph = read_jaxpr(jax.jit(program).trace(X).jaxpr)
    nodes = {node.op: node for node in graph.nodes()}
    assert [node.op for node in consumers_of(graph, nodes["add"])] == ["sin"]
    assert [node.op for node in consumers_of(graph, nodes["tan"])] == ["exp"]
    assert [node.op for node in makers_of(graph, nodes["exp"])] == ["tan"]
    assert [node.op for node in makers_of(graph, nodes["sin"])] == ["add"]


def test_a_graph_without_tags_of_its_own_still_links_through_neighbours():
    seen = see(lambda x: jnp.sin(x) * 2.0, X)
    (sine,) = seen.hlo.find("sine")
    home = seen.hlo.home_of(sine)
    stripped = replace(
        home,
        nodes=tuple(
            replace(node, origin=NOWHERE) if node.id == sine.id else node for node in home.nodes
        ),
    )
    hlo = replace(seen.hlo, regions={**seen.hlo.regions, home.id: stripped})
    lineage = lineage_between(seen.jaxpr, hlo)
    assert lineage.back(sine.id, "inferred") != ()
    assert lineage.status("main/0") == "unknown"
