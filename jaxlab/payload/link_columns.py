"""Lineage between two stages as columns, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from jaxlab.payload.differences import differences
from jaxlab.payload.stage_columns import NodePlaces
from jaxlab.report import Links


def link_columns(links: Links, before: NodePlaces, after: NodePlaces) -> dict[str, Any]:
    """Links as the payload has them, in the order of the stages' nodes."""
    kinds: dict[str, int] = {}
    rows = sorted(
        (before.nodes[one], after.nodes[other], kinds.setdefault(kind, len(kinds)))
        for one, other, kind in links.pairs
    )
    fates: dict[str, int] = {}
    gone = sorted(
        (before.nodes[node_id], fates.setdefault(fate, len(fates)))
        for node_id, fate in links.fates.items()
    )
    nodes = differences(place for place, _ in gone)
    return {
        "before": links.before,
        "after": links.after,
        "from": differences(place for place, _, _ in rows),
        "to": list(_steps(rows)),
        "kind": [kind for _, _, kind in rows],
        "kinds": list(kinds),
        "gone": [
            number for place, (_, fate) in zip(nodes, gone, strict=True) for number in (place, fate)
        ],
        "fates": list(fates),
        "note": links.note,
    }


def decode_links(columns: Mapping[str, Any], stages: Sequence[Sequence[str]]) -> Links:
    """Links from their columns and the ids of each stage's nodes."""
    before, after = stages[columns["before"]], stages[columns["after"]]
    kinds, fates = columns["kinds"], columns["fates"]
    pairs: list[tuple[str, str, str]] = []
    place = first = other = 0
    for number, (ahead, step, kind) in enumerate(
        zip(columns["from"], columns["to"], columns["kind"], strict=True)
    ):
        place += ahead
        other = step + (first if ahead or not number else other)
        first = other if ahead or not number else first
        pairs.append((before[place], after[other], kinds[kind]))
    gone = zip(accumulate(columns["gone"][::2]), columns["gone"][1::2], strict=True)
    told = {before[node]: fates[fate] for node, fate in gone}
    return Links(columns["before"], columns["after"], tuple(pairs), told, columns["note"])


def _steps(rows: Sequence[tuple[int, int, int]]) -> Iterator[int]:
    """Each later node less the one before, or, where the earlier node changes, less its first."""
    earlier, first, before = -1, 0, 0
    for one, other, _ in rows:
        if one != earlier:
            earlier, before = one, first
            first = other
        yield other - before
        before = other
