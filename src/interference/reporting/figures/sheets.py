"""A figure that knows its title and its caption."""

from typing import Any

from matplotlib.figure import Figure

from interference.reporting.figures.page import Page


class Sheet(Figure):
    """A figure with its title and its caption, whether they stand in the picture or not.

    Args:
        page: What the figure is drawn for.
        title: The heading.
        caption: The runs, the data and how to read the figure.
        head: The height of the title in the picture, in inches.
        foot: The height of the caption in the picture, in inches.
        **options: Further options of `Figure`.
    """

    def __init__(
        self,
        page: Page,
        title: str,
        caption: str,
        head: float,
        foot: float,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.page = page
        self.title = title
        self.caption = caption
        self.head = head
        self.foot = foot
        # The SVG file carries the numbers, one mapping a row. If the marks are the cells of
        # stored tables, it carries the names of these tables instead.
        self.numbers: list[dict[str, Any]] = []
        self.tables: list[str] = []
