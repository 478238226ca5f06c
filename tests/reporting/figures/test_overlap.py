"""The figure of the errors that several runs share."""

import pytest

from interference.external import runs
from interference.reporting import figures
from interference.reporting.figures import numbers, theme
from interference.reporting.figures import overlap as drawing
from interference.reporting.figures.page import Page, drawn_for
from interference.study import overlap as overlaps
from tests.reporting.figures.artists import full_text_of, texts_of, tick_labels
from tests.study.test_overlap import three_runs


def overlap():
    return overlaps.of_runs(runs.tables_by_kind(three_runs())["predictions"])


def test_bars_are_observed_and_lines_expected():
    own = overlap()
    first, second = drawing.shared(own).axes
    assert [bar.get_height() for bar in first.patches] == [9, 0, 6]
    [marks] = first.collections
    expected = [segment[0, 1] for segment in marks.get_segments()]
    assert expected == pytest.approx(own.difficulty["expected"].tolist()[1:])
    assert tick_labels(second.yaxis) == ["cat\N{EN DASH}dog", "dog\N{EN DASH}=cow"]
    dots = [line for line in second.lines if line.get_marker() == "o"]
    assert dots[0].get_xdata().tolist() == [100, 0]


def test_the_caption_says_where_the_errors_lie():
    own = overlap()
    figure = drawing.shared(own)
    assert f"{own.parts.images.percent:.0f} % (95 %" in full_text_of(figure)
    assert "6 of 6" in texts_of(figure)


def test_a_narrow_page_sets_the_panels_below_each_other():
    with drawn_for(Page(3.35)):
        figure = drawing.shared(overlap())
    assert figure.get_size_inches()[0] == pytest.approx(3.35)
    first, second = figure.axes
    assert first.get_position().y0 > second.get_position().y1


def test_the_figure_is_drawn_with_the_others_if_runs_share_images():
    names = [name for part in figures.parts(overlap=overlap()) for name, _ in part()]
    assert names == ["shared-errors"]


def test_the_figure_carries_the_numbers_of_both_panels(tmp_path):
    own = overlap()
    figure = drawing.shared(own)
    path = tmp_path / "figure.svg"
    path.write_bytes(numbers.with_numbers(theme.to_svg(figure), figure.numbers))
    carried = numbers.read(path)
    by_runs = carried[carried["runs"].notna()]
    assert by_runs["images"].tolist() == own.difficulty["images"].tolist()
    by_pair = carried[carried["pair"].notna()]
    assert by_pair["pair"].tolist() == tick_labels(figure.axes[1].yaxis)
    assert by_pair["share"].tolist() == [100, 0]
    assert by_pair["all"].tolist() == [6, 0]
