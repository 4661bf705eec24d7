"""The options of `%jaxprofile` and `%%jaxprofile`: one line of text in, one Options out."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jaxlab.magics.line import Syntax, whole_number

USAGE = """\
%jaxprofile [options] CALL    measure a call, `step(state, batch)`: trace, lower, compile and run
                              times, and the time of single operations
%%jaxprofile [options]        on top of a cell: run it once, as it is, and measure each program
                              that it calls

Options:
  --runs N          how often a CALL is run warm; by default as often as a second has room for
  --rerun           run a CALL, or a cell that is compared, more than once although it has side
                    effects
  --compile         stop after compiling, and show where that time went; arguments may be abstract
  --against CALL2   compare with another call, in turns; `--against numpy` compares a cell that
                    uses only functions that NumPy has with the same cell in NumPy
  --static NAME     hold an argument of CALL fixed; may be given again
  --depth N         how many levels of bodies and scopes are opened
  --save FILE       write the report too: .html .txt .svg .png .dot .json, as the suffix says,
                    or .trace.json for Perfetto
  --quiet           show nothing; the profile is `jaxlab.last_profile`
  --help            show this

What was measured is `jaxlab.last_profile`.
"""

_SYNTAX = Syntax(
    "jaxprofile",
    flags=("rerun", "compile", "quiet", "help"),
    values=("runs", "static", "depth", "save"),
    calls=("against",),
)


@dataclass(frozen=True, slots=True)
class ProfileOptions:
    """What was asked for on the line of a magic. `call` is the text after the options."""

    runs: int | None = None
    rerun: bool = False
    compile: bool = False
    against: str = ""
    static: tuple[str, ...] = ()
    depth: int | None = None
    save: str = ""
    quiet: bool = False
    help: bool = False
    call: str = ""


def parse_profile(line: str) -> ProfileOptions:
    """Read the options of a line; they may stand before the call or after it.

    Raises:
      InputError: an unknown option, or a value that it can't have.
    """
    found, call = _SYNTAX.read(line)
    options = ProfileOptions(call=call)
    for key, value in found:
        if key in ("runs", "depth"):
            options = replace(options, **{key: whole_number(key, value, int(key == "runs"))})
        elif key == "static":
            options = replace(options, static=(*options.static, value))
        else:
            options = replace(options, **{key: value or True})
    return options
