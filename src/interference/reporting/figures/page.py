"""The page that a figure is drawn for: its width, and where title and caption stand.

Without a page a figure has its natural width. A paper's column has a width of its own; then the
panels shrink or wrap, and the type keeps its size.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from interference.errors import BadInput

INCHES = {"cm": 1 / 2.54, "mm": 1 / 25.4, "in": 1.0}  # the length of each unit
LEAST_WIDTH = 3.1  # inches: just below 8 cm, the narrowest column of usual papers
LARGEST_WIDTH = 40.0  # inches
NARROW = 4.6  # inches: on a narrower page, text stands above and below panels, not beside them


@dataclass(frozen=True)
class Page:
    """What a figure is drawn for.

    Attributes:
        width: The width of the figure in inches; None for its natural width.
        has_title: Whether title and caption stand in the picture. They are in the file's metadata
            otherwise.
    """

    width: float | None = None
    has_title: bool = True

    @property
    def is_narrow(self) -> bool:
        """Whether the page is one column of a paper."""
        return self.width is not None and self.width < NARROW


NATURAL = Page()
_CURRENT: ContextVar[Page] = ContextVar("page", default=NATURAL)


def current() -> Page:
    """Return the page that figures are drawn for."""
    return _CURRENT.get()


@contextmanager
def drawn_for(page: Page) -> Iterator[None]:
    """Draw the figures of this block for a page, and restore the page before it afterwards."""
    token = _CURRENT.set(page)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def parse_width(text: str) -> float:
    """Read a width such as `8.5cm`, `85mm` or `3.35in`.

    Args:
        text: A number and its unit.

    Returns:
        The width in inches.

    Raises:
        BadInput: If it is no such length, or if a figure of this width cannot be drawn.
    """
    number, unit = text[:-2].strip(), text[-2:]
    try:
        width = float(number) * INCHES[unit]
    except (KeyError, ValueError):
        raise BadInput(
            f"--width: found {text}, allowed: a number with cm, mm or in, such as 8.5cm"
        ) from None
    if not LEAST_WIDTH <= width <= LARGEST_WIDTH:
        raise BadInput(f"--width: found {text}, allowed: from 8cm to 100cm")
    return width
