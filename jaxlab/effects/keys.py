"""Which PRNG keys are used more than once: in a program, and by what the user's code calls."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any

from jaxlab import _jax
from jaxlab.analyses.flow import arguments_of, inlined_region
from jaxlab.effects.needed import carried_by
from jaxlab.graph import Graph, Node, Region, Value
from jaxlab.origin import Frame

_USES = frozenset({"random_bits", "random_split", "random_gamma"})
_SAME = frozenset({"random_wrap", "random_unwrap", "copy", "copy_p", "optimization_barrier"})
_AGAIN = "rematted_computation"


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key is used up: numbers are drawn from it, or it is split.

    Attributes:
      frame: the user's line.
      node: the equation's id; "" outside of traces.
      in_loop: whether a loop of JAX's does so in each round, with a key from outside of it.
    """

    frame: Frame
    node: str = ""
    in_loop: bool = False


@dataclass(eq=False)
class UsedKey:
    """A key and its uses, in order. `name` is what the user calls it; "" where not known."""

    name: str
    uses: list[KeyUse] = field(default_factory=list[KeyUse])

    @property
    def is_reused(self) -> bool:
        """Whether numbers repeat."""
        return len(self.uses) > 1 or any(use.in_loop for use in self.uses)


@dataclass(frozen=True, slots=True)
class _Key:
    """Tells values apart: which value it is, and in how many loops it was made."""

    root: tuple[object, ...]
    depth: int


def keys_of(graph: Graph) -> tuple[UsedKey, ...]:
    """The keys that a program uses, in the order of their first uses.

    A key stays the same through calls, and folded with the same number it gives the same key. Of
    branches at most one runs; a forward pass that is computed again draws the same on purpose.
    """
    walk = _Walk(graph)
    walk.region(graph.main, {}, (), 0, None)
    return tuple(walk.keys.values())


class _Walk:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.keys: dict[_Key, UsedKey] = {}

    def region(
        self, region: Region, known: dict[str, _Key], path: tuple[str, ...], depth: int, by: Any
    ) -> dict[str, _Key]:
        """Walk a region; `by` is the call of JAX's own that draws, if it is inside of one."""
        for value in arguments_of(region):
            known.setdefault(value.id, _Key((*path, value.id), depth))
        for node in region.nodes:
            if _AGAIN in node.origin.transforms:
                continue
            keys = [self._key(value, known, path, depth) for value in node.inputs]
            if node.op in _USES and keys:
                self._use(keys[0], node, by or node, depth, node.inputs[0].name)
            elif node.op in _SAME and len(keys) == len(node.outputs):
                known.update((out.id, key) for out, key in zip(node.outputs, keys, strict=True))
            elif node.op == "random_fold_in":
                root = ("fold_in", *(key.root for key in keys))
                known[node.outputs[0].id] = _Key(root, max(key.depth for key in keys))
            elif node.calls:
                self._calls(node, keys, known, path, depth, by)
        return known

    def _key(self, value: Value, known: dict[str, _Key], path: tuple[str, ...], depth: int) -> _Key:
        if value.role == "literal":
            return _Key(("literal", value.literal), 0)
        return known.setdefault(value.id, _Key((*path, value.id), depth))

    def _calls(
        self,
        node: Node,
        keys: list[_Key],
        known: dict[str, _Key],
        path: tuple[str, ...],
        depth: int,
        by: Any,
    ) -> None:
        inner = inlined_region(self._graph, node)
        path = (*path, node.id)
        if inner is not None:
            drawing = by or (node if _jax.is_drawing(inner.name) else None)
            inside = self.region(inner, _bound(inner, keys), path, depth, drawing)
            for out, result in zip(node.outputs, inner.outputs, strict=False):
                if result.id in inside:
                    known[out.id] = inside[result.id]
            return
        regions = [(role, self._graph.regions[name]) for role, name in node.calls]
        before = {key: len(used.uses) for key, used in self.keys.items()}
        branches: list[dict[_Key, list[KeyUse]]] = []
        for role, region in regions:
            given = self._given(node, role, region, keys)
            inside = depth + (node.op in ("scan", "while"))
            self.region(region, _bound(region, given), (*path, role), inside, by)
            if node.op == "cond":
                branches.append({k: u.uses[before.get(k, 0) :] for k, u in self.keys.items()})
                for key, used in self.keys.items():
                    del used.uses[before.get(key, 0) :]
        for key, used in self.keys.items():
            ways = [each[key] for each in branches if key in each]
            used.uses += max(ways, key=len) if ways else []

    def _given(self, node: Node, role: str, region: Region, keys: list[_Key]) -> list[_Key]:
        """What of the operands a called region has as they are, from its first argument on."""
        if node.op == "cond":
            return keys[1:]
        if node.op == "scan":
            carried = carried_by(self._graph, node)
            return [] if carried is None else keys[: carried.consts]
        if node.op == "while":
            tests, rounds = (node.params.get(f"{part}_nconsts") for part in ("cond", "body"))
            tests, rounds = (each if isinstance(each, int) else 0 for each in (tests, rounds))
            is_test = role.startswith("cond")
            return keys[:tests] if is_test else keys[tests : tests + rounds]
        return keys if node.op == "shard_map" and len(arguments_of(region)) == len(keys) else []

    def _use(self, key: _Key, node: Node, by: Node, depth: int, name: str) -> None:
        frame = next(iter(by.origin.frames), None)
        if frame is None:
            return
        used = self.keys.setdefault(key, UsedKey(name))
        if all(each.node != by.id for each in used.uses):  # JAX's own function, used as it is meant
            used.uses.append(KeyUse(frame, by.id, depth > key.depth))


def _bound(region: Region, keys: list[_Key]) -> dict[str, _Key]:
    return {value.id: key for value, key in zip(arguments_of(region), keys, strict=False)}


@dataclass(eq=False)
class _Held:
    key: weakref.ref[Any]
    uses: list[tuple[object, KeyUse]]


class KeyHistory:
    """The keys that calls of `jax.random` used up outside of traces, while they are alive."""

    def __init__(self) -> None:
        self._held: dict[int, _Held] = {}

    def use(self, key: Any, frame: Frame, watch: object) -> tuple[KeyUse, ...]:
        """A call uses a key; given back are all uses of it until now.

        A cell that is run again is no second use: what its line did before `watch` is forgotten.
        """
        held = self._held.get(id(key))
        if held is None or held.key() is not key:
            self._held = {at: each for at, each in self._held.items() if each.key() is not None}
            held = self._held[id(key)] = _Held(weakref.ref(key), [])
        held.uses = [(by, use) for by, use in held.uses if by is watch or use.frame != frame]
        held.uses.append((watch, KeyUse(frame)))
        return tuple(use for _, use in held.uses)
