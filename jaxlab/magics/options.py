"""The options of `%jaxtrace` and `%%jaxtrace`: one line of text in, one Options out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from jaxlab.errors import InputError, cut
from jaxlab.program import STAGES

USAGE = """\
%%jaxtrace [options]         on top of a cell: run it as it is, and show what JAX did
%%jaxtrace --jit [options]   trace the whole cell as one jitted function, and run that
%jaxtrace [options] CALL     trace a call, `loss(params, batch)`, without running it

Options:
  --jit             trace abstractly, as jax.jit would (a CALL always is)
  --stage STAGE     what to show first: jaxpr (as it was traced), stablehlo (as JAX lowered it)
                    or hlo (as XLA optimized it); jaxpr by default. A program of more than
                    2,000 equations is lowered and compiled only if this asks for it
  --ladder          show the function under each of its transforms too; a CALL only, it is
                    traced once more for each
  --depth N         how many levels of bodies and scopes are opened
  --static NAME     hold an argument of CALL fixed; may be given again
  --save FILE       write the report too: .html .txt .svg .png .dot .json, as the suffix says
  --quiet           show nothing; the program is `jaxlab.last`
  --help            show this

The program that was captured is `jaxlab.last`.
"""

_FLAGS = ("jit", "ladder", "quiet", "help")
_VALUES = ("stage", "depth", "static", "save")
_LEADING = re.compile(r"(--\S+|-[a-zA-Z]\b)\s*")
_TRAILING = re.compile(
    rf"\s(--(?:{'|'.join(_FLAGS)})|--(?:{'|'.join(_VALUES)})(?:\s+|=)(\"[^\"]*\"|'[^']*'|\S+))\s*$"
)
_WORD = re.compile(r"(\"[^\"]*\"|'[^']*'|\S+)\s*")


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the line of a magic. `call` is the text after the options."""

    jit: bool = False
    stage: str = "jaxpr"
    ladder: bool = False
    depth: int | None = None
    static: tuple[str, ...] = ()
    save: str = ""
    quiet: bool = False
    help: bool = False
    call: str = ""


def parse(line: str) -> Options:
    """Read the options of a line; they may stand before the call or after it.

    Raises:
      InputError: an unknown option, or a value that it can't have.
    """
    options = Options()
    rest = line.strip()
    while (found := _LEADING.match(rest)) is not None:
        name, equals, value = found[1].partition("=")
        rest = rest[found.end() :]
        if name.removeprefix("--") in _VALUES and not equals:
            word = _WORD.match(rest)
            value = word[1] if word else ""
            rest = rest[word.end() :] if word else ""
        options = _with(options, name, value, bool(equals))
    while (found := _TRAILING.search(f" {rest}")) is not None:
        name, _, value = found[1].replace("=", " ", 1).partition(" ")
        options = _with(options, name, value.strip(), False)
        rest = f" {rest}"[: found.start()].strip()
    return replace(options, call=rest)


def _with(options: Options, name: str, value: str, equals: bool) -> Options:
    key = name.removeprefix("--")
    if not name.startswith("--") or key not in (*_FLAGS, *_VALUES):
        known = " ".join(f"--{each}" for each in (*_FLAGS, *_VALUES))
        raise InputError(f"jaxtrace has no option `{cut(name, 40)}`. It has {known}.")
    if key in _FLAGS:
        if equals:
            raise InputError(f"`--{key}` takes no value, got {cut(value, 40)!r}.")
        return replace(options, **{key: True})
    value = value.strip("\"'")
    if not value:
        raise InputError(f"`--{key}` needs a value. `%jaxtrace --help` shows what it takes.")
    if key == "stage" and value not in STAGES:
        raise InputError(f"`--stage` is one of {', '.join(STAGES)}; got {cut(value, 40)!r}.")
    if key == "depth":
        if not value.isdecimal():
            raise InputError(f"`--depth` needs a whole number from 0, got {cut(value, 40)!r}.")
        return replace(options, depth=int(value))
    if key == "static":
        return replace(options, static=(*options.static, value))
    return replace(options, **{key: value})
