"""Which classes' losses have like shapes over a plane, and whether shapes or gradients tell which classes interfere."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from interference import confusion, surfaces
from interference.confusion import by_epoch, clustering, predictors, top_pairs
from interference.confusion.predictors import Prediction
from interference.io.tables import Table
from interference.reporting.figures import planes, style
from interference.reporting.figures.planes import Plane
from interference.surfaces import shapes
from interference.surfaces.cosines import cosines
from interference.vocabulary import RANDOM, SCALES, Array

PANELS = (
    3  # the most planes with a heat map each; of more, or of many classes, the mean alone is shown
)
SIDE, LINE = (
    1.72,
    0.2,
)  # inches: a heat map's least side, and the height of a row of the correlations
WIDE = 4.8  # inches: the least width, for what is written
MARKED = 5  # most interfering pairs whose cells carry a dot
TICKS = (-1, -0.5, 0, 0.5, 1)
GRADIENTS = "cosine of gradients"
QUESTION = "Rank correlation with the symmetrised test CCTM"


def draw(
    groups: Mapping[str, list[Plane]], grams: Mapping[str, Table], cctm: Mapping[str, Table]
) -> Iterator[tuple[str, Figure]]:
    """One figure a run, over its planes at the first scale that there is (raw, the paper's, before all others)."""
    of_run: dict[str, list[Plane]] = {}
    for scale in (scale for scale in SCALES if scale != RANDOM):
        for group in groups.values():
            if group[0].surface.scale == scale:
                of_run.setdefault(group[0].surface.run, group)
    gram, tested = (
        {table.run["name"]: table for table in tables.values()} for tables in (grams, cctm)
    )
    for run, group in of_run.items():
        yield f"shapes-{run}", likeness(group, gram.get(run), tested.get(run))


@style.styled()
def likeness(group: list[Plane], gram: Table | None, cctm: Table | None) -> Figure:
    """Similarity of the classes' loss surfaces, a heat map a plane, in the order of their clusters.

    Where the run has a test CCTM, below: how well similarity, and the cosine of class gradients where there is a Gram
    matrix, go with how much two classes interfere.
    """
    alike = {plane.surface.name: surfaces.similarity(plane.surface) for plane in group}
    mean = (
        {f"mean of {len(group)} planes": shapes.mean_similarity(list(alike.values()))}
        if len(group) > 1
        else {}
    )
    table, labels = group[0].table, group[0].surface.classes.labels
    shown = alike if len(group) <= (PANELS if len(labels) <= top_pairs.LEGIBLE else 1) else mean
    interference = (
        None if cctm is None else confusion.symmetrised(confusion.cctm(by_epoch.test_counts(cctm)))
    )
    scores = (
        {} if interference is None else _scores(alike if len(group) <= PANELS else {}, mean, gram)
    )
    side = style.matrix_side(len(labels), SIDE)
    room, below = style.wide(labels, style.label_size(side / len(labels))) + 0.1, LINE * len(scores)
    figure, (panels,) = style.sheet(
        f"Which classes' losses have like shapes around {planes.title(table)}",
        planes.source(
            table,
            "similarity: Spearman's rank correlation of two classes' mistake rates over the plane",
            "columns in the order of the rows",
            "grey: a class that is flat",
            *_notes(interference),
        ),
        columns=len(shown),
        panel=(side, side),
        gap=(room + 0.12, 0),
        left=room + 0.08,
        above=0.32,
        right=max(0.72, WIDE - len(shown) * (room + side + 0.12)),
        below=below + 0.95 if scores else 0.1,
    )
    colours = ScalarMappable(mpl.colors.Normalize(-1, 1), style.OPPOSED)
    for axes, (name, similarity) in zip(panels, shown.items(), strict=True):
        _heat_map(axes, similarity, labels, colours, interference)
        axes.set_title(name, size=7.5)
    style.colour_bar(panels[-1], colours, "similarity", ticks=TICKS)
    if interference is not None:
        _correlations(figure, panels[0], scores, interference)
    return figure


def _notes(interference: Array | None) -> list[str]:
    """What the caption says of the lower half."""
    return (
        []
        if interference is None
        else [
            f"dots: the {MARKED} pairs that interfere most",
            "bars: 95 % intervals by leaving out a class at a time",
            "p: by relabelling the classes",
        ]
    )


def _scores(
    alike: Mapping[str, Array], mean: Mapping[str, Array], gram: Table | None
) -> dict[str, Array]:
    """What may tell which classes interfere, by name: the shapes over each plane, their mean, and gradients."""
    scores = {f"shapes, {name}": similarity for name, similarity in {**alike, **mean}.items()}
    return scores if gram is None else {**scores, GRADIENTS: cosines(gram)}


def _heat_map(
    axes: Axes, similarity: Array, labels: Sequence[str], colours: Any, interference: Array | None
) -> None:
    """One plane's similarities, classes of like shapes side by side."""
    order = clustering.order(similarity)
    shown = similarity[np.ix_(order, order)]
    np.fill_diagonal(shown, np.nan)
    axes.set_facecolor(style.PALE)
    axes.imshow(
        shown,
        cmap=colours.cmap,
        norm=colours.norm,
        aspect="auto",
        interpolation="none",
        extent=(0, len(order), len(order), 0),
    )
    style.label_axis(axes, "y", [labels[label] for label in order])
    axes.set_xticks([])
    if interference is not None:
        top = [pair[:2] for pair in confusion.ranked_pairs(interference)[:MARKED] if pair[2] > 0]
        places = np.array([[order.index(a), order.index(b)] for a, b in top]).reshape(-1, 2) + 0.5
        axes.plot(*np.r_[places, places[:, ::-1]].T, "o", ms=2.4, color=style.INK, mew=0)


def _correlations(
    figure: Figure, above: Axes, scores: Mapping[str, Array], interference: Array
) -> None:
    """A row a score: its rank correlation with interference over the pairs, its interval and p; which one is better."""
    wide, high = figure.get_size_inches()
    _, bottom, _, _ = style.place(above)
    room, height = style.wide(list(scores), 7) + 0.1, LINE * len(scores)
    left, foot, across = 0.08 + room, bottom - 0.42 - height, min(2.6, wide - room - 1.2)
    axes = figure.add_axes((left / wide, foot / high, across / wide, height / high))
    for row, (name, score) in enumerate(scores.items()):
        _bar(axes, row, predictors.prediction(score, interference), style.HUES[name == GRADIENTS])
    axes.axvline(0, color=style.GREY, linewidth=0.6)
    axes.set(xlim=(-1, 1), xticks=TICKS, ylim=(len(scores) - 0.5, -0.5))
    axes.set_yticks(range(len(scores)), list(scores))
    axes.tick_params(axis="y", length=0)
    style.grid(axes)
    words = textwrap.wrap(_verdict(scores, interference), int(17 * wide))
    figure.text(0.08 / wide, (foot - 0.22) / high, "\n".join(words), size=7, va="top")
    figure.text(0.08 / wide, (foot + height + 0.07) / high, QUESTION, size=7.5)


def _bar(axes: Axes, row: int, one: Prediction, colour: str) -> None:
    """A dot with its interval, and its p beside it."""
    axes.plot([one.low, one.high], [row, row], color=colour, linewidth=1)
    axes.plot(one.rho, row, "o", ms=4, color=colour, clip_on=False)
    words = f"{one.rho:.2f}, p = {one.p:.3f}".replace("-", style.MINUS)
    axes.text(1.04, row, words, transform=axes.get_yaxis_transform(), size=6.8, va="center")


def _verdict(scores: Mapping[str, Array], interference: Array) -> str:
    """Which of shapes and gradients tells interference better, in words; nothing where that cannot be asked."""
    if GRADIENTS not in scores or len(scores) < 2:
        return ""
    name = list(scores)[-2]  # the mean over the planes, or the one plane that there is
    better, low, high = predictors.advantage(scores[name], scores[GRADIENTS], interference)
    if np.isnan(low):
        return ""
    answer = (
        "shapes tell interference better"
        if low > 0
        else "gradients tell interference better"
        if high < 0
        else "which of them tells interference better is open"
    )
    figures = f"{better:+.2f} ({low:+.2f} to {high:+.2f})".replace("-", style.MINUS)
    return f"|rho| of {name} less |rho| of the cosines: {figures}, {answer}"
