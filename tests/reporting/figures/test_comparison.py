"""The figure of two runs compared."""

import matplotlib as mpl
import pytest

from interference.external import runs
from interference.reporting import figures
from interference.reporting.figures import comparison as drawing
from interference.reporting.figures.page import Page, drawn_for
from interference.study import comparison as comparisons
from tests.reporting.figures.artists import full_text_of, texts_of, tick_labels
from tests.two_runs import records


def compared(index=True):
    return comparisons.of_runs(runs.tables_by_kind(records("cow", index)), "old", "new")


def marks(axes):
    return {
        (float(line.get_xdata()[0]), int(line.get_ydata()[0])): line.get_markerfacecolor()
        for line in axes.lines
        if line.get_marker() == "D"
    }


def test_bars_are_the_mended_and_the_broken_and_marks_the_net_change():
    figure = drawing.changes(compared())
    (axes,) = figure.axes
    assert tick_labels(axes.yaxis) == [
        "cat",
        "dog",
        "cow",
        "cat\N{EN DASH}dog",
        "dog\N{EN DASH}cow",
    ]
    widths = sorted({patch.get_width() for patch in axes.patches} - {0})
    assert widths == [-15, 9]
    assert marks(axes) == {
        (-15, 0): "#1a1a1a",
        (9, 1): "#1a1a1a",
        (0, 2): "white",
        (-15, 3): "#1a1a1a",
        (9, 4): "#1a1a1a",
    }
    assert "new is neither surely better" in full_text_of(figure)


def test_unmatched_images_have_intervals_in_points():
    (axes,) = drawing.changes(compared(index=False)).axes
    assert not axes.patches
    [lines] = [
        item for item in axes.collections if isinstance(item, mpl.collections.LineCollection)
    ]
    ends = lines.get_segments()[0][:, 0]
    assert ends[0] < -25 < ends[1] < 0
    assert -25 in {round(place) for place, _ in marks(axes)}


def test_a_narrow_page_keeps_the_errors_and_leaves_out_p():
    with drawn_for(Page(3.35)):
        figure = drawing.changes(compared())
    assert figure.get_size_inches()[0] == pytest.approx(3.35)
    texts = texts_of(figure)
    assert "15 \N{RIGHTWARDS ARROW} 0" in texts
    assert "p" not in texts


def test_the_figure_is_drawn_with_the_others_if_two_runs_are_compared():
    names = [name for part in figures.parts(comparison=compared()) for name, _ in part()]
    assert names == ["comparison"]
    assert not [name for part in figures.parts() for name, _ in part()]


def test_the_figure_carries_the_errors_of_each_row():
    figure = drawing.changes(compared())
    (axes,) = figure.axes
    assert [row["errors"] for row in figure.numbers] == tick_labels(axes.yaxis)
    net = [row["after"] - row["before"] for row in figure.numbers]
    assert net == [-15, 9, 0, -15, 9]
