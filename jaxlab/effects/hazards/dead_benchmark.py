"""Work whose result nobody reads: the compiled program does not do it."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.analyses.cost import flops_of
from jaxlab.analyses.flow import inlined_region
from jaxlab.effects.hazard import Hazard
from jaxlab.effects.needed import Needs, Places
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding
from jaxlab.graph import Graph, Node, Region
from jaxlab.quantities import quantity

SHARE = 0.5
"""Of a program's work, from which on it is worth a word that it is left out."""

LEAST = 1e5
"""FLOPs from which on it is work."""


def _find(seen: Seen) -> Iterator[Finding]:
    for trace in seen.outermost:
        graph = trace.graph if trace.function.traced_for == "jit" else None
        if graph is None:
            continue
        flops = flops_of(graph)
        total = flops.total(node.id for node in graph.main.nodes)
        if total < LEAST:
            continue
        needs = Needs(graph)
        read = frozenset(range(len(graph.main.outputs)))
        dead = sorted(
            _dead(needs, graph, graph.main, read), key=lambda n: -(flops.number(n.id) or 0)
        )
        lost = flops.total(node.id for node in dead)
        if lost < SHARE * total:
            continue
        lines = [node.origin.frames[0] for node in dead if node.origin.frames]
        share = "all" if lost >= 0.999 * total else f"{lost / total:.0%}"
        yield Finding(
            hazard="dead-benchmark",
            harm="surprise",
            headline=f"The compiled `{trace.name}` leaves out {share} of its work, "
            f"{quantity(lost, 'FLOP')}: nobody reads the results.",
            what="XLA removes what no result of the program depends on. A time that is taken of it "
            "is the time of what is left.",
            remedy="Return what is to be computed, all of it or something that depends on all of "
            "it (a sum); or delete the work.",
            frames=(*tuple(dict.fromkeys(lines))[:5], *trace.frames),
            nodes=tuple(node.id for node in dead[:20]) if seen.graph is graph else (),
            evidence=tuple(_said(node, flops.number(node.id) or 0) for node in dead[:5]),
        )


def _dead(needs: Needs, graph: Graph, region: Region, read: Places) -> Iterator[Node]:
    """The equations that don't run, also inside calls that do."""
    results = needs.of(region, read).results
    for node in region.nodes:
        if node.id not in results:
            yield node
        elif inlined_region(graph, node) is not None:
            for _, inner, places in needs.of_calls(node, results[node.id]):
                yield from _dead(needs, graph, inner, places)


def _said(node: Node, flops: float) -> str:
    line = f" (line {node.origin.frames[0].line})" if node.origin.frames else ""
    return f"{node.op}{line}: {quantity(flops, 'FLOP')}"


HAZARD = Hazard("dead-benchmark", "Work whose result nobody reads", "surprise", _find)
