"""Checks that graphs come back from a payload as they were."""

from __future__ import annotations

import json

from jaxlab.graph import Graph, check
from jaxlab.origin import Origin
from jaxlab.overlay import Overlay
from jaxlab.payload import decode_report, encode_report, to_text
from jaxlab.report import Links, Report, Stage
from jaxlab.views import group_by_scope


def comes_back(*graphs: Graph) -> None:
    """Write graphs and read them again; all but what the payload leaves out must be equal."""
    report = Report("t", stages=tuple(Stage(graph, graph.stage) for graph in graphs))
    report_comes_back(report)


def report_comes_back(report: Report) -> str:
    """The same for a whole report; its JSON."""
    text = to_text(encode_report(report))
    found = decode_report(json.loads(text))
    assert len(found.stages) == len(report.stages)
    for stage, ours in zip(found.stages, report.stages, strict=True):
        same_graph(stage.graph, group_by_scope(ours.graph))
        assert list(map(values_of, stage.overlays)) == list(map(values_of, ours.overlays))
    for links, told in zip(found.links, report.links, strict=True):
        same_links(links, told)
    return text


def values_of(overlay: Overlay) -> tuple[object, ...]:
    return overlay.name, overlay.unit, overlay.source, dict(overlay.values)


def same_links(found: Links, told: Links) -> None:
    assert (found.before, found.after, found.fates) == (told.before, told.after, told.fates)
    assert found.found == told.found


def same_graph(found: Graph, graph: Graph) -> None:
    assert check(found) == check(graph)
    assert (found.stage, found.name, found.entry) == (graph.stage, graph.name, graph.entry)
    for region, other in zip(found.regions.values(), graph.regions.values(), strict=True):
        assert (region.id, region.name) == (other.id, other.name)
        assert (region.inputs, region.outputs) == (other.inputs, other.outputs)
    for node, other in zip(found.nodes(), graph.nodes(), strict=True):
        assert (node.id, node.op, node.calls) == (other.id, other.op, other.calls)
        assert (node.inputs, node.outputs) == (other.inputs, other.outputs)
        assert (node.effects, node.after) == (other.effects, other.after)
        assert same_origin(node.origin, other.origin)
        assert node.params.keys() == other.params.keys() - {"op_name"}


def same_origin(found: Origin, origin: Origin) -> bool:
    return (found.scopes, found.transforms, found.frames) == (
        origin.scopes,
        origin.transforms,
        origin.frames,
    )
