"""A report's HTML where no extension is: in a page, in a frame of a dark one, as nbconvert's."""

from __future__ import annotations

import html
import json
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from panel import write_page
from playwright.sync_api import FrameLocator, Locator, Page, expect

from jaxlab.display import Display
from jaxlab.viewer import packed_scripts

PAGE = "<!doctype html><body style='background:{ground}'><h1>Before</h1>{output}"
OFFLINE = {
    "embed_images": True,
    **dict.fromkeys(
        (
            *("require_js_url", "jquery_url", "mathjax_url", "mermaid_js_url"),
            *("jupyter_widgets_base_url", "widget_renderer_url"),
        ),
        "",
    ),
}


@pytest.fixture(scope="module")
def output(display: Display) -> str:
    """What a notebook stores for places without our extension."""
    return str(display._repr_mimebundle_(include={"text/html"})["text/html"])


def test_the_viewer_is_stored_without_an_escape() -> None:
    viewer = packed_scripts(charts=True)
    assert html.escape(viewer) == viewer and json.dumps(viewer) == f'"{viewer}"'
    assert "{" not in viewer and "`" not in viewer  # nor does a template read anything into it


def viewer_in(place: Page | FrameLocator) -> FrameLocator:
    """The viewer of a place's only report, once its graph is drawn."""
    viewer = place.frame_locator(".jaxlab-report iframe")
    expect(viewer.locator("[data-boxes]")).to_have_attribute("data-ready", "true")
    return viewer


def theme_of(viewer: FrameLocator) -> Locator:
    return viewer.locator("[data-theme]").first


@pytest.mark.parametrize(("ground", "theme"), [("#ffffff", "light"), ("#101418", "dark")])
def test_it_lives_in_a_page_and_takes_its_theme(
    page: Page, tmp_path: Path, output: str, ground: str, theme: str
) -> None:
    page.goto(write_page(tmp_path, PAGE.format(ground=ground, output=output)))
    viewer = viewer_in(page)
    expect(theme_of(viewer)).to_have_attribute("data-theme", theme)
    expect(page.locator(".jaxlab-report img")).to_be_hidden()
    frame = page.locator(".jaxlab-report iframe").bounding_box()
    assert frame is not None and 200 <= frame["height"] <= 560
    viewer.get_by_role("tab", name="HLO", exact=True).click()
    expect(viewer.get_by_role("tab", name="HLO", exact=True, selected=True)).to_be_visible()


def test_it_lives_in_a_sandbox_without_the_pages_origin(
    page: Page, tmp_path: Path, output: str
) -> None:
    inner = html.escape(PAGE.format(ground="#101418", output=output))
    outer = f"<body style='background:#101418'><iframe sandbox='allow-scripts' srcdoc='{inner}' "
    page.goto(write_page(tmp_path, outer + "style='width:1000px;height:700px'></iframe>"))
    viewer = viewer_in(page.frame_locator("iframe"))
    expect(theme_of(viewer)).to_have_attribute("data-theme", "dark")


def test_without_scripts_there_is_the_picture_and_the_text(
    page: Page, tmp_path: Path, output: str
) -> None:
    inner = html.escape(PAGE.format(ground="#ffffff", output=output))
    page.goto(write_page(tmp_path, f"<iframe sandbox='' srcdoc='{inner}'></iframe>"))
    report = page.frame_locator("iframe").locator(".jaxlab-report")
    expect(report.get_by_text("step(", exact=False).first).to_be_visible()
    expect(report.locator("summary")).to_be_visible()


def test_nbconvert_writes_a_page_that_works_offline(
    page: Page, tmp_path: Path, display: Display
) -> None:
    bundle = json.loads(json.dumps(dict(display._repr_mimebundle_())))
    cell = nbformat.v4.new_code_cell(
        "%%jaxtrace\nstep()", outputs=[nbformat.v4.new_output("display_data", data=bundle)]
    )
    exported, _ = HTMLExporter(**OFFLINE).from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(write_page(tmp_path, exported))
    viewer_in(page)
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))] == []
