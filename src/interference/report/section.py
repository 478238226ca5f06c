"""A section of the report, and its numbers as JSON can say them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Section:
    """A section of the page: its heading, its HTML, and what its script of the same `view` is given, if it has one."""

    heading: str
    html: str
    view: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def anchor(self) -> str:
        """The id by which the section is linked."""
        return self.heading.lower().replace(" ", "-")


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
