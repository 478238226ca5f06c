"""Finds texts and marks in a figure, and makes tables of planes for it."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from interference import classes, surfaces
from interference.io.tables import Table
from interference.reporting.figures import fonts, layout, theme
from tests import toy

CAT_DOG = classes.pair("CAT", "DOG")


def expected_figures() -> dict[str, set[str]]:
    """The figures of the made-up study `evidence`, and the kinds of tables that each needs.

    The tests of each exhibit list its own, as `FIGURES`.
    """
    expected: dict[str, set[str]] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        module = import_module(f"tests.reporting.figures.{path.stem}")
        expected |= getattr(module, "FIGURES", {})
    return expected


def assert_expected(drawn: Iterable[str], expected: Iterable[str]) -> None:
    """Check that exactly the expected figures were drawn."""
    assert set(drawn) == set(expected), (
        "enter a new figure in FIGURES of tests/reporting/figures/test_NAME.py"
    )


def texts_of(figure: Figure) -> list[str]:
    """All visible texts of a figure."""
    figure.draw_without_rendering()
    return [
        text.get_text()
        for text in figure.findobj(mpl.text.Text)
        if text.get_text() and text.get_visible()
    ]


def full_text_of(figure: Figure) -> str:
    """All visible texts of a figure in one line."""
    return " ".join(texts_of(figure)).replace("\n", " ")


def tick_labels(axis: Axis) -> list[str]:
    """The labels of an axis' ticks."""
    return [text.get_text() for text in axis.get_ticklabels()]


def column_of(axes: Axes, heading: str) -> list[str]:
    """The column of text beside a panel under a heading, from above."""
    (x,) = [
        text.xy[0]
        for text in axes.texts
        if isinstance(text, Annotation) and text.get_text() == heading
    ]
    return _texts_from_above(
        [text for text in axes.texts if _is_plain(text) and text.get_position()[0] == x]
    )


def cells_of_row(axes: Axes, row: int) -> list[str]:
    """The texts in the cells of a row of a matrix, from the left."""
    cells = [text for text in axes.texts if _is_plain(text) and text.get_position()[1] == row + 0.5]
    return [text.get_text() for text in sorted(cells, key=lambda text: text.get_position()[0])]


def _is_plain(text: Text) -> bool:
    """Whether a text is no annotation, whose position is an offset."""
    return not isinstance(text, Annotation)


def _texts_from_above(texts: list[Text]) -> list[str]:
    return [text.get_text() for text in sorted(texts, key=lambda text: text.get_position()[1])]


def assert_whole(name: str, figure: Figure) -> None:
    """Check that nothing of a figure is cut off."""
    figure.draw_without_rendering()
    box = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert min(box.x0, box.y0) >= 0, name
    assert box.x1 <= width + 1e-9, name
    assert box.y1 <= height + 1e-9, name


def empty_panel() -> Axes:
    """Axes without content."""
    _, panels = layout.sheet("", "", panel=(1, 1))
    return panels[0, 0]


def repeat_plane(table: Table, pairs: list[tuple[int, int]]) -> Table:
    """A table of many planes, all of them the plane of `table` under the names of other pairs."""
    keys = table.classes.keys
    (gram,) = table.meta["grams"].values()
    frames = [table.frame.assign(class_1=first, class_2=second) for first, second in pairs]
    grams = {f"{keys[first]}-{keys[second]}": gram for first, second in pairs}
    return Table(pd.concat(frames), table.meta | {"grams": grams})


def small_plane(folder: Path) -> surfaces.Surface:
    """The plane of a study of three classes."""
    toy.study(folder, classes=toy.LETTERS, runs={"small": "optim"}, pairs=("a-b",), epochs=1)
    (table,) = toy.evidence(folder)["surfaces"].values()
    return surfaces.from_table(table)


def boxes_of_texts(figure: Figure) -> dict[Text, Bbox]:
    """The texts that a figure shows, with their boxes in points."""
    with theme.styled(), fonts.quiet():  # as the files are drawn
        figure.dpi = 72
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw_without_rendering()
        hidden = _hidden_tick_labels(figure)
        return {
            text: text.get_window_extent(renderer)
            for text in figure.findobj(Text)
            if text.get_text().strip() and text.get_visible() and text not in hidden
        }


def _hidden_tick_labels(figure: Figure) -> set[Text]:
    """The labels of ticks that are outside of their axis, which are not drawn."""
    hidden: set[Text] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            hidden |= set(axis.findobj(Text)) - {axis.label, axis.offsetText}
            if axes.axison and axis.get_visible():
                hidden -= _drawn_tick_labels(axis)
    return hidden


def _drawn_tick_labels(axis: Axis) -> set[Text]:
    """The labels of the ticks in the range of an axis."""
    low, high = sorted(axis.get_view_interval())
    margin = 1e-9 * (high - low)
    ticks = axis.get_major_ticks(len(axis.get_majorticklocs()))
    ticks += axis.get_minor_ticks(len(axis.get_minorticklocs()))
    return {
        label
        for tick in ticks
        if low - margin <= tick.get_loc() <= high + margin
        for label in (tick.label1, tick.label2)
    }


def assert_apart(name: str, boxes: dict[Text, Bbox], sliver: float = 2) -> None:
    """Check that no two texts share an area that is wider and higher than a sliver in points."""
    texts = [text.get_text() for text in boxes]
    corners = np.array([box.extents for box in boxes.values()]).reshape(-1, 4)
    lower_left = corners[:, :2]
    upper_right = corners[:, 2:]
    starts = np.maximum(lower_left[:, None], lower_left)  # (texts, texts, 2)
    ends = np.minimum(upper_right[:, None], upper_right)
    shared = (ends - starts).min(-1)  # the shorter side of the shared area, below 0 without one
    for first, second in np.argwhere(np.triu(shared > sliver, 1)):
        raise AssertionError(f"{name}: {texts[first]!r} and {texts[second]!r} overlap")
