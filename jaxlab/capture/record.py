"""Record what JAX evaluates while a cell runs exactly as it would without us.

Nothing is traced and no array is kept alive: values are numbered by weak references, and
applications that repeat are folded while they are noted.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from types import CodeType
from typing import Any, Protocol

import numpy as np

from jaxlab import _jax
from jaxlab.capture.call_times import CallTimes, Spent
from jaxlab.capture.notes import FoldedNotes, Item, Note, Operand, Scalar
from jaxlab.origin import Frame

_SCALARS = (bool, int, float, complex, str, np.generic, type(None))


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """A value that left JAX for Python: where, how, how often, and how much in all.

    The seconds are those that Python waited for it.
    """

    how: str
    frame: Frame | None
    count: int
    bytes: int
    seconds: float = 0.0


@dataclass(slots=True)
class Ran:
    """One executable of a jitted function of the user's, and how often the cell called it."""

    name: str
    params: dict[str, Any]
    in_types: Sequence[Any]
    executable: Any
    frame: Frame | None
    calls: int = 0


@dataclass(frozen=True)
class Recording:
    """What a recorder has noted: the material of a Program.

    Attributes:
      items: notes and repeats in order.
      ran: the user's own jitted programs that ran, each with its executable and calls.
      round_trips: values that left JAX.
      alive: numbers of values that still lived when the recording stopped.
      names: what the namespace calls those values, by number.
      failure: what broke the recorder itself (the cell went on), None if nothing did.
    """

    items: Sequence[Item]
    ran: Sequence[Ran]
    round_trips: Sequence[RoundTrip]
    alive: frozenset[int]
    names: Mapping[int, str] = field(default_factory=dict[int, str])
    failure: str | None = None


class Checks(Protocol):
    """Looks at the values of each call, where that is asked for."""

    def before(self, args: Sequence[Any], params: Any) -> None:
        """A jitted function is about to be called."""

    def after(
        self,
        primitive: Any,
        args: Sequence[Any],
        params: Any,
        results: Sequence[Any],
        frame: Any,
        key: int,
    ) -> None:
        """A primitive or a jitted function was evaluated, on a line of the user's.

        `key` is equal for notes that do the same thing at the same place.
        """


class Recorder:
    """Takes notes of what `_jax.observe` tells it. Its own errors never reach the cell."""

    def __init__(
        self,
        namespace: Mapping[str, Any] | None = None,
        times: CallTimes | None = None,
        checks: Checks | None = None,
    ) -> None:
        """Start to take notes. `namespace` gives the values that the cell finds their names.

        Args:
          namespace: the user's.
          times: what notes how long each call took; None where nobody asks.
          checks: what looks at values; None where nobody asks.
        """
        self.busy = False
        self._times = times
        self._checks = checks
        self._found_names: dict[int, str] = {}
        self._notes = FoldedNotes()
        self._numbers: dict[int, tuple[weakref.ref[Any], int]] = {}
        self._next_number = 0
        self._sweep_at = 4096
        self._templates: dict[Any, Note] = {}
        self._ran: dict[int, Ran] = {}
        self._trips: dict[tuple[Any, str], list[float]] = {}
        self._errors: list[BaseException] = []
        self._failure: str | None = None
        for path, value in _named_leaves(namespace or {}):
            if id(value) not in self._numbers:
                self._found_names[self._new_number(value)] = path
        self._outer = _jax.current_observer()
        self._observation = _jax.observe(self)

    def stop(self, namespace: Mapping[str, Any] | None = None) -> Recording:
        """Stop noting, and give what was noted. `namespace` gives values their names."""
        self._observation.stop()
        if self._times is not None:
            self._times.stop()
        self.clean_errors()
        alive = {number for ref, number in self._numbers.values() if ref() is not None}
        return Recording(
            items=tuple(self._notes.items),
            ran=tuple(self._ran.values()),
            round_trips=self._round_trips(),
            alive=frozenset(alive),
            names=self._names_in(namespace or {}),
            failure=self._failure,
        )

    def clean_errors(self, shown: BaseException | None = None) -> None:
        """Take our frames out of the errors that passed through, and of the one that is shown."""
        for error in (*self._errors, *([shown] if shown is not None else [])):
            _jax.strip_own_frames(error)
        self._errors.clear()

    def live(self) -> list[Any]:
        """The arrays met so far that still live."""
        found = [ref() for ref, _ in self._numbers.values()]
        return [value for value in found if value is not None and _jax.is_array(value)]

    def before_call(self, args: Sequence[Any], params: dict[str, Any]) -> None:
        """A jitted function is about to be called; see `_jax.Observer`."""
        if self._outer is not None:
            self._outer.before_call(args, params)
        if self._checks is None or self._failure is not None:
            return
        try:
            self._checks.before(args, params)
        except Exception as error:  # the user's cell goes on; the report says what broke
            self._failure = f"{type(error).__name__}: {error}"

    def on_primitive(
        self,
        primitive: Any,
        args: Sequence[Any],
        params: dict[str, Any],
        outs: Any,
        ran: Any,
        start: float,
    ) -> None:
        """Note one application; see `_jax.Observer`."""
        end = perf_counter()
        if self._outer is not None:
            self._outer.on_primitive(primitive, args, params, outs, ran, start)
        if self._failure is not None:
            return
        self.busy = True
        try:
            results = outs if primitive.multiple_results else (outs,)
            place = _jax.user_place(2)
            jitted = None if primitive is _jax.COMPILED_CALL else ran
            template = self._note(primitive, args, params, results, jitted, place)
            if self._times is not None:
                if template.key not in self._times.spent:
                    self._times.spent[template.key] = _new_spent(template, ran, place)
                self._times.note(template.key, start, end)
            if self._checks is not None:
                self._checks.after(primitive, args, params, results, _frame(place), template.key)
        except Exception as error:  # the user's cell goes on; the report says what broke
            self._failure = f"{type(error).__name__}: {error}"
        finally:
            self.busy = False

    def on_compiled(self, compiled: Any, args: Any, outs: Any, start: float) -> None:
        """Note the call of an ahead-of-time compiled object; see `_jax.Observer`."""
        params = {"name": _jax.compiled_name(compiled), "program": "compiled ahead of time"}
        given, results = _jax.leaves(args), _jax.leaves(outs)
        self.on_primitive(_jax.COMPILED_CALL, given, params, results, compiled, start)

    def on_round_trip(self, array: Any, how: str, start: float) -> None:
        """Note that a value left JAX; see `_jax.Observer`."""
        seconds = perf_counter() - start
        if self._outer is not None:
            self._outer.on_round_trip(array, how, start)
        entry = self._trips.setdefault((_jax.user_place(2), how), [0, 0, 0.0])
        entry[0] += 1
        entry[1] += int(array.nbytes)
        entry[2] += seconds

    def on_error(self, error: BaseException) -> None:
        """Remember an error that will carry our frames; see `_jax.Observer`."""
        self._errors.append(error)

    def _note(
        self,
        primitive: Any,
        args: Sequence[Any],
        params: dict[str, Any],
        results: Sequence[Any],
        ran: Any,
        place: tuple[CodeType, int] | None,
    ) -> Note:
        inputs = [self._operand(arg) for arg in args]
        outputs = [self._new_number(result) for result in results]
        closed = params.get("jaxpr") if ran is not None else None
        if closed is not None:
            in_avals: tuple[Any, ...] = ()
            key = (id(closed), id(ran), place)
        else:
            in_avals = tuple([_jax.abstract_value(arg) for arg in args])
            key = (primitive, place, in_avals, _params_key(params))
        template = self._templates.get(key)
        if template is None:
            template = self._new_template(primitive, args, params, results, ran)
            self._templates[key] = template
        if template.executable is not None:
            self._count_run(template, place)
        self._notes.append(
            Note(
                template.key,
                primitive,
                template.params,
                inputs,
                outputs,
                template.in_avals,
                template.out_avals,
                template.source_info,
                template.executable,
                template.in_types,
            )
        )
        return template

    def _new_template(
        self, primitive: Any, args: Sequence[Any], params: dict[str, Any], results: Any, ran: Any
    ) -> Note:
        return Note(
            key=len(self._templates),
            primitive=primitive,
            params=params,
            inputs=(),
            outputs=(),
            in_avals=[_jax.abstract_value(arg) for arg in args],
            out_avals=[_jax.abstract_value(result) for result in results],
            source_info=_jax.current_source_info(),
            executable=ran,
            in_types=_jax.meta_types(args) if ran is not None else None,
        )

    def _count_run(self, template: Note, place: tuple[CodeType, int] | None) -> None:
        entry = self._ran.get(id(template.executable))
        if entry is None:
            if not _jax.is_users_jit(template.params):
                return
            entry = Ran(
                name=template.params["name"],
                params=template.params,
                in_types=template.in_types,
                executable=template.executable,
                frame=_frame(place),
            )
            self._ran[id(template.executable)] = entry
        entry.calls += 1

    def _operand(self, value: Any) -> Operand:
        known = self._numbers.get(id(value))
        if known is not None and known[0]() is value:
            return known[1]
        return Scalar(value) if isinstance(value, _SCALARS) else self._new_number(value)

    def _new_number(self, value: Any) -> int:
        number = self._next_number
        self._next_number = number + 1
        try:
            self._numbers[id(value)] = (weakref.ref(value), number)
        except TypeError:  # a value that refuses weak references is never recognised again
            return number
        if len(self._numbers) > self._sweep_at:
            self._sweep()
        return number

    def _sweep(self) -> None:
        """Forget values that died, now and then, so that memory follows what lives."""
        self._numbers = {
            key: entry for key, entry in self._numbers.items() if entry[0]() is not None
        }
        self._sweep_at = max(4096, 2 * len(self._numbers))

    def _round_trips(self) -> tuple[RoundTrip, ...]:
        """Round trips by line. (Python 3.11 may report one call at several instructions.)"""
        merged: dict[tuple[str, int, str], RoundTrip] = {}
        for (place, how), (count, size, seconds) in self._trips.items():
            frame = _frame(place)
            key = (frame.file, frame.line, how) if frame else ("", 0, how)
            before = merged.get(key, RoundTrip(how, frame, 0, 0))
            merged[key] = RoundTrip(
                how,
                before.frame,
                before.count + int(count),
                before.bytes + int(size),
                before.seconds + seconds,
            )
        return tuple(merged.values())

    def _names_in(self, namespace: Mapping[str, Any]) -> dict[int, str]:
        names = dict(self._found_names)
        for path, value in _named_leaves(namespace):
            known = self._numbers.get(id(value))
            if known is not None and known[0]() is value:
                names.setdefault(known[1], path)
        return names


def _new_spent(template: Note, ran: Any, place: tuple[CodeType, int] | None) -> Spent:
    name = str(template.params.get("name", template.primitive.name))
    ahead = template.primitive is _jax.COMPILED_CALL
    users = ahead or (ran is not None and _jax.is_users_jit(template.params))
    return Spent(name, ran, users, _frame(place))


def _params_key(params: dict[str, Any]) -> Any:
    """Something hashable that is equal for equal params; identity where they can't be hashed."""
    key = tuple(params.items())
    try:
        hash(key)
    except TypeError:
        return tuple((name, id(value)) for name, value in key)
    return key


def _frame(place: tuple[CodeType, int] | None) -> Frame | None:
    return None if place is None else next(iter(_jax.frames_of_code([place])), None)


_DEPTH = 6
_LEAVES = 20_000


def _named_leaves(namespace: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Names of arrays in a namespace, and their paths inside plain containers."""
    budget = _LEAVES
    names = [name for name in namespace if not name.startswith("_")]
    waiting = [(name, namespace[name], 0) for name in reversed(names)]
    while waiting and budget:
        path, value, depth = waiting.pop()
        budget -= 1
        if _jax.is_array(value):
            yield path, value
        elif depth < _DEPTH:
            waiting += [(path + step, inner, depth + 1) for step, inner in _children(value)]


def _children(value: Any) -> list[tuple[str, Any]]:
    kind = type(value)
    if kind is dict:
        pairs = list(value.items())[:_LEAVES]
        return [(f"[{key!r}]", inner) for key, inner in pairs if isinstance(key, str | int)]
    if kind in (list, tuple):
        return [(f"[{index}]", inner) for index, inner in enumerate(value[:_LEAVES])]
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return [(f".{name}", inner) for name, inner in zip(kind._fields, value, strict=True)]
    return []
