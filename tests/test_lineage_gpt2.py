"""Lineage of the GPT-2 step: its figures, and that every tag leads where it says."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from tagged import Seen, see

from examples import gpt2
from jaxlab.analyses.lineage import lineage_between
from jaxlab.analyses.tag_links import KINDS
from jaxlab.readers.jaxpr import jaxprs_in_order

pytestmark = pytest.mark.large
Record = Any


def equations_of(seen: Seen) -> dict[str, str]:
    """Equation ids by tag, counted here afresh from JAX's own jaxprs."""
    return {
        f"jx~{region}.{index}": f"{region_id}/{index}"
        for region, (region_id, jaxpr) in enumerate(jaxprs_in_order(seen.traced.jaxpr))
        for index in range(len(jaxpr.eqns))
    }


def in_words(counts: Counter[str]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.most_common()) or "none"


def test_every_tagged_instruction_links_to_exactly_the_tagged_equations(
    gpt2_tagged: Seen, record_property: Record
):
    lineage, equations = gpt2_tagged.lineage, equations_of(gpt2_tagged)
    tagged = 0
    for node in gpt2_tagged.hlo.nodes():
        tags = node.origin.tags
        if not tags:
            assert lineage.back(node.id, "tagged") == ()
            continue
        tagged += 1
        named = {equations[tag] for tag in tags}
        assert equations[tags[-1]] in lineage.back(node.id, "tagged")
        if node.op == "fusion":
            assert set(lineage.back(node.id, "tagged")) <= named
            assert named <= set(lineage.back(node.id))
        else:
            assert set(lineage.back(node.id, "tagged", "within")) == named
    total = len(gpt2_tagged.hlo)
    assert tagged > 0.5 * total
    record_property("figure: GPT-2 lineage", f"{tagged:,} of {total:,} instructions have a tag")


def test_nearly_all_instructions_have_a_link(gpt2_tagged: Seen, record_property: Record):
    lineage, hlo = gpt2_tagged.lineage, gpt2_tagged.hlo
    left = lineage.unlinked()
    best = Counter(
        min((lineage.kind(origin, node.id) for origin in lineage.back(node.id)), key=KINDS.index)
        for node in hlo.nodes()
        if lineage.back(node.id)
    )
    record_property("figure: GPT-2 links of instructions", in_words(best))
    without = in_words(Counter(hlo.node(node_id).op for node_id in left))
    record_property("figure: GPT-2 instructions without a link", without)
    assert len(left) <= 0.01 * len(hlo)
    assert sum(best.values()) + len(left) == len(hlo)


def test_every_equation_that_is_left_is_reachable_from_its_line(
    gpt2_tagged: Seen, record_property: Record
):
    lineage, equations = gpt2_tagged.lineage, equations_of(gpt2_tagged)
    tags = {tag for node in gpt2_tagged.hlo.nodes() for tag in node.origin.tags}
    places: dict[tuple[str, int], set[str]] = {}
    for tag in tags:
        equation = gpt2_tagged.jaxpr.node(equations[tag])
        assert lineage.status(equation.id) == "kept"
        frame = equation.origin.frames[0]
        places.setdefault((frame.file, frame.line), set()).add(equation.id)
    for (file, line), expected in places.items():
        found = lineage.at_line(line, file)
        assert expected <= set(found.before)
        for equation_id in expected:
            assert set(lineage.forward(equation_id)) <= set(found.after)
    said = f"{len(tags):,} equations on {len(places)} lines"
    record_property("figure: GPT-2 equations left, all reachable from their lines", said)


def test_what_became_of_the_equations(gpt2_tagged: Seen, record_property: Record):
    lineage, jaxpr = gpt2_tagged.lineage, gpt2_tagged.jaxpr
    statuses = Counter(lineage.status(node.id) for node in jaxpr.nodes())
    record_property("figure: GPT-2 equations", in_words(statuses))
    unknown = Counter(node.op for node in jaxpr.nodes() if lineage.status(node.id) == "unknown")
    record_property("figure: GPT-2 equations that left unseen", in_words(unknown))
    assert statuses["unknown"] <= 0.1 * len(jaxpr)
    for node in jaxpr.nodes():
        assert (lineage.forward(node.id) == ()) == (lineage.status(node.id) == "dead")


def test_the_gradient_squared_for_clipping_is_the_one_adam_uses(gpt2_tagged: Seen):
    lineage, jaxpr = gpt2_tagged.lineage, gpt2_tagged.jaxpr
    merged = [node for node in jaxpr.find("square") if lineage.status(node.id) == "merged"]
    assert len(merged) == 196
    for node in merged:
        (twin,) = re.findall(r"same value as (\S+)", lineage.fate(node.id).reason)
        assert jaxpr.node(twin).inputs[0] is node.inputs[0]


def test_stablehlo_lies_between(gpt2_tagged: Seen):
    down = lineage_between(gpt2_tagged.jaxpr, gpt2_tagged.stablehlo)
    assert len(down.unlinked()) <= 0.01 * len(gpt2_tagged.stablehlo)
    assert {down.status(node.id) for node in gpt2_tagged.jaxpr.nodes()} <= {
        "kept",
        "dead",
        "folded",
    }
    on = lineage_between(gpt2_tagged.stablehlo, gpt2_tagged.hlo)
    dots = gpt2_tagged.stablehlo.find("dot_general")
    reached = [{gpt2_tagged.hlo.node(found).op for found in on.forward(dot.id)} for dot in dots]
    assert all("dot" in opcodes for opcodes in reached)


def test_a_small_step_gives_the_same_bits_with_tags():
    config = replace(gpt2.Config.tiny(), layers=1)
    state = gpt2.init(config, jax.random.key(0))
    tokens = jnp.zeros((config.batch, config.length + 1), jnp.int32)
    seen = see(gpt2.train_step, state, tokens, donate_argnums=0)
    assert seen.hlo.facts["input_output_alias"]
