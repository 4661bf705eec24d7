"""The params of a graph's nodes as distinct sets."""

from __future__ import annotations

from typing import Any

from jaxlab.graph import Graph, Node, RegionRef
from jaxlab.payload.constants import Called
from jaxlab.payload.differences import differences
from jaxlab.payload.tables import Tables

_TOLD = "op_name"
"""A param that the origin tells already; see the package's docstring."""

_COUNTERS = ("schedule_index", "parameter_number")
"""Params that number nodes: they would make each node's set its own."""


class NodeParams:
    """Where each node's params stand among the distinct sets, and what is kept beside them."""

    def __init__(self, graph: Graph, tables: Tables) -> None:
        self._tables = tables
        self._counters: dict[str, list[tuple[int, int]]] = {key: [] for key in _COUNTERS}
        self.places = [self._place(at, node) for at, node in enumerate(graph.nodes())]

    def counters(self) -> list[dict[str, Any]]:
        """The params that number nodes, as columns."""
        return [
            {
                "key": key,
                "nodes": differences(node for node, _ in rows),
                "values": differences(number for _, number in rows),
            }
            for key, rows in self._counters.items()
            if rows
        ]

    def _place(self, at: int, node: Node) -> int:
        if not node.params:
            return self._tables.params(node.params)
        params = dict(node.params)
        params.pop(_TOLD, None)
        for key in _COUNTERS:
            number = params.get(key)
            if type(number) is int and abs(number) < 2**31:
                self._counters[key].append((at, number))
                del params[key]
        for role, region_id in dict(node.calls).items():
            if params.get(role) == RegionRef(region_id):
                params[role] = Called(role)
        return self._tables.params(params)
