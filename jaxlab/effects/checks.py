"""What `--nan`, `--bounds`, `--buffers` and `--values` look at as a cell runs: values of calls."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from jaxlab import _jax
from jaxlab.effects.not_finite import Origin, TakesTooLong, origin_in
from jaxlab.effects.ranges import Ranges
from jaxlab.errors import cut
from jaxlab.origin import Frame

OPTIONS = ("nan", "bounds", "buffers")
"""The options that ask for checks."""

VALUES = "values"
"""The option that shows values, beside the program that was recorded."""

_MOST = 20
_MOST_CALLS = 1_000


@dataclass(frozen=True)
class NotFinite:
    """A call, or an operation, that gave a NaN or an infinity for finite arguments.

    Attributes:
      name: of the jitted function, or of the operation.
      frame: the user's line.
      origin: where it comes from; None where that was not found.
      arguments, results: ranges of what it was given and gave.
    """

    name: str
    frame: Frame | None
    origin: Origin | None
    arguments: tuple[_jax.Range, ...]
    results: tuple[_jax.Range, ...]


@dataclass(frozen=True)
class OutOfBounds:
    """An index that was out of bounds.

    Attributes:
      name: of the jitted function, or of the operation.
      frame: the user's line of the call.
      said: what is wrong: the index, the axis and its size.
      line: the user's line of the indexing; None where not known.
    """

    name: str
    frame: Frame | None
    said: str
    line: Frame | None


@dataclass(frozen=True)
class ChangedBuffer:
    """A NumPy array that was changed after it was handed over.

    Attributes:
      name: of the function that it was handed to.
      frame: the user's line of that.
      type: its type and shape.
      buffer: the array.
    """

    name: str
    frame: Frame | None
    type: str
    buffer: Any = field(repr=False)


@dataclass
class Checked:
    """What checks found.

    Attributes:
      not_finite, out_of_bounds, buffers: see there.
      notes: what could not be checked, a sentence each.
    """

    not_finite: list[NotFinite] = field(default_factory=list[NotFinite])
    out_of_bounds: list[OutOfBounds] = field(default_factory=list[OutOfBounds])
    buffers: list[ChangedBuffer] = field(default_factory=list[ChangedBuffer])
    notes: list[str] = field(default_factory=list[str])

    def frames(self) -> list[Frame]:
        """The lines that it is about."""
        origins = [each.origin for each in self.not_finite if each.origin is not None]
        lines = [frame for origin in origins for frame in origin.frames]
        found = (*self.not_finite, *self.out_of_bounds, *self.buffers)
        lines += [each.frame for each in found if each.frame is not None]
        return lines + [each.line for each in self.out_of_bounds if each.line is not None]

    def note(self, text: str) -> None:
        """Say once that something could not be checked."""
        if text not in self.notes:
            self.notes.append(text)


@dataclass(frozen=True)
class _Handed:
    name: str
    frame: Frame | None
    buffer: Any
    checksum: int


class Checks:
    """Looks at the values of each call that a recorder notes. See `capture.record.Checks`."""

    def __init__(self, options: Collection[str]) -> None:
        self.options = frozenset(options)
        self._found = Checked()
        self._kept: tuple[Any, ...] = ()
        self._handed: list[_Handed] = []
        self._seen: set[tuple[str, Frame | None]] = set()
        self._bounds: dict[int, tuple[Any, Callable[..., Any] | None]] = {}
        self._calls = 0
        self.ranges = Ranges() if VALUES in self.options else None

    def before(self, args: Sequence[Any], params: Any) -> None:
        """Keep what a call is given, copied where the call takes it over."""
        self._kept = _jax.copies_of_donated(args, params)

    def after(
        self,
        primitive: Any,
        args: Sequence[Any],
        params: Any,
        results: Sequence[Any],
        frame: Any,
        key: int,
    ) -> None:
        """Look at what a call was given and gave; `key` is the recorder's, for its kind."""
        given = self._kept if len(self._kept) == len(args) else tuple(args)
        self._kept = ()
        name = str(params.get("name", primitive.name))
        if "buffers" in self.options:
            self._note_buffers(name, args, frame)
        self._calls += 1
        if self._calls > _MOST_CALLS:
            self._found.note(f"Values were checked in the first {_MOST_CALLS:,} calls.")
            return
        try:
            if "nan" in self.options:
                self._check_finite(name, given, params, results, frame)
            if self.ranges is not None:
                self.ranges.note(key, name, primitive, params, given, results)
            if "bounds" in self.options:
                self._check_bounds(name, primitive, given, params, frame)
        except Exception as error:  # the user's call has its results; what failed is ours
            what = cut(f"{type(error).__name__}: {error}", 200)
            self._found.note(f"Values of `{cut(name, 60)}` could not be checked ({what}).")

    def end(self) -> Checked:
        """What was found, when the cell has ended."""
        for each in self._handed:
            if _checksum(each.buffer) != each.checksum:
                kind = f"{each.buffer.dtype}[{','.join(map(str, each.buffer.shape))}]"
                self._found.buffers.append(ChangedBuffer(each.name, each.frame, kind, each.buffer))
        for note in self.ranges.notes if self.ranges is not None else ():
            self._found.note(note)
        return self._found

    def _check_finite(self, name: str, args: Any, params: Any, results: Any, frame: Any) -> None:
        key = name, frame
        if key in self._seen or len(self._found.not_finite) >= _MOST:
            return
        if all(map(_jax.is_finite, results)) or not all(map(_jax.is_finite, args)):
            return
        self._seen.add(key)
        origin = None
        if "jaxpr" in params:
            try:
                origin = origin_in(params["jaxpr"], args)
            except _jax.CannotEvaluate as error:
                self._found.note(
                    f"`{name}` gave values that are not finite; where they come from was not "
                    f"looked for, as its `{error}` must not run twice."
                )
            except TakesTooLong:
                self._found.note(f"Where the NaN of `{name}` comes from takes too long to find.")
        self._found.not_finite.append(
            NotFinite(name, frame, origin, _ranges(args), _ranges(results))
        )

    def _check_bounds(self, name: str, primitive: Any, args: Any, params: Any, frame: Any) -> None:
        if len(self._found.out_of_bounds) >= _MOST:
            return
        key = id(params.get("jaxpr", primitive))
        known = self._bounds.get(key)
        if known is None:
            try:
                known = params, _jax.bounds_check(primitive, params)
            except _jax.CannotEvaluate as error:
                self._found.note(
                    f"Indices in `{name}` were not checked: its `{error}` must not run twice."
                )
                known = params, None
            if "jaxpr" in params:
                self._bounds[key] = known
        if known[1] is None:
            return
        try:
            said, line = _jax.out_of_bounds(known[1], args)
        except Exception as error:  # checkify has no rule for some scatters
            what = cut(f"{type(error).__name__}: {error}", 120)
            self._found.note(f"Indices in `{name}` can't be checked by JAX's checkify ({what}).")
            self._bounds[key] = params, None
            return
        found = OutOfBounds(name, frame, cut(said, 300), line)
        if said and found not in self._found.out_of_bounds:
            self._found.out_of_bounds.append(found)

    def _note_buffers(self, name: str, args: Sequence[Any], frame: Any) -> None:
        for arg in args:
            if isinstance(arg, np.ndarray) and arg.flags.writeable and len(self._handed) < 1_000:
                self._handed.append(_Handed(name, frame, arg, _checksum(arg)))


def _checksum(buffer: Any) -> int:
    return zlib.crc32(np.ascontiguousarray(buffer).view(np.uint8).reshape(-1))


def _ranges(values: Sequence[Any]) -> tuple[_jax.Range, ...]:
    return tuple(each for value in values if (each := _jax.range_of(value)) is not None)
