"""Memory moved for nothing: other layouts, transposes, padding."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import ceil, prod

from jaxlab.graph import ArrayType, Node
from jaxlab.profiling.hints.evidence import WORTH_BYTES, Evidence, Hint
from jaxlab.quantities import quantity

MOVES = frozenset(
    ("parameter", "bitcast", "copy", "transpose", "reshape", "tuple", "get-tuple-element")
)
"""Instructions that move data, or only name it."""

LAYOUT_SHARE = 0.05
"""Of the whole: some transposes no program can do without."""
PADDED_SHARE = 0.25
"""Of an array: a quarter is what rounding a size up to the next few costs, and no more."""
TILED_SHARE = 0.5
"""Of an array in tiles: half of the memory, and of the traffic, for nothing."""

_LAYOUT = re.compile(r"\{([\d,]*)")
_TILE = re.compile(r"T\((\d+),(\d+)\)")
_PRODUCTS = frozenset(("dot", "convolution"))


def layout_changes(evidence: Evidence) -> Iterator[Hint]:
    """Copies into another order of dimensions, and transposes that nothing else is done with."""
    found = [node for node in evidence.running if _only_reorders(evidence, node)]
    # The model knows nothing of caches: without measured times it takes twice as much.
    least = LAYOUT_SHARE if evidence.seconds else 2 * LAYOUT_SHARE
    for group in evidence.groups(found, least=least):
        moved = sum(map(evidence.bytes, group.nodes))
        first = group.nodes[0]
        many = len(group.nodes) > 1
        asked = any(
            equation.op == "transpose"
            for node in group.nodes
            for equation in evidence.equations(node)
        )
        yield group.hint(
            "layout",
            f"{f'{len(group.nodes):,} transposes' if many else 'A transpose'} of "
            f"{first.outputs[0].type}{' and the like' if many else ''} moved "
            f"{quantity(moved, 'B')}",
            "Nothing is computed: an array is written again with its dimensions in another order. "
            + (
                "The program transposes it."
                if asked
                else "XLA does so: what makes it and what reads it want different orders."
            ),
            "Keep the array in the order in which it is read: transpose once where it is made, or "
            "let the `einsum` or `dot_general` that reads it contract the dimensions as they are.",
        )


def _only_reorders(evidence: Evidence, node: Node) -> bool:
    body = evidence.body(node)
    return all(each.op in MOVES for each in body) and any(map(_reorders, body))


def _reorders(node: Node) -> bool:
    if node.op == "transpose":
        return True
    if node.op != "copy":
        return False
    given, made = node.inputs[0].type, node.outputs[0].type
    return given.shape == made.shape and _order(given) != _order(made)


def _order(type_: ArrayType) -> tuple[int, ...]:
    """The dimensions from the one that varies fastest; those of size one are anywhere."""
    found = _LAYOUT.match(type_.layout)
    order = [int(part) for part in found[1].split(",") if part] if found else []
    return tuple(d for d in order if d < len(type_.shape) and type_.shape[d] != 1)


def padding(evidence: Evidence) -> Iterator[Hint]:
    """Arrays that are largely padding and stored, or that a product works on."""
    found: dict[str, float] = {}
    nodes: list[Node] = []
    for node in evidence.running:
        share = _padded(evidence, node)
        if share >= PADDED_SHARE:
            found[node.id] = share
            nodes.append(node)
    for group in evidence.groups(nodes, traffic=lambda node: found[node.id] * evidence.bytes(node)):
        first = group.nodes[0]
        yield group.hint(
            "padding",
            f"{quantity(found[first.id], '%')} of {_padded_type(evidence, first)} is padding",
            "The padding is written, read and computed with like the rest.",
            "Pad to a smaller size, sort by length and pad each batch to its own longest, or pack "
            "several sequences into one row.",
        )


def _padded(evidence: Evidence, node: Node) -> float:
    """How much of what a node makes or works on is padding."""
    body = evidence.body(node)
    pads = [each for each in body if each.op == "pad"]
    if not pads:
        return 0.0
    works = any(each.op in _PRODUCTS for each in body)
    root = evidence.maker(node.outputs[0]) if node.op == "fusion" else node
    while root is not None and root.op in ("bitcast", "copy", "reshape"):
        root = evidence.maker(root.inputs[0])
    return max((_share(pad) for pad in pads if works or pad is root), default=0.0)


def _padded_type(evidence: Evidence, node: Node) -> ArrayType:
    return (
        max((each for each in evidence.body(node) if each.op == "pad"), key=_share).outputs[0].type
    )


def _share(pad: Node) -> float:
    given, made = _elements(pad.inputs[0].type), _elements(pad.outputs[0].type)
    return 1 - given / made if made > given else 0.0


def _elements(type_: ArrayType) -> int:
    return prod(size for size in type_.shape if isinstance(size, int))


def tiles(evidence: Evidence) -> Iterator[Hint]:
    """Arrays whose last dimensions fill their tiles badly, as a TPU lays them out."""
    wasted: dict[str, float] = {}
    nodes: list[Node] = []
    for node in evidence.running:
        if node.op in MOVES - {"copy", "transpose"} or not node.outputs:
            continue
        lost = _lost_in_tiles(node.outputs[0].type)
        if lost >= TILED_SHARE:
            size = node.outputs[0].type.bytes or 0
            wasted[node.id] = evidence.times(node) * size * lost / (1 - lost)
            nodes.append(node)
    for group in evidence.groups(nodes, traffic=lambda node: wasted[node.id]):
        type_ = group.nodes[0].outputs[0].type
        lost = sum(wasted[node.id] for node in group.nodes)
        if lost >= WORTH_BYTES:
            yield group.hint(
                "padding",
                f"{quantity(_lost_in_tiles(type_), '%')} of {type_} is padding of its tiles",
                f"In memory it is {type_}{type_.layout}: the last dimensions are rounded up to "
                f"whole tiles, {quantity(lost, 'B')} in all.",
                "Let the last dimension be a multiple of 128 and the one before of 8: swap or "
                "merge dimensions, or let a batch dimension come last.",
            )


def _lost_in_tiles(type_: ArrayType) -> float:
    """The share of an array's memory that is padding; 0 without tiles."""
    tile, order = _TILE.search(type_.layout), _LAYOUT.match(type_.layout)
    sizes = [size for size in type_.shape if isinstance(size, int)]
    if tile is None or order is None or len(sizes) < 2 or len(sizes) < len(type_.shape):
        return 0.0
    places = [int(part) for part in order[1].split(",") if part][:2]
    if len(places) < 2 or not prod(sizes):
        return 0.0
    rounded = list(sizes)
    for place, size in zip(places, (int(tile[2]), int(tile[1])), strict=True):
        rounded[place] = ceil(sizes[place] / size) * size
    return 1 - prod(sizes) / prod(rounded)
