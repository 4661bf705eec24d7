"""Names come from programs, and so from anybody: each form that shows them escapes them."""

from __future__ import annotations

import json
import subprocess
import unicodedata
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from static_html import static

from jaxlab.display import Display, Report, Table
from jaxlab.graph import ArrayType, Graph, Node, Region, Value, check
from jaxlab.origin import Frame, Origin, Source, frame_stack
from jaxlab.overlay import Overlay
from jaxlab.payload import decode_report, encode_report
from jaxlab.renderers.dot import render_dot, render_svg
from jaxlab.renderers.escape import visible
from jaxlab.renderers.run_dot import has_dot
from jaxlab.report import Stage

needs_dot = pytest.mark.skipif(not has_dot(), reason="Graphviz is not installed")

NAMES = [
    '"><script>alert(1)</script>',
    "</pre></details><img src=x onerror=alert(1)>",
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\x1b]8;;https://example.org\x07link\x1b]8;;\x07",
    "quotes \" ' ` end",
    "line\nbreak\rreturn\ttab",
    "abc\u202edef\u2066x\u2069",
    "back\\slash \\N \\G \\\\ \\",
    "<b>bold</b>",
    "<not a label",
    "a ]]> b",
    "-- comment -->",
    "&amp; &lt; &#x41;",
    "[bold red]markup[/bold red] [/]",
    "null\x00byte",
    "lone\ud800surrogate",
    "line\u2028separator\u0085next",
    "zero\u200bwidth\ufeff",
    "wide 名前 🙂",
    "${x} {x} %s %n",
    "long" + "n" * 10_000,
]
TAGS = frozenset(
    [
        "div",
        "p",
        "strong",
        "img",
        "details",
        "summary",
        "pre",
        "span",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ]
)
ATTRIBUTES = {"class", "data-static", "style", "src", "alt", "open"}


def program(names: list[str]) -> Graph:
    """A graph that has each name as a scope, an op, an argument, a param, a file, a region."""
    kind = ArrayType("f32", (8,))
    inputs = tuple(Value(f"main<{n}", kind, name, "argument") for n, name in enumerate(names))
    nodes: list[Node] = []
    regions: dict[str, Region] = {}
    for place, name in enumerate(names):
        node_id = f"main/{place}"
        body = f"{node_id}.body"
        inner = Value(f"{body}<0", ArrayType(name, (name,), sharding=name), name)
        regions[body] = Region(
            body,
            (inner,),
            (Node(f"{body}/0", name, (inner,), (Value(f"{body}/0:0", kind, name),)),),
            (),
            name,
        )
        origin = Origin((name, "inside"), (), frame_stack(Frame(name, place + 1, name)))
        out = Value(f"{node_id}:0", ArrayType(name, (name,)), name)
        params = {name: name, "name": name}
        nodes.append(
            Node(node_id, name, (inputs[place],), (out,), ((name, body),), params, origin, (name,))
        )
    region = Region(
        "main", inputs, tuple(nodes), tuple(node.outputs[0] for node in nodes), names[0]
    )
    return Graph("jaxpr", names[0], {"main": region, **regions}, "main", {names[0]: names[0]})


def display(names: list[str], depth: int | None = None) -> Display:
    graph = program(names)
    overlay = Overlay(names[0], names[0], names[0], {node.id: 2.0 for node in graph.nodes()})
    tables = (Table(names[0], (names[0], "n"), tuple((name, 1) for name in names)),)
    sources = tuple(Source(name, name, name) for name in names)
    stages = (Stage(graph, names[0], names[0], (overlay,)),)
    report = Report(names[0], tuple(names), tuple(names), stages, sources=sources, tables=tables)
    return Display(report, depth)


def written(report: Report) -> Report:
    """A report after a journey through JSON."""
    return decode_report(json.loads(json.dumps(encode_report(report), allow_nan=False)))


def is_safe(text: str) -> bool:
    """Nothing that moves a cursor, turns the writing round or can't be seen."""
    return all(
        character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")
        for character in text
    )


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


class Checker(HTMLParser):
    """Collects what is not allowed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.images: list[str] = []
        self.feed(html)
        self.close()
        self.wrong += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self.wrong.append(tag)
        self.wrong += [name for name, _ in attrs if name not in ATTRIBUTES]
        for name, value in attrs:
            if name == "src":
                self.images.append(str(value))
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(decl)

    def handle_pi(self, data: str) -> None:
        self.wrong.append(data)

    def unknown_decl(self, data: str) -> None:
        self.wrong.append(data)


@pytest.fixture(scope="module", params=[None, 0, 5])
def shown(request: pytest.FixtureRequest) -> Display:
    return display(NAMES, request.param)


def test_the_program_is_valid():
    assert check(program(NAMES)) == ()


def test_text_has_nothing_invisible(shown: Display):
    for width in (40, 80, 120):
        text = shown.text(width)
        assert is_safe(text)
        assert max(map(len, text.split("\n"))) <= width
    assert is_safe(repr(shown))


def test_text_shows_names_as_they_are_spelled():
    text = display(NAMES, 0).text(400)
    for name in NAMES[:-1]:
        assert visible(name, 24) in text


def test_rich_markup_in_names_is_text():
    assert "[bold red]markup[/bold red] [/]" in display([NAMES[13]]).text(200)


def test_html_has_only_our_tags(shown: Display):
    checked = Checker(static(str(shown._repr_mimebundle_()["text/html"])))
    assert checked.wrong == []
    assert is_safe(checked.text.replace("\u00a0", " "))
    assert "alert(1)</script>" in checked.text, "shown as text, not lost"
    assert all(image.startswith("data:image/svg+xml,%3Csvg") for image in checked.images)


@needs_dot
def test_the_picture_in_html_is_xml_of_our_elements_only(shown: Display):
    checked = Checker(static(str(shown._repr_mimebundle_()["text/html"])))
    (image,) = checked.images
    root = ElementTree.fromstring(unquote(image.partition(",")[2]))
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {
        "svg",
        "g",
        "title",
        "desc",
        "rect",
        "text",
        "polygon",
        "path",
        "polyline",
        "ellipse",
    }
    assert not any(
        name.startswith("on") or "href" in name
        for element in root.iter()
        for name in element.attrib
    )


@needs_dot
@pytest.mark.parametrize("name", NAMES)
def test_dot_takes_each_name_and_svg_shows_it(name: str):
    graph = program([name])
    text = render_dot(graph, depth=3)
    done = subprocess.run(
        ["dot", "-Tcanon"], input=text.encode(), capture_output=True, check=False, timeout=20
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert is_safe(text.replace("\t", " "))
    root = ElementTree.fromstring(render_svg(graph, depth=0))
    labels = {(element.text or "").strip() for element in root.iter() if element.text}
    assert any(visible(name, 48).strip() in label.replace("\u00a0", " ") for label in labels)


def test_the_frame_and_its_document_hold_names_as_text_only(shown: Display):
    html = str(shown._repr_mimebundle_()["text/html"])
    outer = Tags(html)
    assert [tag for tag, _ in outer.tags if tag in ("script", "iframe")] == ["iframe", "script"]
    (document,) = [attributes["srcdoc"] for tag, attributes in outer.tags if tag == "iframe"]
    inner = Tags(document)
    assert [tag for tag, _ in inner.tags] == [
        *("html", "head", "meta", "meta", "title", "style", "body", "script", "script", "script")
    ]
    assert is_safe(html.replace("\u00a0", " "))


def test_the_payload_brings_every_name_back_exactly():
    report = display(NAMES).report
    graph = report.graph
    found = written(report).graph
    assert graph is not None and found is not None
    nodes = {node.id: node for node in found.nodes()}
    assert [nodes[node.id].op for node in graph.main.nodes] == NAMES
    assert all(nodes[node.id].origin.frames == node.origin.frames for node in graph.nodes())
    assert [value.name for value in found.main.inputs] == NAMES


def test_a_saved_json_file_can_be_read_back(tmp_path):
    path = display(NAMES).save(tmp_path / "hostile.json")
    found = decode_report(json.loads(path.read_bytes())).graph
    assert found is not None
    assert set(NAMES) <= {node.op for node in found.nodes()}


@pytest.mark.parametrize("form", [".txt", ".dot"])
def test_saved_files_are_utf8_whatever_the_names(tmp_path, form: str):
    assert display(NAMES).save(tmp_path / f"hostile{form}").read_bytes().decode()


@pytest.mark.parametrize("stage", ["jaxpr", "stablehlo", "hlo"])
def test_a_real_program_with_hostile_names_is_shown_safely_at_every_stage(stage: str):
    import jax
    import jax.numpy as jnp

    import jaxlab

    names = [name for name in NAMES if "\ud800" not in name and "\x00" not in name]

    def loss(params):
        total = 0.0
        for name in names:
            with jax.named_scope(name):
                total += jnp.sum(jnp.sin(params[name]) @ params[name])
        return total

    loss.__name__ = loss.__qualname__ = '"><script>alert(1)</script>\x1b[31m\u202e'
    params = {name: jax.ShapeDtypeStruct((4, 4), "float32") for name in names}
    shown = jaxlab.trace(loss, params).show(stage)
    assert is_safe(shown.text(120))
    html = str(shown._repr_mimebundle_()["text/html"])
    assert "could not be made" not in html
    assert Checker(static(html)).wrong == []
    graph, found = shown.report.graph, written(shown.report).graph
    assert graph is not None and found is not None
    scopes = {node.id: node.origin.scopes for node in found.nodes()}
    assert all(scopes[node.id] == node.origin.scopes for node in graph.nodes())
