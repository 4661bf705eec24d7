"""The user's line and scope of an instruction, also of those that XLA made without naming them.

What the instruction has noted itself goes first: of a library function that JAX traced once, and
that several lines call, it knows which of them it is; the equation inside does not.
"""

from __future__ import annotations

from jaxlab.analyses.lineage import Lineage
from jaxlab.graph import Graph, Node
from jaxlab.origin import NOWHERE, Frame, Origin

_MOST = 200
"""How many instructions are looked at for one that says where it comes from."""


def origin_of(graph: Graph, node: Node | None) -> Origin:
    """Where an instruction comes from: its own origin, else that of what it reads.

    Copies and conversions that XLA adds have none of their own. Then the nearest one counts of
    what is read, the first operand first; a body's parameter reads what its loop does.
    """
    waiting = [node] if node is not None else []
    seen: set[str] = set()
    for each in waiting:
        if each.origin.scopes or each.origin.frames:
            return each.origin
        if len(seen) >= _MOST:
            break
        seen.add(each.id)
        makers = graph.operands_of(each)
        if each.op == "parameter":
            makers = graph.callers_of(graph.home_of(each))
        waiting += [maker for maker in makers if maker.id not in seen]
    return NOWHERE


def frame_of(graph: Graph, node: Node | None, lineage: Lineage | None) -> Frame | None:
    """The line of `origin_of`; else the first of the equations that lineage leads to."""
    frames = origin_of(graph, node).frames
    if not frames and node is not None and lineage is not None:
        frames = lineage.lines(node.id) if lineage.after.get(node.id) is not None else ()
    return frames[0] if frames else None
