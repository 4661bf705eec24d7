"""What transforms hide, in a real JupyterLab: with a kernel, saved, and opened without one."""

from __future__ import annotations

import pytest
from lab import Lab
from nbformat.v4 import new_code_cell, new_notebook
from own_server import Server
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CELL = """\
%%jaxeffects
import jax, jax.numpy as jnp
@jax.jit
def step(x):
    y = jnp.sin(x)
    print("tracing", y)
    return jnp.cos(y)
y = step(jnp.ones(3))"""
CELLS = ("%load_ext jaxlab", CELL, "%jaxwatch report")
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def test_findings_lead_to_lines_with_and_without_a_kernel(server: Server, lab: Lab) -> None:
    cells = [new_code_cell(text) for text in CELLS]
    notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
    server.write("effects.ipynb", notebook)
    lab.open(server, "effects.ipynb")
    lab.run_all()
    look(lab)
    lab.save()
    lab.open_without_kernel(server, "effects.ipynb")
    look(lab)


def look(lab: Lab) -> None:
    report = lab.report(CELL)
    expect(report.graph).to_have_attribute("data-ghosts", "1")
    report.tab("Side effects").click()
    report.find(".jl-frame", has_text="print(").click()
    expect(report.find(".source-line[aria-selected='true']")).to_contain_text("tracing")
    # Without a program, the cards alone.
    expect(lab.report("%jaxwatch report").find(".jl-card")).to_contain_text("print")
