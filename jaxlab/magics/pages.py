"""The page of a hazard, shown in the notebook: it needs no network."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from importlib.resources import files
from typing import Any

from IPython.display import Markdown
from IPython.display import display as ipython_display
from rich.console import Console


def page_of(hazard: str) -> str:
    """The text of a hazard's page, in Markdown."""
    return (files("jaxlab.effects") / "pages" / f"{hazard}.md").read_text(encoding="utf-8")


def publish_page(shell: Any, hazard: str) -> None:
    """Show the page of a hazard."""
    text = page_of(hazard)
    if hasattr(shell, "kernel"):
        ipython_display(Markdown(text))
    else:
        from rich.markdown import Markdown as TerminalMarkdown  # noqa: PLC0415 - it is large

        Console().print(TerminalMarkdown(text))
