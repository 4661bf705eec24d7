"""Timelines in the Chrome trace format, which https://ui.perfetto.dev and chrome://tracing open."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from jaxlab.charts import Timeline

SUFFIX = ".trace.json"
"""How the name of such a file ends."""


def perfetto_json(timelines: Sequence[Timeline]) -> str:
    """Each timeline as a process, each of its lanes as a thread, times in microseconds."""
    events: list[dict[str, object]] = []
    for process, timeline in enumerate(timelines, 1):
        events.append(_named("process_name", process, 0, timeline.title))
        for thread, lane in enumerate(timeline.lanes):
            events.append(_named("thread_name", process, thread, lane))
        nodes = timeline.nodes or ("",) * len(timeline.names)
        spans = zip(
            timeline.lane, timeline.starts, timeline.seconds, timeline.names, nodes, strict=True
        )
        for lane, start, seconds, name, node in spans:
            span: dict[str, object] = {
                "ph": "X",
                "name": name,
                "pid": process,
                "tid": lane,
                "ts": round(start * 1e6, 3),
                "dur": round(seconds * 1e6, 3),
            }
            if node:
                span["args"] = {timeline.stage: node}
            events.append(span)
    return json.dumps({"traceEvents": events, "displayTimeUnit": "ms"})


def write_perfetto(path: str | Path, timelines: Sequence[Timeline]) -> Path:
    """Write timelines to a file, and give back its path."""
    target = Path(path)
    target.write_text(perfetto_json(timelines))
    return target


def _named(what: str, process: int, thread: int, name: str) -> dict[str, object]:
    return {"ph": "M", "name": what, "pid": process, "tid": thread, "args": {"name": name}}
