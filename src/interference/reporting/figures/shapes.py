"""Which classes' losses have similar shapes over a plane, and whether that tells who interferes.

Below the similarities, shapes and gradients are compared as predictors of interference.
"""

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
from interference.reporting.figures import labels, layout, planes, theme, wrapping
from interference.reporting.figures.layout import Margins
from interference.reporting.figures.planes import Plane
from interference.reporting.figures.sheets import Sheet
from interference.surfaces import shapes
from interference.surfaces.cosines import cosines
from interference.vocabulary import RANDOM, SCALES, Array

Matrices = dict[str, Array]  # matrices (C, C) by name

PANELS = 3  # the most planes with a heat map each; otherwise only the mean is shown
LEAST_SIDE = 1.0  # inches: of a heat map on a page
SMALLEST_SIDE = 1.72  # inches: of a heat map
LINE_HEIGHT = 0.2  # inches: a row of the correlations
TEXT_WIDTH = 4.8  # inches: the least width for the text below
MARKED = 5  # most interfering pairs with a dot in their cells
TICKS = (-1, -0.5, 0, 0.5, 1)
GRADIENTS = "cosine of gradients"
QUESTION = "Rank correlation with the symmetrised test CCTM"


def draw(
    groups: Mapping[str, list[Plane]], grams: Mapping[str, Table], cctm: Mapping[str, Table]
) -> Iterator[tuple[str, Figure]]:
    """Draw one figure for each run over its planes at one scale.

    The scale is the first of `SCALES` that the run has; the raw one, which is the paper's, comes
    first. Random directions are left out.

    Args:
        groups: The planes of each run and scale by their name.
        grams: Tables of the dot products of the class gradients.
        cctm: Tables of the final nets' confusion counts.

    Yields:
        The name `shapes-RUN` and its figure.
    """
    gram_of_run = {table.run["name"]: table for table in grams.values()}
    cctm_of_run = {table.run["name"]: table for table in cctm.values()}
    for run, group in _first_scales(groups).items():
        yield f"shapes-{run}", similarities(group, gram_of_run.get(run), cctm_of_run.get(run))


def _first_scales(groups: Mapping[str, list[Plane]]) -> dict[str, list[Plane]]:
    """Return the planes of each run at the first scale that it has."""
    of_run: dict[str, list[Plane]] = {}
    for scale in SCALES:
        for group in groups.values():
            surface = group[0].surface
            if scale != RANDOM and surface.scale == scale:
                of_run.setdefault(surface.run, group)
    return of_run


@theme.styled()
def similarities(group: list[Plane], gram: Table | None, cctm: Table | None) -> Figure:
    """Draw the similarity of the classes' loss surfaces, a heat map for each plane.

    Classes stand in the order of their clusters. If there are many planes or classes, only the mean
    over the planes is drawn. If the run has a test CCTM, the lower half shows how well similarity,
    and the cosine of class gradients, agree with interference.

    Args:
        group: The planes of one run at one scale.
        gram: The dot products of the run's class gradients, if they are known.
        cctm: The final net's confusion counts, if they are known.

    Returns:
        The figure.
    """
    by_plane = {plane.surface.name: surfaces.similarity(plane.surface) for plane in group}
    mean: Matrices = {}
    if len(group) > 1:
        mean[f"mean of {len(group)} planes"] = shapes.mean_similarity(list(by_plane.values()))
    class_labels = group[0].surface.classes.labels
    most_panels = PANELS if len(class_labels) <= top_pairs.LEGIBLE else 1
    shown = by_plane if len(group) <= most_panels else mean
    interference = None if cctm is None else _interference(cctm)
    scores: Matrices = {}
    if interference is not None:
        scores = _scores(by_plane if len(group) <= PANELS else {}, mean, gram)
    figure, panels = _sheet(group[0].table, class_labels, len(shown), len(scores), interference)
    colours = ScalarMappable(mpl.colors.Normalize(-1, 1), theme.OPPOSED)
    used_panels = layout.keep_panels(panels, len(shown))
    for axes, (name, similarity) in zip(used_panels, shown.items(), strict=True):
        _draw_heat_map(axes, similarity, class_labels, colours, interference)
        axes.set_title(name, size=7.5)
    layout.colour_bar(layout.upper_right(used_panels), colours, "similarity", ticks=TICKS)
    if interference is not None:
        label_room = _label_room(used_panels[0], class_labels)
        _draw_correlations(figure, used_panels[-1], label_room, scores, interference)
    for name, similarity in shown.items():
        figure.numbers.extend(_numbers_of_similarity(name, similarity, class_labels))
    return figure


def _numbers_of_similarity(
    name: str, similarity: Array, class_labels: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield the similarity (C, C) of each pair of classes over one plane."""
    for first, second in np.argwhere(np.triu(np.ones_like(similarity), 1)).tolist():
        pair = (class_labels[first], class_labels[second])
        yield _row(f"similarity, {name}", pair, float(similarity[first, second]))


def _row(
    measure: str,
    pair: tuple[str, str] = ("", ""),
    value: float = np.nan,
    low: float = np.nan,
    high: float = np.nan,
    p: float = np.nan,
) -> dict[str, Any]:
    """Return a row of the figure's numbers; a similarity has a pair, a correlation an interval."""
    return {
        "measure": measure,
        "class_1": pair[0],
        "class_2": pair[1],
        "value": value,
        "low": low,
        "high": high,
        "p": p,
    }


def _interference(cctm: Table) -> Array:
    """Return the symmetrised test CCTM (C, C)."""
    return confusion.symmetrised(confusion.cctm(by_epoch.test_counts(cctm)))


def _scores(by_plane: Matrices, mean: Matrices, gram: Table | None) -> Matrices:
    """Return the possible predictors of interference: shapes by plane, their mean, gradients."""
    scores = {f"shapes, {name}": matrix for name, matrix in (by_plane | mean).items()}
    if gram is not None:
        scores[GRADIENTS] = cosines(gram)
    return scores


def _sheet(
    table: Table,
    class_labels: Sequence[str],
    number: int,
    number_of_scores: int,
    interference: Array | None,
) -> tuple[Sheet, Array]:
    """Make the figure with panels for its heat maps and room for the correlations below."""
    side = layout.matrix_side(len(class_labels), SMALLEST_SIDE)
    label_size = labels.label_size(side / len(class_labels))
    label_room = labels.text_width(class_labels, label_size) + 0.1
    scores_height = LINE_HEIGHT * number_of_scores
    gap = label_room + 0.12
    margins = Margins(
        left=label_room + 0.08,
        right=max(0.72, TEXT_WIDTH - number * (label_room + side + 0.12)),
        above=0.32,
        below=label_room + (scores_height + 1 if number_of_scores else 0.1),
    )
    columns = layout.columns_on_page(number, LEAST_SIDE, gap, margins, has_bar=True)
    return layout.sheet(
        f"Which classes' losses have similar shapes around {planes.title(table)}",
        planes.caption(
            table,
            "similarity: Spearman's rank correlation of two classes' error rates over the plane",
            "grey: a class that is flat",
            *_explain_correlations(interference),
        ),
        rows=-(-number // columns),
        columns=columns,
        panel=(side, side),
        gap=(gap, label_room + 0.3),
        margins=margins,
        has_bar=True,
        keeps_shape=True,
    )


def _label_room(axes: Axes, class_labels: Sequence[str]) -> float:
    """Return the room for the labels below a heat map, in inches."""
    spacing = layout.box_of(axes).width / len(class_labels)
    return labels.text_width(class_labels, labels.label_size(spacing)) + 0.1


def _explain_correlations(interference: Array | None) -> list[str]:
    """Return the meanings of the marks of the lower half, if the figure has one."""
    if interference is None:
        return []
    return [
        f"dots: the {MARKED} pairs that interfere most",
        "bars: 95 % intervals by leaving out a class at a time",
        "p: by relabelling the classes",
    ]


def _draw_heat_map(
    axes: Axes,
    similarity: Array,
    class_labels: Sequence[str],
    colours: Any,
    interference: Array | None,
) -> None:
    """Draw the similarities (C, C) of one plane, with classes of similar shapes side by side."""
    order = clustering.order(similarity)
    shown = similarity[np.ix_(order, order)]
    np.fill_diagonal(shown, np.nan)
    axes.set_facecolor(theme.PALE)
    axes.imshow(
        shown,
        cmap=colours.cmap,
        norm=colours.norm,
        aspect="auto",
        interpolation="none",
        extent=(0, len(order), len(order), 0),
    )
    for direction in ("x", "y"):
        layout.label_axis(axes, direction, [class_labels[label] for label in order])
    if interference is not None:
        _mark_pairs(axes, order, interference)


def _mark_pairs(axes: Axes, order: list[int], interference: Array) -> None:
    """Draw a dot into both cells of each of the most interfering pairs."""
    rows = []
    columns = []
    for first, second, strength in confusion.ranked_pairs(interference)[:MARKED]:
        if strength > 0:
            rows.append(order.index(first) + 0.5)
            columns.append(order.index(second) + 0.5)
    axes.plot(rows + columns, columns + rows, "o", ms=2.4, color=theme.INK_ON_COLOUR, mew=0)


def _draw_correlations(
    figure: Sheet,
    last_panel: Axes,
    label_room: float,
    scores: Mapping[str, Array],
    interference: Array,
) -> None:
    """Draw the rank correlation of each score with interference, and state which is better."""
    width, height = figure.get_size_inches()
    name_size = 6.2 if figure.page.is_narrow else 7
    names_width = labels.text_width(list(scores), name_size) + 0.1
    axes_height = LINE_HEIGHT * len(scores)
    axes_width = min(2.6, width - names_width - 1.2)
    left = 0.08 + names_width
    bottom = layout.box_of(last_panel).bottom - label_room - 0.42 - axes_height
    axes = figure.add_axes(
        (left / width, bottom / height, axes_width / width, axes_height / height)
    )
    for row, (name, score) in enumerate(scores.items()):
        colour = theme.HUES[1] if name == GRADIENTS else theme.HUES[0]
        prediction = predictors.prediction(score, interference)
        _draw_correlation(axes, row, prediction, colour)
        figure.numbers.append(
            _row(
                f"rank correlation, {name}",
                value=prediction.rho,
                low=prediction.low,
                high=prediction.high,
                p=prediction.p,
            )
        )
    axes.axvline(0, color=theme.GREY, linewidth=0.6)
    ticks = TICKS if axes_width > 1.5 else TICKS[::2]
    axes.set(xlim=(-1, 1), xticks=ticks, ylim=(len(scores) - 0.5, -0.5))
    axes.set_yticks(range(len(scores)), list(scores), size=name_size)
    axes.tick_params(axis="y", length=0)
    layout.add_grid(axes)
    verdict = _verdict(scores, interference)
    if figure.page.width is None:
        lines = textwrap.wrap(verdict, int(17 * width))
    else:
        lines = wrapping.wrap(verdict, width - 0.2, 7)
    figure.text(0.08 / width, (bottom - 0.22) / height, "\n".join(lines), size=7, va="top")
    figure.text(0.08 / width, (bottom + axes_height + 0.07) / height, QUESTION, size=7.5)


def _draw_correlation(axes: Axes, row: int, prediction: Prediction, colour: str) -> None:
    """Draw a correlation as a dot with its interval, and write its value and p beside it."""
    axes.plot([prediction.low, prediction.high], [row, row], color=colour, linewidth=1)
    axes.plot(prediction.rho, row, "o", ms=4, color=colour, clip_on=False)
    text = f"{prediction.rho:.2f}, p = {prediction.p:.3f}".replace("-", labels.MINUS)
    axes.text(1.04, row, text, transform=axes.get_yaxis_transform(), size=6.8, va="center")


def _verdict(scores: Mapping[str, Array], interference: Array) -> str:
    """State whether shapes or gradients predict interference better.

    The shapes are those of the mean over the planes, or of the only plane. The text is empty if
    there are no gradients or the difference has no interval.
    """
    if GRADIENTS not in scores or len(scores) < 2:
        return ""
    name = list(scores)[-2]
    better, low, high = predictors.advantage(scores[name], scores[GRADIENTS], interference)
    if np.isnan(low):
        return ""
    if low > 0:
        answer = "shapes predict interference better"
    elif high < 0:
        answer = "gradients predict interference better"
    else:
        answer = "the difference is not significant"
    difference = f"{better:+.2f} ({low:+.2f} to {high:+.2f})".replace("-", labels.MINUS)
    return f"|rho| of {name} less |rho| of the cosines: {difference}, {answer}"
