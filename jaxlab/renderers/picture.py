"""What a picture of a program shows: boxes, frames round open bodies, and edges.

Nothing here knows how it is drawn. A picture has at most as many boxes as its budget: bodies
and groups are opened where the cost is, neighbours that are alike stand in one stack, and what
is left of a level that is too long stands in boxes of its own that say how many they hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from jaxlab.graph import Graph
from jaxlab.overlay import Overlay
from jaxlab.renderers.boxes import Box, Frame, join
from jaxlab.renderers.drawing import Drawing, draw_program
from jaxlab.renderers.edges import Edge, merged, without_implied
from jaxlab.renderers.escape import visible
from jaxlab.renderers.folding import Plan, open_levels, overview
from jaxlab.renderers.measures import Measures, numeric

__all__ = ["Box", "Frame", "Picture", "picture_of"]

_MANY_USERS = 8  # what more boxes read has no edges drawn, and says so
_HUBS = ("input", "constant", "leaf")
_CROWDED = 1.5  # with more edges than this a box, those that others imply are not drawn


@dataclass(frozen=True)
class Picture:
    """All that is drawn, and what has to be said of it."""

    title: str
    stage: str
    boxes: tuple[Box, ...]
    frames: tuple[Frame, ...]
    edges: tuple[Edge, ...]
    overlay: Overlay | None
    total: int
    drawn: int


def picture_of(
    graph: Graph, overlays: Sequence[Overlay] = (), *, depth: int | None = None, budget: int = 150
) -> Picture:
    """Choose what to draw of a program.

    Args:
      graph: any stage, grouped or not.
      overlays: the first one with a unit is drawn as heat, and leads the choice.
      depth: how many levels of bodies and groups are opened; None opens as few as give a dozen
        boxes, so that an overview stays one.
      budget: how many boxes there may be, inputs and results not counted.
    """
    amounts = numeric(overlays)
    lead = Measures(graph, amounts[0] if amounts else None)
    plan = Plan(graph, lead, budget)
    drawing = Drawing(plan, open_levels(plan, depth) if depth is not None else overview(plan))
    draw_program(drawing)
    edges, boxes = _worth_drawing(drawing)
    return Picture(
        visible(graph.name or graph.main.name or graph.stage, 60),
        graph.stage,
        boxes,
        tuple(drawing.frames),
        edges,
        lead.overlay,
        lead.count(graph.main.nodes),
        drawing.drawn,
    )


def _worth_drawing(drawing: Drawing) -> tuple[tuple[Edge, ...], tuple[Box, ...]]:
    """The edges that help, and the boxes, with a word on those whose edges are left out."""
    edges = merged(drawing.edges)
    kinds = {box.key: box.kind for box in drawing.boxes}
    degree = Counter(edge.start for edge in edges if kinds[edge.start] in _HUBS)
    hubs = {key: users for key, users in degree.items() if users > _MANY_USERS}
    edges = [edge for edge in edges if edge.start not in hubs]
    if len(edges) > _CROWDED * len(drawing.boxes):
        edges = without_implied(edges, [box.key for box in drawing.boxes], _kept(drawing, edges))
    boxes = tuple(
        replace(box, note=join(box.note, f"read by {hubs[box.key]} boxes"))
        if box.key in hubs
        else box
        for box in drawing.boxes
    )
    return tuple(edges), boxes


def _kept(drawing: Drawing, edges: list[Edge]) -> Callable[[Edge], bool]:
    """Edges that stay although a longer way says the same: those of leaves, what a scope's
    backward pass reads of its forward pass, and the largest."""
    boxes = {box.key: box for box in drawing.boxes}
    largest = max(edges, key=lambda edge: edge.bytes)

    def kept(edge: Edge) -> bool:
        start, end = boxes[edge.start], boxes[edge.end]
        same_scope = not set(start.scopes).isdisjoint(end.scopes)
        return "leaf" in (start.kind, end.kind) or same_scope or edge is largest

    return kept
