"""Views: Graph -> Graph, for reading. Each gives a new, valid graph and keeps the nodes' ids."""

from jaxlab.views.scope import group_by_scope, is_group, value_behind, with_sums

__all__ = [
    "group_by_scope",
    "is_group",
    "value_behind",
    "with_sums",
]
