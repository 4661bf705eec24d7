"""The built viewer, as HTML pages and widgets take it along. `labextension/` is its source."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jaxlab.errors import ToolError

__all__ = ["packed_scripts", "widget_module"]

_BUILT = Path(__file__).parent / "static"


@cache
def packed_scripts(*, charts: bool) -> str:
    """The viewer for a page: its scripts, each gzipped and in base 85, with a space between them.

    No character of them needs an escape in HTML or JSON; `renderers/document.html` unpacks them.

    Args:
      charts: with the script that draws charts, without which a report with charts shows none.

    Raises:
      ToolError: they were not built; only in a checkout.
    """
    names = ("viewer.b85", "charts.b85") if charts else ("viewer.b85",)
    return " ".join(map(_built, names))


@cache
def widget_module() -> str:
    """The viewer as anywidget takes it: an ECMAScript module.

    Raises:
      ToolError: it was not built; only in a checkout.
    """
    return _built("widget.js")


def _built(name: str) -> str:
    try:
        return (_BUILT / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ToolError(
            "The viewer is not built: run `python3 scripts/viewer.py` in the checkout."
        ) from None
