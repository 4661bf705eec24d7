"""All stages of a program in one report: which are at hand, and how they are linked."""

from __future__ import annotations

import jax
import jax.numpy as jnp

import jaxlab
from jaxlab import reporting
from jaxlab.graph import Graph
from jaxlab.report import Links, Report

X = jnp.ones((8, 8))


def loss(w, x):
    with jax.named_scope("layer"):
        y = jnp.tanh(x @ w)
    return jnp.sum(y**2)


def labels(report: Report) -> list[str]:
    return [stage.label for stage in report.stages]


def check_links(report: Report) -> None:
    """Every link joins nodes that exist, and no node is both linked and gone."""
    for links in report.links:
        before = {node.id for node in report.stages[links.before].graph.nodes()}
        after = {node.id for node in report.stages[links.after].graph.nodes()}
        assert set(links.found) <= before
        assert counterparts(links) <= after
        assert set(links.fates) <= before
        assert not set(links.fates) & set(links.found)


def counterparts(links: Links) -> set[str]:
    """The ids of all nodes of the later stage that have links."""
    return {after for found in links.found.values() for after in found}


def partners(report: Report, links: Links, op: str) -> set[str]:
    """Ops of the later stage that nodes with this op became."""
    before: Graph = report.stages[links.before].graph
    after: Graph = report.stages[links.after].graph
    found = (others for node_id, others in links.found.items() if before.node(node_id).op == op)
    return {after.node(other).op for others in found for other in others}


def test_a_call_is_shown_at_every_stage_and_linked():
    report = jaxlab.trace(jax.grad(loss), X, X).whole_report()
    assert labels(report) == ["jaxpr", "StableHLO", "HLO"]
    assert [(links.before, links.after) for links in report.links] == [(0, 1), (0, 2)]
    check_links(report)
    assert partners(report, report.links[0], "dot_general") == {"dot_general"}
    assert "dot" in partners(report, report.links[1], "dot_general")
    assert "equations → " in report.headline
    assert "compile" in report.headline and " peak" in report.headline
    assert {overlay.name for stage in report.stages for overlay in stage.overlays}


def test_the_stage_that_is_asked_for_is_shown_first():
    report = jaxlab.trace(loss, X, X).whole_report("hlo")
    assert report.shown == 2
    assert report.graph is report.stages[2].graph


def test_a_large_program_is_compiled_only_when_asked_for(monkeypatch):
    monkeypatch.setattr(reporting, "AT_ONCE", 3)
    program = jaxlab.trace(jax.grad(loss), X, X)
    report = program.whole_report()
    assert labels(report) == ["jaxpr"]
    assert "compile" not in program.seconds
    (said,) = [note for note in report.notes if "left out" in note]
    assert "--stage hlo" in said
    assert labels(program.whole_report("hlo")) == ["jaxpr", "StableHLO", "HLO"]


def test_a_recorded_cell_is_linked_to_the_program_that_ran():
    step = jax.jit(jax.grad(loss))
    with jaxlab.record() as recorded:
        w = X
        for _ in range(3):
            w = w - 0.1 * step(w, X)
    report = recorded.program.whole_report()
    assert labels(report) == ["jaxpr", "StableHLO", "HLO"]
    check_links(report)
    assert "dot" in partners(report, report.links[1], "dot_general")
    assert "the same instructions" in report.links[1].note


def test_several_programs_are_linked_each_to_its_own():
    first, second = jax.jit(jax.grad(loss)), jax.jit(lambda x: jnp.sin(x) + 1)
    with jaxlab.record() as recorded:
        second(first(X, X))
    report = recorded.program.whole_report()
    check_links(report)
    links = report.links[0]
    assert partners(report, links, "sin") == {"sine"}
    programs = {after.partition(".program/")[0] for after in counterparts(links)}
    assert programs == {"main/0", "main/1"}


def test_eager_operations_are_linked_as_if_they_were_one_function():
    with jaxlab.record() as recorded:
        y = X
        for _ in range(5):
            y = jnp.sin(y) @ X
    report = recorded.program.whole_report()
    check_links(report)
    assert partners(report, report.links[0], "sin") == {"sine"}
    assert len(counterparts(report.links[0])) >= 10, "each round's own"


def test_what_was_read_has_the_stages_it_has():
    lowered = jax.jit(loss).lower(X, X)
    assert labels(jaxlab.read(lowered).whole_report()) == ["StableHLO", "HLO"]
    report = jaxlab.read(lowered.compile()).whole_report()
    assert labels(report) == ["HLO"]
    assert report.links == ()


def test_a_stage_that_fails_leaves_the_others_and_a_sentence(monkeypatch):
    program = jaxlab.trace(loss, X, X)

    def fail(*_args: object) -> None:
        raise RuntimeError("out of memory while compiling")

    monkeypatch.setattr("jaxlab._jax.compile_tagged", fail)
    report = program.whole_report()
    assert labels(report) == ["jaxpr", "StableHLO"]
    assert any("HLO could not be made: RuntimeError: out of memory" in n for n in report.notes)


def test_the_ladder_is_traced_only_when_asked_for():
    program = jaxlab.trace(jax.grad(loss), X, X)
    assert program.whole_report().ladder == ()
    ladder = program.whole_report(ladder=True).ladder
    assert [rung.text for rung in ladder] == ["loss", "grad(loss)"]
    assert all(rung.graph is not None for rung in ladder)


def test_a_graph_alone_has_no_links():
    report = jaxlab.read(jax.make_jaxpr(loss)(X, X)).whole_report()
    assert labels(report) == ["jaxpr"]
    assert report.links == ()


def test_what_is_compiled_for_a_report_is_no_news_to_the_users_listeners(caplog):
    heard: list[str] = []

    def listen(event: str, *_args: object, **_facts: object) -> None:
        heard.append(event)

    jax.monitoring.register_event_duration_secs_listener(listen)
    jax.config.update("jax_log_compiles", True)
    try:
        program = jaxlab.trace(loss, X, X)
        heard.clear()
        caplog.clear()
        assert labels(program.whole_report()) == ["jaxpr", "StableHLO", "HLO"]
        assert heard == []
        assert caplog.messages == []
        jax.jit(lambda x: x * 2.5)(X)
        assert heard, "afterwards it hears as before"
    finally:
        jax.config.update("jax_log_compiles", False)
        jax.monitoring.unregister_event_duration_listener(listen)
