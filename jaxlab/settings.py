"""What a user may set for a session: the forms that a display publishes, what counts as large."""

from __future__ import annotations

import re
from dataclasses import dataclass

from jaxlab.errors import InputError, cut

FORMS = {
    "all": ("mime", "html", "text"),
    "mime": ("mime", "text"),
    "html": ("html", "text"),
    "text": ("text",),
}
"""By what `%jaxlab display` takes: the forms that go into an output."""


_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
_SIZE = re.compile(r"(\d+(?:\.\d*)?)\s*([kMG]?)B")


@dataclass
class Settings:
    """The session's settings; `settings` is the one there is.

    Attributes:
      display: a name of `FORMS`.
      constants: bytes from which an array that a program captures is told of.
    """

    display: str = "all"
    constants: int = 1_000_000

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms that a display publishes: "mime", "html", "text"."""
        return FORMS[self.display]

    def choose_display(self, name: str) -> None:
        """Set which forms are published; InputError for a name that is none of `FORMS`."""
        if name not in FORMS:
            raise InputError(f"`display` is one of {', '.join(FORMS)}; got {cut(name, 40)!r}.")
        self.display = name

    def choose_constants(self, size: str) -> None:
        """Set from which size captured arrays are told of, `4 MB`; InputError for no size."""
        found = _SIZE.fullmatch(size.strip())
        if found is None:
            raise InputError(
                f"`constants` is a size, such as 100 kB or 4 MB; got {cut(size, 40)!r}."
            )
        self.constants = int(float(found[1]) * _UNITS[found[2]])


settings = Settings()
