"""What a node is called where it is shown: short, safe to print, the same in text and pictures."""

from __future__ import annotations

from collections.abc import Sequence

from jaxlab.graph import Graph, Node, Value
from jaxlab.quantities import quantity
from jaxlab.renderers.alike import Run
from jaxlab.renderers.escape import visible
from jaxlab.renderers.families import plain_op
from jaxlab.renderers.measures import SCOPE
from jaxlab.renderers.plumbing import one_op_inside

_NAME = 48
_CALLS = frozenset({"jit", "pjit", "call", "closed_call", "core_call", "named_call"})
_PLAIN_PARAMS = {
    # What tells one node of an op from another, where its type doesn't.
    "custom_call": "custom_call_target",
    "constant": "value",
    "integer_pow": "y",
    "scan": "length",
    "repeat": "length",
    "compare": "direction",
    "psum": "axes",
    "all_gather": "axis_name",
}


def name_of(graph: Graph, run: Run) -> str:
    """What a run of alike nodes is called: the scope's name, or the op's."""
    first, last = run[0], run[-1]
    if first.op != SCOPE:
        return visible(first.op, _NAME)
    name = _scope_name(graph, first)
    other = _scope_name(graph, last)
    if name == other:
        return visible(name, _NAME)
    return f"{visible(name, _NAME // 2)} … {visible(other, _NAME // 2)}"


def detail_of(graph: Graph, run: Run) -> str:
    """What helps to recognise a node: its direction, the function it calls, one param."""
    node = run[0]
    parts = list[str]()
    if node.op == SCOPE:
        direction, part = node.params.get("direction"), node.params.get("part")
        parts.extend([visible(str(direction), 12)] if direction not in (None, "forward") else [])
        parts.extend([f"part {part}"] if part is not None else [])
    called = _called_name(graph, node) or one_op_inside(graph, node)
    if called:
        parts.append(visible(called, _NAME))
    op = plain_op(node.op)
    param = node.params.get(_PLAIN_PARAMS.get(op, ""))
    if op == "scan" and param is not None:
        parts.append(f"×{visible(str(param), 12)}")
    elif param is not None:
        parts.append(visible(str(param), 30))
    if graph.stage == "hlo" and node.calls and node.op != SCOPE and node.outputs:
        parts.append(visible(node.outputs[0].name, 40))  # the name that profiles have
    if len(run) == 1 and not node.calls:
        literals = [value.literal for value in node.inputs if value.role == "literal"]
        parts.extend(visible(text, 12) for text in literals[:2])
    if node.effects:
        parts.append("! " + ", ".join(visible(effect, 24) for effect in node.effects[:2]))
    return " ".join(parts)


def type_of(node: Node) -> str:
    """The type of a node's first result, and how many others there are."""
    if not node.outputs:
        return ""
    more = len(node.outputs) - 1
    kind = node.outputs[0].type
    if kind.kind == "tuple" and len(kind.elements) > 1:
        text, more = str(kind.elements[0]), len(kind.elements) - 1
    else:
        text = str(kind)
    return visible(text, 40) + (f" +{more}" if more else "")


def gathered(values: Sequence[Value], limit: int = 3) -> list[tuple[str, tuple[Value, ...]]]:
    """Values one by one if they are few, else by what they are parts of (`state.params`)."""
    if len(values) <= limit:
        return [(value.name, (value,)) for value in values]
    groups: dict[str, list[Value]] = {}
    for value in values:
        groups.setdefault(value.name.partition("[")[0], []).append(value)
    return [
        (members[0].name if len(members) == 1 else name, tuple(members))
        for name, members in groups.items()
    ]


def values_text(values: Sequence[Value], limit: int = 4) -> str:
    """A few values with their types, gathered if they are many, and the bytes of all."""
    groups = gathered(values, limit)
    parts = [_group_text(name, members) for name, members in groups[:limit]]
    if len(groups) > limit:
        parts.append(f"… {sum(len(members) for _, members in groups[limit:]):,} more")
    total = f"{len(values):,} values{_size_text(values)}: " if len(values) > limit else ""
    return total + ", ".join(parts)


def _group_text(name: str, members: Sequence[Value]) -> str:
    if len(members) > 1:
        return f"{visible(name, 32)} ×{len(members):,}".lstrip() + _size_text(members)
    return f"{visible(name, 32)} {visible(str(members[0].type), 32)}".lstrip()


def _size_text(values: Sequence[Value]) -> str:
    known = sum(value.type.bytes or 0 for value in values)
    return f" ({quantity(known, 'B')})" if known else ""


def _scope_name(graph: Graph, node: Node) -> str:
    name = graph.regions[node.calls[0][1]].name if node.calls else ""
    return name or (node.origin.scopes[-1] if node.origin.scopes else "scope")


def _called_name(graph: Graph, node: Node) -> str:
    if plain_op(node.op) not in _CALLS or not node.calls:
        return ""
    region = graph.regions.get(node.calls[0][1])
    return region.name if region is not None else ""
