"""The order in which a compiled program's instructions run, loops and calls written out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from jaxlab.graph import Graph, Node, Region
from jaxlab.profiling.memory.holders import entered_regions
from jaxlab.readers.lazy_params import LazyParams


@dataclass(slots=True)
class Schedule:
    """The instructions of a program in the order of running.

    Attributes:
      steps: their ids; those of bodies stand before the instruction that runs them.
      spans: by region, its first step and the step after its last.
      entered_again: regions that more than one instruction enters.
    """

    steps: tuple[str, ...] = ()
    spans: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    entered_again: tuple[str, ...] = ()


def schedule_of(graph: Graph) -> Schedule:
    """The schedule of an HLO module, loops and calls written out once.

    The order of a region without a schedule is the one it is written in.
    """
    steps: list[str] = []
    schedule = Schedule()
    again: list[str] = []

    def enter(region: Region) -> None:
        if region.id in schedule.spans:
            again.append(region.id)
            return
        start = len(steps)
        schedule.spans[region.id] = (start, start)
        for node in _ordered(region):
            for inner in entered_regions(graph, node):
                enter(inner)
            steps.append(node.id)
        schedule.spans[region.id] = (start, len(steps))

    enter(graph.main)
    schedule.steps, schedule.entered_again = tuple(steps), tuple(again)
    return schedule


def _ordered(region: Region) -> Sequence[Node]:
    places = [_schedule_index(node) for node in region.nodes]
    if any(place is None for place in places):
        return region.nodes
    order = sorted(range(len(places)), key=lambda at: cast("int", places[at]))
    return [region.nodes[at] for at in order]


def _schedule_index(node: Node) -> int | None:
    own = node.params.own if isinstance(node.params, LazyParams) else node.params
    place = own.get("schedule_index")
    return place if isinstance(place, int) else None
