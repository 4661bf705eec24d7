"""Why a function was compiled again: what differs from the call that comes closest before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jaxlab import _jax
from jaxlab.effects.seen import Compile, Seen
from jaxlab.errors import cut

Kind = Literal[
    "shape",
    "dtype",
    "weak type",
    "structure",
    "keyword",
    "static value",
    "identity",
    "placement",
    "setting",
]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing in which a call differs from an earlier one.

    Attributes:
      kind: what changed: "identity" is a static object that only equals itself, "keyword" an
        argument that is given by name in one call and by position in the other.
      name: the argument's, or the setting's.
      before, now: what it was and is, in short.
    """

    kind: Kind
    name: str
    before: str
    now: str

    def __str__(self) -> str:
        if self.kind == "setting":
            return f"setting `{self.name}` changed: {self.before} → {self.now}"
        if self.kind == "keyword":
            return f"argument `{self.name}` is given {self.now}, before {self.before}"
        if self.kind == "identity":
            return f"static argument `{self.name}` is a new {self.now} each time"
        what = "static argument" if self.kind == "static value" else "argument"
        kind = "value" if self.kind == "static value" else self.kind
        return f"{what} `{self.name}` changed {kind} {self.before} → {self.now}"


@dataclass(frozen=True, slots=True)
class Program:
    """A compilation of a function.

    Attributes:
      compile: what was seen of it.
      call: what it was compiled for.
      changes: in what that differs from the earlier call of the same function object that comes
        closest; () for a function object's first, and where nothing differs that is known.
      is_new: whether it was compiled in the cell that is judged, not before.
      is_first: whether nothing was compiled for this function object before.
    """

    compile: Compile
    call: _jax.JitCall
    changes: tuple[Change, ...]
    is_new: bool
    is_first: bool


def programs_by_function(seen: Seen) -> tuple[tuple[Program, ...], ...]:
    """The programs of each function of the user's own, in the order they were compiled.

    Functions count as one where they are one object. Those are left out of which none was
    compiled now.
    """
    groups: dict[tuple[int, str], list[Program]] = {}
    before = len(seen.history.compiles)
    for place, compiled in enumerate((*seen.history.compiles, *seen.compiles)):
        call = compiled.call
        if call is None or not call.function.is_own:
            continue
        group = groups.setdefault((id(call.function.reference), compiled.name), [])
        earlier = [each.call for each in group]
        changes = closest(call, earlier)
        group.append(Program(compiled, call, changes, place >= before, not earlier))
    return tuple(tuple(group) for group in groups.values() if group[-1].is_new)


def closest(call: _jax.JitCall, earlier: Sequence[_jax.JitCall]) -> tuple[Change, ...]:
    """In what a call differs from the one before it that it has most in common with."""
    if not earlier:
        return ()
    found = [tuple(_changes(call, each)) for each in reversed(earlier)]
    return min(found, key=len)


def _changes(new: _jax.JitCall, old: _jax.JitCall) -> Iterator[Change]:
    for setting in _jax.changed_settings(new, old):
        yield Change("setting", *setting)
    yield from _changed_statics(new, old)
    if new.tree != old.tree:
        yield from _changed_nesting(new, old)
    before = {argument.name: argument for argument in old.arguments}
    for argument in new.arguments:
        known = before.get(argument.name)
        if known is not None:
            yield from _changed_argument(argument, known)


def _changed_statics(new: _jax.JitCall, old: _jax.JitCall) -> Iterator[Change]:
    before = {value.name: value for value in old.static}
    for value in new.static:
        known = before.get(value.name)
        if known is None or value.hash == known.hash:
            continue
        same = value.by_identity and known.by_identity and value.said == known.said
        yield Change("identity" if same else "static value", value.name, known.said, value.said)


def _changed_nesting(new: _jax.JitCall, old: _jax.JitCall) -> Iterator[Change]:
    changed = _jax.changed_structure(new, old)
    for name, before, now in changed:
        yield Change("structure", name, before, now)
    now_given, given = _jax.given_arguments(new), _jax.given_arguments(old)
    for name in sorted(now_given ^ given):
        was, now = ("given", "left out") if name in given else ("left out", "given")
        yield Change("structure", name, was, now)
    ways = ("by name", "by position")
    for name in sorted(now_given & given):
        if (name in new.positional) != (name in old.positional):
            yield Change(
                "keyword", name, ways[name in old.positional], ways[name in new.positional]
            )


def _changed_argument(new: _jax.Argument, old: _jax.Argument) -> Iterator[Change]:
    if new.dtype != old.dtype:
        yield Change("dtype", new.name, old.type, new.type)
    elif new.shape != old.shape:
        yield Change("shape", new.name, old.type, new.type)
    elif new.weak != old.weak:
        yield Change("weak type", new.name, _weakness(old), _weakness(new))
    if new.sharding != old.sharding:
        yield Change("placement", new.name, placement(old), placement(new))


def _weakness(argument: _jax.Argument) -> str:
    return f"{argument.type} (a Python number's)" if argument.weak else argument.type


def placement(argument: _jax.Argument) -> str:
    """Where an argument was, for people."""
    sharding: Any = argument.sharding
    if sharding is None:
        return "not committed to a device"
    devices = sorted(sharding.device_set, key=lambda device: device.id)
    if len(devices) == 1:
        return f"committed to {devices[0].platform}:{devices[0].id}"
    spec = getattr(sharding, "spec", None)
    how = cut(str(spec), 60) if spec is not None else type(sharding).__name__
    return f"{how} on {len(devices)} devices"
