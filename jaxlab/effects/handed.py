"""NumPy arrays that jitted functions are given again and again: each call copies them."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any

from jaxlab import _jax
from jaxlab.effects.variables import members, variables_of
from jaxlab.origin import Frame

LARGE = 2**20
"""Bytes from which on a copy is worth a word."""


@dataclass(slots=True)
class HandedOver:
    """A NumPy array, at the calls of one jitted function after the first.

    Attributes:
      function, argument: what it was given to, and as what.
      variable: what the caller calls it.
      type: as the program takes it, `f32[512,512]`.
      size: bytes as the program takes it.
      count: how often it was given again.
      frame: the call.
    """

    function: str
    argument: str
    variable: str
    type: str
    size: int
    count: int
    frame: Frame


class Handed:
    """Looks out for the large arrays that a program was compiled for, at its later calls."""

    def __init__(self) -> None:
        self._large: dict[int, list[tuple[str, _jax.Argument, weakref.ref[Any]]]] = {}
        self._found: dict[tuple[int, str, str], HandedOver] = {}

    def on_compile(self, key: int, call: _jax.JitCall) -> None:
        """A jitted function, of a `Call.key`, was compiled for a call."""
        for each in call.arguments:
            if each.array is not None and each.size >= LARGE and key:
                known = self._large.setdefault(key, [])
                known.append((call.function.name, each, each.array))

    def on_call(self, key: int, frame: FrameType, place: Callable[[], Frame]) -> None:
        """A jitted function is called: what the caller has at hand, it may give."""
        large = self._large.get(key)
        if not large:
            return
        for variable, value in variables_of(frame):
            parts = [id(part) for part in members(value)]
            for function, argument, array in large:
                given = array()
                if given is None or id(given) not in parts:
                    continue
                found = self._found.get((key, argument.name, variable))
                if found is None:
                    found = HandedOver(
                        function, argument.name, variable, argument.type, argument.size, 0, place()
                    )
                    self._found[key, argument.name, variable] = found
                found.count += 1

    def end(self) -> tuple[HandedOver, ...]:
        """What was found until now."""
        return tuple(self._found.values())
