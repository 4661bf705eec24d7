"""`%jaxprofile`: parse, measure, display."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import jax
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class

import jaxlab
from jaxlab.api import trace
from jaxlab.display import Display
from jaxlab.errors import InputError, JaxLabError, cut
from jaxlab.magics.calls import evaluate_call
from jaxlab.magics.cell_against import repeatable_cell
from jaxlab.magics.profile_options import USAGE, ProfileOptions, parse_profile
from jaxlab.magics.progress import progress_bar
from jaxlab.magics.showing import show
from jaxlab.profiling.against.compare import Comparison, compare
from jaxlab.profiling.against.numpy_twin import numpy_twin, numpy_twin_of_call


@magics_class
class ProfileMagics(Magics):
    """`%jaxprofile` and `%%jaxprofile`."""

    @line_cell_magic
    def jaxprofile(self, line: str, cell: str | None = None) -> None:
        """Measure a call or a cell."""
        try:
            options = parse_profile(line)
            if options.help or not (cell or options.call):
                print(USAGE)  # noqa: T201
            elif cell is not None:
                _compare_cell(self.shell, options, cell)
            elif options.against:
                _compare_calls(self.shell, options)
            else:
                _profile_call(self.shell, options)
        except JaxLabError as error:
            raise UsageError(str(error)) from None


ProfileMagics.jaxprofile.__doc__ = f"Measure a call or a cell.\n\n{USAGE}"


def _profile_call(shell: Any, options: ProfileOptions) -> None:
    function, args, kwargs = evaluate_call("jaxprofile", options.call, shell.user_ns)
    with progress_bar(shell) as progress:
        profile = trace(function, *args, static=options.static, **kwargs).profile(
            runs=options.runs,
            rerun=options.rerun,
            compile_only=options.compile,
            progress=progress,
        )
    jaxlab.last_profile = profile
    show(
        shell,
        lambda: profile.show(options.depth),
        save=options.save,
        quiet=options.quiet,
        write=lambda file: profile.save(file, options.depth),
    )


def _compare_calls(shell: Any, options: ProfileOptions) -> None:
    """Time two calls in turns; their arguments are evaluated once."""
    function, args, kwargs = evaluate_call("jaxprofile", options.call, shell.user_ns)
    _check_can_repeat(options.call, function, args, kwargs, options.rerun)
    if options.against == "numpy":
        twin = numpy_twin_of_call(function, args, kwargs)
        other, name, notes = twin.call, "NumPy", twin.notes
    else:
        called, its_args, its_kwargs = evaluate_call("jaxprofile", options.against, shell.user_ns)
        _check_can_repeat(options.against, called, its_args, its_kwargs, options.rerun)
        other, name, notes = partial(called, *its_args, **its_kwargs), options.against, ()
    with progress_bar(shell) as progress:
        comparison = compare(
            partial(function, *args, **kwargs),
            other,
            names=(cut(options.call, 60), cut(name, 60)),
            pairs=options.runs,
            progress=progress,
        )
    _show_comparison(shell, replace(comparison, notes=(*comparison.notes, *notes)), options)


def _compare_cell(shell: Any, options: ProfileOptions, cell: str) -> None:
    """Time a cell and its twin in NumPy, in turns; what they assign is dropped."""
    if options.against != "numpy":
        raise InputError(
            "A cell can be compared with NumPy only, `%%jaxprofile --against numpy`; got "
            f"`{cut(options.against, 40)}`. To compare two calls, write "
            "`%jaxprofile f(x) --against g(x)`."
        )
    text = shell.transform_cell(cell)
    call = repeatable_cell(text, shell.user_ns, options.rerun)
    twin = numpy_twin(text, shell.user_ns)
    with progress_bar(shell) as progress:
        comparison = compare(
            call, twin.call, names=("the cell", "NumPy"), pairs=options.runs, progress=progress
        )
    said = "What the cell assigns is dropped: it ran many times, in a copy of the namespace."
    _show_comparison(
        shell, replace(comparison, notes=(*comparison.notes, *twin.notes, said)), options
    )


def _show_comparison(shell: Any, comparison: Comparison, options: ProfileOptions) -> None:
    jaxlab.last_profile = comparison
    show(shell, lambda: Display(comparison.report()), save=options.save, quiet=options.quiet)


def _check_can_repeat(text: str, function: Any, args: Any, kwargs: Any, rerun: bool) -> None:
    """Make sure that a jitted call can be made again and again with the same arguments.

    Raises:
      InputError: it donates arguments, which the first call would take; or it has side effects,
        and nobody has allowed to repeat them.
    """
    if not isinstance(function, jax.stages.Wrapped):
        return
    traced = function.trace(*args, **kwargs)
    if any(leaf.donated for leaf in jax.tree_util.tree_leaves(traced.args_info)):
        raise InputError(
            f"`{cut(text, 60)}` donates its arguments: it can't be called again with the same "
            "ones. Compare it without donation, or profile both and use `jaxlab.diff`."
        )
    if traced.jaxpr.effects and not rerun:
        raise InputError(
            f"`{cut(text, 60)}` has side effects, and to compare it means to run it many times. "
            "Add `--rerun` if that does no harm."
        )
