"""Payload -> report; the format is described in this package's docstring and in the schema."""

# What JSON holds has no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jaxlab.collection import collector_paused
from jaxlab.errors import PayloadError, cut
from jaxlab.origin import Source
from jaxlab.payload.encode import FORMAT, VERSION
from jaxlab.payload.finding import decode_finding
from jaxlab.payload.link_columns import decode_links
from jaxlab.payload.stage_graph import decode_stage
from jaxlab.payload.tabs import NodeIds, decode_tab, decode_table
from jaxlab.report import Report, Rung


@collector_paused()
def decode_report(payload: Mapping[str, Any]) -> Report:
    """What `encode_report` was given, from its dict (or from the JSON of it).

    Graphs are grouped by scope, as the payload has them.

    Raises:
      PayloadError: it is no payload of ours, is newer than this version of jaxlab, or is damaged.
    """
    if payload.get("format") != FORMAT:
        raise PayloadError(
            f"This is no payload of jaxlab: its format is {_said(payload, 'format')}."
        )
    version = payload.get("version")
    if not isinstance(version, int) or not 1 <= version <= VERSION:
        raise PayloadError(
            f"This payload has version {_said(payload, 'version')}; this jaxlab reads versions up "
            f"to {VERSION}. Update it: `pip install -U jaxlab`."
        )
    try:
        return _report(payload)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        said = cut(f"{type(error).__name__}: {error}", 100)
        raise PayloadError(f"This payload is damaged ({said}).") from error


def _report(payload: Mapping[str, Any]) -> Report:
    decoded = [decode_stage(columns) for columns in payload["stages"]]
    stages = [stage for stage, _ in decoded]
    node_ids = [ids for _, ids in decoded]
    ids = NodeIds(stages, node_ids)
    rungs = [(each["text"], each["stage"]) for each in payload["ladder"]]
    ladder = tuple(
        Rung(text, None if place is None else stages[place].graph) for text, place in rungs
    )
    return Report(
        payload["title"],
        tuple(payload["headline"]),
        tuple(payload["notes"]),
        tuple(stages),
        payload["first"],
        tuple(decode_links(each, node_ids) for each in payload["links"]),
        tuple(Source(**each) for each in payload["sources"]),
        tuple(decode_table(each, ids) for each in payload["tables"]),
        ladder,
        tuple(decode_tab(each, ids) for each in payload["tabs"]),
        tuple(decode_finding(each, ids) for each in payload["findings"]),
    )


def _said(payload: Mapping[str, Any], key: str) -> str:
    return cut(repr(payload.get(key)), 40)
