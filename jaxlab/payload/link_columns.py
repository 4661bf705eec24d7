"""Lineage between two stages as columns, and back."""

# What JSON holds has no static types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from jaxlab.payload.differences import differences, pairs, unpaired
from jaxlab.payload.stage_columns import NodePlaces
from jaxlab.report import Links


def link_columns(links: Links, before: NodePlaces, after: NodePlaces) -> dict[str, Any]:
    """Links as the payload has them: per kind, in the order of the stages' nodes."""
    ones, others = before.nodes, after.nodes
    kinds: dict[str, list[tuple[int, list[int]]]] = {}
    for one, counterparts in sorted((ones[key], found) for key, found in links.found.items()):
        rows: dict[str, list[int]] = {}
        for other, kind in counterparts.items():
            rows.setdefault(kind, []).append(others[other])
        for kind, row in rows.items():
            row.sort()
            kinds.setdefault(kind, []).append((one, row))
    fates: dict[str, int] = {}
    gone = sorted(
        (ones[node_id], fates.setdefault(fate, len(fates))) for node_id, fate in links.fates.items()
    )
    return {
        "before": links.before,
        "after": links.after,
        "kinds": [
            {
                "kind": kind,
                "from": differences(one for one, _ in rows),
                "counts": [len(row) for _, row in rows],
                "to": _steps([row for _, row in rows]),
            }
            for kind, rows in kinds.items()
        ],
        "gone": pairs(gone),
        "fates": list(fates),
        "note": links.note,
    }


def decode_links(columns: Mapping[str, Any], stages: Sequence[list[str]]) -> Links:
    """Links from their columns and the ids of each stage's nodes."""
    before = stages[int(columns["before"])]
    after = stages[int(columns["after"])]
    found: dict[str, dict[str, str]] = {}
    for rows in columns["kinds"]:
        at = first = 0
        for one, count in zip(accumulate(rows["from"]), rows["counts"], strict=True):
            others = list(accumulate([first, *rows["to"][at : at + count]]))[1:]
            first = others[0]
            found.setdefault(before[one], {}).update(
                (after[other], rows["kind"]) for other in others
            )
            at += count
        if at != len(rows["to"]):
            raise ValueError("its counts don't add up")
    fates: list[str] = columns["fates"]
    told = {before[node]: fates[fate] for node, fate in unpaired(columns["gone"])}
    return Links(columns["before"], columns["after"], found, told, columns["note"])


def _steps(rows: Sequence[Sequence[int]]) -> list[int]:
    """Each later node less the one before, or, at the start of a row, less the last row's first."""
    found: list[int] = []
    first = 0
    for row in rows:
        before, first = first, row[0]
        for place in row:
            found.append(place - before)
            before = place
    return found
