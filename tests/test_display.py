"""What a notebook and a terminal get: the bundle, its fallbacks, files."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import unquote

import pytest
from rich.console import Console
from sketch import sketch
from static_html import static

import jaxlab.display as displaying
from jaxlab.display import MIME, Display, Report, Table
from jaxlab.errors import InputError, ToolError
from jaxlab.finding import Finding
from jaxlab.overlay import Overlay
from jaxlab.payload import decode_report, unpack
from jaxlab.renderers.run_dot import has_dot
from jaxlab.report import SIDE_EFFECTS, Stage, Tab
from jaxlab.settings import FORMS, settings
from jaxlab.views import group_by_scope

needs_dot = pytest.mark.skipif(not has_dot(), reason="Graphviz is not installed")

GRAPH = sketch(
    """
main(x: f32[8], w: f32[8]) -> z
  y: f32[8] = mul x w | scope=layer line=3
  z: f32[8] = tanh y | scope=layer line=4
"""
)
FLOPS = Overlay("FLOPs", "FLOP", "modelled", {"main/0": 8, "main/1": 8})
TABLE = Table("Programs that ran", ("program", "calls"), (("step", 1_000), ("<loss>", 2)))
REPORT = Report(
    "f(x, w)",
    ("2 equations", "16 FLOP (modelled)"),
    ("These are the programs that ran.",),
    (Stage(GRAPH, "jaxpr", "", (FLOPS,)),),
    tables=(TABLE,),
)


class Outline(HTMLParser):
    """The tags of an HTML text, with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def test_findings_without_a_graph_are_shown_in_the_viewer() -> None:
    finding = Finding("stale-read", "wrong result", "`lr` is stale.", "w", "r")
    report = Report("3 watched cells", tabs=(Tab(SIDE_EFFECTS),), findings=(finding,))
    bundle = Display(report)._repr_mimebundle_()
    assert MIME in bundle and "jaxlab-data" in str(bundle["text/html"])
    calm = Display(replace(report, findings=()))._repr_mimebundle_()
    assert MIME not in calm and "jaxlab-data" not in str(calm["text/html"])


def test_text_says_everything():
    text = Display(REPORT).text()
    assert text.startswith("f(x, w)\n2 equations · 16 FLOP (modelled)\nThese are the programs")
    for part in ("layer/", "mul", "tanh", "Programs that ran", "1,000", "<loss>"):
        assert part in text
    assert repr(Display(REPORT)) == str(Display(REPORT))


def test_the_bundle_has_every_form_and_what_was_asked_for():
    display = Display(REPORT)
    assert set(display._repr_mimebundle_()) == {"text/plain", "text/html", MIME}
    assert set(display._repr_mimebundle_(include={"text/plain"})) == {"text/plain"}
    assert set(display._repr_mimebundle_(exclude={"text/plain", MIME})) == {"text/html"}
    assert "\x1b" not in str(display._repr_mimebundle_()["text/plain"])


@pytest.mark.parametrize("choice", FORMS)
def test_the_forms_can_be_chosen(monkeypatch, choice: str):
    monkeypatch.setattr(settings, "display", choice)
    kinds = {"mime": MIME, "html": "text/html", "text": "text/plain"}
    assert set(Display(REPORT)._repr_mimebundle_()) == {kinds[form] for form in FORMS[choice]}


def test_a_display_form_that_there_is_not_is_said():
    with pytest.raises(InputError, match="all, mime, html, text; got 'pdf'"):
        settings.choose_display("pdf")


def test_the_viewers_data_is_the_whole_report():
    made: list[Report] = []

    def whole() -> Report:
        made.append(REPORT)
        return Report("whole", stages=(*REPORT.stages, Stage(GRAPH, "HLO")))

    display = Display(REPORT, make_whole=whole)
    assert "whole" not in display.text() and not made, "text needs one stage only"
    bundle = display._repr_mimebundle_()
    assert len(made) == 1, "it is made once for both forms"
    head = {"format": "jaxlab.report", "version": 1, "title": "f(x, w)"}
    assert bundle[MIME] == head, "the data stands in the HTML"
    assert bundle["text/html"].count(display.packed) == 1
    alone = display._repr_mimebundle_(include={MIME})
    assert alone == {MIME: {**head, "data": display.packed}}
    report = decode_report(unpack(display.packed))
    assert [stage.label for stage in report.stages] == ["jaxpr", "HLO"]


@needs_dot
def test_html_has_the_picture_and_the_text_and_needs_no_script_for_them():
    html = Outline(static(str(Display(REPORT)._repr_mimebundle_()["text/html"])))
    assert (
        html.count("img") == html.count("details") == html.count("pre") == html.count("table") == 1
    )
    assert html.count("script") == html.count("iframe") == html.count("style") == 0
    (source,) = [attributes["src"] for tag, attributes in html.tags if tag == "img"]
    kind, _, data = str(source).partition(",")
    assert kind == "data:image/svg+xml"
    assert "layer" in unquote(data)
    assert ("details", {}) in html.tags, "closed, for there is a picture"
    assert "tanh" in html.text


def test_html_has_the_viewer_in_a_frame_without_the_pages_origin():
    html = Outline(str(Display(REPORT)._repr_mimebundle_()["text/html"]))
    (frame,) = [attributes for tag, attributes in html.tags if tag == "iframe"]
    assert frame["sandbox"] == "allow-scripts allow-downloads"
    document = Outline(str(frame["srcdoc"]))
    assert document.count("script") == 3
    assert not re.search(r"(src|href|url)\s*[=(]", static(str(frame["srcdoc"])))


@needs_dot
def test_without_graphviz_html_has_the_text_and_one_line(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    html = Outline(static(str(Display(REPORT)._repr_mimebundle_()["text/html"])))
    assert html.count("img") == 0
    assert ("details", {"open": None}) in html.tags
    assert html.text.count("apt-get install graphviz") == 1
    with pytest.raises(ToolError, match="apt-get install graphviz"):
        Display(REPORT).svg()


def test_without_a_built_viewer_there_is_the_picture_and_one_line(monkeypatch):
    def missing(**_options: bool) -> str:
        raise ToolError("The viewer is not built.")

    monkeypatch.setattr(displaying, "packed_scripts", missing)
    html = Outline(str(Display(REPORT)._repr_mimebundle_()["text/html"]))
    assert html.count("iframe") == 0
    assert "The viewer is not built." in html.text and "tanh" in html.text


@pytest.mark.parametrize(
    "broken", ["render_svg", "render_report", "render_text", "group_by_scope", "encode_report"]
)
def test_a_fault_of_ours_never_breaks_the_cell_and_is_said(monkeypatch, broken: str):
    def fail(*_args: object, **_kwargs: object) -> None:
        raise ZeroDivisionError("injected")

    monkeypatch.setattr(displaying, broken, fail)
    bundle = Display(REPORT)._repr_mimebundle_()
    bundle = {kind: form for kind, form in bundle.items() if kind != MIME}
    said = [str(text) for text in bundle.values() if "ZeroDivisionError: injected" in str(text)]
    assert said and all("fault of jaxlab" in text for text in said)
    assert all("f(x, w)" in str(text) for text in bundle.values())


def test_a_report_without_a_graph():
    display = Display(Report("f", ("no JAX function ran",), tables=(TABLE,)))
    assert "no JAX function ran" in repr(display)
    html = Outline(str(display._repr_mimebundle_()["text/html"]))
    assert html.count("img") == html.count("pre") == 0
    with pytest.raises(InputError, match="no graph"):
        display.dot()


def test_rich_prints_it_in_colours():
    console = Console(force_terminal=True, color_system="truecolor", width=80, legacy_windows=False)
    with console.capture() as capture:
        console.print(Display(REPORT))
    assert "\x1b[1mf(x, w)\x1b[0m" in capture.get()


def test_print_writes_to_the_terminal(capsys):
    Display(REPORT).print()
    assert "tanh" in capsys.readouterr().out


@needs_dot
@pytest.mark.parametrize(
    ("suffix", "start"),
    [
        (".txt", b"f(x, w)"),
        (".svg", b"<svg"),
        (".png", b"\x89PNG"),
        (".dot", b"digraph"),
        (".html", b"<!doctype html>"),
        (".json", b'{"format":"jaxlab.report"'),
    ],
)
def test_save_writes_what_the_suffix_says(tmp_path, suffix: str, start: bytes):
    path = Display(REPORT).save(tmp_path / f"report{suffix}")
    assert path.read_bytes().startswith(start)


def test_json_is_the_viewers_data(tmp_path):
    path = Display(REPORT).save(tmp_path / "report.json")
    (stage,) = decode_report(json.loads(path.read_text())).stages
    assert stage.graph == group_by_scope(GRAPH)


def test_save_names_the_forms_it_knows(tmp_path):
    with pytest.raises(InputError, match=r"\.txt, \.svg, \.png, \.dot, \.html, \.json"):
        Display(REPORT).save(tmp_path / "report.pdf")
    assert list(tmp_path.iterdir()) == []


def test_depth_reaches_text_and_picture():
    assert "tanh" not in Display(REPORT, depth=0).text()
    assert "tanh" not in Display(REPORT, depth=0).dot()
    assert "tanh" in Display(REPORT, depth=1).dot()
