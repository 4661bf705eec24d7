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
_Room = tuple[float, float, float, float]
"""Left, top, right and bottom."""
_Look = tuple[str, tuple[tuple[str, str], ...]]
_Drawn = tuple[Element, list[_Room | None]]
"""A shape with the rooms of all that it draws; None for one whose room isn't known."""


def svg_url(text: str) -> str:
    """A finished SVG as a `data:` URL that an attribute takes as it is."""
    slim = slim_svg(text).replace("'", "&#39;")
    slim = _TAG.sub(lambda tag: tag[0].replace('"', "'"), slim)
    return f"data:image/svg+xml,{quote(slim, safe=_LEGIBLE)}"


def slim_svg(text: str) -> str:
    """Write less for the same picture.

    Gone are the parts' names, ids and classes, what Graphviz says of each text, groups without
    an attribute, and what is finer than half a point. What looks alike is written as one.
    """
    ElementTree.register_namespace("", _SVG)
    root = ElementTree.fromstring(text)
    for group in root.iter(_tag("g")):
        for title in group.findall(_tag("title")):
            group.remove(title)
    wires = {e for g in root.iter(_tag("g")) if g.get("class") == "edge" for e in g.iter()}
    for element in root.iter():
        element.tail = None
        said_twice = [name for name, value in _DEFAULTS.items() if element.get(name) == value]
        for name in (*_ASIDE, *said_twice):
            element.attrib.pop(name, None)
    _flatten(root)
    rooms: dict[Element, _Room] = {}
    for element in root.iter(_tag("polygon")):
        points = _points(element.attrib.pop("points"))
        element.tag = _tag("path")
        element.set("d", _closed(points))
        rooms[element] = _room(points)
    for element in root.iter(_tag("path")):
        if "C" in element.get("d", ""):
            points = _points(element.attrib["d"])
            element.set("d", _curves(points))
            rooms[element] = _room(points)
    _share(root)
    for group in root.iter(_tag("g")):
        _order(group, wires, rooms)
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


def _order(group: Element, wires: set[Element], rooms: dict[Element, _Room]) -> None:
    """Draw boxes, then the wires, which lead round them, then the texts."""
    texts = [child for child in group if child.tag == _tag("text")]
    drawn = [child for child in group if child.tag != _tag("text")]
    boxes = _joined_boxes([child for child in drawn if child not in wires], rooms)
    lines: dict[_Look, Element] = {}
    for wire in drawn:
        if wire in wires:
            _join(lines.setdefault(_look(wire), wire), wire)
    group[:] = [*boxes, *lines.values(), *_texts(texts)]


def _joined_boxes(shapes: list[Element], rooms: dict[Element, _Room]) -> list[Element]:
    """Draw a shape with the last one of its look, where nothing drawn since then touches it."""
    drawn: list[_Drawn] = []
    for shape in shapes:
        room = rooms.get(shape)
        host = _host(shape, room, drawn) if room else None
        if host:
            _join(host[0], shape)
            host[1].append(room)
        else:
            drawn.append((shape, [room]))
    return [shape for shape, _ in drawn]


def _host(shape: Element, room: _Room, drawn: list[_Drawn]) -> _Drawn | None:
    look = _look(shape)
    for other in reversed(drawn):
        if _look(other[0]) == look:
            return other
        if any(its is None or _touch(its, room) for its in other[1]):
            return None
    return None


def _look(shape: Element) -> _Look:
    return (shape.tag, tuple(sorted((k, v) for k, v in shape.attrib.items() if k != "d")))


def _join(host: Element, shape: Element) -> None:
    if host is not shape:
        host.set("d", host.get("d", "") + shape.get("d", ""))


def _texts(texts: list[Element]) -> list[Element]:
    """Texts of one look in a group that says it once."""
    looks: dict[_Look, list[Element]] = {}
    for text in texts:
        attributes = sorted((k, v) for k, v in text.attrib.items() if k not in ("x", "y"))
        looks.setdefault(("", tuple(attributes)), []).append(text)
    found: list[Element] = []
    for (_, attributes), alike in looks.items():
        if len(alike) == 1 or not attributes:
            found += alike
            continue
        group = Element(_tag("g"), dict(attributes))
        for text in alike:
            for name, _ in attributes:
                del text.attrib[name]
            group.append(text)
        found.append(group)
    return found


def _room(points: list[_Point]) -> _Room:
    xs, ys = zip(*points, strict=True)
    return (min(xs), min(ys), max(xs), max(ys))


def _touch(one: _Room, other: _Room) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


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
