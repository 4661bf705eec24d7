"""A report's tabs in the payload: charts and tables come back, and point at the nodes they did."""

from __future__ import annotations

import json
from math import inf, isnan, nan
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from profile_report import profile_report
from sketch import sketch
from test_payload import SCHEMA, readable

from jaxlab.charts import Chart, Curve, Flame, Roof, Roofline, Timeline
from jaxlab.origin import Frame
from jaxlab.payload import decode_report, encode_report, pack, to_text
from jaxlab.report import Report, Stage, Tab, Table

GOLDEN = Path(__file__).parent / "golden" / "tabs-v1.json"

STEP = sketch(
    """
main(x: f32[8,4], w: f32[4,2]) -> y
  h: f32[8,2] = dot_general x w | scope=layer line=14
  y: f32[8,2] = tanh h | scope=layer line=15
""",
    name="step",
)
DOT, TANH = "main/0", "main/1"
FLAME = Flame(
    "Time by scope",
    "s",
    "attributed",
    ("all", "layer", "dot_general", "tanh", "(no equation)"),
    (-1, 0, 1, 1, 0),
    (0.002, 0.0015, 0.001234, 0.00026, 0.0005),
    "jaxpr",
    ("", "", DOT, TANH, ""),
)
TIMELINE = Timeline(
    "One run",
    ("host", "CPU 0"),
    (0, 1, 1),
    (0.0, 2e-6, 1.25e-4),
    (1e-3, 1.2e-4, 7e-9),
    ("step", "dot_general", "tanh"),
    "jaxpr",
    ("", DOT, TANH),
)
ROOFLINE = Roofline(
    "Roofline",
    (
        Roof("this CPU", 4.5e10, 1.8e10, "measured: matmul and copy"),
        Roof("A device", 3.12e14, 2.039e12, "published: its data sheet"),
    ),
    (1.333, 0.25),
    (1.1e10, 4e9),
    (1.2e-4, 7e-9),
    ("dot_general", "tanh"),
    "jaxpr",
    (DOT, TANH),
)
CURVE = Curve("Live bytes", "B", "read", "instruction", (96, 160, 64), "jaxpr", (DOT, TANH, ""))
OPERATIONS = Table(
    "Operations",
    ("operation", "time a run", "share", "calls"),
    (("dot_general", 0.00012, 0.6, 12), ("tanh", 7e-9, 0.4, "not known"), ("rest", 0.5, 1, 0)),
    ("", "s", "%", ""),
    "jaxpr",
    (DOT, TANH, ""),
    (Frame("train.py", 14, "step"), Frame("train.py", 15, "step", 3, 15, 9), None),
)
TABS = (
    Tab("Profile", ("2 ms",), ("On a busy machine.",), (FLAME, TIMELINE, ROOFLINE), (OPERATIONS,)),
    Tab("Memory", charts=(CURVE,), tables=(Table("Plain", ("what",), (("nothing",),)),)),
)


def there_and_back(tabs: tuple[Tab, ...], *stages: Stage) -> tuple[Tab, ...]:
    report = Report("t", stages=stages or (Stage(STEP, "jaxpr"),), tabs=tabs)
    payload = json.loads(to_text(encode_report(report)))
    jsonschema.validate(payload, SCHEMA)
    return decode_report(payload).tabs


def chart_back(chart: Chart) -> Any:
    ((found,),) = (tab.charts for tab in there_and_back((Tab("t", charts=(chart,)),)))
    return found


def test_tabs_come_back():
    profile, memory = there_and_back(TABS)
    assert (profile.name, profile.figures, profile.notes) == (
        "Profile",
        ("2 ms",),
        ("On a busy machine.",),
    )
    assert profile.tables == (OPERATIONS,)
    assert profile.charts[0] == FLAME
    assert profile.charts[2] == ROOFLINE
    assert memory == TABS[1]


def test_a_timeline_keeps_whole_nanoseconds():
    found = chart_back(TIMELINE)
    assert found.starts == pytest.approx(TIMELINE.starts, abs=1e-10)
    assert found.seconds == pytest.approx(TIMELINE.seconds, abs=1e-10)
    assert (found.lanes, found.lane, found.names) == (TIMELINE.lanes, (0, 1, 1), TIMELINE.names)
    assert found.nodes == ("", DOT, TANH)


def test_seconds_keep_four_digits_and_bytes_all():
    curve = Curve("c", "B", "read", "step", (123456789, 0.123456789, 2.5e9))
    assert chart_back(curve).values == (123456789, 0.1235, 2500000000)


def test_what_json_has_no_number_for_comes_back_as_nan_or_as_text():
    found = chart_back(Curve("c", "s", "read", "step", (1.0, inf, nan)))
    assert found.values[0] == 1 and all(isnan(value) for value in found.values[1:])
    table = Table("t", ("a", "b"), ((inf, nan),), ("B", "s"))
    ((back,),) = (tab.tables for tab in there_and_back((Tab("t", tables=(table,)),)))
    assert back.rows == (("inf B", "nan s"),)


def test_nodes_are_those_of_the_stage_that_is_named():
    later = sketch("main(x: f32[8]) -> y\n  y: f32[8] = negate x\n", stage="hlo", name="later")
    stages = (Stage(STEP, "jaxpr"), Stage(later, "HLO"), Stage(STEP, "rung"))
    table = Table("t", ("a",), (("x",), ("y",)), stage="hlo", nodes=("main/0", "gone"))
    nowhere = Table("t", ("a",), (("x",),), stage="stablehlo", nodes=("main/0",))
    ((found, lost),) = (
        tab.tables for tab in there_and_back((Tab("t", (), (), (), (table, nowhere)),), *stages)
    )
    assert (found.stage, found.nodes) == ("hlo", ("main/0", ""))
    assert (lost.stage, lost.nodes) == ("", ())


def test_the_format_is_the_golden_file():
    """The viewer's tests read this very file."""
    report = Report("step(x, w)", stages=(Stage(STEP, "jaxpr"),), tabs=TABS)
    tabs = readable(encode_report(report)["tabs"])
    assert tabs == GOLDEN.read_text(encoding="utf-8")


def test_a_profile_of_a_large_step_is_small():
    report = profile_report()
    bare = len(pack(encode_report(Report(report.title, stages=report.stages))))
    whole = len(pack(encode_report(report)))
    assert whole - bare < 60_000
    assert whole < 300_000
