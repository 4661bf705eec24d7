"""Loops that do next to nothing in a round, so that starting the work is the work."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.analyses.cost import bytes_of, flops_of
from jaxlab.analyses.trips import known_trip_count
from jaxlab.graph import Node
from jaxlab.profiling.hints.evidence import WORTH_SECONDS, Evidence, Hint
from jaxlab.quantities import quantity

ROUNDS = 100
"""Fewer rounds are done before it matters."""
SMALL_BYTES, SMALL_FLOPS = 200_000, 1_000_000
"""Of one round: any device does more in the microseconds that starting an instruction takes."""
LOOP_SHARE = 0.05
"""Of the measured time."""
STARTS = 1_000
"""Instructions started in all, from which a loop is worth a hint where nothing was measured:
milliseconds, at a microsecond or more for each."""

_NOT_STARTED = frozenset(
    (
        *("parameter", "constant", "tuple", "get-tuple-element", "bitcast", "iota", "after-all"),
        *("partition-id", "replica-id", "opt-barrier"),
    )
)


def small_loops(evidence: Evidence) -> Iterator[Hint]:
    """Loops of many rounds, each of a few small instructions that are started one by one.

    Loops that XLA compiles as one function start nothing, and are left out; so are those whose
    rounds nobody knows.
    """
    flops, moved = flops_of(evidence.hlo), bytes_of(evidence.hlo)
    for loop in evidence.running:
        body = dict(loop.calls).get("body") if loop.op == "while" else None
        if body is None or _is_one_function(evidence, loop):
            continue
        nodes = evidence.hlo.regions[body].nodes
        started = [node for node in nodes if node.op not in _NOT_STARTED]
        rounds = _rounds(evidence, loop, started)
        if rounds < ROUNDS or not started:
            continue
        small = moved.total(node.id for node in nodes) <= SMALL_BYTES
        if not small or flops.total(node.id for node in nodes) > SMALL_FLOPS:
            continue
        taken = evidence.inclusive.get(loop.id)
        if taken is None:
            if evidence.seconds or rounds * evidence.times(loop) * len(started) < STARTS:
                continue
            amount, unit, share = evidence.bytes(loop), "B", 0.0
            cost = ""
        else:
            share = min(taken / (evidence.all_seconds or taken), 1.0)
            if share < LOOP_SHARE or taken < WORTH_SECONDS:
                continue
            amount, unit = taken, "s"
            each = taken / (rounds * evidence.times(loop) * len(started))
            cost = f" That took {quantity(each, 's')} for each, on average."
        yield Hint(
            "loop",
            f"A loop of {rounds:,.0f} rounds does next to nothing in each",
            f"A round starts {len(started):,} instructions for "
            f"{quantity(flops.total(node.id for node in nodes), 'FLOP')} and "
            f"{quantity(moved.total(node.id for node in nodes), 'B')}.{cost}",
            loop.id,
            evidence.frame(loop),
            amount,
            unit,
            share,
            "Do more in a round: `unroll=8` of `jax.lax.scan` or `fori_loop`, several independent "
            "loops in one by `jax.vmap`, or an `associative_scan` where the operation allows it.",
        )


def _rounds(evidence: Evidence, loop: Node, started: list[Node]) -> float:
    """Rounds of one run of a loop; 0 where they are not known."""
    known = known_trip_count(loop)
    if known is not None:
        return known
    seen = [evidence.counts[node.id] for node in started if node.id in evidence.counts]
    return min(seen) / (evidence.times(loop) or 1.0) if seen else 0.0


def _is_one_function(evidence: Evidence, node: Node) -> bool:
    """Whether a loop stands in what XLA for CPUs compiles as one function."""
    callers = evidence.hlo.callers_of(evidence.hlo.home_of(node))
    return any(
        "xla_cpu_small_call" in str(caller.params.get("frontend_attributes", ""))
        or _is_one_function(evidence, caller)
        for caller in callers
    )
