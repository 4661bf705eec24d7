"""The user's namespace while a cell is traced in it: arrays out, tracers in, and back again."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax

from jaxlab import _jax

_OURS = frozenset(("In", "Out", "get_ipython", "exit", "quit", "open"))
_LIMIT = 50_000


def _user_items(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in list(namespace.items()):
        if not name.startswith("_") and name not in _OURS:
            yield name, value


@dataclass(frozen=True)
class Arrays:
    """The arrays that names of a namespace hold, alone or in lists, dicts and tuples.

    Attributes:
      values: by path (`params['w']`), each array once.
      paths: path by the array's identity.
      holders: name -> value for the names that hold any.
      current: the tracers that stand for them, by path, once they were filled in.
    """

    values: dict[str, Any]
    paths: dict[int, str]
    holders: dict[str, Any]
    current: dict[str, Any] = field(default_factory=dict[str, Any])

    def filled(self, tracers: Mapping[str, Any]) -> dict[str, Any]:
        """The names with tracers in place of arrays; containers are new, aliases stay aliases."""
        self._memo.clear()
        self.current.update(tracers)
        return {name: self._swapped(value, tracers) for name, value in self.holders.items()}

    def original_of(self, container: Any) -> Any:
        """The user's container that a swapped one stands for; None for any other object."""
        return self._originals.get(id(container), (None, None))[1]

    def _swapped(self, value: Any, tracers: Mapping[str, Any]) -> Any:
        path = self.paths.get(id(value))
        if path is not None:
            return tracers[path]
        if not _is_container(value):
            return value
        if id(value) not in self._memo:
            made = _rebuilt(value, lambda inner: self._swapped(inner, tracers))
            self._memo[id(value)] = made
            self._originals[id(made)] = (made, value)
        return self._memo[id(value)]

    _memo: dict[int, Any] = field(default_factory=dict[int, Any])
    _originals: dict[int, tuple[Any, Any]] = field(default_factory=dict[int, tuple[Any, Any]])


def swap_arrays(namespace: Mapping[str, Any]) -> Arrays:
    """Find what a traced cell takes as its arguments."""
    values: dict[str, Any] = {}
    paths: dict[int, str] = {}
    holders: dict[str, Any] = {}
    for name, value in _user_items(namespace):
        before = len(values)
        held = False
        for path, leaf in _leaves_with_paths(name, value):
            if _jax.is_array(leaf) and not leaf.is_deleted():
                held = True
                if id(leaf) not in paths:
                    paths[id(leaf)] = path
                    values[path] = leaf
        if held or len(values) > before:
            holders[name] = value
    return Arrays(values, paths, holders)


def _is_container(value: Any) -> bool:
    return type(value) in (dict, list, tuple) or (
        isinstance(value, tuple) and hasattr(type(value), "_fields")
    )


def _rebuilt(container: Any, change: Any) -> Any:
    if isinstance(container, dict):
        return {key: change(inner) for key, inner in container.items()}
    if isinstance(container, list):
        return [change(inner) for inner in container]
    parts = [change(inner) for inner in container]
    return type(container)(*parts) if hasattr(type(container), "_fields") else tuple(parts)


def _leaves_with_paths(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    waiting = [(name, value)]
    seen: set[int] = set()
    while waiting and len(seen) < _LIMIT:
        path, current = waiting.pop()
        if not _is_container(current):
            yield path, current
            continue
        if id(current) in seen:
            continue
        seen.add(id(current))
        pairs = current.items() if isinstance(current, dict) else enumerate(current)
        waiting += [(f"{path}[{key!r}]", inner) for key, inner in reversed(list(pairs))]


@dataclass(frozen=True)
class Found:
    """Where tracers ended up when the cell's code had been traced.

    Attributes:
      tracers: each once: the results of the traced cell.
      places: index of a tracer by its identity.
      mutated: sentences on what was changed in place.
    """

    tracers: list[Any]
    places: dict[int, int]
    mutated: tuple[str, ...]
    _objects: list[tuple[Any, str]]
    _arrays: Arrays

    def bind(self, results: list[Any], after: Mapping[str, Any]) -> dict[str, Any]:
        """The namespace as the cell left it, with results for tracers."""
        memo: dict[int, Any] = {}
        bound = {name: self._value(value, results, memo) for name, value in after.items()}
        for holder, attribute in self._objects:
            vars(holder)[attribute] = self._value(vars(holder)[attribute], results, memo)
        return bound

    def _value(self, value: Any, results: list[Any], memo: dict[int, Any]) -> Any:
        place = self.places.get(id(value))
        if place is not None:
            return results[place]
        if id(value) in memo:
            return memo[id(value)]
        if _is_container(value):
            return self._container(value, results, memo)
        if not _holds_tracer(value):
            return value
        leaves, tree = jax.tree_util.tree_flatten(value)
        filled = [self._value(leaf, results, memo) for leaf in leaves]
        memo[id(value)] = jax.tree_util.tree_unflatten(tree, filled)
        return memo[id(value)]

    def _container(self, value: Any, results: list[Any], memo: dict[int, Any]) -> Any:
        """A container's own object where it was there before or can be filled in place."""
        original = self._arrays.original_of(value)
        target = value if original is None else original
        memo[id(value)] = target
        new = _rebuilt(value, lambda inner: self._value(inner, results, memo))
        if isinstance(target, dict):
            if not _same(list(target.values()), list(new.values())) or list(target) != list(new):
                target.clear()
                target.update(new)
        elif isinstance(target, list):
            if not _same(target, new):
                target[:] = new
        elif not _same(target, new):
            memo[id(value)] = new
        return memo[id(value)]


def _same(old: Any, new: Any) -> bool:
    return len(old) == len(new) and all(a is b for a, b in zip(old, new, strict=True))


def _holds_tracer(value: Any) -> bool:
    return _is_pytree(value) and any(map(_jax.is_tracer, jax.tree_util.tree_leaves(value)))


def _is_pytree(value: Any) -> bool:
    return not isinstance(value, type) and not jax.tree_util.all_leaves([value])


@dataclass(frozen=True)
class Snapshot:
    """A namespace before the cell: its bindings, and shallow copies of what can be mutated."""

    bindings: dict[str, Any]
    containers: list[tuple[str, Any, Any]]
    objects: list[tuple[str, Any, dict[str, Any]]]

    def restore(self) -> None:
        """Put lists, dicts and sets back as they were."""
        for _, container, copy in self.containers:
            if isinstance(container, list):
                if not _same(container, copy):
                    container[:] = copy
            elif container != copy or list(container) != list(copy):
                container.clear()
                container.update(copy)

    def found_in(self, after: Mapping[str, Any], arrays: Arrays) -> Found:
        """Look for tracers in the namespace after the cell's code was traced."""
        tracers: list[Any] = []
        places: dict[int, int] = {}

        def look(value: Any) -> None:
            for leaf in _tracers_in(value):
                if id(leaf) not in places:
                    places[id(leaf)] = len(tracers)
                    tracers.append(leaf)

        for value in after.values():
            look(value)
        objects = list(self._attributes_with_tracers())
        for holder, attribute in objects:
            look(vars(holder)[attribute])
        mutated = tuple(dict.fromkeys(self._mutations(after, arrays)))
        return Found(tracers, places, mutated, objects, arrays)

    def _attributes_with_tracers(self) -> Iterator[tuple[Any, str]]:
        for _, holder, _ in self.objects:
            for attribute, value in list(vars(holder).items()):
                if next(_tracers_in(value), None) is not None:
                    yield holder, attribute

    def _mutations(self, after: Mapping[str, Any], arrays: Arrays) -> Iterator[str]:
        for path, container, copy in self.containers:
            if _contents(container) != _contents(copy):
                yield _mutated(path, type(container).__name__)
        for name, holder in arrays.holders.items():
            swapped = after.get(name)
            if swapped is None or arrays.original_of(swapped) is not holder:
                continue
            if _shape_of(swapped) != _shape_of(holder) or _leaves_differ(swapped, holder, arrays):
                yield _mutated(name, type(holder).__name__)
        for path, holder, before in self.objects:
            now = vars(holder)
            changed = [key for key in now if key not in before or now[key] is not before[key]]
            changed += [key for key in before if key not in now]
            for attribute in changed[:3]:
                yield _mutated(f"{path}.{attribute}", "attribute")


def _mutated(path: str, kind: str) -> str:
    return (
        f"`{path}` ({kind}) was changed in place while the cell was traced. That happened once, "
        "at trace time; in a jitted function it would not happen again at each call."
    )


def _contents(container: Any) -> Any:
    if isinstance(container, dict):
        return [(id(key), id(value)) for key, value in container.items()]
    return [id(item) for item in container] if isinstance(container, list) else set(container)


def _shape_of(value: Any) -> Any:
    return jax.tree_util.tree_structure(value)


def _leaves_differ(swapped: Any, holder: Any, arrays: Arrays) -> bool:
    """Whether any array of a swapped container was replaced by another value."""
    pairs = zip(jax.tree_util.tree_leaves(swapped), jax.tree_util.tree_leaves(holder), strict=True)
    for new, old in pairs:
        path = arrays.paths.get(id(old))
        if path is None:
            if new is not old:
                return True
        elif not _jax.is_tracer(new) or new is not arrays.current.get(path):
            return True
    return False


def _tracers_in(value: Any) -> Iterator[Any]:
    if _jax.is_tracer(value):
        yield value
    elif _is_container(value) or _is_pytree(value):
        yield from filter(_jax.is_tracer, jax.tree_util.tree_leaves(value))


def take_snapshot(namespace: Mapping[str, Any]) -> Snapshot:
    """Remember a namespace, and what of its objects could be changed in place."""
    containers: list[tuple[str, Any, Any]] = []
    objects: list[tuple[str, Any, dict[str, Any]]] = []
    seen: set[int] = set()
    for name, value in _user_items(namespace):
        waiting = [(name, value)]
        while waiting and len(seen) < _LIMIT:
            path, current = waiting.pop()
            if id(current) in seen:
                continue
            kind = type(current)
            if kind in (list, dict, set):
                seen.add(id(current))
                containers.append((path, current, current.copy()))
            elif _has_attributes(current):
                seen.add(id(current))
                objects.append((path, current, dict(vars(current))))
                continue
            if _is_container(current):
                pairs = current.items() if kind is dict else enumerate(current)
                waiting += [(f"{path}[{key!r}]", inner) for key, inner in pairs]
    return Snapshot(dict(namespace), containers, objects)


def _has_attributes(value: Any) -> bool:
    """Instances of the user's or a library's classes; not modules, functions or classes."""
    kind = type(value)
    return (
        hasattr(value, "__dict__")
        and kind.__module__ not in ("builtins", "types", "functools")
        and not isinstance(value, type)
        and not kind.__module__.startswith(("jax", "jaxlib", "numpy", "IPython"))
    )
