"""Pictures: what is folded, what is wired, and what Graphviz makes of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sketch import sketch

from jaxlab.errors import ToolError
from jaxlab.graph import ArrayType, Graph, Node, Region, Value
from jaxlab.overlay import Overlay
from jaxlab.renderers.dot import render_dot, render_png, render_svg
from jaxlab.renderers.picture import Picture, picture_of
from jaxlab.renderers.run_dot import has_dot, run_dot
from jaxlab.views import group_by_scope

needs_dot = pytest.mark.skipif(not has_dot(), reason="Graphviz is not installed")

LOOP = sketch(
    """
main(w: f32[4,4], x: f32[8,4], xs: f32[5,8,4]) -> c ys
  c: f32[8,4], ys: f32[5,8,4] = scan w x xs | calls=jaxpr:step length=5
step(w: f32[4,4], c: f32[8,4], x: f32[8,4]) -> h h
  d: f32[8,4] = dot_general c w
  s: f32[8,4] = add d x
  h: f32[8,4] = tanh s
"""
)
BRANCHES = sketch(
    """
main(i: i32[], x: f32[8]) -> z
  y: f32[8] = cond i x | calls=branches[0]:no,branches[1]:yes
  z: f32[8] = while y | calls=cond_jaxpr:small,body_jaxpr:double
no(x: f32[8]) -> y
  y: f32[8] = sin x
yes(x: f32[8]) -> y
  y: f32[8] = cos x
small(x: f32[8]) -> p
  p: bool[] = lt x 10
double(x: f32[8]) -> y
  y: f32[8] = mul x 2
"""
)
TRAIN = sketch(
    """
main(params: f32[8], x: f32[8]) -> new loss
  a: f32[8] = sin params | scope=layer transforms=jvp
  b: f32[8] = mul a x | scope=layer transforms=jvp
  c: f32[8] = exp b | scope=loss transforms=jvp
  loss: f32[] = reduce_sum c | scope=loss transforms=jvp
  d: f32[8] = mul c b | scope=loss transforms=transpose,jvp
  e: f32[8] = mul d a | scope=layer transforms=transpose,jvp
  f: f32[8] = mul e x | scope=layer transforms=transpose,jvp
  g: f32[8] = mul f 0.1 | scope=sgd
  new: f32[8] = sub params g | scope=sgd
"""
)


def wires(picture: Picture) -> set[str]:
    """Every edge as text: `add -> tanh`."""
    titles = {box.key: box.title for box in picture.boxes}
    marks = {"again": " ..> ", "into": " => "}
    return {
        titles[edge.start] + marks.get(edge.kind, " -> ") + titles[edge.end]
        for edge in picture.edges
    }


def test_values_run_through_the_wall_of_a_loop_and_round_it():
    assert wires(picture_of(LOOP, depth=1)) == {
        "x -> dot_general",
        "w -> dot_general",
        "dot_general -> add",
        "xs -> add",
        "add -> tanh",
        "tanh ..> dot_general",
        "tanh -> c",
        "tanh -> ys",
    }


def test_a_conds_index_leads_to_its_frame_and_a_loops_condition_gives_no_result():
    picture = picture_of(BRANCHES, depth=1)
    assert wires(picture) == {
        "i => sin",
        "x -> sin",
        "x -> cos",
        "sin -> lt",
        "cos -> lt",
        "sin -> mul",
        "cos -> mul",
        "mul ..> mul",
        "mul -> z",
    }
    assert [frame.title for frame in picture.frames] == [
        *("cond", "branches[0]", "branches[1]"),
        *("while", "cond_jaxpr", "body_jaxpr"),
    ]


def test_closed_bodies_say_how_much_is_in_them():
    picture = picture_of(LOOP, depth=0)
    (box,) = [box for box in picture.boxes if box.kind == "closed"]
    assert (box.title, box.detail, box.note) == ("scan", "×5", "4 equations")
    assert (picture.drawn, picture.total) == (1, 4)


def test_forward_and_backward_stand_in_lanes():
    text = render_dot(group_by_scope(TRAIN), depth=0)
    assert text.count("rank=same") == 2, "layer and loss"
    assert "dir=back" in text, "the backward lane runs upwards"
    picture = picture_of(group_by_scope(TRAIN), depth=0)
    assert "layer -> layer" in wires(picture), "residuals are seen"


def test_twelve_blocks_in_a_row_are_one_stack():
    rows = "\n".join(f"  v{n + 1}: f32[8] = sin v{n} | scope=block_{n}" for n in range(12))
    graph = sketch(f"main(v0: f32[8]) -> v12\n{rows}")
    picture = picture_of(group_by_scope(graph), depth=0)
    (box,) = [box for box in picture.boxes if box.kind == "closed"]
    assert (box.title, box.stack, box.note) == ("block_0 … block_11", 12, "1 equation each")
    assert wires(picture) == {"v0 -> block_0 … block_11", "block_0 … block_11 -> v12"}


def test_tuples_and_parameters_are_led_past():
    graph = sketch(
        """
main(x: f32[8], y: f32[8]) -> r
  p: f32[8] = parameter x
  q: f32[8] = parameter y
  k: f32[] = constant
  s: f32[8] = add p q
  m: f32[8] = multiply s k
  r: f32[8] = tuple m s
""",
        stage="hlo",
    )
    assert wires(picture_of(graph)) == {
        *("x -> add", "y -> add", "add -> multiply", "multiply -> r", "add -> r")
    }


def wide(count: int, each: int = 1) -> Graph:
    """One input that `count` chains of `each` nodes read."""
    kind = ArrayType("f32", (8,))
    start = Value("main<0", kind, "x", "argument")
    nodes: list[Node] = []
    ends: list[Value] = []
    for chain in range(count):
        value = start
        for step in range(each):
            place = len(nodes)
            out = Value(f"main/{place}:0", kind)
            nodes.append(Node(f"main/{place}", f"op{chain % 7}_{step}", (value,), (out,)))
            value = out
        ends.append(value)
    region = Region("main", (start,), tuple(nodes), tuple(ends))
    return Graph("jaxpr", "wide", {"main": region}, "main")


@pytest.mark.parametrize("budget", [5, 40, 150])
def test_a_level_over_the_budget_is_gathered_and_the_picture_says_so(budget: int):
    graph = wide(600)
    cost = Overlay("FLOPs", "FLOP", "modelled", {"main/300": 1e9})
    picture = picture_of(graph, (cost,), budget=budget)
    inner = [box for box in picture.boxes if box.kind in ("leaf", "rest")]
    assert len(inner) <= budget
    assert any(box.share == 1 for box in inner), "the costly one has a box of its own"
    assert f"{picture.drawn} of 600 equations have boxes" in render_dot(
        graph, (cost,), budget=budget
    )


def test_hubs_have_no_edges_and_say_so():
    picture = picture_of(wide(20))
    (hub,) = [box for box in picture.boxes if box.kind == "input"]
    assert hub.note == "read by 20 boxes"
    assert not any(edge.start == hub.key for edge in picture.edges)


def test_many_inputs_are_gathered_by_what_they_are_parts_of():
    inputs = ", ".join(f"params['w{n}']: f32[8]" for n in range(9))
    graph = sketch(f"main({inputs}, x: f32[8]) -> y\n  y: f32[8] = add params['w0'] x")
    pills = {box.title: box.note for box in picture_of(graph).boxes if box.kind == "input"}
    assert pills == {"params": "9 values · 288 B", "x": ""}


@needs_dot
def test_svg_is_xml_without_scripts_and_named_for_readers():
    cost = Overlay("FLOPs", "FLOP", "modelled", {"step/0": 256, "main/0": 1280})
    root = ElementTree.fromstring(render_svg(LOOP, (cost,)))
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    assert root.findtext(f"{space}title") == "main"
    names = {title.text for title in root.iter(f"{space}title")}
    assert {"dot_general f32[8,4] 100 %", "scan ×5 100 %", "add → tanh"} <= names
    tags = {element.tag.removeprefix(space) for element in root.iter()}
    assert tags <= {"svg", "g", "title", "desc", "rect", "text", "polygon", "path", "polyline"}
    links = [name for element in root.iter() for name in element.attrib if "href" in name]
    assert not links
    card = root.find(f"{space}g/{space}rect")
    assert card is not None and card.get("fill") == "#ffffff", "legible in a dark notebook"


@needs_dot
def test_png():
    assert render_png(BRANCHES).startswith(b"\x89PNG")


@needs_dot
def test_dot_takes_600_boxes_folded_in_a_second_or_two():
    assert "…" in render_svg(wide(200, 3), budget=60)


@needs_dot
def test_a_picture_that_takes_too_long_is_folded_further_and_says_so(tmp_path, monkeypatch):
    real = shutil.which("dot")
    write_dot(
        tmp_path,
        "input=$(cat)",
        'if [ "$(printf %s "$input" | grep -c op)" -gt 20 ]; then exec sleep 60; fi',
        f'printf %s "$input" | exec {real} "$@"',
    )
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    svg = render_svg(wide(40), budget=40, seconds=8)
    assert "Graphviz was too slow for 42 boxes: folded further." in svg


def write_dot(folder: Path, *lines: str) -> None:
    """Put a program named `dot` into a folder."""
    script = folder / "dot"
    script.write_text("\n".join(("#!/bin/sh", *lines, "")))
    script.chmod(0o755)


@needs_dot
def test_it_never_hangs(tmp_path, monkeypatch):
    write_dot(tmp_path, "exec sleep 60")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(ToolError, match=r"did not draw .* in 0.5 s"):
        render_svg(LOOP, seconds=0.5)


def test_without_graphviz_the_error_names_the_packages(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match=r"apt-get install graphviz.*brew.*conda"):
        render_svg(LOOP)
    assert "dot_general" in render_dot(LOOP), "the text needs no Graphviz"


@needs_dot
def test_a_text_that_dot_refuses_is_an_error_with_its_words():
    with pytest.raises(ToolError, match="syntax error"):
        run_dot("digraph {", "svg", 10)


@needs_dot
def test_every_dot_text_is_taken_without_a_warning():
    for graph in (LOOP, BRANCHES, group_by_scope(TRAIN), wide(300)):
        done = subprocess.run(
            ["dot", "-Tcanon"], input=render_dot(graph).encode(), capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
