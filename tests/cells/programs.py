"""All cells that are compared, by topic."""

from __future__ import annotations

from cells.case import CellCase
from cells.programs_failures import FAILURES
from cells.programs_models import MODELS
from cells.programs_notebook import NOTEBOOK
from cells.programs_python import LANGUAGE
from cells.programs_state import CALLBACKS, DEVICES, STATE
from cells.programs_transforms import TRANSFORMS

CASES: tuple[CellCase, ...] = (
    *NOTEBOOK,
    *LANGUAGE,
    *FAILURES,
    *TRANSFORMS,
    *STATE,
    *CALLBACKS,
    *DEVICES,
    *MODELS,
)
