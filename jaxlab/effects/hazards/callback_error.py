"""An error of the user's own in a callback, which JAX reports as an internal one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from jaxlab import _jax
from jaxlab.effects.hazard import Hazard
from jaxlab.effects.seen import Seen
from jaxlab.errors import cut
from jaxlab.finding import Finding
from jaxlab.origin import Frame

_CALLBACK = re.compile(r"CpuCallback error|callback.*Traceback \(most recent call last\)", re.S)
_LINE = re.compile(r'^  File "(.+)", line (\d+), in (.+)$', re.M)


def _find(seen: Seen) -> Iterator[Finding]:
    failure = seen.failure
    if failure is None or not _CALLBACK.search(failure.message):
        return
    own, real = _dug_out(failure.message)
    if not own or not real:
        return
    function = own[0].function
    yield Finding(
        hazard="callback-error",
        harm="lost work",
        headline=f"`{function}` raised in a callback: {cut(real, 200)}",
        what="The compiled program called Python, Python raised, and the program could not go on. "
        "JAX says that with an error of its own, in which the real one is quoted.",
        remedy=f"The error is in line {own[0].line}, in `{function}`. Run `{function}` by itself "
        "on NumPy arrays to look into it; what it raises can't be caught inside the program.",
        frames=(*own, failure.frame),
        when="run",
        evidence=(cut(real, 400),),
    )


def _dug_out(message: str) -> tuple[tuple[Frame, ...], str]:
    """The user's lines inside the callback, innermost first, and the real error's own words."""
    lines = [Frame(file, int(line), name) for file, line, name in _LINE.findall(message)]
    inside: list[Frame] = []
    for frame in reversed(lines):
        if _jax.is_own_file(frame.file):
            inside.append(frame)
        elif inside:  # JAX's own, which called the callback
            break
    after = message[[*_LINE.finditer(message)][-1].end() :] if lines else ""
    return tuple(inside), " ".join(after.split())


HAZARD = Hazard("callback-error", "An error in a callback", "lost work", _find)
