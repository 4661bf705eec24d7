"""Where a program's values come from and go to, seen through its calls.

A call that runs one region exactly once on its operands (jit, remat, custom_jvp) is transparent
here: what it is given is what its region reads. Loops and branches are nodes like others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from jaxlab.graph import Graph, Node, Region, Value

_CALLS = re.compile(
    r"p?jit|(closed|core|remat|composite)_call|eval_jaxpr|remat\d*|checkpoint"
    r"|custom_(jvp|vjp)_call(_jaxpr)?|custom_lin|func\.call|call"
)


def inlined_region(graph: Graph, node: Node) -> Region | None:
    """The region that a call runs exactly once on its operands as they are; None for the rest."""
    if len(node.calls) != 1 or not _CALLS.fullmatch(node.op):
        return None
    region = graph.regions[node.calls[0][1]]
    fits = len(arguments_of(region)) == len(node.inputs)
    return region if fits and len(region.outputs) == len(node.outputs) else None


def arguments_of(region: Region) -> list[Value]:
    """A region's inputs that its callers pass, which its captured constants are not."""
    return [value for value in region.inputs if value.role != "const"]


def consumers_of(graph: Graph, node: Node) -> list[Node]:
    """The nodes that read a node's results, seen through calls: inside them and behind them."""
    found: dict[str, Node] = {}
    seen: set[str] = set()
    waiting = list(node.outputs)
    while waiting:
        value = waiting.pop()
        if value.id in seen:
            continue
        seen.add(value.id)
        for user in graph.users_of(value):
            inner = inlined_region(graph, user)
            if inner is None:
                found[user.id] = user
            else:
                passed = zip(arguments_of(inner), user.inputs, strict=True)
                waiting += [inside for inside, outside in passed if outside.id == value.id]
        home = (
            graph.home_of(value.node_id)
            if value.node_id
            else graph.regions[value.id.rpartition("<")[0]]
        )
        for caller in graph.callers_of(home):
            if inlined_region(graph, caller) is home:
                behind = zip(home.outputs, caller.outputs, strict=True)
                waiting += [outer for inside, outer in behind if inside.id == value.id]
    return list(found.values())


def makers_of(graph: Graph, node: Node) -> list[Node]:
    """The nodes that make what a node reads, seen through calls: inside them and before them."""
    found: dict[str, Node] = {}
    seen: set[str] = set()
    waiting = list(node.inputs)
    while waiting:
        value = waiting.pop()
        if value.role in ("literal", "const") or value.id in seen:
            continue
        seen.add(value.id)
        if value.node_id:
            maker = graph.node(value.node_id)
            inner = inlined_region(graph, maker)
            if inner is None:
                found[maker.id] = maker
            else:
                given = zip(inner.outputs, maker.outputs, strict=True)
                waiting += [inside for inside, outside in given if outside.id == value.id]
            continue
        home = graph.regions[value.id.rpartition("<")[0]]
        for caller in graph.callers_of(home):
            if inlined_region(graph, caller) is home:
                passed = zip(arguments_of(home), caller.inputs, strict=True)
                waiting += [outside for inside, outside in passed if inside.id == value.id]
    return list(found.values())


def live_nodes(graph: Graph) -> set[str]:
    """Ids of nodes whose results reach a result of the program, or that have an effect.

    Loops and branches count as a whole: what only one unused result of a loop needs is live.
    """
    live = _Liveness(graph)
    for node in graph.nodes():
        if node.effects:
            live.add_with_callers(node)
    live.add_values(graph.main.outputs)
    live.settle()
    return live.nodes


@dataclass
class _Liveness:
    graph: Graph
    nodes: set[str] = field(default_factory=set[str])
    values: set[str] = field(default_factory=set[str])
    waiting: list[Value] = field(default_factory=list[Value])

    def add_values(self, values: Iterable[Value]) -> None:
        for value in values:
            if value.role != "literal" and value.id not in self.values:
                self.values.add(value.id)
                self.waiting.append(value)

    def add_node(self, node: Node) -> None:
        """A node that must run; of a call only what its live results need."""
        if node.id in self.nodes:
            return
        self.nodes.add(node.id)
        inner = inlined_region(self.graph, node)
        if inner is not None:
            passed = zip(arguments_of(inner), node.inputs, strict=True)
            self.add_values(value for inside, value in passed if inside.id in self.values)
            return
        self.add_values(node.inputs)
        for _, region_id in node.calls:
            self.add_values(self.graph.regions[region_id].outputs)

    def add_with_callers(self, node: Node) -> None:
        """A node that has an effect: whatever calls it must run too."""
        if node.id not in self.nodes:
            self.add_node(node)
            for caller in self.graph.callers_of(self.graph.home_of(node)):
                self.add_with_callers(caller)

    def settle(self) -> None:
        """Follow values to what makes them until nothing is added."""
        inputs = {
            value.id: (region, index)
            for region in self.graph.regions.values()
            for index, value in enumerate(arguments_of(region))
        }
        while self.waiting:
            value = self.waiting.pop()
            if value.id in inputs:
                self._add_operands(*inputs[value.id])
            elif value.node_id:
                node = self.graph.node(value.node_id)
                self.add_node(node)
                inner = inlined_region(self.graph, node)
                if inner is not None:
                    position = [output.id for output in node.outputs].index(value.id)
                    self.add_values([inner.outputs[position]])

    def _add_operands(self, region: Region, index: int) -> None:
        for caller in self.graph.callers_of(region):
            if caller.id in self.nodes and inlined_region(self.graph, caller) is region:
                self.add_values([caller.inputs[index]])
