"""`%load_ext jaxlab`: what the extension changes in a shell, and how it takes it back."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

import ast
import sys
from typing import Any

from IPython.core.error import UsageError

from jaxlab.capture.cells import CELL_IDS, cell_id_of, coming_count
from jaxlab.errors import JaxLabError, cut
from jaxlab.magics.effects_options import EffectsOptions, parse_effects
from jaxlab.magics.explaining import explain
from jaxlab.magics.jaxeffects import EffectsMagics
from jaxlab.magics.jaxprofile import ProfileMagics
from jaxlab.magics.jaxtrace import JaxlabMagics
from jaxlab.magics.options import Options, parse
from jaxlab.magics.profile_options import ProfileOptions, parse_profile
from jaxlab.magics.running import ProfiledCell, RecordedCell, effects_cell, traced_cell
from jaxlab.magics.tracebacks import clean
from jaxlab.magics.watching import Notebook, WatchedCell

CellOptions = Options | ProfileOptions | EffectsOptions

RunningCell = RecordedCell | ProfiledCell | WatchedCell

_ATTRIBUTE = "jaxlab_extension"


def load(shell: Any) -> None:
    """Register the magics and the hooks. Loading twice is loading once."""
    if getattr(shell, _ATTRIBUTE, None) is None:
        setattr(shell, _ATTRIBUTE, Extension(shell))


def unload(shell: Any) -> None:
    """Take everything back. A recording that is under way is stopped."""
    extension: Extension | None = getattr(shell, _ATTRIBUTE, None)
    if extension is not None:
        extension.remove()
        delattr(shell, _ATTRIBUTE)


def options_of(cell: str) -> CellOptions | None:
    """The options of a cell that begins with one of our magics; None for any other cell.

    Raises:
      InputError: the options can't be read.
    """
    first = cell.lstrip().partition("\n")[0].rstrip()
    magic = first.split(None, 1)[:1]
    if magic == ["%%jaxtrace"]:
        return parse(first.removeprefix("%%jaxtrace"))
    if magic == ["%%jaxprofile"]:
        return parse_profile(first.removeprefix("%%jaxprofile"))
    if magic == ["%%jaxeffects"]:
        return parse_effects(first.removeprefix("%%jaxeffects"))
    return None


def _runs_as_it_is(options: CellOptions) -> bool:
    """Whether a cell is run by IPython, without the magic's line; the magic does the rest."""
    if isinstance(options, Options):
        by_magic = options.jit
    else:
        by_magic = isinstance(options, ProfileOptions) and bool(options.against)
    return not by_magic and not options.help


class Extension:
    """The hooks of one shell.

    A cell to be recorded or profiled is not run nested: its first line is stripped, IPython runs
    the rest as it would any cell, and we listen from `pre_run_cell` to `post_run_cell`.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._running: list[tuple[Any, RunningCell]] = []
        self._cell_ids: dict[int, str] = {}
        self._notebook = Notebook()
        self._magics = (
            JaxlabMagics(shell),
            ProfileMagics(shell),
            EffectsMagics(shell, self._notebook),
        )
        shell.register_magics(*self._magics)
        shell.input_transformers_cleanup.append(self.strip)
        shell.events.register("pre_run_cell", self.before)
        shell.events.register("post_run_cell", self.after)
        self._show_traceback = shell.showtraceback
        shell.showtraceback = self.show_traceback
        setattr(shell, CELL_IDS, self._cell_ids)

    def remove(self) -> None:
        """Leave the shell as it was before."""
        shell = self._shell
        while self._running:
            self._running.pop()[1].abandon()
        shell.events.unregister("pre_run_cell", self.before)
        shell.events.unregister("post_run_cell", self.after)
        shell.input_transformers_cleanup.remove(self.strip)
        for magics in self._magics:
            for kind, names in magics.magics.items():
                for name in names:
                    shell.magics_manager.magics[kind].pop(name, None)
            shell.magics_manager.registry.pop(type(magics).__name__, None)
        del shell.showtraceback  # the instance's attribute; the class has the original
        delattr(shell, CELL_IDS)

    def strip(self, lines: list[str]) -> list[str]:
        """Input transformer: take the magic's line from a cell that runs as it is."""
        start = next((i for i, line in enumerate(lines) if line.strip()), 0)
        try:
            options = options_of("".join(lines[start : start + 1]))
        except JaxLabError as error:
            raise UsageError(str(error)) from None
        if options is None or options.help:
            return lines
        rest = lines[start + 1 :]
        if not _runs_as_it_is(options) and _is_python(self._shell, "".join(rest)):
            return lines
        _check_for_cell(options)
        is_magic = next((line for line in rest if line.strip()), "").startswith("%%")
        return rest if is_magic else [*lines[:start], "\n", *rest]

    def before(self, info: Any) -> None:
        """`pre_run_cell`: start to record or to measure, where the cell asks for it."""
        self._cell_ids[coming_count(self._shell)] = info.cell_id or cell_id_of(self._shell)
        try:
            options = options_of(info.raw_cell)
        except JaxLabError:  # the transformer has said so already, and the cell will not run
            return
        if options is not None and _runs_as_it_is(options):
            self._running.append((info, self._begin(options)))
        elif options is None and self._notebook.watching:
            self._running.append((info, WatchedCell(self._shell, self._notebook)))

    def after(self, result: Any) -> None:
        """`post_run_cell`: stop, and show what was found beside the cell's own output."""
        if not self._running or self._running[-1][0] is not result.info:
            return
        _, running = self._running.pop()
        try:
            if result.error_before_exec is not None:
                running.abandon()
            else:
                running.end(result)
        except KeyboardInterrupt:
            print("jaxlab: the report was interrupted; the cell's results are kept.")  # noqa: T201

    def show_traceback(self, exc_tuple: Any = None, *args: Any, **kwargs: Any) -> Any:
        """IPython's `showtraceback`, without our frames; then what the error means, if we know."""
        error = sys.exc_info()[1] if exc_tuple is None else exc_tuple[1]
        for _, running in self._running:
            running.clean_errors(error)
        if isinstance(error, BaseException):
            clean(error)
            exc_tuple = (type(error), error, error.__traceback__)
        shown = self._show_traceback(exc_tuple, *args, **kwargs)
        if self._running:
            explain(self._shell, error)
        return shown

    def _begin(self, options: CellOptions) -> RunningCell:
        if isinstance(options, Options):
            return traced_cell(self._shell, options, self._notebook)
        if isinstance(options, EffectsOptions):
            return effects_cell(self._shell, options, self._notebook)
        return ProfiledCell(self._shell, options)


def _check_for_cell(options: CellOptions) -> None:
    """Make sure that what a line asks for can be done with a cell.

    Raises:
      UsageError: it asks for a call, or for what only a call can have.
    """
    if isinstance(options, EffectsOptions):
        if options.twice:
            raise UsageError("`--twice` is for a CALL: `%jaxeffects --twice f(x)`.")
        if options.call:
            raise UsageError(
                f"%%jaxeffects takes options only, got `{cut(options.call, 60)}`: it shows what "
                "transforms hide in the cell under it."
            )
        return
    profiled = isinstance(options, ProfileOptions)
    magic, does = ("jaxprofile", "measure") if profiled else ("jaxtrace", "trace")
    if options.call:
        call = cut(options.call, 60)
        raise UsageError(
            f"%%{magic} takes options only, got `{call}`. To {does} one call, "
            f"write it on a line of its own: `%{magic} {call}`."
        )
    if isinstance(options, ProfileOptions):
        for name in ("runs", "rerun", "compile", "static"):
            if getattr(options, name) and not options.against:
                raise UsageError(
                    f"%%jaxprofile runs the cell once, as it is: `--{name}` is for a call, "
                    f"`%jaxprofile --{name} ... f(x)`."
                )


def _is_python(shell: Any, text: str) -> bool:
    """Whether a cell can be compiled. One that can't is left to IPython, which says why."""
    try:
        code = shell.transform_cell(text)
        compile(code, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError):
        return False
    return True
