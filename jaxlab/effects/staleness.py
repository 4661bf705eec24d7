"""Calls of compiled programs that know values which have changed since they were traced."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import threading
import weakref
from types import FrameType, FunctionType, MethodType
from typing import Any

from jaxlab import _jax
from jaxlab.effects.seen import Program, Read, Stale
from jaxlab.effects.values import is_as_then, snapshot

_MOST_READS = 64
_MOST_TRACES = 64


class _Here(threading.local):
    """The call of a jitted function that is under way in one thread."""

    def __init__(self) -> None:
        self.called: Any = None
        self.traced = False
        self.waiting: list[Stale] = []


class Staleness:
    """Compares, at each call of a jitted function, what its traces read with what there is now.

    Args:
      programs: what was traced before, by the id of the function; it grows.
    """

    def __init__(self, programs: dict[int, Program]) -> None:
        self._programs = programs
        self._here = _Here()
        self._found: list[Stale] = []
        self._told: set[tuple[int, str]] = set()

    def on_call(self, jitted: Any, first: Any, frame: FrameType) -> None:
        """A jitted function is about to be called; whether it is traced is known only then."""
        here = self._here
        self._settle()
        if type(jitted) is MethodType:
            jitted, first = jitted.__func__, jitted.__self__
        called = here.called = getattr(jitted, "__wrapped__", None)
        program = self._programs.get(id(called))
        if program is None or program.function() is not called:
            return
        for reads in program.reads.values():
            last = reads[-1]
            value = last.find()
            if is_as_then(value, last.then) or (id(called), last.name) in self._told:
                continue
            owner = None if last.owner is None else last.owner()
            if last.owner is not None and (
                owner is None or (type(first) is type(owner) and first is not owner)
            ):
                continue
            now = snapshot(value)
            if now.traced or now.key[0] == "object" or any(now == each.then for each in reads):
                continue
            (place,) = _jax.frames_of_code([(frame.f_code, frame.f_lasti)])
            here.waiting.append(Stale(program.name, last, now.said, place))

    def on_trace(self, function: _jax.TracedFunction) -> None:
        """An outermost trace begins: the call that led to it has no stale program."""
        here = self._here
        here.waiting.clear()
        here.traced = function.traced_for == "jit" and _is_of(here.called, function)

    def on_read(self, reads: list[Read]) -> None:
        """It has ended, and this is what it read."""
        here = self._here
        if not here.traced:
            return
        here.traced = False
        called = here.called
        program = self._programs.get(id(called))
        if program is None or program.function() is not called:
            program = Program(weakref.ref(called), getattr(called, "__name__", "function"))
            self._programs[id(called)] = program
        for each in reads[:_MOST_READS]:
            owner = 0 if each.owner is None else id(each.owner())
            known = program.reads.setdefault((each.name, owner), [])
            known.append(each)
            del known[:-_MOST_TRACES]

    def end(self) -> tuple[Stale, ...]:
        """The calls that had stale programs, one for each variable."""
        self._settle()
        self._here.called = None
        return tuple(self._found)

    def _settle(self) -> None:
        """The last call was not traced, so what it waited for is so."""
        if not self._here.waiting:
            return
        waiting, self._here.waiting = self._here.waiting, []
        for each in waiting:
            self._told.add((id(self._here.called), each.read.name))
        self._found += waiting


def _is_of(called: Any, function: _jax.TracedFunction) -> bool:
    inner = called.__func__ if type(called) is MethodType else called
    if type(inner) is not FunctionType:
        return False
    code = inner.__code__
    return (code.co_filename, code.co_firstlineno) == (function.file, function.line)
