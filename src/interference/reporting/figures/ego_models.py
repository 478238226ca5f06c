"""Ego models (Definition 1): every class's loss while the net descends on one class alone."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from interference import surfaces
from interference.io.tables import Table
from interference.reporting.figures import labels, layout, numbers, page, planes, selection, theme
from interference.reporting.figures.layout import Margins
from interference.study import runs
from interference.surfaces import Surface
from interference.vocabulary import RANDOM, Array

COLUMNS = 5  # panels in a row
LEAST_PANEL = 1.2  # inches: the width of a panel on a page
HEIGHT = 1.25  # inches: the height of a panel
LOW = 0.85  # inches: the same on a narrow page
DASHES = ("-", (0, (4, 1.5)), (0, (1, 1)))  # the lines of the other classes with a colour
COLOURED = 3  # other classes with a colour in a panel
NAME_SIZE = 6  # points: the largest size of their names


def draw(tables: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """Draw one figure for each run and scale with ego models.

    Random directions are left out, because they belong to no class.

    Args:
        tables: Tables of interference planes and ego models.

    Yields:
        The name `ego_models-RUN-SCALE` and its figure.
    """
    for table in runs.ordered(tables):
        if table.meta["scale"] != RANDOM and surfaces.lines(table):
            yield f"ego_models-{table.run['name']}-{table.meta['scale']}", ego_models(table)


@theme.styled()
def ego_models(table: Table) -> Figure:
    """Draw each class's loss along the ego direction of one class, a panel for each such class.

    The loss is 100 - recall, in percent; the trained net is in the middle. The class that the net
    descends on is black. The other classes that pay most for the descent, on average over
    theta > 0, have colours; the rest is grey. If there are many classes, the panels are of those
    whose descent costs the others most.

    Args:
        table: The ego models of one run at one scale.

    Returns:
        The figure.
    """
    lines = {}
    rates = {}  # (n, C) each
    for line in map(surfaces.from_table, surfaces.lines(table)):
        label = line.pair[0]
        lines[label] = line
        rates[label] = surfaces.class_mistake_rates(line)[0]
    shown = _costliest(rates)
    margins = Margins(left=0.5, above=0.3)
    columns = layout.columns_on_page(min(COLUMNS, len(shown)), LEAST_PANEL, 0.14, margins)
    figure, panels = layout.sheet(
        f"Ego models around {planes.title(table)}",
        planes.caption(
            table,
            "100 - recall in % along one class's direction, the trained net in the middle",
            "thick: the class itself",
            f"coloured: the {COLOURED} others that pay most for its descent, with their line below "
            "the name",
            *selection.note(
                len(shown), len(rates), "classes: those whose descent costs the others most"
            ),
        ),
        rows=-(-len(shown) // columns),
        columns=columns,
        panel=(6.6 / columns, LOW if page.current().is_narrow else HEIGHT),
        gap=(0.14, 0.62),
        margins=margins,
    )
    figure.tables.extend(numbers.surface_names([table]))
    used_panels = layout.keep_panels(panels, len(shown))
    for place, (axes, label) in enumerate(zip(used_panels, shown, strict=True)):
        _draw_curves(axes, lines[label], rates[label])
        _format_axes(axes, lines[label])
        axes.tick_params(labelleft=place % columns == 0)
    for axes in panels[:, 0]:
        axes.set_ylabel("error rate, %")
    return figure


def _costliest(rates: Mapping[int, Array]) -> list[int]:
    """Return the classes whose descent costs the others most, in label order."""

    def negative_cost(label: int) -> float:
        return -float(surfaces.mean_rises(rates[label], label).sum())

    return sorted(sorted(rates, key=negative_cost)[: selection.CLASSES])


def _draw_curves(axes: Axes, line: Surface, rates: Array) -> None:
    """Draw every class's loss (n, C) in percent along the direction of one class."""
    own = line.pair[0]
    theta = line.theta_2
    coloured = _paying_most(rates, own)
    others = [label for label in range(rates.shape[1]) if label not in (own, *coloured)]
    axes.add_collection(
        LineCollection(
            [np.column_stack([theta, rates[:, label]]) for label in others],
            colors=theme.PALE,
            linewidths=0.9,
            zorder=1,
        )
    )
    names = [line.classes.labels[label] for label in coloured]
    box = layout.box_of(axes)
    size = labels.fit_size(NAME_SIZE, "  ".join(names), box.width)
    if size < NAME_SIZE and page.current().width is not None:
        size = NAME_SIZE
        letters = int(box.width / COLOURED / (size * labels.LETTER)) - 1
        names = list(labels.shorten_labels(names, letters))
    is_tight = size < NAME_SIZE or labels.text_width(names, size) > box.width / COLOURED
    middles = _name_positions(names, is_tight)
    looks = zip(theme.HUES, DASHES, strict=False)
    for x, label, name, (hue, dashes) in zip(middles, coloured, names, looks, strict=False):
        axes.plot(theta, rates[:, label], color=hue, linewidth=1.1, linestyle=dashes)
        half = labels.text_width([name], size) / 2 / box.width
        axes.plot(
            [x - half, x + half],
            [1 + 0.03 / box.height] * 2,
            color=hue,
            linewidth=1.1,
            linestyle=dashes,
            transform=axes.transAxes,
            clip_on=False,
        )
        axes.text(
            x,
            1 + 0.055 / box.height,
            name,
            color=hue,
            size=size,
            ha="center",
            transform=axes.transAxes,
        )
    axes.plot(theta, rates[:, own], color=theme.INK, linewidth=1.5)
    axes.axvline(0, color=theme.GREY, linewidth=0.5, linestyle=":", zorder=0)


def _paying_most(rates: Array, own: int) -> list[int]:
    """Return the classes that lose most while the net descends on `own`, most first."""
    costs = surfaces.mean_rises(rates, own)
    order = np.argsort(-costs, kind="stable").tolist()
    return [label for label in order if label != own and costs[label] > 0][:COLOURED]


def _name_positions(names: Sequence[str], is_tight: bool) -> Array:
    """Return the middles of names side by side over a panel, as fractions of its width.

    Each name has an equal part of the width, or if the room is tight a part that is as long as the
    name.
    """
    parts = np.array([len(name) + 1 for name in names]) if is_tight else np.ones(COLOURED)
    middles: Array = (np.cumsum(parts) - parts / 2) / parts.sum()
    return middles


def _format_axes(axes: Axes, line: Surface) -> None:
    """Label the axes of a panel, with ticks at both ends and at the trained net."""
    start, end = line.theta_2[0], line.theta_2[-1]
    label = f"descend {line.classes.labels[line.pair[0]]} →"
    axes.set(ylim=(-3, 103), xlim=(start, end), xlabel=label)
    axes.xaxis.label.set_fontsize(labels.fit_size(7.5, label, layout.box_of(axes).width))
    layout.label_ends(axes, "x", (start, end))
    first, _, last = axes.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    layout.add_grid(axes)
