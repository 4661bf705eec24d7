"""A picture written shorter: the same marks, with less around them."""

from __future__ import annotations

from urllib.parse import unquote
from xml.etree import ElementTree

from jaxlab.renderers.slim_svg import slim_svg, svg_url

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9">{}</svg>'


def slim(inside: str) -> str:
    """What becomes of a picture's inside, but for the fonts and fills that its texts share."""
    return slim_svg(SVG.format(inside)).partition(">")[2].removesuffix("</svg>")


def test_a_polygon_becomes_steps_from_its_first_point():
    box = '<polygon fill="none" points="10,-5 10,-45.49 60.5,-45.49 60.5,-5 10,-5" />'
    assert slim(box) == '<path fill="none" d="M10-5v-40.5h50.5v40.5z" />'
    arrow = '<polygon fill="red" points="2,0 0.5,-6 3.5,-6 2,0" />'
    assert slim(arrow) == '<path fill="red" d="M2 0l-1.5-6h3z" />'


def test_a_curve_that_is_straight_becomes_a_line():
    path = '<path fill="none" d="M0,0C0,0 40,0 40,0 46,0 52,6 52,12 52,12 52,12 52,12" />'
    assert slim(path) == '<path fill="none" d="M0 0h40c6 0 12 6 12 12" />'


def test_ids_titles_defaults_and_bare_groups_go():
    group = (
        '<g id="node1" class="node"><title>n1</title><g>\n'
        '<path fill="red" stroke="none" d="M0 0" /></g></g>'
    )
    assert slim(group) == '<path fill="red" d="M0 0" />'
    assert slim('<g transform="scale(2)"><title>n</title></g>') == '<g transform="scale(2)" />'


def test_what_most_texts_say_is_said_once():
    texts = "".join(f'<text fill="{fill}" x="{x}.00">a</text>' for x, fill in enumerate("bbc"))
    assert slim(texts) == '<text x="0">a</text><text x="1">a</text><text fill="c" x="2">a</text>'
    assert 'fill="b"' in slim_svg(SVG.format(texts)).partition(">")[0]
    bare = '<path d="M0 0" />'
    assert slim(bare + texts).startswith(bare + '<text fill="b"'), "a shape would take it too"


def square(fill: str, x: int) -> str:
    return f'<polygon fill="{fill}" points="{x},0 {x},4 {x + 4},4 {x + 4},0 {x},0" />'


def test_shapes_of_one_look_are_one_where_nothing_between_touches_them():
    apart = f"<g>{square('red', 0)}{square('blue', 10)}{square('red', 20)}</g>"
    assert slim(f'<g transform="scale(2)">{apart}</g>') == (
        '<g transform="scale(2)"><path fill="red" d="M0 0v4h4v-4zM20 0v4h4v-4z" />'
        '<path fill="blue" d="M10 0v4h4v-4z" /></g>'
    )
    over = f"{square('red', 0)}{square('blue', 10)}{square('red', 12)}"
    assert slim(f'<g transform="scale(2)">{over}</g>').count("<path") == 3


def test_wires_are_drawn_over_boxes_and_texts_over_all():
    wire = '<g class="edge"><path fill="none" d="M0,0C0,0 {0},0 {0},0" /></g>'
    text = '<text fill="{}" x="{}">a</text>'
    order = [wire.format(8), text.format("c", 0), square("red", 0), wire.format(9)]
    order += [text.format("b", 1), text.format("b", 2), text.format("c", 3), text.format("b", 4)]
    assert slim(f'<g transform="scale(2)">{"".join(order)}</g>') == (
        '<g transform="scale(2)"><path fill="red" d="M0 0v4h4v-4z" />'
        '<path fill="none" d="M0 0h8M0 0h9" /><g fill="c"><text x="0">a</text>'
        '<text x="3">a</text></g><text x="1">a</text><text x="2">a</text>'
        '<text x="4">a</text></g>'
    )


def test_the_url_holds_the_same_picture_and_nothing_that_an_attribute_ends_at():
    hostile = """<text fill="a">'"&lt;&amp;"#%{{ñ\u202e</text>"""
    url = svg_url(SVG.format(hostile))
    assert not set('"<>&#{\n') & set(url) and url.isascii()
    root = ElementTree.fromstring(unquote(url.partition(",")[2]))
    assert [text.text for text in root] == ["""'"<&"#%{{ñ\u202e"""]
