"""A program as a Graphviz graph: as DOT text, and as SVG or PNG where `dot` is installed."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportOptionalContextManager=false

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

import graphviz

from jaxlab.errors import ToolError
from jaxlab.graph import Graph
from jaxlab.overlay import Overlay
from jaxlab.quantities import quantity
from jaxlab.renderers.dot_labels import DIM, INK, LINE, box_label, caption, frame_label, markup
from jaxlab.renderers.edges import Edge
from jaxlab.renderers.escape import visible
from jaxlab.renderers.families import CONTROL
from jaxlab.renderers.picture import Box, Frame, Picture, picture_of
from jaxlab.renderers.run_dot import run_dot
from jaxlab.renderers.svg import finish_svg

_GROUNDS = ("#f2f4f7", "#e9edf2")
_PILLS = {"input": "#e8f1fb", "result": "#eaf4ee"}
_FEW_LABELS = 30  # with more edges than this only the one with the most bytes is labelled
_BYTES = (64e3, 8e6, 256e6)  # from each of these on an edge is drawn wider
_WIDTHS = (
    {"penwidth": "1", "arrowsize": "0.6"},
    {"penwidth": "1.5", "arrowsize": "0.55"},
    {"penwidth": "2.5", "arrowsize": "0.45"},
    {"penwidth": "4", "arrowsize": "0.4"},
)
_FONT = "Helvetica,Arial,sans-serif"


def render_dot(
    graph: Graph, overlays: Sequence[Overlay] = (), *, depth: int | None = None, budget: int = 150
) -> str:
    """A program in the DOT language: its boxes, open bodies as clusters, and edges with types.

    Args:
      graph: the program at any stage; group it first (`group_by_scope`) where it has scopes.
      overlays: the first one with a unit is drawn as heat: a bar in each box.
      depth: how many levels of bodies and groups are opened; None opens as few as give a dozen
        boxes.
      budget: how many boxes there may be. A graph with more is drawn folded, and says so.
    """
    return _dot(picture_of(graph, overlays, depth=depth, budget=budget))


def render_svg(
    graph: Graph,
    overlays: Sequence[Overlay] = (),
    *,
    depth: int | None = None,
    budget: int = 150,
    seconds: float = 20.0,
) -> str:
    """A program as SVG, drawn by Graphviz; it has no scripts and refers to nothing outside.

    A picture that takes Graphviz too long is folded further and tried again, and says so.

    Raises:
      ToolError: Graphviz is not installed, failed, or took longer than `seconds` in all.
    """
    picture, output = _drawn(graph, overlays, depth, budget, seconds, "svg")
    return finish_svg(output.decode(), picture)


def render_png(
    graph: Graph,
    overlays: Sequence[Overlay] = (),
    *,
    depth: int | None = None,
    budget: int = 150,
    seconds: float = 20.0,
) -> bytes:
    """A program as a PNG picture; see `render_svg`."""
    return _drawn(graph, overlays, depth, budget, seconds, "png")[1]


def _drawn(
    graph: Graph,
    overlays: Sequence[Overlay],
    depth: int | None,
    budget: int,
    seconds: float,
    form: str,
) -> tuple[Picture, bytes]:
    """Draw; where it takes longer than half the time that is left, fold to a third and retry."""
    left, note = seconds, ""
    for boxes in (budget, budget // 3, budget // 9):
        picture = picture_of(graph, overlays, depth=depth, budget=max(boxes, 4))
        output = run_dot(_dot(picture, note), form, left / 2)
        if output is not None:
            return picture, output
        left /= 2
        note = f"Graphviz was too slow for {len(picture.boxes)} boxes: folded further."
    raise ToolError(f"Graphviz did not draw {graph!r} in {seconds:g} s. The text report shows it.")


def _dot(picture: Picture, note: str = "") -> str:
    dot = graphviz.Digraph(
        "jaxlab",
        graph_attr={
            "label": caption(picture, note),
            "labelloc": "t",
            "labeljust": "l",
            "fontname": _FONT,
            "bgcolor": "white",
            "pad": "0.2",
            "nodesep": "0.22",
            "ranksep": "0.34",
            "compound": "true",
            "nslimit": "4",
            "nslimit1": "4",
        },
        node_attr={"shape": "plain", "fontname": _FONT, "fontsize": "12", "fontcolor": INK},
        edge_attr={
            "color": LINE,
            "fontname": _FONT,
            "fontsize": "10",
            "fontcolor": DIM,
            "arrowsize": "0.6",
        },
    )
    _draw_inside(dot, picture, "", 0)
    if not picture.frames:
        _draw_lanes(dot, picture)
    _draw_edges(dot, picture)
    return dot.source


def _draw_inside(dot: graphviz.Digraph, picture: Picture, frame: str, depth: int) -> None:
    """Draw the boxes that stand directly in a frame, and the frames in it."""
    for box in picture.boxes:
        if box.frame == frame:
            dot.node(box.key, label=box_label(box, picture), **_box_shape(box))
    for inner in picture.frames:
        if inner.frame == frame:
            with dot.subgraph(name=f"cluster_{inner.key}") as cluster:
                cluster.attr("graph", label=frame_label(inner), **_frame_shape(inner, depth))
                _draw_inside(cluster, picture, inner.key, depth + 1)


def _box_shape(box: Box) -> dict[str, str]:
    if box.kind in _PILLS:
        fill = {"fillcolor": _PILLS[box.kind], "color": LINE, "margin": "0.12,0.04"}
        return {"shape": "box", "style": "rounded,filled", "height": "0.3", **fill}
    if box.kind == "constant":
        fill = {"fillcolor": "white", "color": LINE, "margin": "0.12,0.04"}
        return {"shape": "note", "style": "filled", "height": "0.3", **fill}
    return {}


def _frame_shape(frame: Frame, depth: int) -> dict[str, str]:
    return {
        "labeljust": "l",
        "margin": "10",
        "style": "rounded,filled",
        "fillcolor": _GROUNDS[depth % 2],
        "color": frame.family.colour,
    }


def _draw_lanes(dot: graphviz.Digraph, picture: Picture) -> None:
    """Put a scope's forward and backward side by side; the backward lane runs upwards."""
    forward: dict[str, str] = {}
    for box in picture.boxes:
        if not box.backward:
            forward.update((scope, box.key) for scope in box.scopes)
    for box in picture.boxes:
        beside = Counter(forward[scope] for scope in box.scopes if scope in forward)
        if box.backward and beside:
            key, _ = beside.most_common(1)[0]
            forward = {scope: other for scope, other in forward.items() if other != key}
            with dot.subgraph() as row:
                row.attr(rank="same")
                row.node(key)
                row.node(box.key)


def _draw_edges(dot: graphviz.Digraph, picture: Picture) -> None:
    boxes = {box.key: box for box in picture.boxes}
    largest = max(picture.edges, key=lambda edge: edge.bytes, default=None)
    few = len(picture.edges) <= _FEW_LABELS
    lanes = not picture.frames
    for edge in picture.edges:
        if edge.kind == "again":
            shape = {"style": "dashed", "constraint": "false", "color": CONTROL.colour}
            dot.edge(edge.start, edge.end, label=" next round ", **shape)
        elif edge.kind == "order":
            dot.edge(edge.start, edge.end, style="dotted")
        elif edge.kind == "into":
            dot.edge(edge.start, edge.end, lhead=f"cluster_{_outermost(boxes, picture, edge)}")
        else:
            told = _says_more(edge, boxes[edge.start]) if few else edge is largest
            label = {"label": f"<&nbsp;&nbsp;{markup(_edge_text(edge))}>"} if told else {}
            shape = {**_WIDTHS[_weight(edge)], **label}
            if lanes and boxes[edge.start].backward and boxes[edge.end].backward:
                dot.edge(edge.end, edge.start, dir="back", **shape)
            else:
                dot.edge(edge.start, edge.end, **shape)


def _outermost(boxes: dict[str, Box], picture: Picture, edge: Edge) -> str:
    """The frame that an edge's end stands for: the widest that its start is not in as well."""
    parents = {frame.key: frame.frame for frame in picture.frames}
    around = set(_frames_round(boxes[edge.start].frame, parents))
    outside = [key for key in _frames_round(boxes[edge.end].frame, parents) if key not in around]
    return outside[-1]


def _frames_round(frame: str, parents: dict[str, str]) -> Iterator[str]:
    while frame:
        yield frame
        frame = parents[frame]


def _says_more(edge: Edge, source: Box) -> bool:
    """Whether a label adds to what the box that an edge leaves says already."""
    return source.kind not in ("input", "constant") and _edge_text(edge) != source.type


def _edge_text(edge: Edge) -> str:
    if len(edge.values) == 1:
        return visible(str(edge.values[0].type), 40)
    size = quantity(edge.bytes, "B") if edge.bytes else ""
    return f"{len(edge.values)} values {size}".rstrip()


def _weight(edge: Edge) -> int:
    return bisect_right(_BYTES, edge.bytes)
