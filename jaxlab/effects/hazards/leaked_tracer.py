"""A tracer kept beyond its trace: it has no value, and using it later is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator

import jax

from jaxlab.effects.failure import Failure
from jaxlab.effects.hazard import Hazard
from jaxlab.effects.rewrites import text_of
from jaxlab.effects.seen import Leak, Seen
from jaxlab.finding import Finding
from jaxlab.origin import Frame

_LEAKED = re.compile(r"when the value leaked was (\S+) at")
_MADE = re.compile(r"was created on line (.+):(\d+):\d+ \(([^)]*)\)")


def _find(seen: Seen) -> Iterator[Finding]:
    yield from _used(seen.failure)
    groups: dict[tuple[str, str, Frame | None], list[Leak]] = {}
    for leak in seen.leaks:
        groups.setdefault((_root(leak.path), leak.function, _line(seen, leak)), []).append(leak)
    for (root, function, line), leaks in groups.items():
        of = f" of `{function}`" if function else ""
        paths = ", ".join(f"`{each.path}`" if "`" not in each.path else each.path for each in leaks)
        first = leaks[0]
        many = f" and {len(leaks) - 1:,} more" if len(leaks) > 1 else ""
        path = first.path if "`" in first.path else f"`{first.path}`"
        hold = "hold tracers" if many else f"holds a tracer, {first.kind},"
        yield Finding(
            hazard="leaked-tracer",
            harm="wrong result",
            headline=f"{path}{many} {hold}{of}, whose trace has ended: there is no value in it.",
            what="While JAX traces a function, its arrays are tracers. One that is kept stands for "
            "a value of a program that runs later, elsewhere: using it is an error. The line that "
            "keeps it runs once a trace, not once a call.",
            remedy=f"Return the value from {f'`{function}`' if function else 'the function'} and "
            f"put it into `{root}` outside; under `grad`, with `has_aux=True`; in a scan, as the "
            "second output of the body.",
            frames=() if line is None else (line,),
            how_often=len(leaks),
            evidence=(paths,) if len(leaks) <= 10 else (f"{len(leaks):,} tracers",),
        )


def _used(failure: Failure | None) -> Iterator[Finding]:
    """A leaked tracer that was used: JAX's error, with the line that made it and how to cure it."""
    if failure is None or not isinstance(failure.error, jax.errors.UnexpectedTracerError):
        return
    leaked, made = _LEAKED.search(failure.message), _MADE.search(failure.message)
    function = leaked[1] if leaked is not None else ""
    of = f" of `{function}`" if function else ""
    code = failure.expression
    asked = f"`{text_of(code)}`" if code is not None else "This line"
    line = f" in line {made[2]}" if made is not None else ""
    yield Finding(
        hazard="leaked-tracer",
        harm="lost work",
        headline=f"{asked} uses a tracer{of} that was made{line}, when its trace had ended.",
        what="While JAX traces a function, its arrays are tracers. One that is kept, in a list, a "
        "global or an attribute, stands for a value of a program that runs later, elsewhere.",
        remedy=f"Return the value from {f'`{function}`' if function else 'the function'} and use "
        "what the call returns; under `grad`, with `has_aux=True`; in a scan, as the second output "
        "of the body.",
        frames=(
            failure.frame,
            *(() if made is None else (Frame(made[1], int(made[2]), made[3]),)),
        ),
        when="between runs",
    )


def _root(path: str) -> str:
    return re.split(r"[.\[' ]", path.rpartition(" in ")[2].removeprefix("a member of "))[0]


def _line(seen: Seen, leak: Leak) -> Frame | None:
    """Where the value was made; for an argument, a line of a function that writes its holder."""
    calls = {(frame.file, frame.line) for trace in seen.traces for frame in trace.frames[:1]}
    made = leak.frames[0] if leak.frames else None
    if made is not None and (made.file, made.line) not in calls:
        return made
    return _written(seen, leak) or made


def _written(seen: Seen, leak: Leak) -> Frame | None:
    names = re.findall(r"[A-Za-z_]\w*", re.sub(r"\[[^\]]*\]", "", leak.path))
    last = re.escape(names[-1] if names else "")
    writes = re.compile(rf"^\s+.*\b{last}\b(\.(append|add|extend|insert|update)\(|[^=(]*=[^=])")
    for source in reversed([*seen.sources.values()]):
        for number, text in enumerate(source.text.splitlines(), 1):
            if writes.search(text):
                return Frame(source.file, number)
    return None


HAZARD = Hazard("leaked-tracer", "A tracer kept beyond its trace", "wrong result", _find)
