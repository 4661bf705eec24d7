"""Findings as HTML that needs no script."""

from __future__ import annotations

from dataclasses import replace

from jaxlab.finding import Finding
from jaxlab.origin import Frame, Source
from jaxlab.renderers.finding_html import findings_html

SOURCE = Source("train.py", "x = 1\nprint(x)\n", "cell [3]")
FRAME = Frame("train.py", 2, "step")


def told(headline: str, what: str = "w", evidence: tuple[str, ...] = ()) -> str:
    remedy = "Use `jax.debug.print`."
    finding = Finding("print-at-trace", "surprise", headline, what, remedy, (FRAME,), how_often=3)
    finding = replace(finding, evidence=evidence)
    return findings_html((finding,), (SOURCE,))


def test_code_is_set_as_code_and_the_line_is_told() -> None:
    html = told("`print` in `step` runs once.", evidence=("`x = 1`",))
    assert "<strong><code>print</code> in <code>step</code> runs once.</strong>" in html
    assert "<small>surprise · print-at-trace · 3 times</small>" in html
    assert "<code>cell [3]:2  print(x)</code>" in html
    assert "<summary>Use <code>jax.debug.print</code>.</summary>" in html
    assert "<li><code>x = 1</code></li>" in html


def test_a_lone_backtick_and_hostile_names_stay_text() -> None:
    html = told("a ` b", "`<img src=x onerror=alert(1)>` \u202e")
    assert "<strong>a ` b</strong>" in html
    assert "<code>&lt;img src=x onerror=alert(1)&gt;</code> \\u202e" in html


def test_nothing_found_is_no_list() -> None:
    assert findings_html((), ()) == ""
