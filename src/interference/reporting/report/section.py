"""A section of the report: its heading, its template with the facts, and its script's numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Attributes:
        heading: The heading, which is also the section's name in the page's navigation.
        template: The file in `templates` that makes the section's HTML.
        context: The facts of the template: a dataclass whose fields it knows by name. None for a
            template that needs no facts.
        view: The name of the section's script in `assets`; empty if it has none.
        data: The numbers that the script draws.
    """

    heading: str
    template: str
    context: Any = None
    view: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def anchor(self) -> str:
        """The id by which the section is linked."""
        return self.heading.lower().replace(" ", "-")


@dataclass(frozen=True)
class TextTable:
    """A table of plain values.

    Attributes:
        caption: The table's name for screen readers.
        heads: The columns' heads.
        rows: The values, row by row; a dash stands for one that is None, empty or nan.
    """

    caption: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Any]]
