"""Finds texts and marks in a figure, and makes tables of planes for it."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from interference import classes, surfaces
from interference.io.tables import Table
from interference.reporting.figures import layout
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
