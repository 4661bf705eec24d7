"""The options of `%jaxtrace` and `%%jaxtrace`: one line of text in, one Options out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jaxlab.errors import InputError, cut
from jaxlab.magics.line import Syntax, whole_number
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

_SYNTAX = Syntax(
    "jaxtrace",
    flags=("jit", "ladder", "quiet", "help"),
    values=("stage", "depth", "static", "save"),
)


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
    found, call = _SYNTAX.read(line)
    options = Options(call=call)
    for key, value in found:
        options = _with(options, key, value)
    return options


def _with(options: Options, key: str, value: str) -> Options:
    if key == "stage" and value not in STAGES:
        raise InputError(f"`--stage` is one of {', '.join(STAGES)}; got {cut(value, 40)!r}.")
    if key == "depth":
        return replace(options, depth=whole_number(key, value))
    if key == "static":
        return replace(options, static=(*options.static, value))
    return replace(options, **{key: value or True})
