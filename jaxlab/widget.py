"""The viewer as a live widget: what is selected in it is known in Python, and can be set there."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false

from __future__ import annotations

from collections.abc import Iterable, Sequence

import anywidget
import traitlets

from jaxlab.display import Display
from jaxlab.errors import InputError, cut
from jaxlab.graph import Graph, Node
from jaxlab.viewer import widget_module
from jaxlab.views import group_by_scope


class ViewerWidget(anywidget.AnyWidget):
    """The viewer of one program, with its selection. Made by `Program.widget()`.

    `observe(f, "selected_ids")` calls f whenever the selection changes.

    Attributes:
      selected_ids: what is selected, as texts `jaxpr:main/4`: a stage, and a node's id there.
    """

    _esm = widget_module()
    _payload = traitlets.Unicode().tag(sync=True)
    selected_ids: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(self, display: Display) -> None:
        super().__init__(_payload=display.packed)
        self._stages = [stage.graph for stage in display.whole.stages]
        self._grouped: dict[str, Graph] = {}

    @property
    def selected(self) -> tuple[Node, ...]:
        """The selected nodes. Setting it, to nodes or to their ids, moves the view there.

        A scope's box is a node with op "scope", as `jaxlab.views.group_by_scope` makes it.

        Raises:
          InputError: when set: there is no node with that id at any stage.
        """
        parts = (text.partition(":") for text in self.selected_ids)
        return tuple(self._graph(stage).node(node_id) for stage, _, node_id in parts)

    @selected.setter
    def selected(self, nodes: Node | str | Iterable[Node | str]) -> None:
        given: Sequence[Node | str] = (nodes,) if isinstance(nodes, Node | str) else tuple(nodes)
        self.selected_ids = [self._place(each) for each in given]

    def _place(self, wanted: Node | str) -> str:
        """A node as the viewer names it: of the first stage that has it."""
        stages = [graph.stage for graph in self._stages]
        node_id = wanted.id if isinstance(wanted, Node) else wanted
        stage, _, rest = node_id.partition(":")
        if isinstance(wanted, str) and stage in stages:
            stages, node_id = [stage], rest
        for stage in stages:
            found = self._graph(stage).get(node_id)
            if found is not None and (isinstance(wanted, str) or found.op == wanted.op):
                return f"{stage}:{node_id}"
        raise InputError(f"There is no node {cut(node_id, 60)!r} in this program to select.")

    def _graph(self, stage: str) -> Graph:
        if stage not in self._grouped:
            found = next((graph for graph in self._stages if graph.stage == stage), None)
            if found is None:
                raise InputError(f"This program has no stage {cut(stage, 40)!r}.")
            self._grouped[stage] = group_by_scope(found)
        return self._grouped[stage]
