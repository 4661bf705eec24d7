"""Which buffers an instruction's result is in: followed through tuples, loops, calls and branches.

Only instructions that make a value have a buffer of their own. A `bitcast`, a `tuple`, a `while`
hand on what they are given; who reads a value, and until when it is needed, is known only when
those are looked through. The rules are those of XLA's own dataflow analysis.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jaxlab.graph import Graph, Node, Region
from jaxlab.profiling.memory.buffers import Assignment

Index = tuple[int, ...]
"""Which part of a tuple; () for the whole."""

Held = Mapping[Index, tuple[int, ...]]
"""The ids of the buffers that a result is in, by part."""

NOTHING: Held = {}

ENTERED: Mapping[str, tuple[str, ...]] = {
    "while": ("condition", "body"),
    "call": ("to_apply",),
    "async-start": ("async",),
}
"""Instructions whose computations share their caller's memory and schedule, in that order."""

_WHOLE = frozenset({"bitcast", "optimization-barrier", "domain", "async-update", "all-reduce-done"})
# What the end of an asynchronous pair takes out of the tuple that its start gave.
_DONE = {"async-done": 1, "all-gather-done": 1, "collective-permute-done": 1, "copy-done": 0}


def entered_regions(graph: Graph, node: Node) -> tuple[Region, ...]:
    """The regions that run as a part of their caller's schedule, in the order of running."""
    if node.op == "conditional":
        return tuple(graph.regions[region_id] for _, region_id in node.calls)
    by_role = dict(node.calls)
    return tuple(
        graph.regions[by_role[role]] for role in ENTERED.get(node.op, ()) if role in by_role
    )


def holders_of(graph: Graph, assignment: Assignment) -> Mapping[str, Held]:
    """The buffers that each instruction's result is in, by node id.

    Computations that run elsewhere than in their caller's memory, those of fusions and of
    reducers, are left out.
    """
    own: dict[str, dict[Index, tuple[int, ...]]] = {}
    for buffer in assignment.buffers():
        if buffer.node:
            own.setdefault(buffer.node, {})[buffer.index] = (buffer.id,)
    following = _Following(graph, own)
    following.region(graph.main, ())
    return following.held


@dataclass(slots=True)
class _Following:
    graph: Graph
    own: Mapping[str, Held]
    held: dict[str, Held] = field(default_factory=dict[str, Held])
    results: dict[str, Held] = field(default_factory=dict[str, Held])

    def region(self, region: Region, given: Sequence[Held]) -> Held:
        """What a region gives back, its instructions followed; a shared one once."""
        if region.id not in self.results:
            self.results[region.id] = NOTHING  # a region that calls itself ends here
            for node in region.nodes:
                passed = self._passed(node, given)
                own = self.own.get(node.id, NOTHING)
                self.held[node.id] = {**passed, **own} if passed else own
            last = region.outputs[0].node_id if region.outputs else ""
            self.results[region.id] = self.held.get(last, NOTHING)
        return self.results[region.id]

    def _passed(self, node: Node, given: Sequence[Held]) -> Held:
        """What an instruction hands on of what it is given."""
        if node.op == "parameter":
            number = int(node.inputs[0].id.rpartition("<")[2])
            return given[number] if number < len(given) else NOTHING
        operands = [self.held.get(value.node_id, NOTHING) for value in node.inputs]
        called = entered_regions(self.graph, node)
        if called:
            return self._called(node, called, operands)
        if node.op == "tuple":
            return _tuple_of(operands)
        if node.op == "get-tuple-element":
            return _part(operands[0], node.params.get("index"))
        if node.op in _DONE:
            return _part(operands[0], _DONE[node.op])
        if node.op in _WHOLE:
            return operands[0]
        if node.op == "copy-start":
            return {(1,): operands[0].get((), ())}
        if node.op.endswith("-start"):  # which holds on to its operands until its end
            return _tuple_of([_tuple_of(operands)])
        if node.id not in self.own:  # unknown: as if all that it reads were in its result
            read = [key for each in operands for ids in each.values() for key in ids]
            return {(): tuple(dict.fromkeys(read))}
        return NOTHING

    def _called(self, node: Node, called: tuple[Region, ...], operands: list[Held]) -> Held:
        if node.op == "while":
            for region in called:
                self.region(region, operands)
            return operands[0]  # where the loop changes a part, XLA gives it a buffer of its own
        if node.op == "conditional":
            results = [
                self.region(region, (operand,))
                for region, operand in zip(called, operands[1:], strict=False)
            ]
            return results[0] if results else NOTHING
        result = self.region(called[0], operands)
        if node.op == "async-start":
            return _tuple_of([_tuple_of(operands), result])
        return result


def _tuple_of(parts: Sequence[Held]) -> Held:
    return {(place, *index): ids for place, part in enumerate(parts) for index, ids in part.items()}


def _part(whole: Held, place: object) -> Held:
    return {index[1:]: ids for index, ids in whole.items() if index[:1] == (place,)}
