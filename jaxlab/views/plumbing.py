"""Take out what only connects: little jits, conversions, numbers spread over a shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from jaxlab.errors import cut
from jaxlab.graph import Graph, Node, Region, Value
from jaxlab.origin import Origin
from jaxlab.views.flow import callees_first, free_values, reachable, with_inputs

CALLS = frozenset({"call", "closed_call", "core_call", "func.call", "jit", "pjit"})
"""A call of one of these with a single node below is replaced by that node."""

SAME_VALUE = frozenset({"bitcast", "convert", "convert_element_type", "parameter"})
"""Readers of these read their operand instead. A copy is not among them: it takes time."""

BROADCASTS = frozenset({"broadcast", "broadcast_in_dim"})
"""Readers of these read the number itself, if a number is what is spread."""

ENDS = frozenset({"func.return", "parameter", "return"})
"""Nodes that only say where values enter or leave a region."""


def hide_plumbing(graph: Graph) -> Graph:
    """Take out the nodes that only connect others, and say how many were taken out.

    - A call (`jit`, `func.call`) with one node below becomes that node, as jnp's little wrappers
      are. It keeps the caller's id, results, effects and line; its params say which call it
      was under `plumbing`.
    - Conversions of the dtype, HLO's bitcasts and its parameter instructions are gone: their
      readers read the operand, or the region's input.
    - A number broadcast to a shape becomes a literal operand, and so does a scalar constant of
      StableHLO or HLO.
    - HLO's get-tuple-element is gone: the node that makes the tuple gets results of its own for
      the elements that are read.

    What a region gives back, what has side effects, and what other nodes must wait for stay.
    All other nodes keep their ids; an overlay's values for nodes that are gone are not shown.
    `facts["hidden"]` counts what is gone by op. The graph that was given is unchanged.
    """
    work = _Work(
        graph.regions,
        frozenset(other for node in graph.nodes() for other in node.after),
        frozenset(value.id for region in graph.regions.values() for value in region.outputs),
        Counter(_hidden_before(graph)),
    )
    for region_id in callees_first(graph):
        work.done[region_id] = _cleared(work, graph.regions[region_id])
    for region_id in free_values(graph):  # bodies that read values from around were done first
        work.done[region_id] = _reading_instead(work, work.done[region_id])
    regions = reachable({key: work.done[key] for key in graph.regions}, graph.entry)
    facts = {**graph.facts, "hidden": dict(sorted(work.hidden.items()))}
    return Graph(graph.stage, graph.name, regions, graph.entry, facts)


@dataclass(frozen=True, slots=True)
class _Work:
    """What is known while regions are cleared, callees first.

    Attributes:
      regions: as they were.
      awaited: ids of nodes that others must run after.
      given_back: ids of values that a region gives back, its own or captured ones.
      hidden: how many nodes are gone, by op.
      done: the regions that are cleared.
      instead: by the id of a value that is gone, the one that is read instead.
    """

    regions: Mapping[str, Region]
    awaited: frozenset[str]
    given_back: frozenset[str]
    hidden: Counter[str]
    done: dict[str, Region] = field(default_factory=dict[str, Region])
    instead: dict[str, Value] = field(default_factory=dict[str, Value])

    def read(self, values: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple([self.instead.get(value.id, value) for value in values])


def _hidden_before(graph: Graph) -> dict[str, int]:
    before = graph.facts.get("hidden")
    return cast("dict[str, int]", before) if isinstance(before, dict) else {}


def _cleared(work: _Work, region: Region) -> Region:
    nodes: dict[str, Node] = {}
    for original in region.nodes:
        node = _without_call(work, with_inputs(original, work.read(original.inputs)))
        stays = (
            node.effects
            or node.after
            or node.id in work.awaited
            or any(value.id in work.given_back for value in node.outputs)
        )
        instead = None if stays else _value_instead(node, nodes)
        if instead is None:
            nodes[node.id] = node
        else:
            work.instead[node.outputs[0].id] = instead
            work.hidden[node.op] += 1
    return Region(region.id, region.inputs, tuple(nodes.values()), region.outputs, region.name)


def _reading_instead(work: _Work, region: Region) -> Region:
    nodes = tuple(with_inputs(node, work.read(node.inputs)) for node in region.nodes)
    return replace(region, nodes=nodes, outputs=work.read(region.outputs))


# --- calls -----------------------------------------------------------------------------------


def _without_call(work: _Work, caller: Node) -> Node:
    """The only node below a call, in the caller's place; the caller if that is not possible."""
    if caller.op not in CALLS or len(caller.calls) != 1 or _donates(caller):
        return caller
    below = work.done.get(caller.calls[0][1])
    if below is None:  # a function that calls itself
        return caller
    bodies = [node for node in below.nodes if node.op not in ENDS]
    if len(bodies) != 1:
        return caller
    (node,) = bodies
    outputs = _outputs_above(caller, node, below)
    inputs = _inputs_above(caller, node, below)
    if outputs is None or inputs is None:
        return caller
    work.hidden[caller.op] += 1
    called = cut(str(caller.params.get("name") or below.name), 40)
    name = f"{caller.op} {called}".strip()
    inner = node.params.get("plumbing")
    return Node(
        caller.id,
        node.op,
        inputs,
        outputs,
        node.calls,
        {**node.params, "plumbing": f"{name}, {inner}" if inner else name},
        Origin(
            (*caller.origin.scopes, *node.origin.scopes),
            (*caller.origin.transforms, *node.origin.transforms),
            caller.origin.stack,
            (*caller.origin.tags, *node.origin.tags),
        ),
        tuple(dict.fromkeys((*caller.effects, *node.effects))),
        caller.after,
    )


def _donates(caller: Node) -> bool:
    donated = caller.params.get("donated_invars")
    return isinstance(donated, tuple) and True in donated


def _inputs_above(caller: Node, node: Node, below: Region) -> tuple[Value, ...] | None:
    """What a node below a call reads, in the caller's values; None where it can't be said."""
    arguments = [value for value in below.inputs if value.role != "const"]
    if len(arguments) != len(caller.inputs):
        return None
    above = {inner.id: outer for inner, outer in zip(arguments, caller.inputs, strict=True)}
    found: list[Value] = []
    for index, value in enumerate(node.inputs):
        seen = value if value.role == "literal" else above.get(value.id)
        if seen is None:
            return None
        is_literal = seen.role == "literal"
        found.append(replace(seen, id=f"{caller.id}={index}") if is_literal else seen)
    return tuple(found)


def _outputs_above(caller: Node, node: Node, below: Region) -> tuple[Value, ...] | None:
    """The caller's results in the order of the node's; None unless each is one of the node's."""
    made = {value.id for value in node.outputs}
    back = {inner.id: outer for inner, outer in zip(below.outputs, caller.outputs, strict=False)}
    if len(back) != len(caller.outputs) or not made.issuperset(back):
        return None
    spare = len(caller.outputs)
    found: list[Value] = []
    for value in node.outputs:
        outer = back.get(value.id)
        if outer is None:
            outer = Value(f"{caller.id}:{spare}", value.type, value.name, "unused")
            spare += 1
        found.append(outer)
    return tuple(found)


# --- values ----------------------------------------------------------------------------------


def _value_instead(node: Node, nodes: dict[str, Node]) -> Value | None:
    """What the readers of a node can read instead of its only result; None to keep the node."""
    if len(node.outputs) != 1 or node.calls:
        return None
    if node.op == "constant" and not node.outputs[0].type.shape:
        return _literal(node)
    if len(node.inputs) != 1:
        return None
    (operand,) = node.inputs
    if node.op in SAME_VALUE:
        return operand
    if node.op in BROADCASTS and operand.role == "literal":
        return operand
    if node.op == "get-tuple-element":
        return _element(node, nodes)
    return None


def _literal(constant: Node) -> Value | None:
    text = constant.params.get("value", constant.params.get("literal"))
    if text is None or constant.outputs[0].type.kind != "array":
        return None
    kind = constant.outputs[0].type
    return Value(f"{constant.id}=0", kind, role="literal", literal=cut(str(text), 40))


def _element(node: Node, nodes: dict[str, Node]) -> Value | None:
    """A result for one element of a tuple; it is added to the node that makes the tuple."""
    (whole,) = node.inputs
    index = node.params.get("index")
    maker = nodes.get(whole.node_id)
    if maker is None or not isinstance(index, int):
        return None
    if maker.op == "tuple" and index < len(maker.inputs):
        return maker.inputs[index]
    element = Value(f"{maker.id}:{1 + index}", node.outputs[0].type, node.outputs[0].name)
    if maker.outputs[0] != whole or maker.op == "parameter":
        return None
    if all(value.id != element.id for value in maker.outputs):
        nodes[maker.id] = replace(maker, outputs=(*maker.outputs, element))
    return element
