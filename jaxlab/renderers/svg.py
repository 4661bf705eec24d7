"""Graphviz's SVG made fit for a notebook: self-contained, named for readers, on its own card."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from jaxlab.renderers.picture import Box, Picture

_SVG = "http://www.w3.org/2000/svg"
_SCALE = 1.1  # Graphviz's 10 points become 11 pixels, the least that is easy to read


def finish_svg(text: str, picture: Picture) -> str:
    """Give Graphviz's SVG a title, names for its parts, and a white card as its ground.

    The card keeps it legible in a dark notebook. Comments, the document type and whatever else
    is not drawn go.
    """
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(text)
    for side in ("width", "height"):
        points = float(root.get(side, "0pt").removesuffix("pt"))
        root.set(side, f"{points * _SCALE:.0f}")
    root.set("role", "img")
    root.set("style", "max-width:100%;height:auto")
    names = dict(_names(picture))
    for group in root.iter(_tag("g")):
        title = group.find(_tag("title"))
        if title is not None:
            title.text = names.get(title.text or "", picture.title)
    for element in root.iter():  # SVG knows no colour of that name
        for name in ("fill", "stroke"):
            if element.get(name) == "transparent":
                element.set(name, "none")
    _round_ground(root)
    for place, (tag, said) in enumerate((("title", picture.title), ("desc", _said(picture)))):
        element = ElementTree.Element(_tag(tag))
        element.text = said
        root.insert(place, element)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def _tag(name: str) -> str:
    return f"{{{_SVG}}}{name}"


def _names(picture: Picture) -> Iterator[tuple[str, str]]:
    """What a screen reader and a tooltip say, by the titles that Graphviz gives."""
    boxes = {box.key: _told(box) for box in picture.boxes}
    yield from boxes.items()
    for frame in picture.frames:
        yield f"cluster_{frame.key}", _words(frame.title, frame.detail, frame.note)
    titles = {box.key: box.title for box in picture.boxes}
    for edge in picture.edges:
        name = f"{titles[edge.start]} → {titles[edge.end]}"
        yield f"{edge.start}->{edge.end}", name
        yield f"{edge.end}->{edge.start}", name


def _told(box: Box) -> str:
    stack = f"×{box.stack}" if box.stack > 1 else ""
    return _words(box.title, stack, box.detail, box.type, box.note)


def _words(*texts: str) -> str:
    return " ".join(text for text in texts if text)


def _said(picture: Picture) -> str:
    return f"{picture.stage} graph: {len(picture.boxes)} boxes, {len(picture.edges)} edges"


def _round_ground(root: ElementTree.Element) -> None:
    """Graphviz fills the ground with a polygon, the first that it draws."""
    drawing = root.find(_tag("g"))
    ground = None if drawing is None else drawing.find(_tag("polygon"))
    if drawing is None or ground is None:
        return
    corners = [tuple(map(float, point.split(","))) for point in ground.get("points", "").split()]
    left, top = min(x for x, _ in corners), min(y for _, y in corners)
    width, height = max(x for x, _ in corners) - left, max(y for _, y in corners) - top
    card = {"x": left, "y": top, "width": width, "height": height, "rx": 8}
    attributes = {name: f"{number:g}" for name, number in card.items()}
    element = ElementTree.Element(_tag("rect"), {**attributes, "fill": "#ffffff"})
    drawing.insert(list(drawing).index(ground), element)
    drawing.remove(ground)
