"""Cut labelled groups of a DAG into parts, so that the graph of the parts has no cycle.

Two groups can feed each other (`a1 -> b1 -> a2`), and then no layered drawing of the groups
exists. Finding the fewest parts is a hard problem; what is done here is greedy. Groups that lie
on no cycle stay whole. In each strongly connected set of groups one group is cut in two: its
front (what must run before the others can) or its back, whichever frees most; and so on until
no cycle is left. Work is bounded by a small multiple of the number of edges.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush

ALONE = -1
"""The label of a node that belongs to no group."""

_PASSES = 10
"""How often, on average, an edge may be looked at before cutting turns to its linear fallback."""


def convex_parts(
    labels: Sequence[int], feeds: Sequence[Sequence[int]]
) -> list[tuple[int, list[int]]]:
    """Partition a DAG's nodes by label into parts whose quotient is a DAG too.

    Args:
      labels: each node's group, or ALONE. Nodes are numbered in a topological order.
      feeds: for each node, the nodes that must come before it.

    Returns:
      (label, nodes) of each part, in an order that the edges allow and that is as near to the
      nodes' own as can be. A node that was cut off all alone from its group is given as ALONE.
    """
    block_of, count = _blocks(labels)
    order = _ordered(block_of, feeds, count)
    if len(order) < count:
        placed = set(order)
        cyclic = [node for node, block in enumerate(block_of) if block not in placed]
        count = _cut_cycles(cyclic, block_of, labels, feeds, count)
        order = _ordered(block_of, feeds, count)
    members = _members(block_of, count)
    return list(_parts([block for block in order if members[block]], members, labels))


def _parts(
    order: list[int], members: list[list[int]], labels: Sequence[int]
) -> Iterator[tuple[int, list[int]]]:
    times: dict[int, int] = {}
    for block in order:
        label = labels[members[block][0]]
        times[label] = times.get(label, 0) + 1
    for block in order:
        nodes = members[block]
        label = labels[nodes[0]]
        lost = len(nodes) == 1 and times[label] > 1
        yield (ALONE if lost else label), nodes


def _blocks(labels: Sequence[int]) -> tuple[list[int], int]:
    """Number the blocks by their first node; every ALONE node is a block of its own."""
    block_of: list[int] = []
    numbers: dict[int, int] = {}
    count = 0
    for label in labels:
        block = ALONE if label == ALONE else numbers.get(label, ALONE)
        if block == ALONE:
            block = count
            count += 1
            if label != ALONE:
                numbers[label] = block
        block_of.append(block)
    return block_of, count


def _members(block_of: list[int], count: int) -> list[list[int]]:
    members: list[list[int]] = [[] for _ in range(count)]
    for node, block in enumerate(block_of):
        members[block].append(node)
    return members


def _ordered(block_of: list[int], feeds: Sequence[Sequence[int]], count: int) -> list[int]:
    """Order the blocks topologically, by their middle nodes as far as may be; short if cyclic."""
    members = _members(block_of, count)
    middle = [nodes[len(nodes) // 2] if nodes else ALONE for nodes in members]
    followers: list[set[int]] = [set() for _ in range(count)]
    waiting = [0] * count
    for node, block in enumerate(block_of):
        for feed in feeds[node]:
            before = block_of[feed]
            if before != block and block not in followers[before]:
                followers[before].add(block)
                waiting[block] += 1
    ready = [(middle[block], block) for block in range(count) if not waiting[block]]
    heapify(ready)
    order: list[int] = []
    while ready:
        block = heappop(ready)[1]
        order.append(block)
        for after in followers[block]:
            waiting[after] -= 1
            if not waiting[after]:
                heappush(ready, (middle[after], after))
    return order


def _cut_cycles(
    cyclic: list[int],
    block_of: list[int],
    labels: Sequence[int],
    feeds: Sequence[Sequence[int]],
    count: int,
) -> int:
    """Cut blocks, in place, until no cycle is left; the new number of blocks."""
    budget = _PASSES * (len(cyclic) + sum(len(feeds[node]) for node in cyclic))
    pending = [cyclic]
    while pending:
        nodes = pending.pop()
        budget -= len(nodes) + sum(len(feeds[node]) for node in nodes)
        for tangle in _tangles(nodes, block_of, feeds):
            if budget < 0:
                count = _cut_into_runs(tangle, block_of, labels, feeds, count)
                continue
            for node in _best_cut(tangle, block_of, feeds):
                block_of[node] = count
            count += 1
            pending.append(tangle)
    return count


def _tangles(
    nodes: list[int], block_of: list[int], feeds: Sequence[Sequence[int]]
) -> list[list[int]]:
    """The nodes of each strongly connected set of two or more blocks."""
    inside = set(nodes)
    links: dict[int, dict[int, None]] = {}
    for node in nodes:
        into = links.setdefault(block_of[node], {})
        for feed in feeds[node]:
            if feed in inside and block_of[feed] != block_of[node]:
                into[block_of[feed]] = None
    component = _components({block: list(into) for block, into in links.items()})
    found: dict[int, list[int]] = {}
    for node in nodes:
        found.setdefault(component[block_of[node]], []).append(node)
    return [members for members in found.values() if len({block_of[node] for node in members}) > 1]


def _components(links: dict[int, list[int]]) -> dict[int, int]:
    """Tarjan's strongly connected components (1972), without recursion: vertex -> component."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    component: dict[int, int] = {}
    path: list[int] = []
    for root in links:
        if root in index:
            continue
        work: list[tuple[int, Iterator[int]]] = [(root, iter(links[root]))]
        index[root] = low[root] = len(index)
        path.append(root)
        while work:
            vertex, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[vertex])
                if low[vertex] == index[vertex]:
                    _close(vertex, path, component)
            elif following not in index:
                index[following] = low[following] = len(index)
                path.append(following)
                work.append((following, iter(links[following])))
            elif following not in component:
                low[vertex] = min(low[vertex], index[following])
    return component


def _close(vertex: int, path: list[int], component: dict[int, int]) -> None:
    while True:
        last = path.pop()
        component[last] = vertex
        if last == vertex:
            return


def _best_cut(tangle: list[int], block_of: list[int], feeds: Sequence[Sequence[int]]) -> list[int]:
    """The nodes to cut off from one block of a tangle: the cut that frees another block most."""
    inside = set(tangle)
    before = {node: [feed for feed in feeds[node] if feed in inside] for node in tangle}
    after: dict[int, list[int]] = {node: [] for node in tangle}
    for node, sources in before.items():
        for source in sources:
            after[source].append(node)
    candidates = [
        *_fronts(tangle, block_of, before, after),
        *_fronts(tangle[::-1], block_of, after, before),
    ]
    return max(candidates)[-1]


_Cut = tuple[float, int, int, list[int]]
"""(share of another block's wait that ends, -size, -first node, nodes): the greatest is best."""


def _fronts(
    tangle: list[int],
    block_of: list[int],
    before: dict[int, list[int]],
    after: dict[int, list[int]],
) -> Iterator[_Cut]:
    """For each block that can begin: the least front of it that others wait for, and its worth.

    The tangle comes in topological order; with order and edges reversed, fronts are backs.
    """
    waits: dict[int, int] = {}
    fronts: dict[int, dict[int, None]] = {}
    for node in tangle:
        block = block_of[node]
        front = fronts.setdefault(block, {})
        foreign = sum(block_of[feed] != block for feed in before[node])
        waits[block] = waits.get(block, 0) + foreign
        if not foreign and all(feed in front for feed in before[node]):
            front[node] = None
    for block, front in fronts.items():
        frees: dict[int, int] = {}
        needed: set[int] = set()
        for node in reversed(front):
            others = [block_of[user] for user in after[node] if block_of[user] != block]
            for other in others:
                frees[other] = frees.get(other, 0) + 1
            if others or any(user in needed for user in after[node]):
                needed.add(node)
        if needed:
            worth = max(freed / waits[other] for other, freed in frees.items())
            yield worth, -len(needed), -min(needed), sorted(needed)


def _cut_into_runs(
    tangle: Iterable[int],
    block_of: list[int],
    labels: Sequence[int],
    feeds: Sequence[Sequence[int]],
    count: int,
) -> int:
    """Cut a tangle into runs of one label along a topological order; linear, in place."""
    nodes = list(tangle)
    inside = set(nodes)
    waiting = {node: sum(feed in inside for feed in feeds[node]) for node in nodes}
    users: dict[int, list[int]] = {node: [] for node in nodes}
    for node in nodes:
        for feed in feeds[node]:
            if feed in inside:
                users[feed].append(node)
    ready: dict[int, list[int]] = {}
    for node in nodes:
        if not waiting[node]:
            ready.setdefault(labels[node], []).append(node)
    while ready:
        label, run = next(iter(ready.items()))
        del ready[label]
        for node in run:  # grows while it is walked
            block_of[node] = count
            count += label == ALONE
            for user in users[node]:
                waiting[user] -= 1
                if not waiting[user] and labels[user] == label != ALONE:
                    run.append(user)
                elif not waiting[user]:
                    ready.setdefault(labels[user], []).append(user)
        count += label != ALONE
    return count
