"""The panels on a user's own Matplotlib axes."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference import BadInput, cctm, plot_cctm, plot_notes, plot_surface
from interference.classes import Classes
from interference.surfaces import Surface

COUNTS = np.array([[6, 2, 0], [1, 3, 0], [0, 0, 8]])
TRUE = ["cat"] * 8 + ["dog"] * 4 + ["cow"] * 8
PREDICTED = ["cat"] * 6 + ["dog"] * 2 + ["cat"] + ["dog"] * 3 + ["cow"] * 8


@pytest.fixture
def axes() -> Axes:
    return Figure(figsize=(5, 4)).subplots()


def cell_texts(axes: Axes) -> dict[tuple[int, int], str]:
    """The text of each cell by its row and column."""
    cells = {}
    for text in axes.texts:
        column, row = text.get_position()
        cells[int(row), int(column)] = text.get_text()
    return cells


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("row", {(0, 0): "75.0", (0, 1): "25.0", (1, 0): "25.0", (1, 1): "75.0", (2, 2): "100.0"}),
        (
            "column",
            {(0, 0): "85.7", (0, 1): "40.0", (1, 0): "14.3", (1, 1): "60.0", (2, 2): "100.0"},
        ),
        ("count", {(0, 0): "6", (0, 1): "2", (1, 0): "1", (1, 1): "3", (2, 2): "8"}),
    ],
)
def test_a_matrix_shows_rows_columns_or_counts_and_its_diagonal(axes, unit, expected):
    assert plot_cctm(COUNTS, unit=unit, ax=axes) is axes
    assert cell_texts(axes) == expected


def test_a_matrix_of_predictions_names_its_classes(axes):
    plot_cctm(TRUE, PREDICTED, unit="count", ax=axes)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["cat", "cow", "dog"]
    assert cell_texts(axes)[0, 2] == "2"


def test_labels_order_a_matrix_of_predictions(axes):
    plot_cctm(TRUE, PREDICTED, ["dog", "cat"], unit="count", ax=axes)
    assert cell_texts(axes) == {(0, 0): "3", (0, 1): "1", (1, 0): "2", (1, 1): "6"}


def test_only_errors_are_coloured(axes):
    plot_cctm(COUNTS, unit="count", ax=axes)
    colours = axes.collections[0].get_array()
    assert np.ma.getmaskarray(colours).reshape(3, 3).diagonal().all()
    assert colours.max() == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1, 2, 3]],), r"plot_cctm: counts \(1, 3\), allowed: square counts"),
        ((COUNTS, None, ["a", "b"]), r"labels: found 2 for counts \(3, 3\), allowed: 3"),
        (([[-1]],), r"plot_cctm: counts \(1, 1\), allowed: square counts \(C, C\) from 0"),
    ],
)
def test_a_matrix_that_will_not_do_is_refused(arguments, message):
    with pytest.raises(BadInput, match=message):
        plot_cctm(*arguments)


def test_an_unknown_unit_names_the_units():
    with pytest.raises(BadInput, match=r"unit: found 'rows', allowed: row, column, count"):
        plot_cctm(COUNTS, unit="rows")


def test_notes_stand_on_the_line_of_their_class(axes):
    rates = [cctm(COUNTS), cctm(COUNTS), cctm(np.diag([1, 1, 1]))]
    plot_notes(rates, 0, ["cat", "dog", "cow"], ax=axes)
    silent, notes = axes.lines
    assert notes.get_xdata().tolist() == [1, 2]
    assert notes.get_ydata().tolist() == [1, 1]
    assert silent.get_xdata().tolist() == [3]
    assert axes.get_title() == "cat is predicted as"


@pytest.mark.parametrize(
    ("label", "classes", "message"),
    [(3, None, r"label: found 3, allowed: 0, 1, 2"), (0, ["a"], r"classes: found 1, allowed: 3")],
)
def test_notes_of_a_class_that_is_not_there_are_refused(label, classes, message):
    with pytest.raises(BadInput, match=message):
        plot_notes([cctm(COUNTS)], label, classes)


def test_a_plane_is_drawn_with_its_directions_and_its_centre(axes):
    steps = np.linspace(-1, 1, 3)
    counts = np.zeros((3, 3, 3, 3), np.int64)
    counts[..., :, :] = COUNTS
    plane = Surface(
        theta_1=steps,
        theta_2=steps,
        counts=counts,
        loss_sum=np.zeros(counts.shape),
        classes=Classes.from_labels(["cat", "dog", "cow"]),
        pair=(0, 1),
        scale="step",
        run="mine",
        gram=np.eye(2),
    )
    assert plot_surface(plane, ax=axes) is axes
    assert axes.get_xlabel().startswith("descend cat")
    assert axes.get_ylabel().startswith("descend dog")
