"""Under `vmap`, a branch runs both sides, and a loop runs until the last lane is done."""

from __future__ import annotations

from collections.abc import Iterator

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen, Trace
from jaxlab.finding import Finding
from jaxlab.graph import Graph, Node
from jaxlab.origin import Frame

_WORK = ("dot_general", "conv_general_dilated", "scan", "while", "sort", "fft", "custom_call")
_LITTLE = 10
"""Equations up to which a branch without any of these is cheap enough to run for nothing."""


def _find(seen: Seen) -> Iterator[Finding]:
    told = set[tuple[str, int, str]]()
    for trace in seen.traces:
        kind = trace.function.traced_for
        frame = trace.frames[0] if trace.frames else None
        if frame is None or not kind.startswith(("cond", "switch", "while_cond")):
            continue
        key = frame.file, frame.line, kind
        program = _program(seen, trace)
        if program is None or key in told:
            continue
        beside = [node for node in program.nodes() if _is_at(node, frame)]
        if kind == "while_cond":
            loop = next((node for node in beside if _has_own_ends(program, node)), None)
            if loop is not None:
                told.add(key)
                yield _of_loop(trace, frame, loop if program is seen.graph else None)
            continue
        selects = [n for n in beside if n.op == "select_n" and "vmap" in n.origin.transforms]
        if not selects or any(node.op == "cond" for node in beside):
            continue
        branches = [each for each in seen.traces if _key(each) == key and each.graph is not None]
        if any(_is_work(each.graph) for each in branches if each.graph is not None):
            told.add(key)
            yield _of_branch(trace, frame, selects if program is seen.graph else [])


def _of_branch(trace: Trace, frame: Frame, selects: list[Node]) -> Finding:
    name = "lax.switch" if trace.function.traced_for.startswith("switch") else "lax.cond"
    return Finding(
        hazard="both-branches",
        harm="slow",
        headline=f"Under `vmap`, this `{name}` runs all of its branches for every lane, and picks.",
        what="The lanes of a `vmap` may go different ways, so JAX turns a branch whose condition "
        "differs between them into a select: each branch is computed for all lanes, with its cost, "
        "its callbacks, and its NaNs in a gradient.",
        remedy="Use `jax.lax.map` over the lanes, which really branches, where a branch is dear; "
        "or make the condition the same for all lanes (`in_axes=None`); or keep branches cheap.",
        frames=(frame, *trace.frames[1:]),
        nodes=tuple(node.id for node in selects),
    )


def _of_loop(trace: Trace, frame: Frame, loop: Node | None) -> Finding:
    return Finding(
        hazard="both-branches",
        harm="slow",
        headline="Under `vmap`, this `lax.while_loop` runs for every lane until the last is done.",
        what="A loop whose condition differs between the lanes goes on until it is false for all. "
        "Lanes that are done are computed on, and what they compute is thrown away.",
        remedy="Group lanes that need about as many rounds, or use "
        "`jax.lax.map(f, xs, batch_size=n)`, where each group ends by itself.",
        frames=(frame, *trace.frames[1:]),
        nodes=(loop.id,) if loop is not None else (),
    )


def _key(trace: Trace) -> tuple[str, int, str] | None:
    frame = trace.frames[0] if trace.frames else None
    return None if frame is None else (frame.file, frame.line, trace.function.traced_for)


def _program(seen: Seen, trace: Trace) -> Graph | None:
    """The program that a trace became a part of; without `jit` only what was recorded."""
    outermost = trace
    while outermost.parent is not None:
        outermost = outermost.parent
    return seen.graph or (outermost.graph if outermost is not trace else None)


def _is_at(node: Node, frame: Frame) -> bool:
    return any((each.file, each.line) == (frame.file, frame.line) for each in node.origin.frames)


def _has_own_ends(graph: Graph, node: Node) -> bool:
    """Whether the lanes of a loop end one by one: its condition is not a single value."""
    if node.op != "while" or "vmap" not in node.origin.transforms:
        return False
    tests = [graph.regions[name] for role, name in node.calls if role.startswith("cond")]
    return any(result.type.shape for region in tests for result in region.outputs)


def _is_work(graph: Graph) -> bool:
    """Whether a branch costs something, or does something."""
    nodes = list(graph.nodes())
    return len(nodes) > _LITTLE or any(
        node.op in _WORK or node.effects or "callback" in node.op for node in nodes
    )


HAZARD = Hazard("both-branches", "Both branches run under `vmap`", "slow", _find)
