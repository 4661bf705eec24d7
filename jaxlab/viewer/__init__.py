"""The built viewer, as HTML pages and widgets take it along. `labextension/` is its source."""

from __future__ import annotations

import gzip
from base64 import b64encode
from functools import cache
from pathlib import Path

from jaxlab.errors import ToolError

__all__ = ["viewer_gzipped", "viewer_script", "widget_module"]

_BUILT = Path(__file__).parent / "static"


@cache
def viewer_script() -> str:
    """The viewer for a page: a script that defines `jaxlabViewer`.

    Raises:
      ToolError: it was not built; only in a checkout.
    """
    return _built("viewer.js")


@cache
def viewer_gzipped() -> str:
    """`viewer_script()` as gzip in base64: a quarter of its size, the same each time.

    Raises:
      ToolError: it was not built; only in a checkout.
    """
    return b64encode(gzip.compress(viewer_script().encode(), mtime=0)).decode()


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
