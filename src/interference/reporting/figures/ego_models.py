"""Ego models (Definition 1): every class's loss while the net descends on one class alone."""

from collections.abc import Iterator, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from interference import surfaces
from interference.io.tables import Table
from interference.reporting.figures import planes, style
from interference.study import runs
from interference.surfaces import Surface
from interference.vocabulary import RANDOM, Array

COLUMNS = 5  # panels in a row
NAMED = 3  # other classes that stand out in a panel


def draw(tables: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """One figure a run and scale whose ego models were swept; a random direction is no class's own."""
    for table in runs.ordered(tables):
        if table.meta["scale"] != RANDOM and surfaces.lines(table):
            yield f"ego_models-{table.run['name']}-{table.meta['scale']}", ego_models(table)


@style.styled()
def ego_models(table: Table) -> Figure:
    """100 - recall of each class, percent, along the ego direction of one class: a panel a class, w* in the middle.

    The class descended on is black; of the others those that pay most for its descent, on average over theta > 0, have
    colours, the rest are grey. Of many classes those are descended on that cost the others most.
    """
    lines = {line.pair[0]: line for line in map(surfaces.from_table, surfaces.lines(table))}
    rates = {
        label: surfaces.class_mistake_rates(line)[0] for label, line in lines.items()
    }  # (n, C) each
    shown = sorted(
        sorted(rates, key=lambda label: -surfaces.paid(rates[label], label).sum())[: style.CLASSES]
    )
    columns = min(COLUMNS, len(shown))
    figure, axes = style.sheet(
        f"Ego models around {planes.title(table)}",
        planes.source(
            table,
            "100 - recall in % along one class's direction, the trained net in the middle",
            "black: the class itself",
            f"coloured: the {NAMED} others that pay most for its descent",
            *style.share(
                len(shown), len(rates), "classes: those whose descent costs the others most"
            ),
        ),
        rows=-(-len(shown) // columns),
        columns=columns,
        panel=(6.6 / columns, 1.25),
        gap=(0.14, 0.62),
        left=0.5,
        above=0.3,
    )
    for place, (panel, label) in enumerate(zip(style.kept(axes, len(shown)), shown, strict=True)):
        _curves(panel, lines[label], rates[label])
        panel.tick_params(labelleft=place % columns == 0)
    for panel in axes[:, 0]:
        panel.set_ylabel("mistakes, %")
    return figure


def _middles(words: list[str], close: bool) -> Array:
    """Where words that stand side by side over a panel have their middles: in equal parts of it, or close together."""
    parts = np.array([len(word) + 1 for word in words]) if close else np.ones(NAMED)
    middles: Array = (np.cumsum(parts) - parts / 2) / parts.sum()
    return middles


def _curves(axes: Axes, line: Surface, rates: Array) -> None:
    """Every class's mistakes (n, C) along the direction of one."""
    own, labels, theta = line.pair[0], line.classes.labels, line.theta_2
    costs = surfaces.paid(rates, own)
    named = [
        label
        for label in np.argsort(-costs, kind="stable").tolist()
        if label != own and costs[label] > 0
    ][:NAMED]
    others = [label for label in range(len(labels)) if label not in (own, *named)]
    axes.add_collection(
        LineCollection(
            [np.column_stack([theta, rates[:, label]]) for label in others],
            colors=style.PALE,
            linewidths=0.9,
            zorder=1,
        )
    )
    room, words = style.place(axes)[2], [labels[label] for label in named]
    size = style.fitting(6, "  ".join(words), room)
    for x, label, hue in zip(_middles(words, size < 6), named, style.HUES, strict=False):
        axes.plot(theta, rates[:, label], color=hue, linewidth=1.1)
        axes.text(
            x, 1.02, labels[label], color=hue, size=size, ha="center", transform=axes.transAxes
        )
    axes.plot(theta, rates[:, own], color=style.INK, linewidth=1.5)
    axes.axvline(0, color=style.GREY, linewidth=0.5, linestyle=":", zorder=0)
    axes.set(ylim=(-3, 103), xlim=(theta[0], theta[-1]), xlabel=f"descend {labels[own]} →")
    axes.xaxis.label.set_fontsize(style.fitting(7.5, axes.get_xlabel(), room))
    axes.set_xticks(
        [theta[0], 0, theta[-1]], [style.number(value) for value in (theta[0], 0, theta[-1])]
    )
    first, _, last = axes.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    style.grid(axes)
