"""The viewer in a page: a document that holds viewer and data, and a frame that may run it.

The document needs nothing from outside. In a notebook's HTML it stands in a sandboxed frame
without the page's origin; a small script beside the frame hands it the host's theme, gives it
the height that it asks for, and hides what the viewer shows itself.
"""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files

from jaxlab.renderers.escape import visible

_HEIGHT = 420
_SANDBOX = "allow-scripts allow-downloads"
_ALLOW = "fullscreen; clipboard-write"


def render_document(data: str, viewer: str, title: str) -> str:
    """A whole page with the viewer in it.

    Args:
      data: the packed report.
      viewer: the viewer's script, gzipped and in base64.
      title: what was traced.
    """
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(visible(title, 100))}</title>"
        "<style>html,body{margin:0;height:100%}</style></head><body>"
        f'<script type="application/octet-stream" id="jaxlab-viewer">{viewer}</script>'
        f'<script type="application/octet-stream" id="jaxlab-data">{data}</script>'
        f"<script>{_script('document.js')}</script></body></html>"
    )


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
        f"<script>{_script('page.js')}</script>"
    )


@cache
def _script(name: str) -> str:
    return files("jaxlab.renderers").joinpath(name).read_text(encoding="utf-8").strip()
