"""A function that is compiled again and again because its arguments change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from jaxlab.effects.hazard import Hazard
from jaxlab.effects.reasons import Change, Program, programs_by_function
from jaxlab.effects.seen import Seen
from jaxlab.finding import Finding
from jaxlab.origin import Frame
from jaxlab.quantities import quantity

FEW = 3
"""Programs of one function that are taken as meant: a full batch, the last one, another set's."""

_NEVER_MEANT = ("weak type", "identity", "keyword")
"""What makes JAX compile the very same program again."""

_OFTEN = ("shape", "dtype", "structure", "static value")


def _find(seen: Seen) -> Iterator[Finding]:
    for programs in programs_by_function(seen):
        again = [each for each in programs if each.changes]
        for kind in _NEVER_MEANT:
            of_kind = [each for each in again if {c.kind for c in each.changes} == {kind}]
            if of_kind and of_kind[-1].is_new:
                yield _finding(programs, of_kind)
        changed = [each for each in again if {c.kind for c in each.changes} <= {*_OFTEN}]
        if len(changed) >= FEW and changed[-1].is_new and not _are_meant(seen, programs):
            yield _finding(programs, changed)


def _are_meant(seen: Seen, programs: Sequence[Program]) -> bool:
    """Whether each program is called often, as where lengths are padded to a few sizes."""
    lines = {each.compile.frame for each in programs}
    calls = sum(
        call.what == "jit" and call.frame in lines and call.name == programs[0].call.function.name
        for call in seen.calls
    )
    return calls >= 10 * len(programs)


def _finding(programs: Sequence[Program], again: Sequence[Program]) -> Finding:
    function = programs[0].call.function
    last = next(each for each in reversed(again) if each.is_new)
    kinds = Counter(change.kind for each in again for change in each.changes)
    change = max(last.changes, key=lambda change: kinds[change.kind])
    seconds = sum(each.compile.total for each in again)
    others = len(last.changes) - 1
    more = f", and {others} more" if others else ""
    defined = Frame(function.file, function.line, function.name)
    return Finding(
        hazard="recompile-argument",
        harm="slow",
        headline=f"`{function.name}` was compiled {len(again) + 1} times, "
        f"{quantity(seconds, 's')} more than once would take: {change}{more}.",
        what="A compiled program is for one set of types, structures and static values. "
        "A call with another one is traced and compiled anew.",
        remedy=_remedy(function.name, change),
        frames=tuple(frame for frame in (last.compile.frame, defined) if frame is not None),
        when="between runs",
        how_often=len(again),
        evidence=tuple(_said(each) for each in again[-10:]),
    )


def _said(program: Program) -> str:
    changes = "; ".join(map(str, program.changes[:4]))
    return f"{quantity(program.compile.total, 's')}: {changes}"


def _remedy(function: str, change: Change) -> str:
    name = change.name
    match change.kind:
        case "shape":
            return (
                f"Pad `{name}` to one shape, or to a few (32, 64, 128 …), with a mask for what is "
                "padding; drop the last, smaller batch."
            )
        case "dtype":
            return f"Give `{name}` one dtype in every call: `jnp.asarray({name}, jnp.float32)`."
        case "weak type":
            return (
                f"Give `{name}` in one way in every call: an array with a dtype of its own, "
                f"`jnp.float32({name})`, or a Python number."
            )
        case "keyword":
            return f"Give `{name}` to `{function}` by position in every call, or by name in every."
        case "identity":
            return (
                f"Make the {change.now} once, or give its class `__eq__` and `__hash__`: "
                f"`@dataclass(frozen=True)` does."
            )
        case "static value":
            return (
                f"Let `{name}` be an array argument where the program's shapes don't depend on it: "
                "take it out of `static_argnums`/`static_argnames`."
            )
        case _:
            return (
                f"Keep the structure of `{name}` the same: same keys, same lengths, in every call."
            )


HAZARD = Hazard("recompile-argument", "Compiled again for other arguments", "slow", _find)
