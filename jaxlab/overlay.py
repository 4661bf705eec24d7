"""Overlay: one named column of values per node id, laid over a graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Cell = float | int | str
"""What an overlay may hold for a node."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """One column of values beside a graph: FLOPs, bytes, seconds, "added".

    Attributes:
      name: what is shown as the column's title.
      unit: "FLOP", "B", "s", or "" where the values are labels or plain counts.
      source: "modelled", "measured", "attributed" or "read": never show one as another.
      values: per node id. A node that is missing here is not known; it is not zero.
    """

    name: str
    unit: str
    source: str
    values: Mapping[str, Cell]

    def number(self, node_id: str) -> float | None:
        """The node's value as a number; None where it is not known or is a label."""
        value = self.values.get(node_id)
        return None if value is None or isinstance(value, str) else float(value)

    def total(self, node_ids: Iterable[str] | None = None) -> float:
        """The sum over some nodes, or over all. What is not known adds nothing."""
        ids = self.values if node_ids is None else node_ids
        return sum(number for number in map(self.number, ids) if number is not None)
