"""Report -> payload; the format is described in this package's docstring and in the schema."""

from __future__ import annotations

from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from jaxlab.analyses.trips import loop_trips
from jaxlab.collection import collector_paused
from jaxlab.payload.finding import finding_columns
from jaxlab.payload.ghosts import Ghosts
from jaxlab.payload.link_columns import link_columns
from jaxlab.payload.stage_columns import NodePlaces, stage_columns
from jaxlab.payload.tabs import StageNodes, tab_columns, table_columns
from jaxlab.report import Report, Rung, Stage
from jaxlab.views import group_by_scope

FORMAT, VERSION = "jaxlab.report", 1


@collector_paused()
def encode_report(report: Report, depth: int | None = None) -> dict[str, Any]:
    """A report as a dict that `json.dumps` takes and `decode_report` reads.

    Graphs are grouped by scope, if they are not yet. Frames that have not been read yet are
    read. What is left out of a graph is said in this package's docstring.

    Args:
      report: what there is to say.
      depth: how many levels are open at first; None lets the viewer decide.
    """
    stages, rungs = _with_rungs(report)
    trips = [loop_trips(stage.graph) for stage in stages]
    ghosts = Ghosts(next((each.graph for each in stages if each.graph.stage == "jaxpr"), None))
    stages = [replace(stage, graph=group_by_scope(stage.graph)) for stage in stages]
    places = [NodePlaces(stage) for stage in stages]
    at = StageNodes(stages, [own.nodes for own in places])
    linked = {place for each in report.links for place in (each.before, each.after)}
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_by": _made_by(),
        "title": report.title,
        "headline": list(report.figures),
        "notes": list(report.notes),
        "findings": [finding_columns(finding, at, ghosts) for finding in report.findings],
        "sources": [asdict(source) for source in report.sources],
        "stages": [
            stage_columns(stage, own, trips[place], tags=place not in linked)
            for place, (stage, own) in enumerate(zip(stages, places, strict=True))
        ],
        "links": [
            link_columns(each, places[each.before], places[each.after]) for each in report.links
        ],
        "tables": [table_columns(table, at) for table in report.tables],
        "tabs": [tab_columns(tab, at) for tab in report.tabs],
        "ladder": rungs,
        "first": report.shown,
        "depth": depth,
    }


def _with_rungs(report: Report) -> tuple[list[Stage], list[dict[str, Any]]]:
    """The report's stages, followed by those that only a rung of its ladder has."""
    stages = list(report.stages)
    return stages, [{"text": rung.text, "stage": _place(stages, rung)} for rung in report.ladder]


def _place(stages: list[Stage], rung: Rung) -> int | None:
    if rung.graph is None:
        return None
    for place, stage in enumerate(stages):
        if stage.graph is rung.graph:
            return place
    stages.append(Stage(rung.graph, rung.text))
    return len(stages) - 1


def _made_by() -> str:
    try:
        return f"jaxlab {version('jaxlab')}"
    except PackageNotFoundError:  # run from a checkout
        return "jaxlab"
