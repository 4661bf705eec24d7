"""Traces as the profilers of GPUs and TPUs write them, built in place of a device.

The names of planes, lines and stats are those that XLA's collectors write.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax

from jaxlab.profiling.trace import Event, events_of


class Row(NamedTuple):
    """One event: times are in microseconds."""

    name: str
    start: float
    length: float
    stats: Mapping[str, str | int] = {}


Lines = Mapping[str, Sequence[Row]]


def events(planes: Mapping[str, Lines]) -> list[Event]:
    """What jaxlab reads of planes, by their names and those of their lines."""
    text = "\n".join(_plane(number, *plane) for number, plane in enumerate(planes.items(), 1))
    return list(events_of(jax.profiler.ProfileData.from_text_proto(text)))


def _plane(number: int, name: str, lines: Lines) -> str:
    rows = [row for line in lines.values() for row in line]
    names = {row.name: place for place, row in enumerate(rows, 1)}
    keys = {key: place for place, key in enumerate({key for row in rows for key in row.stats}, 1)}
    written = [
        f"lines {{ id: {at} name: {json.dumps(line)} timestamp_ns: 0 "
        + " ".join(_event(row, names, keys) for row in found)
        + " }"
        for at, (line, found) in enumerate(lines.items(), 1)
    ]
    written += [_metadata("event_metadata", each, place) for each, place in names.items()]
    written += [_metadata("stat_metadata", each, place) for each, place in keys.items()]
    return f"planes {{ id: {number} name: {json.dumps(name)} {' '.join(written)} }}"


def _event(row: Row, names: Mapping[str, int], keys: Mapping[str, int]) -> str:
    stats = " ".join(
        f"stats {{ metadata_id: {keys[key]} "
        + (f"int64_value: {value}" if isinstance(value, int) else f"str_value: {json.dumps(value)}")
        + " }"
        for key, value in row.stats.items()
    )
    start, length = round(row.start * 1e6), round(row.length * 1e6)
    return (
        f"events {{ metadata_id: {names[row.name]} offset_ps: {start} duration_ps: {length} "
        f"{stats} }}"
    )


def _metadata(kind: str, name: str, place: int) -> str:
    return f"{kind} {{ key: {place} value {{ id: {place} name: {json.dumps(name)} }} }}"
