"""The options of `%jaxeffects`, `%%jaxeffects` and `%jaxwatch`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jaxlab.errors import InputError, cut
from jaxlab.magics.line import Syntax

USAGE = """\
%%jaxeffects [options]    on top of a cell: run it as it is, and show what transforms hide in it
%jaxeffects HAZARD        read about a side effect, by its id: `%jaxeffects stale-read`
%jaxeffects               list all that is looked for
%jaxwatch on|off|report   watch every cell: silent while all is well, a line under it when not

Options:
  --save FILE   write the report too: .html .txt .svg .png .dot .json, as the suffix says
  --quiet       show nothing; the program is `jaxlab.last`, with its `findings`
  --help        show this
"""

_SYNTAX = Syntax("jaxeffects", flags=("quiet", "help"), values=("save",))

WATCH = ("on", "off", "report")


@dataclass(frozen=True, slots=True)
class EffectsOptions:
    """What was asked for on the line of a magic. `call` is the text after the options."""

    save: str = ""
    quiet: bool = False
    help: bool = False
    call: str = ""


def parse_effects(line: str) -> EffectsOptions:
    """Read the options of a line.

    Raises:
      InputError: an unknown option, or a value that it can't have.
    """
    found, call = _SYNTAX.read(line)
    options = EffectsOptions(call=call)
    for key, value in found:
        options = replace(options, **{key: value or True})
    return options


def parse_watch(line: str) -> str:
    """Read what `%jaxwatch` is to do.

    Raises:
      InputError: it is none of "on", "off" and "report".
    """
    word = line.strip()
    if word not in WATCH:
        raise InputError(f"`%jaxwatch` takes {', '.join(WATCH)}; got `{cut(word, 40)}`.")
    return word
