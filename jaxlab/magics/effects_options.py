"""The options of `%jaxeffects`, `%%jaxeffects` and `%jaxwatch`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from jaxlab.effects.checks import OPTIONS, VALUES
from jaxlab.errors import InputError, cut
from jaxlab.magics.line import Syntax

USAGE = """\
%%jaxeffects [options]    on top of a cell: run it as it is, and show what transforms hide in it
%jaxeffects CALL          trace a call, `%jaxeffects jax.jit(jax.grad(f))(x)`, and show what each of
                          its transforms adds, removes, doubles or reorders; nothing is run
%jaxeffects HAZARD        read about a side effect, by its id: `%jaxeffects stale-read`
%jaxeffects               list all that is looked for
%jaxwatch on|off          watch every cell: silent while all is well, a line under it when not
%jaxwatch report          show all that was found, and the ledger: what was traced and compiled,
                          by function and cell; --save FILE, --sort COLUMN

Options:
  --nan         find where a NaN or an infinity comes from: calls that give one are evaluated again
  --bounds      find indices that are out of bounds: each call is run again with all of them checked
  --twice       of a CALL: run it compiled and without jit, and compare; its side effects repeat
  --values      show the range, the mean and the NaNs of each value, beside its equation;
                calls are evaluated again, equation by equation, their first time
  --buffers     find NumPy arrays that are changed after they were handed over
  --save FILE   write the report too: .html .txt .svg .png .dot .json, as the suffix says
  --quiet       show nothing; the program is `jaxlab.last`, with its `findings`
  --help        show this
"""

CHECKS = (*OPTIONS, VALUES)
"""The options that look at values."""

_SYNTAX = Syntax("jaxeffects", flags=(*CHECKS, "twice", "quiet", "help"), values=("save",))
_WATCH_SYNTAX = Syntax("jaxwatch", flags=(), values=("save", "sort"))

WATCH = ("on", "off", "report")


@dataclass(frozen=True, slots=True)
class EffectsOptions:
    """What was asked for on the line of a magic. `call` is the text after the options."""

    nan: bool = False
    bounds: bool = False
    buffers: bool = False
    values: bool = False
    twice: bool = False
    save: str = ""
    quiet: bool = False
    help: bool = False
    call: str = ""

    @property
    def checks(self) -> tuple[str, ...]:
        """The options that look at values."""
        return tuple(name for name in CHECKS if getattr(self, name))


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


@dataclass(frozen=True, slots=True)
class WatchOptions:
    """What `%jaxwatch` is to do: "on", "off" or "report".

    Attributes:
      word: which.
      save: a file to write the report to, or the ledger: .csv.
      sort: the ledger's column that its entries are sorted by; "" for the order of the cells.
    """

    word: str
    save: str = ""
    sort: str = ""


def parse_watch(line: str) -> WatchOptions:
    """Read what `%jaxwatch` is to do.

    Raises:
      InputError: it is none of "on", "off" and "report", or has options that only a report has.
    """
    found, word = _WATCH_SYNTAX.read(line)
    if word not in WATCH:
        raise InputError(f"`%jaxwatch` takes {', '.join(WATCH)}; got `{cut(word, 40)}`.")
    options = dict(found)
    if options and word != "report":
        raise InputError(f"`--{next(iter(options))}` is for `%jaxwatch report`.")
    return WatchOptions(word, options.get("save", ""), options.get("sort", ""))
