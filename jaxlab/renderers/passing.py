"""What parameters, tuples and the like hand on is led past them: they get no box."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import MutableMapping
from operator import itemgetter

from jaxlab.graph import Graph, Node, Region
from jaxlab.renderers.plumbing import hands_on

Sources = MutableMapping[str, tuple[str, ...]]
"""Which boxes make a value, by the value's id; several where branches do."""


class Passing:
    """Leads what tuples and the like hand on past them, in the order of the program."""

    def __init__(self, graph: Graph, region: Region, sources: Sources) -> None:
        self._places = {node.id: place for place, node in enumerate(region.nodes)}
        self._handing = [
            (place, node) for place, node in enumerate(region.nodes) if hands_on(graph, node)
        ]
        self._at = 0
        self._sources = sources

    def up_to(self, node: Node) -> None:
        """Before a box is drawn that reads what was handed on before `node`."""
        while self._at < len(self._handing) and self._handing[self._at][0] < self._places[node.id]:
            self._hand_on(self._handing[self._at][1])
            self._at += 1

    def since(self, node: Node) -> None:
        """After a box is drawn that began with `node`: what stood among its nodes, once more."""
        first = bisect_left(self._handing, self._places[node.id], key=itemgetter(0))
        for _, other in self._handing[first : self._at]:
            self._hand_on(other)

    def to_end(self) -> None:
        """After the last box: what the region gives back may be handed on."""
        for _, node in self._handing[self._at :]:
            self._hand_on(node)

    def _hand_on(self, node: Node) -> None:
        keys = (key for value in node.inputs for key in self._sources.get(value.id, ()))
        unique = tuple(dict.fromkeys(keys))
        self._sources.update((value.id, unique) for value in node.outputs)
