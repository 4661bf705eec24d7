"""`%jaxprofile`: parse, measure, display."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class

import jaxlab
from jaxlab.api import trace
from jaxlab.errors import InputError, JaxLabError, cut
from jaxlab.magics.calls import evaluate_call
from jaxlab.magics.profile_options import USAGE, ProfileOptions, parse_profile
from jaxlab.magics.progress import progress_bar
from jaxlab.magics.showing import show


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
                raise InputError(
                    f"`%%jaxprofile` takes options only, got `{cut(options.call, 60)}`. To measure "
                    f"one call, write `%jaxprofile {cut(options.call, 60)}`."
                )
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
    show(shell, lambda: profile.show(options.depth), save=options.save, quiet=options.quiet)
