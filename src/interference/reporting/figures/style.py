"""Sizes, colours and words that every exhibit shares, and how a figure becomes bytes.

Lengths are inches. A figure's panels are placed by `sheet`, which leaves room for what stands around them, so that
nothing is cut off and nothing has to be measured while drawing.
"""

import io
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from PIL import Image

from interference.confusion import top_pairs
from interference.io.tables import Table
from interference.reporting.figures import fonts
from interference.vocabulary import Array

Columns = Sequence[tuple[str, Sequence[str]]]  # of words: a head, and a word a row

RC: dict[Any, Any] = {
    "font.family": [
        "sans-serif"
    ],  # DejaVu Sans first, which comes with matplotlib: every machine draws the same
    "font.size": 8,
    "axes.labelsize": 8,
    "axes.titlesize": 8.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 4,
    "axes.titley": 1.0,  # fixed, or every title is measured again at every drawing
    "axes.linewidth": 0.6,
    "axes.edgecolor": "#555555",
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "text.parse_math": False,  # a class may be called $5
    "svg.fonttype": "none",  # text stays text: small, searchable, read aloud; Verdana is as wide where DejaVu is absent
    "svg.hashsalt": "interference",
    "text.hinting": "none",  # at 150 dots an inch hints do not show, and take a third of the time that a word takes
    "image.composite_image": False,  # one image an axes: there is nothing to put together
}
DPI = 150
BAR = 0.1  # the width of a colour bar
HEAT = "magma_r"  # errors: the darker, the more
TERRAIN = "viridis"  # mistake rates over a plane: a dark lowland, a bright plateau
OPPOSED = "RdBu"  # cosines: red where two gradients are opposed
MINUS = "\N{MINUS SIGN}"
INK, GREY, PALE = "#1a1a1a", "#6b6b6b", "#e2e2e2"
# Okabe and Ito's colours, which colour-blind readers can tell apart (jfly.uni-koeln.de/color)
HUES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

BETWEEN = 0.16  # inches before a column of words beside a panel
FRAME: dict[str, Any] = {
    "boxstyle": "square,pad=0.25",
    "fill": False,
    "edgecolor": HUES[0],
    "linewidth": 1.5,
}

RATES = (0, 0.5, 1, 2, 5, 10, 20, 50, 100)  # ticks in percent

# Where there are more than `top_pairs.LEGIBLE` classes, matrices show all, in groups and without numbers; any other
# exhibit shows those that interfere most, about as many as it would of CIFAR-10's, and says of how many.
CLASSES, PAIRS = 10, 45
FINE = 30  # the most classes whose cells stand apart
SIDE, WIDEST = 2.85, 6.3  # inches: the side of a matrix, and of one whose labels need more
LARGE, SMALL = (
    7.0,
    4.0,
)  # points: the size of a class label, and the least to which many are reduced
APART = 0.1  # inches between labels of the size LARGE
LONGEST = 20  # Latin letters of a class label: of a longer one the middle is left out


@contextmanager
def styled() -> Iterator[None]:
    """The house's matplotlib settings while a figure is drawn or saved; the user's come back afterwards."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC)
        mpl.rcParams["font.family"] = [
            "sans-serif",
            *fonts.installed(),
        ]  # the others for what the first lacks
        yield


def svg(figure: Figure) -> bytes:
    """The figure as SVG: the same figure gives the same bytes, whichever fonts this machine has beside DejaVu."""
    content = _saved(figure, format="svg", metadata={"Date": None})
    return content.replace("".join(f", '{name}'" for name in fonts.installed()).encode(), b"")


def png(figure: Figure) -> bytes:
    """The figure as PNG, `DPI` pixels an inch, without transparency."""
    canvas, buffer = FigureCanvasAgg(figure), io.BytesIO()
    _saved(figure, format="rgba")
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # type: ignore[no-untyped-call]
    image.save(buffer, "png", compress_level=3)  # a tenth larger than by default, a third faster
    return buffer.getvalue()


def _saved(figure: Figure, **options: Any) -> bytes:
    buffer = io.BytesIO()
    with styled(), fonts.quiet():
        figure.savefig(buffer, dpi=DPI, **options)
    return buffer.getvalue()


def sheet(
    title: str,
    source: str,
    *,
    rows: int = 1,
    columns: int = 1,
    panel: tuple[float, float],
    gap: tuple[float, float] = (0.3, 0.45),
    left: float = 0.6,
    right: float = 0.15,
    above: float = 0.3,
    below: float = 0.42,
    labels: tuple[float, float] = (0.2, 0.34),
) -> tuple[Figure, Array]:
    """A figure of rows x columns equal panels under a title, over a small line that says where it comes from.

    `panel` is the (width, height) of a panel, `gap` the room between two; the others are the room around all of them.
    `labels` are the distances of the axes' labels below and to the left of a panel. Returns the figure and its axes,
    (rows, columns).
    """
    width = max(left + columns * (panel[0] + gap[0]) - gap[0] + right, 3.6)
    titles, sources = textwrap.wrap(title, int(width * 11)), textwrap.wrap(source, int(width * 20))
    foot, head = 0.12 + 0.12 * len(sources), 0.12 + 0.18 * len(titles)
    height = head + above + rows * (panel[1] + gap[1]) - gap[1] + below + foot
    figure = Figure(figsize=(width, height), facecolor="white")
    figure.text(
        0.08 / width,
        1 - 0.09 / height,
        "\n".join(titles),
        weight="bold",
        size=9.5,
        va="top",
        color=INK,
    )
    figure.text(0.08 / width, 0.07 / height, "\n".join(sources), size=6.2, va="bottom", color=GREY)
    panels = np.empty((rows, columns), object)
    for row, column in np.ndindex(rows, columns):
        x, y = (
            left + column * (panel[0] + gap[0]),
            head + above + row * (panel[1] + gap[1]) + panel[1],
        )
        axes = figure.add_axes((x / width, 1 - y / height, panel[0] / width, panel[1] / height))
        axes.xaxis.set_label_coords(0.5, -labels[0] / panel[1])
        axes.yaxis.set_label_coords(-labels[1] / panel[0], 0.5)
        panels[row, column] = axes
    return figure, panels


def squares(
    title: str, source: str, number: int, labels: Sequence[str]
) -> tuple[Figure, list[Axes]]:
    """A sheet of square panels for class x class matrices, two a row, or one where there are many classes."""
    side = matrix_side(len(labels), SIDE)
    columns, room = (
        min(number, 2 if side == SIDE else 1),
        wide(labels, label_size(side / len(labels))) + 0.08,
    )
    figure, panels = sheet(
        title,
        source,
        rows=-(-number // columns),
        columns=columns,
        panel=(side, side),
        gap=(room + 0.28, room + 0.48),
        left=room + 0.25,
        right=0.7,
        below=room + 0.22,
        labels=(room, room),
    )
    return figure, kept(panels, number)


def matrix_side(classes: int, least: float) -> float:
    """The side of a matrix in inches: as much as the labels of its classes need, of `least` and `WIDEST`."""
    return min(max(least, APART * classes), WIDEST)


def corner(panels: Sequence[Axes]) -> Axes:
    """The panel at the upper right."""
    return max(panels, key=lambda axes: (axes.get_position().y0, axes.get_position().x0))


def kept(panels: Array, number: int) -> list[Axes]:
    """The first panels of a sheet, row by row; the spare ones are taken off it."""
    for spare in panels.flat[number:]:
        spare.remove()
    return list(panels.flat[:number])


def wide(words: Sequence[str], size: float) -> float:
    """About how many inches the longest of some words takes at a font size in points."""
    return 0.0093 * size * max(map(_letters, words), default=0)


def _letters(word: str) -> float:
    """A word's length in Latin letters: a Chinese, Japanese or Korean sign takes the room of 1.7."""
    return len(word) + 0.7 * sum(unicodedata.east_asian_width(sign) in "WF" for sign in word)


def with_room(table: Table) -> Table:
    """A table whose class labels have at most `LONGEST` letters each, so that every exhibit has room for them."""
    labels = shortened(table.classes.labels)
    return (
        table
        if labels == table.classes.labels
        else replace(table, meta={**table.meta, "labels": list(labels)})
    )


def shortened(labels: Sequence[str]) -> tuple[str, ...]:
    """Labels of at most `LONGEST` letters: of longer ones the ends; those that would look alike have their numbers in
    between.
    """
    short = [_ends(label, "…") for label in labels]
    return tuple(
        _ends(label, f"…{number}…") if short.count(words) > 1 else words
        for number, (label, words) in enumerate(zip(labels, short, strict=True))
    )


def _ends(label: str, between: str) -> str:
    """A label, or where it is too long the ends of it, as much as has room around what stands `between`."""
    kept = len(label)
    words = label
    while _letters(words) > LONGEST:
        kept -= 1
        words = (
            label[: (kept + 1) // 2].rstrip() + between + label[len(label) - kept // 2 :].lstrip()
        )
    return words


def matrix(
    axes: Axes,
    values: Array,
    colours: Any,
    labels: Sequence[str],
    shown: float,
    groups: Sequence[Sequence[int]],
) -> None:
    """A class x class heat map, its first row on top, classes in the order of their groups, of which each is framed.

    nan is grey; numbers of at least `shown` are written where they fit.
    """
    order, fine = [label for group in groups for label in group], len(labels) > FINE
    values = values[np.ix_(order, order)]
    axes.set_facecolor(PALE)
    axes.pcolormesh(
        np.ma.masked_invalid(values),
        cmap=colours.cmap,
        norm=colours.norm,
        rasterized=fine,
        edgecolors="none" if fine else "white",
        linewidth=0.4,
    )
    axes.invert_yaxis()
    label_axis(axes, "x", [labels[label] for label in order])
    label_axis(axes, "y", [labels[label] for label in order])
    for (row, column), value in np.ndenumerate(values) if len(labels) <= top_pairs.LEGIBLE else ():
        if abs(value) >= shown:
            words = f"{value:.1f}" if colours.norm.vmax > 1 else f"{value:.2f}".replace("0.", ".")
            write(axes, column, row, words.replace("-", MINUS), legible(colours, value), size=5.8)
    for group, end in zip(groups, np.cumsum([len(group) for group in groups]), strict=True):
        start, side = end - len(group), len(group)
        if 1 < side < len(labels):
            axes.add_patch(
                Rectangle((start, start), side, side, fill=False, edgecolor=INK, linewidth=0.5)
            )


def write(axes: Axes, column: int, row: int, words: str, colour: str, **options: Any) -> None:
    """Words in the middle of a cell."""
    axes.text(column + 0.5, row + 0.5, words, ha="center", va="center", color=colour, **options)


def frame(axes: Axes, column: int, row: int) -> None:
    """A frame inside a cell that leaves its bounds."""
    axes.add_patch(
        Rectangle(
            (column + 0.05, row + 0.09),
            0.9,
            0.82,
            fill=False,
            edgecolor=HUES[0],
            linewidth=1.8,
            path_effects=[withStroke(linewidth=3.2, foreground="white")],
        )
    )


def room(columns: Columns) -> float:
    """How many inches columns of words take beside a panel."""
    return sum(BETWEEN + wide([head, *words], 7.5) for head, words in columns)


def beside(axes: Axes, columns: Columns, heights: Iterable[float]) -> list[list[Text]]:
    """Columns of words to the right of axes, a word at each height, heads on top; returns the words' artists."""
    across, drawn = place(axes)[2], []
    for number, (head, words) in enumerate(columns):
        x = 1 + room(columns[: number + 1]) / across
        axes.annotate(
            head, (x, 1), (0, 3), "axes fraction", "offset points", ha="right", size=7.5, color=GREY
        )
        drawn.append(
            [
                axes.text(
                    x,
                    height,
                    word,
                    transform=axes.get_yaxis_transform(),
                    ha="right",
                    va="center",
                    size=7.5,
                    color=INK,
                )
                for height, word in zip(heights, words, strict=True)
            ]
        )
    return drawn


def canvas(figure: Figure) -> Axes:
    """Bare axes over the whole figure whose unit is the inch, from the lower left."""
    width, height = figure.get_size_inches()
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height), zorder=-1)
    axes.axis("off")
    return axes


def place(axes: Axes) -> tuple[float, float, float, float]:
    """Left, bottom, width and height of axes on their figure."""
    width, height = figure_of(axes).get_size_inches()
    box = axes.get_position()
    return box.x0 * width, box.y0 * height, box.width * width, box.height * height


def figure_of(axes: Axes) -> Figure:
    """The figure that axes stand on."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return figure


def colour_bar(
    axes: Axes, colours: Any, label: str, height: float | None = None, **options: Any
) -> None:
    """A colour bar to the right of axes, as high as they are unless told."""
    figure = figure_of(axes)
    left, bottom, wide, high = place(axes)
    height = high if height is None else height
    across, up = figure.get_size_inches()
    box = ((left + wide + 0.12) / across, (bottom + high - height) / up, BAR / across, height / up)
    bar = figure.colorbar(colours, cax=figure.add_axes(box), **options)
    bar.set_label(label, size=7.5)
    bar.ax.yaxis.set_label_coords(0.42 / BAR, 0.5)
    bar.outline.set_linewidth(0.5)
    bar.ax.tick_params(labelsize=7, length=2)


def bare(*many: Axes) -> None:
    """Take away the top and right frame of axes."""
    for axes in many:
        axes.spines[["top", "right"]].set_visible(False)


def dots(epochs: int) -> str | None:
    """The marker of a curve over few epochs, none over many."""
    return "o" if epochs <= 20 else None


def epoch_axis(axes: Axes) -> None:
    """Whole epochs along x."""
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))


def grid(axes: Axes) -> None:
    """Pale lines behind the data, no frame at the top and right."""
    axes.grid(color=PALE, linewidth=0.6)
    axes.set_axisbelow(True)
    bare(axes)


def rate_axis(axes: Axes, which: Literal["x", "y"], top: float) -> None:
    """An axis of percentages from 0 to `top` that is linear up to 1 % and logarithmic above."""
    ticks = RATES if place(axes)[2 if which == "x" else 3] > 1.5 else RATES[::2]
    scale, axis = (axes.set_xscale, axes.xaxis) if which == "x" else (axes.set_yscale, axes.yaxis)
    scale("symlog", linthresh=1, linscale=0.7)
    axes.set(**{f"{which}lim": (-0.1, top)})
    axis.set_ticks([tick for tick in ticks if tick < top])
    axis.set_ticks([], minor=True)
    axis.set_major_formatter("{x:g}")


def label_axis(axes: Axes, which: str, labels: Sequence[str]) -> None:
    """Class labels along an axis whose cells are one unit wide; turned, smaller or thinned out for want of room."""
    room = place(axes)[2 if which == "x" else 3] / len(labels)
    size = label_size(room)
    step = max(1, round(APART * size / LARGE / room))
    turned = which == "x" and wide(labels, size) > room * step
    axes.tick_params(axis="x" if which == "x" else "y", length=0)
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_ticks(
        np.arange(0, len(labels), step) + 0.5,
        labels[::step],
        rotation=90 if turned else 0,
        size=size,
    )


def label_size(room: float) -> float:
    """The size in points of labels that lie `room` inches apart."""
    return min(LARGE, max(SMALL, LARGE * room / APART))


def fitting(size: float, words: str, room: float) -> float:
    """A font size in points, reduced where words would take more than so many inches."""
    needed = wide([words], size)
    return size if needed <= room else size * room / needed


def share(shown: int, every: int, what: str) -> Iterator[str]:
    """What a caption says where an exhibit shows some of all classes, pairs or planes; nothing where it shows all."""
    if shown < every:
        yield f"{shown} of {every} {what}"


def legible(colours: Any, value: float) -> str:
    """White or black, whichever is read more easily on the colour of a value."""
    red, green, blue, _ = colours.to_rgba(value)
    return "white" if 0.299 * red + 0.587 * green + 0.114 * blue < 0.55 else INK


def number(value: float) -> str:
    """A number as a tick shows it, with a minus sign that is one."""
    return f"{value:g}".replace("-", MINUS)


def short(percent: float) -> str:
    """A percentage in words, with a decimal where it is small."""
    return "below 0.1" if percent < 0.05 else f"{percent:.{1 if percent < 10 else 0}f}"


def range_label(values: Array) -> str:
    """The least and the greatest of percentages, in words."""
    if np.isnan(values).all():
        return "no images"
    return f"{np.nanmin(values):.0f} to {np.nanmax(values):.0f}"
