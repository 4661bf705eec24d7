"""The live widget: what Python knows of a selection, and what it can select."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest

import jaxlab
from jaxlab.errors import InputError
from jaxlab.payload import decode_report, unpack

pytestmark = pytest.mark.filterwarnings(  # of what ipywidgets 7.6 asks of traitlets and ipykernel
    "ignore::DeprecationWarning"
)


def loss(w, x):
    with jax.named_scope("layer"):
        y = jnp.tanh(x @ w)
    return jnp.sum(y)


@pytest.fixture(scope="module")
def program() -> jaxlab.Program:
    return jaxlab.trace(loss, jnp.ones((4, 4)), jnp.ones((4, 4)))


def test_it_carries_the_whole_report(program: jaxlab.Program):
    widget = program.widget()
    report = decode_report(unpack(widget._payload))
    assert [stage.label for stage in report.stages] == ["jaxpr", "StableHLO", "HLO"]
    assert "export" in str(widget._esm)


def test_what_is_selected_in_the_picture_is_a_tuple_of_nodes(program: jaxlab.Program):
    widget = program.widget()
    assert widget.selected == ()
    widget.selected_ids = ["jaxpr:main/0", "jaxpr:main/1"]  # as the viewer sets it
    assert [node.op for node in widget.selected] == ["dot_general", "tanh"]


def test_nodes_and_ids_can_be_selected(program: jaxlab.Program):
    widget = program.widget()
    (tanh,) = program.jaxpr.find("tanh")
    widget.selected = tanh
    assert widget.selected_ids == [f"jaxpr:{tanh.id}"]
    assert [node.op for node in widget.selected] == ["tanh"]
    widget.selected = [tanh, "main/[layer]"]
    assert [node.op for node in widget.selected] == ["tanh", "scope"]
    (dot,) = (node for node in program.hlo.nodes() if node.op == "dot")
    widget.selected = f"hlo:{dot.id}"
    assert widget.selected_ids == [f"hlo:{dot.id}"]
    widget.selected = ()
    assert widget.selected == ()


def test_what_there_is_not_can_not_be_selected(program: jaxlab.Program):
    widget = program.widget()
    with pytest.raises(InputError, match="no node 'main/99'"):
        widget.selected = "main/99"
    assert widget.selected_ids == []
