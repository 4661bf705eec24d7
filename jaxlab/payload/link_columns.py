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
    for _, _, kind in links.pairs:
        kinds.setdefault(kind, len(kinds))
    ones, others, count = before.nodes, after.nodes, len(kinds)
    wide = len(others) * count
    # One number each, for those are sorted fast.
    rows = sorted(
        [ones[one] * wide + others[other] * count + kinds[kind] for one, other, kind in links.pairs]
    )
    from_ = [row // wide for row in rows]
    to = [row % wide // count for row in rows]
    fates: dict[str, int] = {}
    gone = sorted(
        (before.nodes[node_id], fates.setdefault(fate, len(fates)))
        for node_id, fate in links.fates.items()
    )
    nodes = differences(place for place, _ in gone)
    return {
        "before": links.before,
        "after": links.after,
        "from": differences(from_),
        "to": list(_steps(from_, to)),
        "kind": [row % count for row in rows],
        "kinds": list(kinds),
        "gone": [
            number for place, (_, fate) in zip(nodes, gone, strict=True) for number in (place, fate)
        ],
        "fates": list(fates),
        "note": links.note,
    }


def decode_links(columns: Mapping[str, Any], stages: Sequence[Sequence[str]]) -> Links:
    """Links from their columns and the ids of each stage's nodes."""
    before = stages[int(columns["before"])]
    after = stages[int(columns["after"])]
    kinds: list[str] = columns["kinds"]
    fates: list[str] = columns["fates"]
    lost: list[int] = columns["gone"]
    pairs: list[tuple[str, str, str]] = []
    place = first = other = 0
    for number, (ahead, step, kind) in enumerate(
        zip(columns["from"], columns["to"], columns["kind"], strict=True)
    ):
        place += int(ahead)
        other = step + (first if ahead or not number else other)
        first = other if ahead or not number else first
        pairs.append((before[place], after[int(other)], kinds[int(kind)]))
    gone = zip(accumulate(lost[::2]), lost[1::2], strict=True)
    told = {before[node]: fates[fate] for node, fate in gone}
    return Links(columns["before"], columns["after"], tuple(pairs), told, columns["note"])


def _steps(from_: Sequence[int], to: Sequence[int]) -> Iterator[int]:
    """Each later node less the one before, or, where the earlier node changes, less its first."""
    earlier, first, before = -1, 0, 0
    for one, other in zip(from_, to, strict=True):
        if one != earlier:
            earlier, before = one, first
            first = other
        yield other - before
        before = other
