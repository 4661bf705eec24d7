"""What a program costs by its shapes: floating-point operations and bytes moved, per node.

Nothing is run and nothing is asked of XLA, so jaxpr, StableHLO and HLO are counted alike.

A node's value is for one execution of the region that it stands in. A node that calls regions
includes them: a `scan` its body times its length, a `while` times its trip count where that is
known (else once), a `cond` its most expensive branch. So a program's total is the sum over its
entry region. What is not known has no value; a node whose callee is known in part has the part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from jaxlab.analyses.flop_rules import APPLICATIONS, OVERWRITES, RULES, plain_name
from jaxlab.analyses.trips import trip_count
from jaxlab.graph import Graph, Node, Region, Value
from jaxlab.overlay import Overlay

_BRANCHES = frozenset({"cond", "case", "if", "conditional", "switch"})
_OPAQUE = frozenset({"custom_call", "ffi_call", "pure_callback", "io_callback", "debug_callback"})

# Of the regions that an equation holds, those that run; the others are rules for transforms.
_RUNS = {
    "custom_jvp_call": ("call_jaxpr",),
    "custom_vjp_call": ("call_jaxpr", "fun_jaxpr"),
    "custom_vjp_call_jaxpr": ("fun_jaxpr",),
    "custom_linear_solve": ("jaxprs.solve", "jaxprs[2]"),
    "linear_call": ("callee",),
    "pallas_call": ("jaxpr",),
}

# Memory is touched by what stands in the region, or, for these, by the node itself: what is
# inside stays in registers.
_COMBINES = ("add", "sub", "mul", "min", "max")
_ONE_KERNEL = frozenset({"fusion", "pallas_call", *APPLICATIONS})
_STILL = """
    add_dependency after_all all_gather_done all_reduce_done async_done async_update bitcast
    collective_permute_done constant copy_done create_token domain get_tuple_element name
    opt_barrier optimization_barrier parameter return stop_gradient tuple
    func.return sdy.return
"""
_NOTHING_MOVED = frozenset(_STILL.split())
_READS_A_PART = ("slice", "dynamic_slice", "gather")
_SCATTERS = ("scatter", *(f"scatter_{what}" for what in _COMBINES))


def flops_of(graph: Graph) -> Overlay:
    """Count floating-point operations per node, from shapes alone. A multiply-add counts as two.

    Each elementwise operation counts as one, transcendental or not. The rules and their sources
    are in `flop_rules`; loops, branches and calls are as this module says.
    """
    return graph.derived(_flops_of)


def bytes_of(graph: Graph) -> Overlay:
    """Count the bytes that each node reads and writes: its operands, each once, and results.

    Slices and gathers read only what they give; updates and scatters write in place, as XLA's
    own count has it. A fusion, a reduction and a kernel move their own operands and results and
    nothing inside. Caches, padding and what a fusion reads of an operand are not modelled.
    """
    return graph.derived(_bytes_of)


def without_value(graph: Graph, overlay: Overlay) -> dict[str, int]:
    """How many nodes of each op an overlay has no value for, most frequent first."""
    counts: dict[str, int] = {}
    for node in graph.nodes():
        if node.id not in overlay.values:
            counts[node.op] = counts.get(node.op, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


def _flops_of(graph: Graph) -> Overlay:
    return Overlay("FLOPs", "FLOP", "modelled", _Costs(graph, _node_flops).by_node())


def _bytes_of(graph: Graph) -> Overlay:
    return Overlay("bytes moved", "B", "modelled", _Costs(graph, _node_bytes).by_node())


@dataclass(frozen=True, slots=True)
class _Called:
    """What regions cost that are read already: None where nothing in one is known."""

    graph: Graph
    costs: Mapping[str, float | None]

    def of(self, node: Node) -> list[float]:
        """The known costs of the regions that a node really runs."""
        roles = _RUNS.get(node.op)
        found = (
            self.costs.get(region_id)
            for role, region_id in node.calls
            if roles is None or role in roles
        )
        return [cost for cost in found if cost is not None]


_NodeCost = Callable[[Node, str, _Called], "float | None"]


@dataclass(frozen=True, slots=True)
class _Costs:
    graph: Graph
    cost: _NodeCost

    def by_node(self) -> dict[str, float]:
        regions: dict[str, float | None] = {}
        values: dict[str, float] = {}
        called = _Called(self.graph, regions)
        for region in self.graph.derived(_callees_first):
            total, unknown = 0.0, False
            for node in region.nodes:
                value = self.cost(node, plain_name(node.op), called)
                if value is None:
                    unknown = True
                else:
                    values[node.id] = value
                    total += value
            regions[region.id] = None if unknown and not total else total
        return values


def _callees_first(graph: Graph) -> list[Region]:
    """Every region once, after those that it calls (a region that calls itself comes when met)."""
    order: list[Region] = []
    met: set[str] = set()
    for start in graph.regions:
        stack = [(start, False)]
        while stack:
            region_id, done = stack.pop()
            if done:
                order.append(graph.regions[region_id])
            elif region_id not in met and region_id in graph.regions:
                met.add(region_id)
                stack.append((region_id, True))
                for node in graph.regions[region_id].nodes:
                    if node.calls:
                        stack.extend((called, False) for _, called in node.calls)
    return order


def _calls_cost(node: Node, op: str, called: _Called) -> float | None:
    """What the regions of a call, a loop or a branch cost together."""
    costs = called.of(node)
    if not costs:
        return None
    if op in _BRANCHES:
        return max(costs)
    times = trip_count(called.graph, node, op)
    return None if times is None else sum(costs) * times


def _node_flops(node: Node, op: str, called: _Called) -> float | None:
    applications = APPLICATIONS.get(op)
    if applications is not None:
        times = applications(node)
        if times is None:
            return None
        if not node.calls:
            return 0.0 if op in OVERWRITES else float(times)
        costs = called.of(node)
        return times * sum(costs) if costs else None
    rule = RULES.get(op)
    if rule is not None:
        return rule(node)
    if not node.calls or op in _OPAQUE:
        return None
    return _calls_cost(node, op, called)


def _node_bytes(node: Node, op: str, called: _Called) -> float | None:
    if node.calls and op not in _ONE_KERNEL and op not in _OPAQUE and op not in _NOTHING_MOVED:
        return _calls_cost(node, op, called)
    rule = _MOVED.get(op)
    if rule is not None:
        return rule(node)
    if op.endswith("_start"):
        return _started_bytes(node)
    return _all_bytes(node)


def _all_bytes(node: Node) -> float | None:
    """Operands, each once, and results."""
    inputs = node.inputs
    if len(inputs) > 1:
        return _sum_bytes((*{value.id: value for value in inputs}.values(), *node.outputs))
    return _sum_bytes((*inputs, *node.outputs))


def _part_bytes(node: Node) -> float | None:
    """What is read is what is given."""
    return _sum_bytes((*node.outputs, *node.outputs, *node.inputs[1:]))


def _updated_bytes(node: Node) -> float | None:
    return _sum_bytes((*node.inputs[1:2] * 2, *node.inputs[2:]))


def _sum_bytes(values: Iterable[Value]) -> float | None:
    total = 0
    for value in values:
        size = value.type.bytes
        if size is None:
            return None
        total += size
    return float(total)


def _scattered_bytes(node: Node) -> float | None:
    """Operands, indices, updates: each update is written, and read with what it is added to."""
    place = (len(node.inputs) - 1) // 2
    updates = node.inputs[place + 1 :]
    combines = node.op != "scatter" or bool(node.calls)
    return _sum_bytes([node.inputs[place], *updates * (3 if combines else 2)])


def _started_bytes(node: Node) -> float | None:
    """An asynchronous start gives (operand, result, ...): the operand is not a result."""
    sizes = [value.type.bytes for value in node.inputs]
    for value in node.outputs:
        parts = value.type.elements if value.type.kind == "tuple" else (value.type,)
        sizes.extend(part.bytes for part in parts[1:2] or parts)
    known = [size for size in sizes if size is not None]
    return float(sum(known)) if len(known) == len(sizes) else None


_MOVED: Mapping[str, Callable[[Node], float | None]] = {
    **dict.fromkeys(_NOTHING_MOVED, lambda _: 0.0),
    **dict.fromkeys(_READS_A_PART, _part_bytes),
    **dict.fromkeys(_SCATTERS, _scattered_bytes),
    "dynamic_update_slice": _updated_bytes,
}
"""The count of ops that don't move all that they name."""
