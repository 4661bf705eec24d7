"""Profiles in a real JupyterLab: their tabs, with a kernel, and in the saved notebook without."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lab import Lab, Report, from_elsewhere, notebook_of
from own_server import Server
from playwright.sync_api import Browser, expect

from jaxlab.display import MIME

pytestmark = pytest.mark.browser

SETUP = """\
%load_ext jaxlab
import jax, jax.numpy as jnp

@jax.jit
def step(w, x):
    with jax.named_scope("layer"):
        y = jnp.tanh(x @ w)
    return w - 0.1 * x.T @ y

w, x = jnp.ones((256, 256)), jnp.ones((128, 256))"""
CELL = "%%jaxprofile\nfor _ in range(5):\n    w = step(w, x)\nw.block_until_ready()\nfloat(w[0, 0])"
CALL = "%jaxprofile --runs 7 step(w, x)"
WIDE = {"width": 1600, "height": 1000}
DRAWN = ("data-drawn", re.compile("."))


@pytest.fixture(scope="module")
def profiled(server: Server, browser: Browser) -> Any:
    """A notebook with profiles of a cell and of a call, as JupyterLab saves it."""
    server.write("profiled.ipynb", notebook_of(SETUP, CELL, CALL))
    page = browser.new_page(viewport=WIDE)
    page.set_default_timeout(60_000)
    lab = Lab(page)
    lab.open(server, "profiled.ipynb")
    lab.run_all()
    lab.save()
    page.close()
    return server.read("profiled.ipynb")


def chart(report: Report, kind: str) -> Any:
    found = report.find(f".jl-{kind} .jl-plot")
    expect(found).to_have_attribute(*DRAWN)
    return found


def assert_it_is_explored(report: Report) -> None:
    """The charts are drawn; a row and a box of the flame graph lead to nodes and lines."""
    expect(report.find(".jl-tab .figures")).to_contain_text("median of 7")
    chart(report, "timeline")
    rows = report.output.get_by_role("table", name=re.compile("^Operations")).locator("tbody tr")
    rows.first.click()
    expect(report.find(".source-line.counterpart")).to_be_attached()
    expect(report.find(".jl-details-title")).to_be_visible()
    chart(report, "flame").focus()
    for key in (*["ArrowDown"] * 8, "Enter"):  # down to a box that is one equation
        report.output.page.keyboard.press(key)
    expect(report.tab("jaxpr")).to_have_attribute("aria-selected", "true")
    assert report.graph
    report.tab("Memory").click()
    chart(report, "curve")
    expect(report.find(".jl-tab")).to_contain_text("Alive at the peak")


def test_what_is_stored_has_its_text(profiled: Any) -> None:
    outputs = [output for cell in profiled.cells for output in cell.get("outputs", ())]
    assert [output for output in outputs if output.output_type == "error"] == []
    stored = [output.data for output in outputs if MIME in output.get("data", {})]
    assert len(stored) == 2
    for data in stored:
        assert {"text/html", "text/plain"} <= data.keys()
    assert "calls of jitted programs" in "".join(stored[0]["text/plain"])
    assert "median of 7" in "".join(stored[1]["text/plain"])


def test_profiles_are_explored(server: Server, profiled: Any, lab: Lab) -> None:
    lab.page.set_viewport_size(WIDE)
    server.write("explored_profile.ipynb", profiled)
    lab.open(server, "explored_profile.ipynb")
    cell = lab.report(CELL)
    cell.tab("Profile").click()
    chart(cell, "timeline")
    expect(cell.find(".jl-tab")).to_contain_text("dispatch")
    call = lab.report(CALL)
    call.tab("Profile").click()
    assert_it_is_explored(call)


def test_profiles_need_no_trust_and_no_kernel(server: Server, profiled: Any, lab: Lab) -> None:
    lab.page.set_viewport_size(WIDE)
    server.write("stored_profile.ipynb", from_elsewhere(profiled))
    lab.open_without_kernel(server, "stored_profile.ipynb")
    report = lab.report(CALL)
    report.tab("Profile").click()
    assert_it_is_explored(report)
    assert not lab.is_trusted()
