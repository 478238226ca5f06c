"""A section of the report: its heading, the template and facts of its HTML, and the numbers of its script."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Section:
    """A section of the page.

    Attributes:
        heading: The heading, and what the section is called in the page's navigation.
        template: The file in `templates` that makes the section's HTML.
        context: What the template shows: a dataclass whose fields it knows by name; None for a template of words alone.
        view: The name of the section's script in `assets`, empty where it has none.
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
    """A table of plain values; the caption is for those who cannot see it."""

    caption: str
    heads: Sequence[str]
    rows: Iterable[Sequence[Any]]


def plain(values: Any) -> Any:
    """Numbers as JSON can say them: nan and infinities as null."""
    if isinstance(values, dict):
        return {key: plain(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [plain(value) for value in values]
    if isinstance(values, np.ndarray):
        return plain(values.tolist())
    if isinstance(values, float | np.floating):
        return float(values) if np.isfinite(values) else None
    return int(values) if isinstance(values, np.integer) else values
