"""The payload of the GPT-2 step: nothing is lost, and two copies fit into one output."""

from __future__ import annotations

import time
from typing import Any

import pytest
from payload_checks import report_comes_back
from tagged import Seen

from jaxlab.analyses.cost import bytes_of, flops_of
from jaxlab.analyses.lineage import lineage_between
from jaxlab.collection import collector_paused
from jaxlab.graph import Graph
from jaxlab.payload import encode_report, pack
from jaxlab.report import Links, Report, Stage

pytestmark = pytest.mark.large
Record = Any

LARGEST = 270_000
"""Bytes when gzipped: two copies in base64 leave a quarter of 1 MB for the viewer and a picture."""

SLOWEST = 15.0
"""Seconds, on a machine that does much else: a quiet one takes about two."""


def fresh(graph: Graph) -> Graph:
    """The same graph, with nothing remembered that was asked of it."""
    return Graph(graph.stage, graph.name, graph.regions, graph.entry, graph.facts)


def report_of(seen: Seen) -> Report:
    graphs = [fresh(graph) for graph in (seen.jaxpr, seen.stablehlo, seen.hlo)]
    stages = [Stage(graph, graph.stage, "", (flops_of(graph), bytes_of(graph))) for graph in graphs]
    links: list[Links] = []
    for place in (1, 2):
        lineage = lineage_between(graphs[0], graphs[place])
        found = lineage.counterparts
        fates = {key: fate.status for key, fate in lineage.fates.items() if key not in found}
        links.append(Links(0, place, found, fates))
    return Report("train_step", stages=tuple(stages), links=tuple(links))


def test_all_stages_come_back(gpt2_tagged: Seen, record_property: Record):
    text = report_comes_back(report_of(gpt2_tagged))
    record_property("figure: GPT-2 payload", f"{len(text):,} bytes of JSON")


def test_two_copies_fit_into_an_output(gpt2_tagged: Seen, record_property: Record):
    started = time.process_time()
    with collector_paused():
        data = pack(encode_report(report_of(gpt2_tagged)))
    seconds = time.process_time() - started
    size = len(data) * 3 // 4
    said = f"{size:,} bytes gzipped, made in {seconds:.1f} s with costs and lineage"
    record_property("figure: GPT-2 payload of three stages", said)
    assert size <= LARGEST
    assert seconds < SLOWEST
