"""A finished SVG at a third of its size, for an `<img>`: its parts can't be pointed at there."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from urllib.parse import quote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

_SVG = "http://www.w3.org/2000/svg"
_TOKEN = re.compile(r"[A-Z]|-?[\d.]+")
_TAG = re.compile(r"<[^>]*>")
_ASIDE = ("id", "class")
_SHAPES = ("path", "rect", "ellipse", "polyline")
_DEFAULTS = {"stroke": "none", "text-anchor": "start"}
_LEGIBLE = " ='/:;,()"
"""What a `data:` URL may hold as it is, beside letters, digits and `_.-~`."""

_Point = tuple[float, float]


def svg_url(text: str) -> str:
    """A finished SVG as a `data:` URL that an attribute takes as it is."""
    slim = slim_svg(text).replace("'", "&#39;")
    slim = _TAG.sub(lambda tag: tag[0].replace('"', "'"), slim)
    return f"data:image/svg+xml,{quote(slim, safe=_LEGIBLE)}"


def slim_svg(text: str) -> str:
    """Write less for the same picture.

    Gone are the parts' names, ids and classes, what Graphviz says of each text, groups without
    an attribute, and what is finer than half a point.
    """
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(text)
    for group in root.iter(_tag("g")):
        for title in group.findall(_tag("title")):
            group.remove(title)
    for element in root.iter():
        element.tail = None
        said_twice = [name for name, value in _DEFAULTS.items() if element.get(name) == value]
        for name in (*_ASIDE, *said_twice):
            element.attrib.pop(name, None)
    _flatten(root)
    for element in root.iter(_tag("polygon")):
        element.tag = _tag("path")
        element.set("d", _closed(_points(element.attrib.pop("points"))))
    for element in root.iter(_tag("path")):
        if "C" in element.get("d", ""):
            element.set("d", _curves(_points(element.attrib["d"])))
    _share(root)
    return ElementTree.tostring(root, encoding="unicode")


def _flatten(element: Element) -> None:
    """Put the children of groups that say nothing in the groups' place."""
    children: list[Element] = []
    for child in element:
        _flatten(child)
        children += child if child.tag == _tag("g") and not child.attrib else [child]
    element[:] = children
    if len(element):
        element.text = None


def _share(root: Element) -> None:
    """Say once what most texts say: shapes have fills of their own, and no font."""
    texts = list(root.iter(_tag("text")))
    for element in texts:
        for name in ("x", "y", "font-size"):
            if name in element.attrib:
                element.set(name, _short(float(element.attrib[name])))
    for name in ("font-family", "font-size", "fill"):
        values = Counter(element.get(name, "") for element in texts)
        if not values or "" in values or (name == "fill" and not _filled(root)):
            continue
        ((most, _),) = values.most_common(1)
        root.set(name, most)
        for element in texts:
            if element.get(name) == most:
                del element.attrib[name]


def _filled(root: Element) -> bool:
    return all("fill" in e.attrib for shape in _SHAPES for e in root.iter(_tag(shape)))


def _points(text: str) -> list[_Point]:
    numbers = [round(float(token) * 2) / 2 for token in _TOKEN.findall(text) if token not in "MC"]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def _closed(points: list[_Point]) -> str:
    """The path of a polygon, whose last point is its first."""
    steps = [_line(a, b) for a, b in pairwise(points[:-1])]
    return f"M{_pair(points[0])}{''.join(steps)}z"


def _curves(points: list[_Point]) -> str:
    """The path through a start and then three points for each curve, of which many are straight."""
    at, text = points[0], f"M{_pair(points[0])}"
    for place in range(1, len(points), 3):
        first, second, end = points[place : place + 3]
        if first == at and second == end:
            text += _line(at, end)
        else:
            text += "c" + _joined([n for point in (first, second, end) for n in _step(at, point)])
        at = end
    return text


def _line(start: _Point, end: _Point) -> str:
    x, y = _step(start, end)
    if x and y:
        return f"l{_pair((x, y))}"
    if x:
        return f"h{_short(x)}"
    return f"v{_short(y)}" if y else ""


def _step(start: _Point, end: _Point) -> _Point:
    return (end[0] - start[0], end[1] - start[1])


def _pair(point: _Point) -> str:
    return _joined(list(point))


def _joined(numbers: list[float]) -> str:
    return re.sub(" -", "-", " ".join(map(_short, numbers)))


def _short(number: float) -> str:
    """`0.5` as `.5`, `-0.0` as `0`."""
    return re.sub(r"^(-?)0\.", r"\1.", f"{round(number, 1) + 0:g}")


def _tag(name: str) -> str:
    return f"{{{_SVG}}}{name}"
