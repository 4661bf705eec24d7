"""Numbers made wider than they were stored: bf16 and f16 that become f32."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.graph import Node, Value
from jaxlab.profiling.hints.evidence import WORTH_SECONDS, Evidence, Group, Hint
from jaxlab.profiling.hints.movement import MOVES
from jaxlab.quantities import quantity

NARROW = frozenset(("bf16", "f16"))
WIDE = frozenset(("f32", "f64"))

PRODUCT_SHARE = 0.05
"""Of the program's operations: a wide product of a few rows costs nothing."""
PRODUCT_FLOPS = 10_000_000
"""From which a product is worth a hint: a tenth of a millisecond on a processor's core or two."""

_PRODUCTS = frozenset(("dot", "convolution", "custom-call"))
_EQUATIONS = frozenset(("dot_general", "conv_general_dilated", "ragged_dot", "ragged_dot_general"))
_HANDED_ON = frozenset(("convert", "bitcast", "copy", "reshape", "transpose", "broadcast"))


def wide_products(evidence: Evidence) -> Iterator[Hint]:
    """Products in f32 of numbers that were stored in bf16 or f16."""
    found: dict[str, tuple[str, str]] = {}
    nodes: list[Node] = []
    for node in evidence.running:
        if node.op == "fusion" or node.op in _PRODUCTS:
            dtypes = next(
                filter(None, (_widened(evidence, each) for each in evidence.body(node))), None
            )
            if dtypes is not None:
                found[node.id] = dtypes
                nodes.append(node)
    theirs = [node for node in nodes if _asked_for(evidence, node, found[node.id][0])]
    ours = [node for node in nodes if node not in theirs]
    for group in _by_line(evidence, ours):
        narrow, wide = found[group.nodes[0].id]
        yield group.hint(
            "upcast",
            f"A product of {narrow} numbers is computed in {wide}: {_work(evidence, group)}",
            f"An operand was {narrow} and became {wide} before the product, which then can't use "
            f"the device's faster products of {narrow}.",
            f"Give both operands in {narrow}, and `preferred_element_type=jnp.float32` to add up "
            f"in {wide}. A weight in {wide} beside activations in {narrow} does this silently.",
        )
    group = _worth(evidence, theirs) if theirs else None
    if group is not None:
        narrow, wide = found[group.nodes[0].id]
        yield group.hint(
            "upcast",
            f"This back end computes products of {narrow} numbers in {wide}: "
            f"{len(group.nodes):,} with {_work(evidence, group)}",
            f"The program has them in {narrow}; each operand is converted first.",
            f"Nothing in the program is wrong; on this device {wide} throughout saves the "
            "conversions.",
        )


def _work(evidence: Evidence, group: Group) -> str:
    return quantity(sum(map(evidence.flops, group.nodes)), "FLOP")


def _by_line(evidence: Evidence, nodes: list[Node]) -> Iterator[Group]:
    lines: dict[object, list[Node]] = {}
    for node in nodes:
        lines.setdefault(evidence.frame(node), []).append(node)
    for members in lines.values():
        group = _worth(evidence, members)
        if group is not None:
            yield group


def _worth(evidence: Evidence, nodes: list[Node]) -> Group | None:
    """Products as one group, if they are worth it by their operations and their measured time."""
    work = sum(map(evidence.flops, nodes))
    share = min(work / (evidence.all_flops or 1.0), 1.0)
    if work < PRODUCT_FLOPS or share < PRODUCT_SHARE:
        return None
    nodes = sorted(nodes, key=lambda node: -evidence.flops(node))
    frame = evidence.frame(nodes[0])
    if not evidence.seconds:
        return Group(tuple(nodes), frame, work, "FLOP", share)
    group = evidence.group(nodes, frame)
    return group if group.share >= PRODUCT_SHARE and group.amount >= WORTH_SECONDS else None


def _widened(evidence: Evidence, product: Node) -> tuple[str, str] | None:
    """The dtypes that an operand of a product had before and has, if it was made wider."""
    if product.op not in _PRODUCTS:
        return None
    for value in product.inputs[:2]:
        narrow = _narrow_before(evidence, value) if value.type.dtype in WIDE else ""
        if narrow:
            return narrow, value.type.dtype
    return None


def _narrow_before(evidence: Evidence, value: Value) -> str:
    """What a value was before it was converted: "bf16", "f16", or "" if it was not."""
    maker = evidence.maker(value)
    while maker is not None and maker.op in _HANDED_ON:
        given = maker.inputs[0]
        if maker.op == "convert" and given.type.dtype in NARROW:
            return given.type.dtype
        maker = evidence.maker(given)
    return ""


def _asked_for(evidence: Evidence, node: Node, narrow: str) -> bool:
    """Whether the program itself has the product in the narrow dtype."""
    products = [each for each in evidence.equations(node) if each.op in _EQUATIONS]
    return bool(products) and all(
        value.type.dtype == narrow for each in products for value in each.inputs[:2]
    )


def stored_upcasts(evidence: Evidence) -> Iterator[Hint]:
    """Arrays that are written to memory again, the same numbers at twice the size."""
    found = [
        node
        for node in evidence.running
        if _only_widens(evidence, node) and not _is_for_products(evidence, node)
    ]
    for group in evidence.groups(found):
        first = group.nodes[0]
        given = next(each for each in evidence.body(first) if _widens(each)).inputs[0].type.dtype
        made = first.outputs[0].type
        yield group.hint(
            "upcast",
            f"{given} numbers are stored again as {made}",
            "The conversion is not part of what reads the result, so the same numbers are written "
            "and read at twice their size or more.",
            f"Convert where the numbers are used, or stay in {given}: a single {made.dtype} "
            "operand makes the result of an operation wide, and all that follows.",
        )


def _only_widens(evidence: Evidence, node: Node) -> bool:
    body = evidence.body(node)
    return all(each.op in MOVES or each.op == "convert" for each in body) and any(
        map(_widens, body)
    )


def _is_for_products(evidence: Evidence, node: Node) -> bool:
    """Whether only products read it, which have a hint of their own."""
    readers = evidence.hlo.users_of(node)
    return bool(readers) and all(
        _widened(evidence, each) is not None
        for reader in readers
        for each in evidence.body(reader)[-1:]
    )


def _widens(node: Node) -> bool:
    return (
        node.op == "convert"
        and node.inputs[0].type.dtype in NARROW
        and node.outputs[0].type.dtype in WIDE
    )
