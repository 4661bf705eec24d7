"""What stands in the place of a picture; what a re-run keeps; what names from programs can't do."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable
from gzip import compress
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import pytest
from panel import Panel, mount, open_page, write_page
from playwright.sync_api import Page, expect
from test_hostile import NAMES
from test_hostile import display as hostile_display

import jaxlab
from jaxlab.display import Display, Report
from jaxlab.payload import unpack
from jaxlab.report import Table

pytestmark = pytest.mark.browser


def stored(data: str) -> dict[str, Any]:
    return {"format": "jaxlab.report", "version": 1, "data": data}


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (lambda data: stored(data[: len(data) // 2]), "."),
        (lambda data: stored("no base64 !"), "."),
        (lambda data: {**stored(data), "version": 2}, "newer jaxlab"),
        (lambda data: {"format": "something else"}, "no report of jaxlab"),
        (lambda data: stored(b64encode(compress(b"[]")).decode()), "."),
        (lambda data: stored(b64encode(compress(b"[" * 100_000)).decode()), "."),
    ],
)
def test_what_cant_be_read_is_a_sentence(
    what: Callable[[str], Any], said: str, empty: Page, display: Display
) -> None:
    panel = mount(empty, what(display.packed))
    message = panel.find(".message p")
    expect(message).to_contain_text(said)
    box = panel.root.bounding_box()
    assert box is not None and box["height"] >= 200


def test_a_newer_report_says_how_to_update(empty: Page, display: Display) -> None:
    empty.context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel = mount(empty, {**stored(display.packed), "version": 2})
    panel.find(".message").get_by_role("button", name="Copy “pip install --upgrade").click()
    expect(panel.button("Copied")).to_be_visible()
    copied = empty.evaluate("navigator.clipboard.readText()")
    assert copied == "pip install --upgrade jaxlab"


def test_nothing_to_draw_leads_to_the_text(empty: Page) -> None:
    panel = mount(empty, jaxlab.trace(jax.jit(lambda x: x), jnp.ones(3)).show().packed)
    panel.find(".message").get_by_role("button").click()
    expect(panel.find(".jl-text")).to_be_visible()


def test_nothing_traced_leads_to_what_ran(empty: Page) -> None:
    table = Table("Programs that ran", ("program", "calls"), (("step", 1_000), ("<loss>", 2)))
    panel = mount(empty, Display(Report("cell [1]", tables=(table,))).packed)
    panel.find(".message").get_by_role("button").click()
    expect(panel.find(".report-table")).to_contain_text("1,000")


def test_notes_and_findings_are_short_until_asked(empty: Page, display: Display) -> None:
    payload = unpack(display.packed)
    file = payload["sources"][0]["file"]
    payload["notes"] = ["First.", "Second."]
    payload["findings"] = [
        {
            **dict(hazard="x", harm="slow", headline=f"Found {n}", what="", remedy="", when="run"),
            **dict(how_often=1, evidence=[], stage=-1, nodes=[]),
            "lines": [{"file": file, "line": 16, "function": "f"}],
        }
        for n in range(4)
    ]
    panel = mount(empty, b64encode(compress(json.dumps(payload).encode())).decode())
    expect(panel.find(".finding")).to_have_count(2)
    panel.button("2 more").click()
    expect(panel.find(".jl-card")).to_have_count(4)
    panel.find(".jl-card").last.locator(".jl-frame").click()
    expect(panel.find(".source-line[aria-selected='true']")).to_have_attribute("data-line", "16")
    expect(panel.find(".notes")).not_to_contain_text("Second.")
    panel.button("1 more note").click()
    expect(panel.find(".notes")).to_contain_text("Second.")


def test_a_ladder_leads_to_each_transform(empty: Page) -> None:
    def f(x: jax.Array) -> jax.Array:
        return jnp.sin(x).sum()

    panel = mount(empty, jaxlab.trace(jax.grad(f), jnp.ones(3)).show(ladder=True).packed)
    ladder = panel.root.get_by_role("navigation", name="Ladder of transforms")
    rungs = ladder.get_by_role("button")
    expect(rungs).to_have_text([re.compile(r"^f$"), re.compile(r"^grad\(.*f\)$")])
    expect(rungs.last).to_have_attribute("aria-current", "step")
    boxes = panel.fact("boxes")
    rungs.first.click()
    expect(rungs.first).to_have_attribute("aria-current", "step")
    expect(panel.tab("jaxpr")).to_have_attribute("aria-selected", "true")
    assert panel.fact("boxes") != boxes
    panel.tab("HLO").click()
    expect(ladder).to_be_hidden()
    panel.tab("jaxpr").click()
    expect(rungs.first).to_have_attribute("aria-current", "step")


def test_a_re_run_keeps_how_it_was_looked_at(empty: Page) -> None:
    def program(factor: float) -> str:
        def f(x: jax.Array) -> jax.Array:
            with jax.named_scope("inner"):
                x = jnp.sin(x) * 2.0
                if factor > 1:
                    x = jnp.exp(x)
                return jnp.cos(x)

        return jaxlab.trace(jax.jit(f), jnp.ones(3)).show().packed

    first = mount(empty, program(1))
    first.tab("jaxpr").focus()
    first.search("cos")
    expect(first.details).to_contain_text("cos")
    first.press("Escape", "Escape", "x")
    was_open = first.graph.get_attribute("data-open") or ""
    second = mount(empty, program(2))
    expect(empty.locator(".panel")).to_have_count(2)
    expect(second.graph).to_have_attribute("data-open", was_open)
    expect(second.find(".slot:visible")).to_have_count(2)
    expect(second.find(".legend-changes")).to_have_text("1 changed")
    expect(second.find(".source-line.changed")).to_contain_text("jnp.exp")
    second.find(".legend-changes").click()
    expect(second.details.locator(".jl-details-title")).to_have_text("exp")


def test_hostile_names_run_nothing(page: Page, tmp_path: Path) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a name opened a dialog: {dialog.message}"))
    html = hostile_display([name for name in NAMES if "\ud800" not in name]).html()
    panel = open_page(page, write_page(tmp_path, html))
    assert no_markup(panel)
    panel.press("Tab", "e", "o")
    panel.find(".source-line").first.click()
    expect(panel.details).to_be_visible()
    for mode in ("Text", "Table", "Graph"):
        panel.root.get_by_role("radio", name=mode, exact=True).click()
        assert no_markup(panel)
    panel.graph.hover(position={"x": 60, "y": 60})
    panel.search("script")
    assert no_markup(panel)
    assert panel.told("errors") == []
    panel.button("More").click()
    with page.expect_download() as download:
        panel.root.get_by_role("menuitem", name="Picture as SVG").click()
    page.goto(download.value.path().rename(tmp_path / "picture.svg").as_uri())
    assert page.evaluate("document.querySelectorAll('script, image, foreignObject').length") == 0


def no_markup(panel: Panel) -> bool:
    return panel.find("img, script, b, [onerror], iframe, object, a").count() == 0
