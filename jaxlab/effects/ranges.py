"""`--values`: what the values of a recorded cell were, beside each of its equations."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

from jaxlab import _jax
from jaxlab.capture.notes import Item, Repeat
from jaxlab.errors import cut
from jaxlab.graph import Graph, Node, Region
from jaxlab.overlay import Cell, Overlay

MOST_SECONDS = 20.0
"""How long values inside of calls are looked at, all calls of a cell together."""

_Place = tuple[int, ...]
"""Where an equation is inside of a call: the body's place, its own, and so on inwards."""


class _TakesTooLong(Exception):
    pass


class Ranges:
    """Collects the values of calls as they are made."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self._results: dict[int, _jax.Range] = {}
        self._inside: dict[int, dict[_Place, _jax.Range]] = {}
        self._left = MOST_SECONDS

    def note(self, key: int, name: str, primitive: Any, params: Any, args: Any, outs: Any) -> None:
        """A call was made; its values inside are looked at the first time.

        Args:
          key: the recorder's, equal for calls that do the same at the same place.
          name: what was called.
          primitive, params: the same, as JAX has it.
          args, outs: what it was given and gave.
        """
        _join(self._results, key, outs)
        if key in self._inside:
            return
        inside = self._inside[key] = {}
        began = perf_counter()
        try:
            with _jax.evaluating():
                call = _jax.Applied(primitive, params)
                self._look_into(call, _jax.silenced(call), args, (), inside, began)
        except _jax.CannotEvaluate as error:
            self._say(
                f"Values inside `{name}` were not looked at: its `{error}` must not run twice."
            )
        except _TakesTooLong:
            self._say(f"Values inside calls were looked at for {MOST_SECONDS:.0f} s, no longer.")
        finally:
            self._left -= perf_counter() - began

    def overlays(self, items: Sequence[Item], graph: Graph) -> tuple[Overlay, ...]:
        """The values of a recording's equations, over its jaxpr."""
        found: dict[str, _jax.Range] = {}
        for region, index, key in _equations(items, graph, graph.main):
            node = region.nodes[index]
            _put(found, node, self._results.get(key))
            for place, values in self._inside.get(key, {}).items():
                _put(found, _node_at(graph, node, place), values)
        bad: dict[str, Cell] = {
            node: values.nans + values.infinities for node, values in found.items()
        }
        said: dict[str, Cell] = {node: _said(values) for node, values in found.items()}
        shown = [Overlay("values", "", "measured", said)] if said else []
        if any(bad.values()):
            shown.append(Overlay("not finite", "", "measured", bad))
        return tuple(shown)

    def _look_into(
        self, written: Any, equation: Any, args: Any, place: _Place, found: Any, began: float
    ) -> None:
        """Look at the values in an equation's bodies, as it was written and as it may be run."""
        jaxprs = _jax.body_jaxprs(written)
        running = _jax.bodies(equation, args)
        body = next(running, None)
        while body is not None:
            within = (*place, body.place)
            self._look(jaxprs[body.place], body.arguments, within, found, began)
            try:
                body = running.send(_jax.results_of(body.jaxpr, body.arguments))
            except StopIteration:
                return

    def _look(self, jaxpr: Any, args: Any, place: _Place, found: Any, began: float) -> None:
        inner, _ = _jax.open_jaxpr(jaxpr)
        for at, equation, operands, results in _jax.evaluate_silently(jaxpr, args):
            _join(found, (*place, at), results)
            if perf_counter() - began > self._left:
                raise _TakesTooLong
            self._look_into(inner.eqns[at], equation, operands, (*place, at), found, began)

    def _say(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)


def _join(found: dict[Any, _jax.Range], key: Any, values: Sequence[Any]) -> None:
    for value in values:
        held = _jax.range_of(value)
        if held is not None:
            before = found.get(key)
            found[key] = held if before is None else before.joined(held)


def _put(found: dict[str, _jax.Range], node: Node | None, values: _jax.Range | None) -> None:
    if node is not None and values is not None:
        before = found.get(node.id)
        found[node.id] = values if before is None else before.joined(values)


def _equations(
    items: Sequence[Item], graph: Graph, region: Region
) -> Iterator[tuple[Region, int, int]]:
    """Each note of a recording: the region and the place of its equation, and its key."""
    if len(items) != len(region.nodes):
        return
    for index, item in enumerate(items):
        if isinstance(item, Repeat):
            calls = region.nodes[index].calls
            if calls:
                yield from _equations(item.body, graph, graph.regions[calls[0][1]])
        else:
            yield region, index, item.key


def _node_at(graph: Graph, node: Node, place: _Place) -> Node | None:
    """The node that is at a place inside of a call; None where the graph has none."""
    for body, at in zip(place[::2], place[1::2], strict=True):
        nodes = graph.regions[node.calls[body][1]].nodes if body < len(node.calls) else ()
        if at >= len(nodes):
            return None
        node = nodes[at]
    return node


def _said(values: _jax.Range) -> str:
    """In a few words: the range and the mean of what is finite, and how much is not."""
    parts: list[str] = []
    if values.finite and values.least == values.greatest:
        parts.append(f"{values.least:.3g}")
    elif values.finite:
        parts.append(f"{values.least:.3g} … {values.greatest:.3g}, mean {values.mean:.3g}")
    if values.nans:
        parts.append(f"{values.nans:,} NaN of {values.size:,}")
    if values.infinities:
        parts.append(f"{values.infinities:,} infinite of {values.size:,}")
    return cut(", ".join(parts), 120)
