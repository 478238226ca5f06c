"""Every exhibit of the published study in a column of a paper, measured."""

from collections.abc import Iterator

import pytest

from interference import params
from interference.reporting import figures
from interference.reporting.figures import labels, page
from interference.reporting.figures.page import Page
from interference.reporting.figures.sheets import Sheet
from interference.study import select
from tests.imports import ROOT
from tests.reporting.figures.artists import assert_apart, boxes_of_texts

STUDY = ROOT / "published" / "quick"
CENTIMETRE = 72 / 2.54  # points
COLUMN_WIDTH = 8.5  # cm
TEXT_WIDTH = 17.5  # cm: both columns of a paper


def exhibits(width: float, has_title: bool) -> Iterator[tuple[str, Sheet]]:
    """Draw the exhibits of the published study for a page of a width in cm."""
    settings = params.load(STUDY / "params.yaml")
    folders = {kind: STUDY / "data" / kind for kind in ("counts", "cctm", "grams", "surfaces")}
    target = Page(page.parse_width(f"{width}cm"), has_title)
    yield from figures.draw(**select.gather(settings, **folders), page=target)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("width", "has_title"), [(COLUMN_WIDTH, True), (COLUMN_WIDTH, False), (TEXT_WIDTH, True)]
)
def test_in_a_paper_every_figure_is_as_wide_as_its_column_and_legible(width, has_title):
    names = set()
    for name, figure in exhibits(width, has_title):
        names.add(name.partition("-")[0])
        boxes = boxes_of_texts(figure)
        page_width, page_height = 72 * figure.get_size_inches()
        assert page_width == pytest.approx(width * CENTIMETRE, abs=0.05 * CENTIMETRE), name
        for text, box in boxes.items():
            label = f"{name}: {text.get_text()!r}"
            assert text.get_fontsize() >= labels.LEGIBLE - 1e-9, f"{label} is too small"
            assert box.x0 >= -0.5, f"{label} leaves the page on the left"
            assert box.x1 <= page_width + 0.5, f"{label} leaves the page on the right"
            assert box.y0 >= -0.5, f"{label} leaves the page below"
            assert box.y1 <= page_height + 0.5, f"{label} leaves the page above"
        assert_apart(name, boxes)
    assert names >= {
        "accuracy",
        "cctm",
        "class_losses",
        "cosine_cctm",
        "cosines",
        "curves",
        "dance",
        "dance_pairs",
        "ego_models",
        "flatness",
        "interferers",
        "league",
        "lowland",
        "notes",
        "pairs",
        "planes",
        "recall",
        "shapes",
        "surface",
        "symmetry",
    }
