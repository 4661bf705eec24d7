"""Params that are read when they are first asked for: that is half of the time of reading HLO."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping


class LazyParams(Mapping[str, object]):
    """A node's params, made once, by what it was given, when one of them is first asked for."""

    __slots__ = ("_load", "_params")

    def __init__(self, load: Callable[[], Mapping[str, object]]) -> None:
        self._load: Callable[[], Mapping[str, object]] | None = load
        self._params: Mapping[str, object] = {}

    def _made(self) -> Mapping[str, object]:
        if self._load is not None:
            self._params = self._load()
            self._load = None
        return self._params

    def __getitem__(self, name: str) -> object:
        return self._made()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made())

    def __len__(self) -> int:
        return len(self._made())

    # What a Mapping would make of the three above, at the speed of a dict.

    def __contains__(self, name: object) -> bool:
        return name in self._made()

    def keys(self) -> KeysView[str]:
        """The params' names."""
        return self._made().keys()

    def items(self) -> ItemsView[str, object]:
        """The params' names and values."""
        return self._made().items()

    def __repr__(self) -> str:
        return repr(self._made())
