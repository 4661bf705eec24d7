"""`%jaxeffects` and `%jaxwatch`: parse, ask, display."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from dataclasses import replace
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class

import jaxlab
from jaxlab.api import trace
from jaxlab.display import Display
from jaxlab.effects.report import effects_tab
from jaxlab.effects.side_by_side import Rung, order_notes, side_by_side
from jaxlab.effects.twice import run_twice
from jaxlab.errors import InputError, JaxLabError, cut
from jaxlab.finding import HARMS
from jaxlab.magics.calls import evaluate_call
from jaxlab.magics.effects_options import USAGE, EffectsOptions, parse_effects, parse_watch
from jaxlab.magics.pages import publish_page
from jaxlab.magics.showing import show
from jaxlab.magics.watching import CellWatch, Notebook
from jaxlab.report import Report, Table


@magics_class
class EffectsMagics(Magics):
    """`%jaxeffects`, `%%jaxeffects` and `%jaxwatch`."""

    def __init__(self, shell: Any, notebook: Notebook) -> None:
        super().__init__(shell)
        self._notebook = notebook

    @line_cell_magic
    def jaxeffects(self, line: str, cell: str | None = None) -> None:
        """Show what transforms hide in a cell."""
        try:
            options = parse_effects(line)
            if options.help:
                print(USAGE)  # noqa: T201
            elif cell is None and options.call.endswith(")"):
                self._compare(options)
            elif cell is None:
                self._tell(options.call, options.save)
        except JaxLabError as error:
            raise UsageError(str(error)) from None

    @line_magic
    def jaxwatch(self, line: str) -> None:
        """Watch every cell: `%jaxwatch on|off|report`."""
        try:
            options = parse_watch(line)
            if options.word != "report":
                self._notebook.watching = options.word == "on"
                return
            report = self._notebook.report(options.sort)
        except JaxLabError as error:
            raise UsageError(str(error)) from None
        is_ledger = options.save.endswith(".csv")
        write = self._notebook.session.ledger.save if is_ledger else None
        show(self.shell, lambda: report, save=options.save, write=write)

    def _compare(self, options: EffectsOptions) -> None:
        """Trace a call under each of its transforms, and show what each of them changes."""
        if options.checks:
            raise InputError(
                f"`--{options.checks[0]}` looks at values, and `%jaxeffects CALL` runs nothing: "
                "put `%%jaxeffects` on top of a cell that makes the call."
            )
        shell: Any = self.shell
        function, args, kwargs = evaluate_call("jaxeffects", options.call, shell.user_ns)
        watch = CellWatch(shell, self._notebook)
        try:
            ran = run_twice(function, args, kwargs) if options.twice else None
            program = trace(function, *args, **kwargs)
            rungs = [
                Rung(text, None if each is None else each.jaxpr)
                for text, each in program.transforms
            ]
        finally:
            watch.abandon()
        judged = watch.judge(program.name, None, program, twice=ran)
        jaxlab.last = program
        tab = effects_tab([judged])
        tab = replace(
            tab,
            notes=(*tab.notes, *order_notes(rungs), *([] if ran is None else [str(ran)])),
            tables=(*side_by_side(rungs, program.source), *tab.tables),
        )
        show(
            shell,
            lambda: Display(
                replace(program.report(), tabs=(tab,)),
                make_whole=lambda: replace(program.whole_report(ladder=True), tabs=(tab,)),
            ),
            save=options.save,
            quiet=options.quiet,
        )

    def _tell(self, name: str, save: str) -> None:
        """List the hazards, or show the page of one."""
        if not name:
            show(self.shell, lambda: Display(_hazards()), save=save)
            return
        from jaxlab.effects.hazards import HAZARDS, hazard_named  # noqa: PLC0415 - many files

        hazard = hazard_named(name)
        if hazard is None:
            known = ", ".join(each.id for each in HAZARDS)
            raise InputError(f"There is no side effect `{cut(name, 40)}`. There are {known}.")
        publish_page(self.shell, hazard.id)


EffectsMagics.jaxeffects.__doc__ = f"Show what transforms hide in a cell.\n\n{USAGE}"


def _hazards() -> Report:
    """All that is looked for, the worst first."""
    from jaxlab.effects.hazards import HAZARDS  # noqa: PLC0415 - many files

    ordered = sorted(HAZARDS, key=lambda hazard: HARMS.index(hazard.harm))
    return Report(
        title="What jaxlab looks for",
        notes=("Read about one: `%jaxeffects stale-read`.",),
        tables=(
            Table(
                "Side effects that transforms hide, the worst first",
                ("id", "what happens", "it may cost", "asked for by"),
                tuple(
                    (each.id, each.title, each.harm, f"--{each.option}" if each.option else "")
                    for each in ordered
                ),
            ),
        ),
    )
