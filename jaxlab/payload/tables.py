"""The lists of distinct things that a stage's columns refer to."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

from jaxlab.array_type import ArrayType
from jaxlab.origin import Frame, FrameStack
from jaxlab.payload.constants import to_json

_Item = TypeVar("_Item", bound=Hashable)


class Places(dict[_Item, int]):
    """Distinct things, each at the place where it was first asked for: `places[thing]`."""

    def __missing__(self, item: _Item) -> int:
        self[item] = place = len(self)
        return place


class Tables:
    """The lists that columns refer to."""

    def __init__(self) -> None:
        self.text: Places[str] = Places({"": 0})
        self.path: Places[tuple[str, ...]] = Places({(): 0})
        self._types: Places[ArrayType] = Places()
        self._type_at: dict[int, int] = {}
        self._params: Places[tuple[int, ...]] = Places()
        self._constants: Places[tuple[str, str]] = Places()
        self._constant_list: list[Any] = []
        self._frames: Places[Frame] = Places()
        self._stacks: Places[tuple[Frame, ...]] = Places()
        self._stack_at: dict[int, int] = {}

    def type(self, kind: ArrayType) -> int:
        # By identity first: most types are shared, and hashing one takes a microsecond.
        found = self._type_at.get(id(kind))
        if found is None:
            for element in kind.elements:
                self.type(element)
            found = self._type_at[id(kind)] = self._types[kind]
        return found

    def params(self, params: Mapping[str, object]) -> int:
        """The place of a set of params."""
        flat: list[int] = []
        for key, value in params.items():
            flat.append(self.text[key])
            flat.append(self._constant(value))
        return self._params[tuple(flat)]

    def stack(self, stack: FrameStack) -> int:
        found = self._stack_at.get(id(stack))
        if found is None:
            found = self._stack_at[id(stack)] = self._stacks[stack.frames]
        return found

    def _constant(self, value: object) -> int:
        written = to_json(value)
        key = (type(written).__name__, repr(written))
        place = self._constants[key]
        if place == len(self._constant_list):
            self._constant_list.append(written)
        return place

    def columns(self) -> dict[str, Any]:
        """All tables; what they refer to in turn is met here, the texts last."""
        stacks = [[self._frames[frame] for frame in stack] for stack in self._stacks]
        frames = list(self._frames)
        kinds = list(self._types)
        found: dict[str, Any] = {
            "types": {
                "dtype": [self.text[kind.dtype] for kind in kinds],
                "shape": [list(kind.shape) for kind in kinds],
                "kind": [self.text[kind.kind] for kind in kinds],
                "weak": [int(kind.weak) for kind in kinds],
                "layout": [self.text[kind.layout] for kind in kinds],
                "memory_space": [self.text[kind.memory_space] for kind in kinds],
                "sharding": [self.text[kind.sharding] for kind in kinds],
                "elements": [[self._types[part] for part in kind.elements] for kind in kinds],
            },
            "frames": {
                "file": [self.text[frame.file] for frame in frames],
                "function": [self.text[frame.function] for frame in frames],
                "line": [frame.line for frame in frames],
                "column": [frame.column for frame in frames],
                "end_line": [frame.end_line for frame in frames],
                "end_column": [frame.end_column for frame in frames],
            },
            "stacks": stacks,
            "params": [list(pairs) for pairs in self._params],
            "constants": self._constant_list,
            "paths": [[self.text[text] for text in path] for path in self.path],
        }
        return found | {"strings": list(self.text)}
