"""The lists of distinct things that a stage's columns refer to."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
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
    """The lists that columns refer to. The empty text and the empty path come first."""

    def __init__(self, types: Sequence[ArrayType]) -> None:
        self.text: Places[str] = Places({"": 0})
        self.path: Places[tuple[str, ...]] = Places({(): 0})
        self._types = types
        self._params: Places[tuple[int, ...]] = Places()
        self._constants: Places[Hashable] = Places()
        self._constant_list: list[Any] = []
        self._frames: Places[Frame] = Places()
        self._stacks: Places[tuple[Frame, ...]] = Places()

    def params(self, params: Mapping[str, object]) -> int:
        """The place of a set of params."""
        pairs = [(self.text[key], self.constant(value)) for key, value in params.items()]
        return self.param_set(tuple(place for pair in pairs for place in pair))

    def param_set(self, pairs: tuple[int, ...]) -> int:
        """The place of a set of params that are places themselves."""
        return self._params[pairs]

    def constant(self, value: object) -> int:
        """The place of a param's value."""
        written = value if type(value) is str and len(value) < 100 else to_json(value)
        place = self._constants[written if type(written) is str else repr((written,))]
        if place == len(self._constant_list):
            self._constant_list.append(written)
        return place

    def stack(self, stack: FrameStack) -> int:
        """The place of a stack of frames."""
        return self._stacks[stack.frames]

    def columns(self) -> dict[str, Any]:
        """All tables; what they refer to in turn is met here, the texts last."""
        text, types = self.text, self._types
        type_places = {kind: place for place, kind in enumerate(types)}
        stacks = [[self._frames[frame] for frame in stack] for stack in self._stacks]
        frames = list(self._frames)
        found: dict[str, Any] = {
            "types": {
                "dtype": [text[kind.dtype] for kind in types],
                "shape": [list(kind.shape) for kind in types],
                "kind": [text[kind.kind] for kind in types],
                "weak": [int(kind.weak) for kind in types],
                "layout": [text[kind.layout] for kind in types],
                "memory_space": [text[kind.memory_space] for kind in types],
                "sharding": [text[kind.sharding] for kind in types],
                "elements": [[type_places[part] for part in kind.elements] for kind in types],
            },
            "frames": {
                "file": [text[frame.file] for frame in frames],
                "function": [text[frame.function] for frame in frames],
                "line": [frame.line for frame in frames],
                "column": [frame.column for frame in frames],
                "end_line": [frame.end_line for frame in frames],
                "end_column": [frame.end_column for frame in frames],
            },
            "stacks": stacks,
            "params": [list(pairs) for pairs in self._params],
            "constants": self._constant_list,
            "paths": [[text[name] for name in path] for path in self.path],
        }
        return found | {"strings": list(text)}
