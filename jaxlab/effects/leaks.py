"""Tracers that outlive their trace, with the name that leads to them."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import gc
import inspect
import weakref
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import _lru_cache_wrapper, partial  # pyright: ignore[reportPrivateUsage]
from types import FunctionType, GeneratorType, MethodType
from typing import Any

from jaxlab import _jax
from jaxlab.effects.seen import Leak

_MOST_OBJECTS = 200_000
_MOST_MEMBERS = 10_000


def find_leaks(namespace: Mapping[str, Any], known: list[weakref.ref[Any]]) -> tuple[Leak, ...]:
    """The tracers that something in a namespace leads to, though their trace has ended.

    Tracers that only a traceback, a cycle on its way out or JAX itself holds are left out.

    Args:
      namespace: the user's.
      known: those told before, which are left out; those found are added.
    """
    before = {id(tracer) for ref in known if (tracer := ref()) is not None}
    left = {id(each): each for each in _jax.tracers_left() if id(each) not in before}
    if not left:
        return ()
    found: list[Leak] = []
    for path, tracer in _paths(namespace, left):
        function, frames = _jax.tracer_origin(tracer)
        kind = f"{tracer.dtype}[{','.join(map(str, tracer.shape))}]"
        found.append(Leak(path, kind, function, frames))
        known.append(weakref.ref(tracer))
    return tuple(found)


def _paths(namespace: Mapping[str, Any], wanted: Mapping[int, Any]) -> Iterator[tuple[str, Any]]:
    """The shortest path to each of some objects, as a person would write it."""
    names = sorted(namespace, key=lambda name: name.startswith("_") or name in ("In", "Out"))
    waiting = deque((name, namespace[name]) for name in names)
    met: set[int] = set()
    while waiting and len(met) < _MOST_OBJECTS:
        path, value = waiting.popleft()
        if id(value) in met:
            continue
        met.add(id(value))
        if id(value) in wanted:
            yield path, value
        else:
            waiting.extend(_members(path, value))


def _members(path: str, value: Any) -> Iterable[tuple[str, Any]]:
    """What an object holds; nothing is called, and no code of the user's runs."""
    if isinstance(value, dict):
        return [(f"{path}[{key!r}]", each) for key, each in _some(dict.items(value))]
    if isinstance(value, list | tuple | deque):
        return [(f"{path}[{index}]", each) for index, each in enumerate(_some(value))]
    if isinstance(value, set | frozenset):
        return [(f"a member of {path}", each) for each in _some(value)]
    if isinstance(value, FunctionType):
        return _of_function(path, value)
    if isinstance(value, MethodType):
        return [(f"{path}.__self__", value.__self__), (path, value.__func__)]
    if isinstance(value, GeneratorType):
        frame = value.gi_frame
        held = {} if frame is None else frame.f_locals
        return [(f"`{name}` in {path}", each) for name, each in held.items()]
    if isinstance(value, _lru_cache_wrapper):
        return [(f"{path}'s cache", each) for each in gc.get_referents(value)]
    if type(value).__name__ == "_lru_list_elem":
        return [(path, each) for each in gc.get_referents(value)]
    if isinstance(value, partial):
        return [(path, value.func), (path, value.args), (path, value.keywords)]
    if inspect.ismodule(value) or isinstance(value, BaseException):
        return []
    return _of_object(path, value)


def _of_function(path: str, function: FunctionType) -> list[tuple[str, Any]]:
    held: list[tuple[str, Any]] = []
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        held += [(f"`{name}` in {path}", each) for each in gc.get_referents(cell)]
    held.append((f"{path}.__defaults__", function.__defaults__))
    held.append((f"{path}.__kwdefaults__", function.__kwdefaults__))
    return [*held, *_of_object(path, function)]


def _of_object(path: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, type) and not str(value.__module__).startswith("__main__"):
        return []
    try:
        held = object.__getattribute__(value, "__dict__")
    except AttributeError:
        held = {}
    inner = dict(held) if isinstance(held, Mapping) else {}
    for kind in inspect.getmro(type(value)):
        for name, slot in kind.__dict__.items():
            if inspect.ismemberdescriptor(slot):
                inner.update((name, each) for each in _in_slot(slot, value))
    wrapped = inner.pop("__wrapped__", None)
    members = [(f"{path}.{name}", each) for name, each in _some(inner.items())]
    return members if wrapped is None else [*members, (path, wrapped)]


def _in_slot(slot: Any, value: Any) -> Sequence[Any]:
    try:
        return (slot.__get__(value),)
    except AttributeError:  # never set
        return ()


def _some(members: Iterable[Any]) -> list[Any]:
    return [each for _, each in zip(range(_MOST_MEMBERS), members, strict=False)]
