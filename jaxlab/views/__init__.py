"""Views: Graph -> Graph, for reading. Each gives a new, valid graph and keeps the nodes' ids.

They can follow one another; `hide_plumbing` sees more before `group_by_scope` than after it.
"""

from jaxlab.views.fold import fold_region, only_around
from jaxlab.views.plumbing import hide_plumbing
from jaxlab.views.scope import group_by_scope, is_group, value_behind, with_sums

__all__ = [
    "fold_region",
    "group_by_scope",
    "hide_plumbing",
    "is_group",
    "only_around",
    "value_behind",
    "with_sums",
]
