"""The figures' panels on a user's own Matplotlib axes: a matrix, a plane and dancing notes."""

from typing import TYPE_CHECKING, Any

import numpy as np

from interference import confusion
from interference import surfaces as planes
from interference.api.rates import dancing_notes
from interference.confusion import top_pairs
from interference.errors import BadInput, one_of
from interference.external.arrays import number_array
from interference.external.class_names import to_classes
from interference.external.predictions import count_predictions, record_predictions
from interference.surfaces import Surface
from interference.thresholds import EPSILON, NOTE
from interference.vocabulary import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW = "row"
COLUMN = "column"
COUNT = "count"
UNITS = {  # what a number in a cell is
    ROW: "% of the images of the true class",
    COLUMN: "% of the images of the predicted class",
    COUNT: "images",
}


def plot_cctm(
    counts_or_true: Any,
    predicted: Any = None,
    labels: Any = None,
    *,
    unit: str = ROW,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw a confusion matrix whose colours show the errors, with its diagonal in grey.

    Args:
        counts_or_true: Confusion counts (C, C), row = true class; or, if `predicted` is given, the
            true classes (n,), as names or numbers.
        predicted: The predicted classes (n,).
        labels: The names of the classes of the counts; or, with true and predicted classes, the
            classes in the order of the rows.
        unit: `row` for percent of the images of the true class (the CCTM, its diagonal is the
            recall), `column` for percent of the images of the predicted class (its diagonal is the
            precision), or `count` for numbers of images.
        ax: Where to draw; by default new axes.

    Returns:
        The axes.

    Raises:
        BadInput: The counts are not square, the arrays do not fit each other, or the unit is
            unknown.

    Examples:
        >>> from interference import plot_cctm
        >>> axes = plot_cctm(["cat", "cat", "dog"], ["cat", "dog", "dog"])
        >>> [text.get_text() for text in axes.get_xticklabels()]
        ['cat', 'dog']
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    from interference.reporting.figures import layout, theme

    if unit not in UNITS:
        raise one_of("unit", unit, UNITS)
    counts, names = _counts_and_names(counts_or_true, predicted, labels)
    values = _values(counts, unit)
    errors = np.where(np.eye(len(values), dtype=bool), np.nan, values)
    axes = _axes(ax)
    highest = np.nanmax(errors, initial=0)
    colours = ScalarMappable(Normalize(0, highest or 1), theme.ERRORS)
    order = [list(range(len(names)))]
    layout.matrix(axes, errors, colours, names, np.inf, order)
    if len(names) <= top_pairs.LEGIBLE:
        _write_values(axes, values, colours, unit)
    axes.set(xlabel="predicted", ylabel="true class")
    layout.figure_of(axes).colorbar(colours, ax=axes, label=UNITS[unit])
    return axes


def _counts_and_names(
    counts_or_true: Any, predicted: Any, labels: Any
) -> tuple[Array, tuple[str, ...]]:
    """The confusion counts (C, C) and the names of the classes."""
    if predicted is None:
        counts = number_array("plot_cctm: counts", counts_or_true)
        if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or (counts < 0).any():
            raise BadInput(
                f"plot_cctm: counts {counts.shape}, allowed: square counts (C, C) from 0, or true "
                "and predicted classes (n,)"
            )
        names = to_classes(range(len(counts)) if labels is None else labels, 1).labels
        if len(names) != len(counts):
            raise BadInput(
                f"labels: found {len(names)} for counts {counts.shape}, allowed: {len(counts)}"
            )
        return counts, names
    if labels is not None:
        return count_predictions(counts_or_true, predicted, labels), to_classes(labels, 1).labels
    record = record_predictions(counts_or_true, predicted)
    by_epoch = record.cells["test"]
    counts, _ = by_epoch[max(by_epoch)]
    return counts, record.classes.labels


def _values(counts: Array, unit: str) -> Array:
    """The numbers of the cells (C, C), nan where a class has no images."""
    if unit == COUNT:
        return counts.astype(np.float64)
    images = counts.sum(1, keepdims=True) if unit == ROW else counts.sum(0, keepdims=True)
    return 100 * confusion.ratio(counts, images)


def _write_values(axes: "Axes", values: Array, colours: Any, unit: str) -> None:
    """Write the number of every cell that is not 0, also on the diagonal."""
    from interference.reporting.figures import labels, layout, theme

    for (row, column), value in np.ndenumerate(values):
        if not value or not np.isfinite(value):
            continue
        text = f"{value:,.0f}" if unit == COUNT else f"{value:.1f}"
        is_right = row == column
        colour = theme.INK if is_right else theme.contrasting_colour(colours, value)
        layout.write_cell(axes, column, row, text, colour, size=labels.LEGIBLE)


def plot_surface(surface: Surface, *, epsilon: float = EPSILON, ax: "Axes | None" = None) -> "Axes":
    """Draw the error rate over an interference plane, with a white line around its flat area.

    Args:
        surface: The plane, as `surface` returns it.
        epsilon: How far the error rate may rise in the flat area, in percentage points.
        ax: Where to draw; by default new axes.

    Returns:
        The axes.
    """
    from interference.reporting.figures import layout
    from interference.reporting.figures import planes as terrains
    from interference.reporting.figures import surface as maps

    mistakes = planes.mistake_rate(surface)  # (n1, n2)
    plane = terrains.Plane(planes.to_table(surface, {}), surface, mistakes)
    bands = terrains.bands([mistakes], surface.chance)
    axes = _axes(ax)
    maps.draw_map(axes, plane, bands, epsilon)
    layout.figure_of(axes).colorbar(terrains.colours(bands), ax=axes, label="error rate, %")
    return axes


def plot_notes(
    cctms: Any,
    label: int,
    classes: Any = None,
    *,
    threshold: float = NOTE,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw the dancing notes of a class: which class it is most often mistaken for at each epoch.

    Args:
        cctms: (epochs, C, C) the confusion rates after each epoch, as `cctm` returns them.
        label: The number of the class.
        classes: The names of the classes; by default their numbers.
        threshold: A rate: a class that receives no larger fraction is no note.
        ax: Where to draw; by default new axes.

    Returns:
        The axes.

    Raises:
        BadInput: The rates have another shape, or the class or the names do not fit them.
    """
    from interference.reporting.figures import dance

    notes = dancing_notes(cctms, threshold)  # (epochs, C)
    number = notes.shape[1]
    names = to_classes(range(number) if classes is None else classes, 1).labels
    if len(names) != number:
        raise BadInput(f"classes: found {len(names)}, allowed: {number}, as in the rates")
    if label not in range(number):
        raise one_of("label", label, range(number))
    axes = _axes(ax)
    epochs = 1 + np.arange(len(notes))
    dance.draw_notes(axes, epochs, notes[:, label], names)
    axes.set_title(f"{names[label]} is predicted as")
    axes.set_xlabel("epoch")
    return axes


def _axes(ax: "Axes | None") -> "Axes":
    """The given axes, or new ones."""
    if ax is not None:
        return ax
    from matplotlib import pyplot as plt

    _, axes = plt.subplots()
    return axes
