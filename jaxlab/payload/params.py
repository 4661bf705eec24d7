"""The params of a graph's nodes as distinct sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from jaxlab.graph import Node, RegionRef
from jaxlab.payload.constants import Called
from jaxlab.payload.differences import differences
from jaxlab.payload.tables import Tables
from jaxlab.readers.lazy_params import LazyParams

_TOLD = "op_name"
"""A param that the origin tells already; see the package's docstring."""

_COUNTERS = ("schedule_index", "parameter_number")
"""Params that number nodes: they would make each node's set its own."""

_LARGEST = 2**31 - 1


class _Split(NamedTuple):
    """Params as the payload has them.

    Attributes:
      pairs: keys (texts) and constants, flat.
      counted: params that number the node, which are no part of the set.
    """

    pairs: tuple[int, ...]
    counted: tuple[tuple[str, int], ...]


class NodeParams:
    """Where each node's params stand among the distinct sets, and what is kept beside them."""

    def __init__(self, nodes: Sequence[Node], tables: Tables) -> None:
        self._tables = tables
        self._counters: dict[str, list[tuple[int, int]]] = {key: [] for key in _COUNTERS}
        self._known: dict[int, _Split] = {}
        self.places = [self._place(at, node) for at, node in enumerate(nodes)]

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
        params = node.params
        if type(params) is not LazyParams:
            return self._tables.param_set(self._part(at, node, params))
        shared, own = params.shared, params.own
        if not own:
            return self._tables.param_set(self._part(at, node, shared))
        if not own.keys().isdisjoint(shared):
            return self._tables.param_set(self._part(at, node, params))
        pairs = self._part(at, node, shared) + self._part(at, node, own)
        return self._tables.param_set(pairs)

    def _part(self, at: int, node: Node, params: Mapping[str, object]) -> tuple[int, ...]:
        """The pairs of what may be a part of a node's params only, and that many nodes share."""
        split = self._known.get(id(params))
        if split is None:
            split = self._known[id(params)] = self._split(node, params)
        for name, number in split.counted:
            self._counters[name].append((at, number))
        return split.pairs

    def _split(self, node: Node, params: Mapping[str, object]) -> _Split:
        tables = self._tables
        pairs: list[int] = []
        counted: list[tuple[str, int]] = []
        for key, value in params.items():
            if key == _TOLD:
                continue
            if key in _COUNTERS and type(value) is int and abs(value) <= _LARGEST:
                counted.append((key, value))
            elif type(value) is RegionRef and dict(node.calls).get(key) == value.id:
                pairs += (tables.text[key], tables.constant(Called(key)))
            else:
                pairs += (tables.text[key], tables.constant(value))
        return _Split(tuple(pairs), tuple(counted))
