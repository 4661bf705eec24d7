"""Which bodies and groups a picture opens, and which boxes of a long level it draws."""

from __future__ import annotations

from dataclasses import dataclass, field
from heapq import heappop, heappush

from jaxlab.graph import Graph
from jaxlab.renderers.alike import Run, runs_of
from jaxlab.renderers.choice import choose
from jaxlab.renderers.measures import Measures
from jaxlab.renderers.plumbing import hands_on, opens

_LEAST = 4
_OVERVIEW, _ENOUGH, _CROWD, _DEEPEST = 12, 6, 40, 16


@dataclass(frozen=True)
class Plan:
    """What is asked of a picture, and the runs of the levels that were looked at."""

    graph: Graph
    lead: Measures
    budget: int
    levels: dict[str, list[Run]] = field(default_factory=dict[str, list[Run]])

    def runs(self, region_id: str) -> list[Run]:
        """What a region's boxes are, if all are drawn: stacks of what opens, and single nodes."""
        if region_id not in self.levels:
            region = self.graph.regions[region_id]
            nodes = [node for node in region.nodes if not hands_on(self.graph, node)]
            found = list[Run]()
            for run in runs_of(self.graph, nodes):
                found.extend([run] if opens(self.graph, run[0]) else [(node,) for node in run])
            self.levels[region_id] = found
        return self.levels[region_id]


def overview(plan: Plan) -> dict[str, set[int]]:
    """Open level after level until there is something to see, or nothing left to open."""
    opened = open_levels(plan, 0)
    for depth in range(1, _DEEPEST):
        boxes = sum(map(len, opened.values()))
        deeper = open_levels(plan, depth)
        crowded = boxes >= _ENOUGH and sum(map(len, deeper.values())) > _CROWD
        if boxes >= _OVERVIEW or crowded or len(deeper) == len(opened):
            break
        opened = deeper
    return opened


def open_levels(plan: Plan, depth: int) -> dict[str, set[int]]:
    """The runs to draw of each level that is opened, by the level's path.

    A path is `main`, or a path, the place of a run in it, and a called region's: a body that
    is called twice may be drawn twice.
    """
    entry = plan.graph.entry
    opened: dict[str, set[int]] = {}
    used = 0
    queue: list[tuple[float, int, str, str, int, float]] = [(-1.0, 0, entry, entry, 0, 1.0)]
    while queue:
        _, _, path, region_id, level, times = heappop(queue)
        runs = plan.runs(region_id)
        room = plan.budget - used
        if level and len(runs) > room:
            continue
        shares = [(plan.lead.share(run[0], times) or 0.0) * len(run) for run in runs]
        opened[path] = choose(shares, max(room, _LEAST))
        used += len(opened[path])
        if level >= depth:
            continue
        for place in opened[path]:
            node = runs[place][0]
            inside = plan.lead.times_inside(node, times) * len(runs[place])
            if not opens(plan.graph, node):
                continue
            size = sum(len(plan.runs(called)) for _, called in node.calls)
            for _, called in node.calls:
                deeper = f"{path}>{place}>{called}"
                heappush(queue, (-shares[place], size, deeper, called, level + 1, inside))
    return opened
