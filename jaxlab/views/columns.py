"""A graph as numbered columns: what is asked of every node is asked of lists of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise

from jaxlab.array_type import ArrayType
from jaxlab.graph import Graph, Node, Region, Value


@dataclass(frozen=True, slots=True)
class Columns:
    """The nodes and values of a graph, numbered.

    Nodes are numbered region by region. Values are numbered as they are defined: a region's
    inputs, then its nodes' results, region by region; those that are defined nowhere, literals,
    come last.

    Attributes:
      regions: in the graph's order.
      nodes: all of them.
      values: all of them.
      first_node: of each region; behind them, the number of nodes.
      first_value: of each region; behind them, the number of values that are defined.
      result: each node's first result; behind them, the number of values that are defined.
      operand: where each node's operands begin in `operands`; behind them, its length.
      operands: the values that nodes read, node by node.
      outputs: the values that each region gives back.
      types: the distinct types, those inside a tuple before it.
      type: of each value, its place in `types`.
    """

    regions: tuple[Region, ...]
    nodes: list[Node]
    values: list[Value]
    first_node: list[int]
    first_value: list[int]
    result: list[int]
    operand: list[int]
    operands: list[int]
    outputs: list[list[int]]
    types: list[ArrayType]
    type: list[int]


def columns_of(graph: Graph) -> Columns:
    """Number the nodes and values of a graph."""
    regions = tuple(graph.regions.values())
    nodes: list[Node] = []
    values: list[Value] = []
    first_node, first_value, result = [0], [0], list[int]()
    for region in regions:
        values += region.inputs
        for node in region.nodes:
            result.append(len(values))
            values += node.outputs
        nodes += region.nodes
        first_node.append(len(nodes))
        first_value.append(len(values))
    result.append(len(values))
    reads = [node.inputs for node in nodes]
    operand = list(accumulate(map(len, reads), initial=0))
    read = list(chain.from_iterable(reads))
    read.extend(chain.from_iterable(region.outputs for region in regions))
    places = _places(values, read)
    ends = list(accumulate((len(region.outputs) for region in regions), initial=operand[-1]))
    outputs = [places[start:end] for start, end in pairwise(ends)]
    types, type_ = _types(values)
    return Columns(
        regions,
        nodes,
        values,
        first_node,
        first_value,
        result,
        operand,
        places[: operand[-1]],
        outputs,
        types,
        type_,
    )


def _places(values: list[Value], read: Sequence[Value]) -> list[int]:
    """Where the values stand that are read; what is defined nowhere is added to the values.

    By identity, else by equality: an edge is the very object, but need not be.
    """
    by_object = dict(zip(map(id, values), range(len(values)), strict=True))
    found = [by_object.get(key, -1) for key in map(id, read)]
    by_id: dict[str, int] = {}
    at = -1
    for _ in range(found.count(-1)):
        at = found.index(-1, at + 1)
        value = read[at]
        place = by_object.get(id(value))
        if place is None:
            if value.role != "literal" and not by_id:
                by_id = {value.id: place for place, value in enumerate(values)}
            place = by_id.get(value.id)
            if place is None or values[place] != value:
                place = len(values)
                values.append(value)
                by_id.setdefault(value.id, place)
            by_object[id(value)] = place
        found[at] = place
    return found


def _types(values: list[Value]) -> tuple[list[ArrayType], list[int]]:
    """The distinct types, and each value's place among them."""
    types: dict[ArrayType, int] = {}

    def place(kind: ArrayType) -> int:
        for element in kind.elements:
            place(element)
        return types.setdefault(kind, len(types))

    kinds = [value.type for value in values]
    # By identity first: most types are shared, and hashing one takes a microsecond.
    by_object = {key: place(kind) for key, kind in {id(kind): kind for kind in kinds}.items()}
    return list(types), [by_object[key] for key in map(id, kinds)]
