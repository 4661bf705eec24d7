"""What a user may set for a session: which forms a display publishes."""

from __future__ import annotations

from dataclasses import dataclass

from jaxlab.errors import InputError, cut

FORMS = {
    "all": ("mime", "html", "text"),
    "mime": ("mime", "text"),
    "html": ("html", "text"),
    "text": ("text",),
}
"""By what `%jaxlab display` takes: the forms that go into an output."""


@dataclass
class Settings:
    """The session's settings; `settings` is the one there is."""

    display: str = "all"

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms that a display publishes: "mime", "html", "text"."""
        return FORMS[self.display]

    def choose_display(self, name: str) -> None:
        """Set which forms are published; InputError for a name that is none of `FORMS`."""
        if name not in FORMS:
            raise InputError(f"`display` is one of {', '.join(FORMS)}; got {cut(name, 40)!r}.")
        self.display = name


settings = Settings()
