"""The params of a graph's nodes as distinct sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
        self._shared: dict[int, _Split] = {}
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
            return self._tables.param_set(self._pairs(at, node, params))
        shared, own = params.shared, params.own
        is_all = not own or (len(own) == 1 and _TOLD in own)
        if not is_all and not own.keys().isdisjoint(shared):
            return self._tables.param_set(self._pairs(at, node, params))
        known = self._shared.get(id(shared))
        if known is None:
            known = self._shared[id(shared)] = self._split(node, shared)
        if known.counted:
            self._count(at, known.counted)
        pairs = known.pairs if is_all else known.pairs + self._pairs(at, node, own)
        return self._tables.param_set(pairs)

    def _pairs(self, at: int, node: Node, params: Mapping[str, object]) -> tuple[int, ...]:
        split = self._split(node, params)
        self._count(at, split.counted)
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

    def _count(self, at: int, counted: Iterable[tuple[str, int]]) -> None:
        for key, number in counted:
            self._counters[key].append((at, number))
