"""Params that are read when they are first asked for: that is half of the time of reading HLO."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, KeysView, Mapping

_NONE: Mapping[str, object] = {}


class LazyParams(Mapping[str, object]):
    """A node's params, made when one of them is first asked for.

    Many nodes have the same params but for a few of their own, such as an instruction's place in
    the schedule. What they share is one object, so that it need be looked at once only.
    """

    __slots__ = ("_load", "_params", "_shared", "own")

    def __init__(
        self, load: Callable[[], Mapping[str, object]], own: Mapping[str, object] = _NONE
    ) -> None:
        self._load: Callable[[], Mapping[str, object]] | None = load
        self._shared: Mapping[str, object] = _NONE
        self._params: Mapping[str, object] | None = None
        self.own = own

    @property
    def shared(self) -> Mapping[str, object]:
        """The params that `load` gave; those in `own` stand before them."""
        if self._load is not None:
            self._shared = self._load()
            self._load = None
        return self._shared

    def _made(self) -> Mapping[str, object]:
        if self._params is None:
            self._params = {**self.shared, **self.own} if self.own else self.shared
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
