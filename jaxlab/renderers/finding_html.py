"""What transforms hide, as HTML that needs no script."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from jaxlab.finding import Finding
from jaxlab.origin import Source, place_of
from jaxlab.renderers.escape import visible
from jaxlab.renderers.finding_text import said_of

_LINE = 400
_CODE = re.compile(r"`([^`]+)`")


def findings_html(findings: Sequence[Finding], sources: Sequence[Source]) -> str:
    """A list of findings, each with its line and its remedy; what happened unfolds."""
    return f"<ul>{''.join(_item(each, sources) for each in findings)}</ul>" if findings else ""


def _item(finding: Finding, sources: Sequence[Source]) -> str:
    place = f"<br><code>{_text(place_of(finding.frame, sources), 200)}</code>"
    evidence = "".join(f"<li>{_sentence(line)}</li>" for line in finding.evidence)
    more = f"<p>{_sentence(finding.what)}</p>" + (f"<ul>{evidence}</ul>" if evidence else "")
    return (
        f"<li><strong>{_sentence(finding.headline)}</strong> <small>{_text(said_of(finding))}"
        f"</small>{place if finding.frame is not None else ''}"
        f"<details><summary>{_sentence(finding.remedy)}</summary>{more}</details></li>"
    )


def _sentence(text: str) -> str:
    """A sentence; what stands in backticks is set as code."""
    return _CODE.sub(r"<code>\1</code>", _text(text))


def _text(text: str, limit: int = _LINE) -> str:
    return escape(visible(text, limit), quote=True)
