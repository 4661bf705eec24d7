"""The viewer in a page: a document that holds viewer and data, and a frame that may run it.

The document needs nothing from outside. In a notebook's HTML it stands in a sandboxed frame
without the page's origin; a small script beside the frame hands it the host's theme, gives it
the height that it asks for, and hides what the viewer shows itself.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape
from importlib.resources import files

from jaxlab.renderers.escape import visible

_HEIGHT = 420
_SANDBOX = "allow-scripts allow-downloads"
_ALLOW = "fullscreen; clipboard-write"
_NOT_RUN = re.compile(r"^ +(//.*\n)?|^//.*\n", re.MULTILINE)


def render_document(data: str, scripts: str, title: str) -> str:
    """A whole page with the viewer in it.

    Args:
      data: the packed report.
      scripts: the viewer's, packed; see `jaxlab.viewer`.
      title: what was traced.
    """
    page = _file("document.html").replace("{{scripts}}", scripts).replace("{{data}}", data)
    return page.replace("{{title}}", escape(visible(title, 100)))


def render_frame(document: str, title: str, picture: str = "") -> str:
    """A document in a frame, over the picture that is there until it lives.

    Args:
      document: what `render_document` gave.
      title: what was traced, for those who can't see it.
      picture: an `<img>`, or "".
    """
    cell = "grid-area:1/1;min-width:0"
    under = f'<div data-static style="{cell}">{picture}</div>' if picture else ""
    return (
        f'<div style="display:grid">{under}'
        f'<iframe title="{escape(visible(title, 100))}" sandbox="{_SANDBOX}" allow="{_ALLOW}" '
        f'style="{cell};width:100%;height:{_HEIGHT}px;border:0" '
        f'srcdoc="{escape(document)}"></iframe></div>'
        f"<script>{_file('page.js')}</script>"
    )


@cache
def _file(name: str) -> str:
    """A file of this folder, without its comments and indents: it stands in every output."""
    text = files("jaxlab.renderers").joinpath(name).read_text(encoding="utf-8")
    return _NOT_RUN.sub("", text).strip()
