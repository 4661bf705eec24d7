"""The user's namespace while a cell is traced in it: arrays out, tracers in, and back again."""

# The user's objects have no types.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false
# pyright: reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from types import FunctionType, GeneratorType
from typing import Any

import jax
import numpy as np

from jaxlab import _jax

_SHELLS_OWN = frozenset(("In", "Out", "get_ipython", "exit", "quit", "open"))
_LIMIT = 50_000
"""Objects that are looked through in a namespace, at most."""
_BUFFER = 1 << 20
"""Bytes of a NumPy array up to which it is compared; a copy of larger ones would cost too much."""


@dataclass(frozen=True)
class Arrays:
    """The arrays that names of a namespace hold, alone or in lists, dicts and tuples.

    Attributes:
      values: by path (`params['w']`), each array once.
      paths: path by the array's identity.
      holders: name -> value for the names that hold any.
      standing_for: by a tracer's identity, the tracer and the array that it stands for.
    """

    values: dict[str, Any]
    paths: dict[int, str]
    holders: dict[str, Any]
    standing_for: dict[int, tuple[Any, Any]] = field(default_factory=dict[int, tuple[Any, Any]])
    _originals: dict[int, tuple[Any, Any]] = field(default_factory=dict[int, tuple[Any, Any]])

    def filled(self, tracers: Mapping[str, Any]) -> dict[str, Any]:
        """The names with tracers in place of arrays; containers are new, aliases stay aliases."""
        for path, tracer in tracers.items():
            self.standing_for[id(tracer)] = (tracer, self.values[path])
        memo: dict[int, Any] = {}

        def swapped(value: Any) -> Any:
            path = self.paths.get(id(value))
            if path is not None:
                return tracers[path]
            if not is_container(value):
                return value
            if id(value) not in memo:
                memo[id(value)] = rebuilt(value, swapped)
                self._originals[id(memo[id(value)])] = (memo[id(value)], value)
            return memo[id(value)]

        return {name: swapped(value) for name, value in self.holders.items()}

    def original_of(self, container: Any) -> Any:
        """The user's container that a swapped one stands for; None for any other object."""
        return self._originals.get(id(container), (None, None))[1]

    def array_of(self, tracer: Any) -> Any:
        """The user's array that a tracer stands for; None for any other object."""
        return self.standing_for.get(id(tracer), (None, None))[1]


def swap_arrays(namespace: Mapping[str, Any]) -> Arrays:
    """Find what a traced cell takes as its arguments."""
    values: dict[str, Any] = {}
    paths: dict[int, str] = {}
    holders: dict[str, Any] = {}
    for name, value in user_items(namespace):
        for path, leaf in leaves_with_paths(name, value):
            if _jax.is_array(leaf) and not leaf.is_deleted():
                holders[name] = value
                if id(leaf) not in paths:
                    paths[id(leaf)] = path
                    values[path] = leaf
    return Arrays(values, paths, holders)


def deleted_arrays(namespace: Mapping[str, Any]) -> list[str]:
    """What a namespace calls arrays that were deleted or donated."""
    leaves = (each for item in user_items(namespace) for each in leaves_with_paths(*item))
    return [path for path, leaf in leaves if _jax.is_array(leaf) and leaf.is_deleted()]


@dataclass(frozen=True)
class Snapshot:
    """A namespace before the cell: its bindings, and shallow copies of what can be mutated."""

    bindings: dict[str, Any]
    containers: list[tuple[str, Any, Any]]
    objects: list[tuple[str, Any, dict[str, Any]]]
    buffers: list[tuple[str, np.ndarray[Any, Any], np.ndarray[Any, Any]]]

    def restore(self) -> None:
        """Put lists, dicts, sets and attributes back as they were."""
        for _, container, copy in self.containers:
            if _contents(container) != _contents(copy):
                refill(container, copy)
        for _, holder, before in self.objects:
            if _contents(vars(holder)) != _contents(before):
                refill(vars(holder), before)
        for _, buffer, copy in self.buffers:
            if buffer.tobytes() != copy.tobytes():
                buffer[...] = copy


def take_snapshot(namespace: Mapping[str, Any]) -> Snapshot:
    """Remember a namespace, and what of its objects could be changed in place."""
    containers: list[tuple[str, Any, Any]] = []
    objects: list[tuple[str, Any, dict[str, Any]]] = []
    buffers: list[tuple[str, Any, Any]] = []
    for path, value in _mutable_objects(namespace):
        if isinstance(value, np.ndarray):
            buffers.append((path, value, value.copy()))
        elif type(value) in (list, dict, set):
            containers.append((path, value, value.copy()))
        elif type(value) is not FunctionType:
            objects.append((path, value, dict(vars(value))))
    return Snapshot(dict(namespace), containers, objects, buffers)


def mutations(snapshot: Snapshot, after: Mapping[str, Any], arrays: Arrays) -> tuple[str, ...]:
    """What was changed in place since the snapshot, a sentence each."""
    found: dict[str, str] = {}
    for path, container, copy in snapshot.containers:
        if _contents(container) != _contents(copy):
            found.setdefault(path, type(container).__name__)
    for name, holder in arrays.holders.items():
        swapped = after.get(name)
        if arrays.original_of(swapped) is holder and _differs(swapped, holder, arrays):
            found.setdefault(name, type(holder).__name__)
    for path, buffer, copy in snapshot.buffers:
        if buffer.tobytes() != copy.tobytes():
            found.setdefault(path, "NumPy array")
    for path, holder, before in snapshot.objects:
        now = vars(holder)
        changed = [key for key in now if key not in before or now[key] is not before[key]]
        for key in (*changed, *(key for key in before if key not in now)):
            found.setdefault(f"{path}.{key}", "attribute")
    return tuple(
        f"In-place mutation: `{path}` ({kind}) was changed in place while the cell was traced. "
        "That happened once, at trace time; a jitted function would not do it again at each call."
        for path, kind in found.items()
    )


Place = tuple[Any, Callable[[Any], None]]
"""A value that an object holds, and what puts another one there."""


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
    _places: list[Place]
    _arrays: Arrays

    def names_in(self, after: Mapping[str, Any]) -> list[str]:
        """What the namespace calls each tracer, in order; "" for one it only holds in an object."""
        names = [""] * len(self.tracers)
        for name, value in after.items():
            for path, leaf in leaves_with_paths(name, value):
                place = self.places.get(id(leaf))
                if place is not None and not names[place]:
                    names[place] = path
        return names

    def bind(self, results: list[Any], after: Mapping[str, Any]) -> dict[str, Any]:
        """The namespace as the cell left it, with results for tracers."""
        memo: dict[int, Any] = {}

        def bound(value: Any) -> Any:
            if id(value) in self.places:
                return results[self.places[id(value)]]
            array = self._arrays.array_of(value)
            if array is not None:
                return array
            if id(value) not in memo:
                memo[id(value)] = value
                if is_container(value):
                    memo[id(value)] = self._container(value, bound, memo)
                elif _is_pytree(value) and any(map(_jax.is_tracer, _jax.leaves(value))):
                    memo[id(value)] = jax.tree_util.tree_map(bound, value)
            return memo[id(value)]

        whole = {name: bound(value) for name, value in after.items()}
        for value, put in self._places:
            put(bound(value))
        return whole

    def _container(self, value: Any, bound: Callable[[Any], Any], memo: dict[int, Any]) -> Any:
        """A container's own object, refilled, where it was there before or can be refilled."""
        original = self._arrays.original_of(value)
        target = value if original is None else original
        memo[id(value)] = target
        new = rebuilt(value, bound)
        if _contents(new) == _contents(target):
            return target
        return refill(target, new) if isinstance(target, dict | list) else new


def find_tracers(snapshot: Snapshot, after: Mapping[str, Any], arrays: Arrays) -> Found:
    """Look for tracers in the namespace after the cell's code was traced."""
    tracers: list[Any] = []
    places: dict[int, int] = {}
    put: list[Place] = []

    def look(value: Any) -> bool:
        leaves = list(_tracers_in(value))
        for leaf in leaves:
            if id(leaf) not in places and arrays.array_of(leaf) is None:
                places[id(leaf)] = len(tracers)
                tracers.append(leaf)
        return bool(leaves)

    for value in after.values():
        look(value)
    for _, holder in _mutable_objects(after):
        put += [place for place in _places_in(holder) if look(place[0])]
    said = (*mutations(snapshot, after, arrays), *_suspended(after))
    return Found(tracers, places, said, put, arrays)


def _places_in(holder: Any) -> Iterator[Place]:
    """Attributes of an object; of a function, what it closes over and its defaults."""
    if isinstance(holder, FunctionType):
        for cell in holder.__closure__ or ():
            with suppress(ValueError):  # a cell that is still empty
                yield cell.cell_contents, partial(setattr, cell, "cell_contents")
        yield holder.__defaults__, partial(setattr, holder, "__defaults__")
        yield holder.__kwdefaults__, partial(setattr, holder, "__kwdefaults__")
    elif type(holder) not in (list, dict, set, np.ndarray):
        for name, value in list(vars(holder).items()):
            yield value, partial(vars(holder).__setitem__, name)


def _holds_tracer(value: Any) -> bool:
    return next(_tracers_in(value), None) is not None


def _suspended(after: Mapping[str, Any]) -> Iterator[str]:
    """Generators that hold tracers, a sentence each: what they hold can't be replaced."""
    for name, value in user_items(after):
        frame = value.gi_frame if isinstance(value, GeneratorType) else None
        if frame is not None and any(map(_holds_tracer, frame.f_locals.values())):
            yield (
                f"Leaked tracer: `{name}` (generator) is suspended and holds a traced value, which "
                "has no meaning after the cell. Exhaust it in the cell, or make it in the next."
            )


def user_items(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A namespace's names that are the user's own, with their values."""
    for name, value in list(namespace.items()):
        if not name.startswith("_") and name not in _SHELLS_OWN:
            yield name, value


def leaves_with_paths(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What a value holds in plain containers, each with the expression that reaches it."""
    waiting = [(name, value)]
    seen: set[int] = set()
    while waiting and len(seen) < _LIMIT:
        path, current = waiting.pop()
        if not is_container(current):
            yield path, current
        elif id(current) not in seen:
            seen.add(id(current))
            waiting += [(f"{path}[{key!r}]", inner) for key, inner in reversed(_pairs(current))]


def is_container(value: Any) -> bool:
    """A plain list, dict or tuple, or a named tuple."""
    kind = type(value)
    return kind in (dict, list, tuple) or (issubclass(kind, tuple) and hasattr(kind, "_fields"))


def rebuilt(container: Any, change: Callable[[Any], Any]) -> Any:
    """A container of the same kind, with each of its parts changed."""
    if isinstance(container, dict):
        return {key: change(inner) for key, inner in container.items()}
    if isinstance(container, list):
        return [change(inner) for inner in container]
    parts = [change(inner) for inner in container]
    return type(container)(*parts) if hasattr(type(container), "_fields") else tuple(parts)


def refill(container: Any, content: Any) -> Any:
    """Give a list, dict or set another content, in place."""
    if isinstance(container, list):
        container[:] = content
    else:
        container.clear()
        container.update(content)
    return container


def _pairs(container: Any) -> list[tuple[Any, Any]]:
    return list(container.items() if isinstance(container, dict) else enumerate(container))


def _contents(container: Any) -> Any:
    """Something that is equal for containers that hold the very same objects in one order."""
    if isinstance(container, dict):
        return [(id(key), id(value)) for key, value in container.items()]
    return set(container) if isinstance(container, set) else [id(item) for item in container]


def _differs(swapped: Any, holder: Any, arrays: Arrays) -> bool:
    """Whether the code changed a container that was given to it with tracers in place of arrays."""
    if not is_container(holder):
        array = arrays.array_of(swapped)
        return (swapped if array is None else array) is not holder
    if type(swapped) is not type(holder) or len(swapped) != len(holder):
        return True
    pairs = zip(_pairs(swapped), _pairs(holder), strict=True)
    return any(new_key != key or _differs(new, old, arrays) for (new_key, new), (key, old) in pairs)


def _is_pytree(value: Any) -> bool:
    """A registered pytree; one that can't be flattened (keys that don't compare) is taken whole."""
    try:
        return not isinstance(value, type) and not jax.tree_util.all_leaves([value])
    except (TypeError, ValueError):
        return False


def _tracers_in(value: Any) -> Iterator[Any]:
    """Tracers of the trace that is under way, alone or in containers and pytrees."""
    for _, leaf in leaves_with_paths("", value):
        if _jax.is_current_tracer(leaf):
            yield leaf
        elif _is_pytree(leaf):
            yield from filter(_jax.is_current_tracer, _jax.leaves(leaf))


def _mutable_objects(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Lists, dicts, sets, functions and objects with attributes that names hold, each once."""
    seen: set[int] = set()
    for name, value in user_items(namespace):
        waiting = [(name, value)]
        while waiting and len(seen) < _LIMIT:
            path, current = waiting.pop()
            if id(current) in seen:
                continue
            seen.add(id(current))
            if _is_mutable(current):
                yield path, current
            if is_container(current):
                waiting += [(f"{path}[{key!r}]", inner) for key, inner in _pairs(current)]


def _is_mutable(value: Any) -> bool:
    kind = type(value)
    if kind is np.ndarray:
        return _is_watched(value)
    return kind in (list, dict, set, FunctionType) or _has_attributes(value)


def _is_watched(buffer: Any) -> bool:
    return buffer.nbytes <= _BUFFER and buffer.flags.writeable and not buffer.dtype.hasobject


def _has_attributes(value: Any) -> bool:
    """Instances of the user's or a library's classes; not modules, functions or classes."""
    kind = type(value)
    return (
        isinstance(getattr(value, "__dict__", None), dict)
        and not isinstance(value, type)
        and kind.__module__ not in ("builtins", "types", "functools")
        and not kind.__module__.startswith(("jax", "numpy", "IPython"))
    )
