"""Runs of siblings that are built alike: twelve blocks in a row are one block, twelve times."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from jaxlab.graph import Graph, Node
from jaxlab.views.kin import work_of

Run = tuple[Node, ...]


def runs_of(graph: Graph, nodes: Sequence[Node]) -> list[Run]:
    """Cut siblings into runs of neighbours that do the same work, most of them runs of one."""
    work = work_of(graph)
    return [tuple(run) for _, run in groupby(nodes, lambda node: work[node.id])]


def alike(graph: Graph, left: Node, right: Node) -> bool:
    """True if two nodes do the same work on values of the same types."""
    work = work_of(graph)
    return work[left.id] == work[right.id]
