"""How an exhibit is laid out: a sheet with equal panels, matrices, axes and columns of text.

Lengths are inches. `sheet` places the panels of a figure and leaves room for the text around them.
So nothing is cut off, and nothing has to be measured while drawing.
"""

import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from interference.confusion import top_pairs
from interference.errors import BadInput
from interference.reporting.figures import labels, page, theme, wrapping
from interference.reporting.figures.sheets import Sheet
from interference.vocabulary import Array

TextColumn = tuple[str, Sequence[str]]  # a heading, and a text for each row
Direction = Literal["x", "y"]

NARROWEST = 3.6  # the least width of a sheet
BAR_WIDTH = 0.1  # of a colour bar
LONGEST_BAR = 2.4  # of a colour bar below the panels
COLUMN_GAP = 0.16  # before a column of text beside a panel
COLUMN_SIZE = 7.5  # points: the size of the text in such a column
MATRIX_SIDE = 2.85  # of a matrix of few classes
LEAST_MATRIX = 2.4  # of a matrix on a page, so that its numbers have room
WIDEST_MATRIX = 6.3  # of a matrix of many classes
SMALL = 0.05  # percent: smaller rates in a cell have two decimals
SEPARATE_CELLS = 30  # the most classes of a matrix whose cells have white edges
RATE_TICKS = (0, 0.5, 1, 2, 5, 10, 20, 50, 100)  # percent
FEW_EPOCHS = 20  # the most epochs that have a marker each
TITLE_SIZE = 9.5  # points
CAPTION_SIZE = 6.2  # points
LEAST_PANEL = 0.4  # the least width of a panel on a page
BAR_ROOM = 0.5  # below the panels of a narrow page, for a colour bar with ticks and label
SIDE_ROOM = 0.15  # to the right of the panels of a narrow page, in place of a colour bar
BESIDE = "\N{NO-BREAK SPACE}"  # no line breaks at this space
SETUP = re.compile(r"\blr [\d.e+-]+ \w+")  # a training configuration in a title


@dataclass(frozen=True)
class Margins:
    """Room between the edge of a sheet and its panels, in inches.

    The room for the title and for the caption comes on top of `above` and `below`.
    """

    left: float = 0.6
    right: float = 0.15
    above: float = 0.3
    below: float = 0.42


DEFAULT_MARGINS = Margins()


class Box(NamedTuple):
    """Where axes lie on their figure, in inches from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float


def sheet(
    title: str,
    caption: str,
    *,
    rows: int = 1,
    columns: int = 1,
    panel: tuple[float, float],
    gap: tuple[float, float] = (0.3, 0.45),
    margins: Margins = DEFAULT_MARGINS,
    label_distances: tuple[float, float] = (0.2, 0.34),
    has_bar: bool = False,
    keeps_shape: bool = False,
) -> tuple[Sheet, Array]:
    """Make a figure of equal panels with a title above them and a small caption below.

    On a page, the figure is as wide as the page, and the panels share what the margins leave.

    Args:
        title: The heading; it is wrapped.
        caption: The runs, the data and how to read the exhibit; it is wrapped.
        rows: The number of rows of panels.
        columns: The number of panels in a row; `columns_on_page` says how many fit.
        panel: Width and height of a panel in inches.
        gap: Horizontal and vertical distance between two panels in inches.
        margins: Room around all panels.
        label_distances: Distance of the x axis' label below a panel, and of the y axis' label to
            the left of it, in inches.
        has_bar: Whether a colour bar follows, which a narrow page has below the panels.
        keeps_shape: Whether the height of a panel follows its width on a page.

    Returns:
        The figure and its axes (rows, columns).

    Raises:
        BadInput: If the margins leave no room for panels on the page.
    """
    target = page.current()
    if target.width is None:
        natural_width = margins.left + columns * (panel[0] + gap[0]) - gap[0] + margins.right
        width = max(natural_width, NARROWEST)
        title_lines = textwrap.wrap(_keep_setups(title), int(width * 11))
        caption_lines = textwrap.wrap(caption, int(width * 20))
    else:
        width = target.width
        margins = _margins_on_page(margins, has_bar)
        panel = _panel_on_page(width, panel, columns, gap[0], margins, keeps_shape)
        title_lines = wrapping.wrap(_keep_setups(title), width - 0.16, TITLE_SIZE, is_bold=True)
        caption_lines = wrapping.wrap(caption, width - 0.16, CAPTION_SIZE)
    width_step = panel[0] + gap[0]
    height_step = panel[1] + gap[1]
    head = 0.12 + 0.18 * len(title_lines) if target.has_title else 0
    foot = 0.12 + 0.12 * len(caption_lines) if target.has_title else 0.02
    top = head + margins.above
    height = top + rows * height_step - gap[1] + margins.below + foot
    figure = Sheet(target, title, caption, head, foot, figsize=(width, height), facecolor="white")
    if target.has_title:
        _write_title(figure, title_lines)
        _write_caption(figure, caption_lines)
    panels = np.empty((rows, columns), object)
    for row, column in np.ndindex(rows, columns):
        left = margins.left + column * width_step
        bottom = top + row * height_step + panel[1]  # from above
        box = (left / width, 1 - bottom / height, panel[0] / width, panel[1] / height)
        axes = figure.add_axes(box)
        axes.xaxis.set_label_coords(0.5, -label_distances[0] / panel[1])
        axes.yaxis.set_label_coords(-label_distances[1] / panel[0], 0.5)
        panels[row, column] = axes
    return figure, panels


def _keep_setups(title: str) -> str:
    """Forbid line breaks inside a training configuration, such as `lr 0.4 triangle`."""
    return SETUP.sub(lambda setup: setup[0].replace(" ", BESIDE), title)


def _margins_on_page(margins: Margins, has_bar: bool) -> Margins:
    """Return the margins on a page: a narrow one has its colour bar below the panels."""
    if has_bar and page.current().is_narrow:
        return replace(margins, right=SIDE_ROOM, below=margins.below + BAR_ROOM)
    return margins


def _panel_on_page(
    width: float,
    panel: tuple[float, float],
    columns: int,
    gap: float,
    margins: Margins,
    keeps_shape: bool,
) -> tuple[float, float]:
    """Return width and height of the panels that fill a page between its margins, in inches."""
    room = width - margins.left - margins.right
    panel_width = (room + gap) / columns - gap
    if panel_width < LEAST_PANEL:
        raise BadInput(
            f"--width: found {2.54 * width:.3g}cm, of which names and numbers leave "
            f"{2.54 * panel_width:.2g}cm for a panel; choose a larger width"
        )
    panel_height = panel[1] * panel_width / panel[0] if keeps_shape else panel[1]
    return panel_width, panel_height


def columns_on_page(
    most: int,
    least: float,
    gap: float,
    margins: Margins = DEFAULT_MARGINS,
    has_bar: bool = False,
) -> int:
    """Return how many panels stand side by side: fewer on a narrow page.

    Args:
        most: The number at natural width.
        least: The least width of a panel in inches.
        gap: The horizontal distance between two panels in inches.
        margins: Room around all panels.
        has_bar: As for `sheet`.

    Returns:
        From 1 to `most`.
    """
    width = page.current().width
    if width is None:
        return most
    margins = _margins_on_page(margins, has_bar)
    room = width - margins.left - margins.right
    return max(1, min(most, int((room + gap) / (least + gap))))


def blocks(
    items: Sequence[int], least: float, margins: Margins = DEFAULT_MARGINS, has_bar: bool = False
) -> list[list[int]]:
    """Split the columns of a table into blocks that fit a page, one below the other.

    Args:
        items: The columns.
        least: The least width of a column in inches.
        margins: Room around the table.
        has_bar: As for `sheet`.

    Returns:
        The columns of each block; a single block at natural width.
    """
    in_a_row = columns_on_page(len(items), least, 0, margins, has_bar)
    number = -(-len(items) // in_a_row)
    in_a_row = -(-len(items) // number)
    return [list(items[start : start + in_a_row]) for start in range(0, len(items), in_a_row)]


def fill_part(axes: Axes, fraction: float) -> None:
    """Reduce the width of a panel to a fraction of it; its left edge stays."""
    position = axes.get_position()
    axes.set_position((position.x0, position.y0, position.width * fraction, position.height))


def wrap_names(names: Sequence[str], width: float, size: float) -> list[str]:
    """Break the names of rows into lines if the page is narrow.

    Args:
        names: The names.
        width: The width of a line in inches.
        size: The font size in points.

    Returns:
        The names, with line breaks.
    """
    if not page.current().is_narrow:
        return list(names)
    return ["\n".join(wrapping.wrap(name, width, size)) for name in names]


def set_title(axes: Axes, title: str, size: float, **options: Any) -> None:
    """Write the title of a panel; on a page it is wrapped to the panel's width.

    Args:
        axes: The panel.
        title: The title.
        size: The font size in points.
        **options: Further options of `Axes.set_title`.
    """
    if page.current().width is not None:
        title = "\n".join(wrapping.wrap(title, box_of(axes).width + 0.05, size))
    axes.set_title(title.replace(BESIDE, " "), size=size, **options)


def _write_title(figure: Figure, lines: Sequence[str]) -> None:
    """Write the heading into the upper left corner of a sheet."""
    width, height = figure.get_size_inches()
    figure.text(
        0.08 / width,
        1 - 0.09 / height,
        "\n".join(lines).replace(BESIDE, " "),
        weight="bold",
        size=TITLE_SIZE,
        va="top",
        color=theme.INK,
    )


def _write_caption(figure: Figure, lines: Sequence[str]) -> None:
    """Write the caption into the lower left corner of a sheet."""
    width, height = figure.get_size_inches()
    figure.text(
        0.08 / width,
        0.07 / height,
        "\n".join(lines),
        size=CAPTION_SIZE,
        va="bottom",
        color=theme.GREY,
    )


def matrix_sheet(
    title: str, caption: str, number: int, class_labels: Sequence[str]
) -> tuple[Sheet, list[Axes]]:
    """Make a sheet of square panels for class x class matrices.

    Args:
        title: The heading.
        caption: The runs, the data and how to read the exhibit.
        number: The number of panels. Two stand in a row, or one if there are many classes.
        class_labels: The labels of all classes.

    Returns:
        The figure and its panels, row by row.
    """
    side = matrix_side(len(class_labels), MATRIX_SIDE)
    columns = min(number, 2 if side == MATRIX_SIDE else 1)
    label_room = labels.text_width(class_labels, labels.label_size(side / len(class_labels))) + 0.08
    gap = (label_room + 0.28, label_room + 0.48)
    margins = Margins(left=label_room + 0.25, right=0.7, below=label_room + 0.22)
    columns = columns_on_page(columns, LEAST_MATRIX, gap[0], margins, has_bar=True)
    figure, panels = sheet(
        title,
        caption,
        rows=-(-number // columns),
        columns=columns,
        panel=(side, side),
        gap=gap,
        margins=margins,
        label_distances=(label_room, label_room),
        has_bar=True,
        keeps_shape=True,
    )
    return figure, keep_panels(panels, number)


def matrix_side(classes: int, least: float) -> float:
    """Return the side of a class x class matrix whose labels have room.

    Args:
        classes: The number of classes.
        least: The smallest side in inches.

    Returns:
        Inches, at most `WIDEST_MATRIX`.
    """
    return min(max(least, labels.SPACING * classes), WIDEST_MATRIX)


def upper_right(panels: Sequence[Axes]) -> Axes:
    """Return the panel at the upper right of a figure."""

    def height_and_left(axes: Axes) -> tuple[float, float]:
        position = axes.get_position()
        return position.y0, position.x0

    return max(panels, key=height_and_left)


def keep_panels(panels: Array, number: int) -> list[Axes]:
    """Keep the first panels of a sheet and remove the others.

    Args:
        panels: Axes (rows, columns).
        number: How many to keep, row by row.

    Returns:
        The panels that are kept.
    """
    for spare in panels.flat[number:]:
        spare.remove()
    return list(panels.flat[:number])


def matrix(
    axes: Axes,
    values: Array,
    colours: Any,
    class_labels: Sequence[str],
    least_written: float,
    groups: Sequence[Sequence[int]],
) -> None:
    """Draw a class x class heat map with its first row on top.

    Args:
        axes: The panel.
        values: Values (C, C); nan is grey.
        colours: A `ScalarMappable` with the colours of the values.
        class_labels: The labels of all classes.
        least_written: The smallest absolute value that is written into its cell. Cells of many
            classes have no room for numbers.
        groups: The labels in the order in which they are shown; each group has a frame.
    """
    order = [label for group in groups for label in group]
    values = values[np.ix_(order, order)]
    many = len(class_labels) > SEPARATE_CELLS
    axes.set_facecolor(theme.PALE)
    axes.pcolormesh(
        np.ma.masked_invalid(values),
        cmap=colours.cmap,
        norm=colours.norm,
        rasterized=many,
        edgecolors="none" if many else "white",
        linewidth=0.4,
    )
    axes.invert_yaxis()
    ordered_labels = [class_labels[label] for label in order]
    label_axis(axes, "x", ordered_labels)
    label_axis(axes, "y", ordered_labels)
    if len(class_labels) <= top_pairs.LEGIBLE:
        _write_values(axes, values, colours, least_written)
    _frame_groups(axes, groups)


def _write_values(axes: Axes, values: Array, colours: Any, least: float) -> None:
    """Write the values of a heat map of at least `least` into their cells."""
    for (row, column), value in np.ndenumerate(values):
        if abs(value) >= least:
            is_percent = colours.norm.vmax > 1
            decimals = 1 if is_percent and abs(value) >= SMALL else 2
            text = f"{value:.{decimals}f}"
            if not is_percent:
                text = text.replace("0.", ".")
            text = text.replace("-", labels.MINUS)
            colour = theme.contrasting_colour(colours, value)
            write_cell(axes, column, row, text, colour, size=labels.LEGIBLE)


def _frame_groups(axes: Axes, groups: Sequence[Sequence[int]]) -> None:
    """Draw a frame around each group of several classes, unless it holds all of them."""
    total = sum(len(group) for group in groups)
    start = 0
    for group in groups:
        side = len(group)
        if 1 < side < total:
            corner = (start, start)
            box = Rectangle(
                corner, side, side, fill=False, edgecolor=theme.INK_ON_COLOUR, linewidth=0.5
            )
            axes.add_patch(box)
        start += side


def write_cell(axes: Axes, column: int, row: int, text: str, colour: str, **options: Any) -> None:
    """Write a text into the middle of a cell of a matrix whose cells are one unit wide."""
    axes.text(column + 0.5, row + 0.5, text, ha="center", va="center", color=colour, **options)


def frame_cell(axes: Axes, column: int, row: int) -> None:
    """Draw a frame inside a cell to mark a value outside its allowed range."""
    axes.add_patch(
        Rectangle(
            (column + 0.05, row + 0.09),
            0.9,
            0.82,
            fill=False,
            edgecolor=theme.HUES[0],
            linewidth=1.8,
            path_effects=[withStroke(linewidth=3.2, foreground="white")],
        )
    )


def columns_width(columns: Iterable[TextColumn]) -> float:
    """Return the width of columns of text beside a panel.

    Args:
        columns: A heading and a text for each row, for each column.

    Returns:
        Inches, with the gap before each column.
    """
    widths = [
        COLUMN_GAP + labels.text_width([heading, *texts], COLUMN_SIZE) for heading, texts in columns
    ]
    return sum(widths)


def write_columns(
    axes: Axes, columns: Sequence[TextColumn], heights: Iterable[float]
) -> list[list[Text]]:
    """Write columns of text to the right of a panel, with their headings above.

    Args:
        axes: The panel.
        columns: A heading and a text for each row, for each column.
        heights: Where the rows lie on the y axis.

    Returns:
        The texts of each column, without its heading.
    """
    panel_width = box_of(axes).width
    heights = list(heights)
    written = []
    for number, (heading, texts) in enumerate(columns):
        x = 1 + columns_width(columns[: number + 1]) / panel_width
        _write_heading(axes, x, heading)
        column = [
            _write_beside(axes, x, height, text)
            for height, text in zip(heights, texts, strict=True)
        ]
        written.append(column)
    return written


def _write_heading(axes: Axes, x: float, heading: str) -> None:
    """Write the heading of a column of text whose right edge is at x, in widths of the panel."""
    axes.annotate(
        heading,
        (x, 1),
        (0, 3),
        "axes fraction",
        "offset points",
        ha="right",
        size=COLUMN_SIZE,
        color=theme.GREY,
    )


def _write_beside(axes: Axes, x: float, height: float, text: str) -> Text:
    """Write a text beside a panel whose right edge is at x, in widths of the panel."""
    return axes.text(
        x,
        height,
        text,
        transform=axes.get_yaxis_transform(),
        ha="right",
        va="center",
        size=COLUMN_SIZE,
        color=theme.INK,
    )


def add_canvas(figure: Figure) -> Axes:
    """Add bare axes over a whole figure whose unit is the inch, from the lower left corner."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height), zorder=-1)
    axes.axis("off")
    return axes


def box_of(axes: Axes) -> Box:
    """Return where axes lie on their figure, in inches."""
    width, height = figure_of(axes).get_size_inches()
    position = axes.get_position()
    return Box(
        position.x0 * width,
        position.y0 * height,
        position.width * width,
        position.height * height,
    )


def figure_of(axes: Axes) -> Figure:
    """Return the figure that axes belong to."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure


def colour_bar(
    axes: Axes, colours: Any, label: str, height: float | None = None, **options: Any
) -> None:
    """Add a colour bar to the right of a panel, or below all panels on a narrow page.

    Args:
        axes: The panel.
        colours: A `ScalarMappable`.
        label: The quantity and its unit.
        height: The height of a bar beside its panel, in inches; by default that of the panel.
        **options: Further options of `Figure.colorbar`.
    """
    figure = figure_of(axes)
    if isinstance(figure, Sheet) and figure.page.is_narrow:
        _colour_bar_below(figure, axes, colours, label, **options)
        return
    left, bottom, panel_width, panel_height = box_of(axes)
    bar_height = panel_height if height is None else height
    width, total_height = figure.get_size_inches()
    box = (
        (left + panel_width + 0.12) / width,
        (bottom + panel_height - bar_height) / total_height,
        BAR_WIDTH / width,
        bar_height / total_height,
    )
    bar = figure.colorbar(colours, cax=figure.add_axes(box), **options)
    bar.set_label(label, size=7.5)
    bar.ax.yaxis.set_label_coords(0.42 / BAR_WIDTH, 0.5)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=7, length=2)


def _colour_bar_below(figure: Sheet, axes: Axes, colours: Any, label: str, **options: Any) -> None:
    """Add a colour bar below all panels that ends where `axes` end on the right."""
    left, _, panel_width, _ = box_of(axes)
    width, height = figure.get_size_inches()
    right = left + panel_width
    bar_width = min(LONGEST_BAR, right - SIDE_ROOM)
    bottom = figure.foot + BAR_ROOM - 0.16
    box = (
        (right - bar_width) / width,
        bottom / height,
        bar_width / width,
        BAR_WIDTH / height,
    )
    bar = figure.colorbar(colours, cax=figure.add_axes(box), orientation="horizontal", **options)
    bar.set_label(label, size=7.5)
    bar.ax.xaxis.set_label_coords(0.5, -0.16 / BAR_WIDTH)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=7, length=2, pad=1.5)


def open_frame(axes: Axes) -> None:
    """Remove the upper and the right line of a panel's frame."""
    axes.spines[["top", "right"]].set_visible(False)


def add_grid(axes: Axes) -> None:
    """Draw pale grid lines behind the data, and open the frame at the top and right."""
    axes.grid(color=theme.PALE, linewidth=0.6)
    axes.set_axisbelow(True)
    open_frame(axes)


def epoch_marker(epochs: int) -> str | None:
    """Return the marker of a curve: a dot if there are few epochs, none if there are many."""
    return "o" if epochs <= FEW_EPOCHS else None


def format_epoch_axis(axes: Axes) -> None:
    """Put the ticks of the x axis at whole epochs."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))


def format_rate_axis(axes: Axes, direction: Direction, top: float) -> None:
    """Format an axis of percentages: linear up to 1 %, logarithmic above.

    Args:
        axes: The panel.
        direction: Which of its axes.
        top: The upper end of the axis in percent; the lower end is just below 0.
    """
    if direction == "x":
        axes.set_xscale("symlog", linthresh=1, linscale=0.7)
        axes.set_xlim(-0.1, top)
    else:
        axes.set_yscale("symlog", linthresh=1, linscale=0.7)
        axes.set_ylim(-0.1, top)
    ticks = RATE_TICKS if _length(axes, direction) > 1.5 else RATE_TICKS[::2]
    axis = _axis(axes, direction)
    axis.set_ticks([tick for tick in ticks if tick < top])
    axis.set_ticks([], minor=True)
    axis.set_major_formatter("{x:g}")


def label_axis(axes: Axes, direction: Direction, class_labels: Sequence[str]) -> None:
    """Label an axis whose cells are one unit wide with classes.

    Labels that need more room than a cell are turned or smaller; of very many, only every n-th is
    written.

    Args:
        axes: The panel.
        direction: Which of its axes.
        class_labels: The label of each cell.
    """
    spacing = _length(axes, direction) / len(class_labels)
    size = labels.label_size(spacing)
    step = max(1, round(labels.SPACING * size / labels.LARGE / spacing))
    is_turned = direction == "x" and labels.text_width(class_labels, size) > spacing * step
    axes.tick_params(axis=direction, length=0)
    _axis(axes, direction).set_ticks(
        np.arange(0, len(class_labels), step) + 0.5,
        class_labels[::step],
        rotation=90 if is_turned else 0,
        size=size,
    )


def label_ends(axes: Axes, direction: Direction, ends: tuple[float, float]) -> None:
    """Put three ticks on an axis: its two ends and 0, where the trained net lies.

    Args:
        axes: The panel.
        direction: Which of its axes.
        ends: The smallest and the largest value.
    """
    ticks = [ends[0], 0, ends[1]]
    _axis(axes, direction).set_ticks(ticks, [labels.format_number(tick) for tick in ticks])


def _axis(axes: Axes, direction: Direction) -> Axis:
    """Return the x axis or the y axis of a panel."""
    return axes.xaxis if direction == "x" else axes.yaxis


def _length(axes: Axes, direction: Direction) -> float:
    """Return the length of an axis of a panel, in inches."""
    box = box_of(axes)
    return box.width if direction == "x" else box.height
