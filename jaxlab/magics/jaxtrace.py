"""The magics: parse, call the Python function, display."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class

import jaxlab
from jaxlab.api import trace
from jaxlab.capture.cells import cells_of, running_cell
from jaxlab.capture.jit_cell import compile_cell, trace_cell
from jaxlab.devices import describe_devices
from jaxlab.display import Display
from jaxlab.errors import InputError, JaxLabError, cut
from jaxlab.magics.calls import evaluate_call
from jaxlab.magics.hints import nothing_ran
from jaxlab.magics.options import USAGE, Options, parse
from jaxlab.magics.showing import publish, publish_text, show
from jaxlab.program import Program
from jaxlab.quantities import quantity
from jaxlab.settings import FORMS, settings


@magics_class
class JaxlabMagics(Magics):
    """`%jaxtrace`, `%%jaxtrace`, `%jaxdevices` and `%jaxlab`."""

    @line_cell_magic
    def jaxtrace(self, line: str, cell: str | None = None) -> Any:
        """Show what JAX and XLA do with a cell or a call."""
        try:
            options = parse(line)
            if options.help or not (cell or options.call):
                print(USAGE)  # noqa: T201
                return None
            if cell is None:
                return _trace_call(self.shell, options)
            if options.call:
                raise InputError(
                    f"`%%jaxtrace` takes options only, got `{cut(options.call, 60)}`. To trace "
                    f"one call, write `%jaxtrace {cut(options.call, 60)}`."
                )
            return _run_as_jit(self.shell, options, cell) if options.jit else None
        except JaxLabError as error:
            raise UsageError(str(error)) from None

    @line_magic
    def jaxdevices(self, line: str) -> None:
        """Show the attached devices: platform, kind, memory, and what JAX picked and why."""
        if line.strip():
            raise UsageError(f"%jaxdevices takes nothing, got `{cut(line.strip(), 60)}`.")
        publish(self.shell, Display(describe_devices()))

    @line_magic
    def jaxlab(self, line: str) -> None:
        """Choose what reports put into a notebook, and which captured arrays they tell of.

        `%jaxlab display all|mime|html|text`, `%jaxlab constants 4 MB`; alone, it says both.

        `all` is the default; `mime` is for JupyterLab with the extension, `html` for where it
        is not installed, and `text` for notebooks that must stay small.
        """
        words = line.split()
        if not words:
            print(f"display: {settings.display}")  # noqa: T201
            print(f"constants: {quantity(settings.constants, 'B')}")  # noqa: T201
            return
        if words[0] not in ("display", "constants") or len(words) < 2:
            raise UsageError(
                f"`%jaxlab` takes `display` and one of {', '.join(FORMS)}, or `constants` and a "
                f"size; got `{cut(line.strip(), 60)}`."
            )
        said = " ".join(words[1:])
        try:
            if words[0] == "display":
                settings.choose_display(said)
            else:
                settings.choose_constants(said)
        except InputError as error:
            raise UsageError(str(error)) from None


JaxlabMagics.jaxtrace.__doc__ = f"Show what JAX and XLA do with a cell or a call.\n\n{USAGE}"


def show_program(shell: Any, program: Program, options: Options, hint: str = "") -> None:
    """Display a program as the options ask, or the hint where there is one."""
    if hint:
        publish_text(shell, hint)
        return
    show(
        shell,
        lambda: program.show(options.stage, options.depth, options.ladder),
        save=options.save,
        quiet=options.quiet,
    )


def _trace_call(shell: Any, options: Options) -> None:
    function, args, kwargs = evaluate_call("jaxtrace", options.call, shell.user_ns)
    program = trace(function, *args, static=options.static, **kwargs)
    jaxlab.last = program
    show_program(shell, program, options)


def _run_as_jit(shell: Any, options: Options, text: str) -> Any:
    code = "\n" + shell.transform_cell(text)
    count, raw = running_cell(shell)
    file = shell.compile.cache(code, count, raw_code=raw)
    shown = shell.ast_node_interactivity
    traced = trace_cell(compile_cell(code, file, shell.compile.flags, shown), shell.user_ns)
    program = Program(
        name=f"cell [{count}]",
        mode="jit",
        _traced=traced.traced,
        cells=cells_of(shell),
        notes=traced.mutated,
    )
    values = traced.run(lambda *arrays: program.tagged(*arrays), shell.user_ns)
    jaxlab.last = program
    hint = "" if len(program.jaxpr) else nothing_ran(f"%%jaxtrace\n{text}")
    show_program(shell, program, options, hint)
    for value in values[:-1]:
        shell.displayhook(value)
    if not values or shell.displayhook.semicolon_at_end_of_expression(text):
        return None
    return values[-1]
