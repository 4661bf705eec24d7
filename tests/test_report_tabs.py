"""A report's tabs where nothing can be drawn: as text in a terminal, as HTML without scripts."""

from __future__ import annotations

from math import inf, nan

import pytest
from profile_report import profile_report
from static_html import static
from test_payload_tabs import CURVE, OPERATIONS, TABS

from jaxlab.charts import Chart, Curve, Flame, Roofline, Timeline
from jaxlab.display import Display
from jaxlab.renderers.chart_text import chart_text, sparkline
from jaxlab.report import Report, Tab, Table

HOSTILE = "\x1b[31m<img src=x onerror=alert(1)>\u202e\n"

TEXT = """\
step(x, w)

Profile
2 ms
On a busy machine.

Operations

 operation     time a run   share       calls
 ────────────────────────────────────────────
 dot_general       120 µs    60 %          12
 tanh                7 ns    40 %   not known
 rest              500 ms   100 %           0


Time by scope (attributed)

 in                 amount    share
 ──────────────────────────────────
 all                  2 ms    100 %
 · layer            1.5 ms     75 %
 · · dot_general   1.23 ms   61.7 %
 · · tanh           260 µs     13 %
 · (no equation)    500 µs     25 %


One run

 lane    spans     busy
 ──────────────────────
 host        1     1 ms
 CPU 0       2   120 µs


Roofline

 operation       time        speed   FLOP per byte
 ─────────────────────────────────────────────────
 dot_general   120 µs   11 GFLOP/s            1.33
 tanh            7 ns    4 GFLOP/s            0.25

this CPU: 45 GFLOP/s, 18 GB/s (measured: matmul and copy); A device: 312 TFLOP/s,
2.04 TB/s (published: its data sheet)

Memory

Plain

 what
 ───────
 nothing


Live bytes
▅█▄ peak 160 B at instruction 2 of 3 (read)
"""


def text_of(*tabs: Tab) -> str:
    lines = Display(Report("step(x, w)", tabs=tabs)).text(82).splitlines()
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def html_of(*tabs: Tab) -> str:
    return static(Display(Report("step(x, w)", tabs=tabs))._repr_mimebundle_()["text/html"])


def test_tabs_stand_in_the_text():
    assert text_of(*TABS) == TEXT


def test_tabs_stand_in_html_without_scripts():
    html = html_of(*TABS)
    for said in ("<strong>Profile</strong> 2 ms", "On a busy machine.", "1.23 ms", "not known"):
        assert said in html
    assert "▅█▄ peak 160 B at instruction 2 of 3 (read)" in html
    assert '<td style="text-align:right">not known</td>' in html


def test_of_long_tables_the_first_rows_are_shown():
    table = Table("t", ("n",), tuple((number,) for number in range(1_234)))
    text, html = text_of(Tab("Tab", tables=(table,))), html_of(Tab("Tab", tables=(table,)))
    assert "and 1,224 more" in text and "and 1,224 more" in html
    assert text.count("\n") < 25 and html.count("<tr>") == 11


def test_the_text_of_a_large_profile_is_short():
    report = profile_report()
    text = text_of(*report.tabs)
    assert text.count("\n") < 150
    assert all(figure in text.replace("\n", " ") for figure in report.tabs[1].figures)


def test_hostile_names_are_spelled_out():
    tab = Tab(
        HOSTILE,
        (HOSTILE,),
        (HOSTILE,),
        (
            Flame(HOSTILE, "s", HOSTILE, (HOSTILE,), (-1,), (1.0,)),
            Timeline(HOSTILE, (HOSTILE,), (0,), (0.0,), (1.0,), (HOSTILE,)),
            Curve(HOSTILE, "B", HOSTILE, HOSTILE, (1.0,)),
        ),
        (Table(HOSTILE, (HOSTILE,), ((HOSTILE,),)),),
    )
    text, html = text_of(tab), html_of(tab)
    assert "\x1b" not in text and "\u202e" not in text and "\\e[31m" in text
    assert "<img" not in html and "&lt;img" in html


@pytest.mark.parametrize(
    "chart",
    [
        Flame("t", "s", "measured", (), (), ()),
        Flame("t", "s", "measured", ("a", "b"), (-1, 0), (0.0, nan)),
        Timeline("t", (), (), (), (), ()),
        Roofline("t", (), (inf,), (nan,), (0.0,), ("a",)),
        Curve("t", "B", "read", "step", ()),
        Curve("t", "B", "read", "step", (nan, inf)),
    ],
)
def test_charts_of_nothing_have_texts_too(chart: Chart):
    chart_text(chart)
    text_of(Tab("t", charts=(chart,)))


def test_a_sparkline_keeps_its_peak():
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([0.0] * 1_000 + [9.0] + [0.0] * 1_000).count("█") == 1
    assert (sparkline([]), sparkline([0, 0])) == ("", "▁▁")
    assert chart_text(CURVE)[1] is None


def test_units_go_with_their_numbers():
    assert "500 ms" in text_of(Tab("t", tables=(OPERATIONS,)))
