"""What the magics put beside a cell's own output, and how it is marked as ours."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false, reportUnknownLambdaType=false

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from IPython.display import display as ipython_display
from IPython.display import publish_display_data

from jaxlab.display import Display
from jaxlab.errors import JaxLabError

_MARK = {"jaxlab": {"report": True}}
"""Metadata of what we put beside a cell's own outputs."""


def show(
    shell: Any,
    make: Callable[[], Display],
    *,
    save: str = "",
    quiet: bool = False,
    write: Callable[[str], Path] | None = None,
) -> None:
    """Display something, and write it to a file if asked. What fails says so in a line.

    Args:
      shell: the user's.
      make: makes what is shown; it is not called where nothing is shown or written.
      save: a file's name; "" for none.
      quiet: show nothing.
      write: writes the file; what is shown does it by default.
    """
    try:
        if save or not quiet:
            display = make()
            if save:
                print(f"jaxlab: wrote {(write or display.save)(save)}")  # noqa: T201
            if not quiet:
                publish(shell, display)
    except JaxLabError as error:
        print(f"jaxlab: {error}")  # noqa: T201
    except Exception as error:  # the cell has run: its results must not be lost for our display
        print(f"jaxlab: could not show this: {type(error).__name__}: {error}")  # noqa: T201


def publish(shell: Any, display: Display) -> None:
    """Put a display beside the cell's own output, marked as ours."""
    if hasattr(shell, "kernel"):
        ipython_display(display, metadata=_MARK)
    else:
        display.print()


def publish_text(shell: Any, text: str) -> None:
    """Put one line of ours beside the cell's own output."""
    if hasattr(shell, "kernel"):
        publish_display_data({"text/plain": text}, metadata=_MARK)
    else:
        print(text)  # noqa: T201
