"""The figures of calibration and of the excess over a reference."""

from pathlib import Path

import numpy as np
import pytest

from interference import agreement, params, record_predictions
from interference.reporting import figures
from interference.reporting.figures import calibration, reference
from interference.reporting.figures.page import Page, drawn_for
from stages import figures as stage
from tests.imports import ROOT
from tests.reporting.figures.artists import full_text_of, texts_of, tick_labels
from tests.reporting.test_report_confidence import study
from tests.two_runs import records


def test_a_panel_has_a_dot_for_each_bin_of_its_class():
    (confidence,) = study().confidences
    ((name, figure),) = calibration.draw(confidence)
    assert name == "calibration-mine"
    assert len(figure.axes) == 4
    places = figure.axes[0].collections[-1].get_offsets()
    assert np.allclose(places, [[40, 100], [80, 100 * 107 / 116]])
    assert "too confident" in full_text_of(figure)
    assert {row["predicted"] for row in figure.numbers} >= {"all images", "cat", "dog"}


def test_a_row_is_a_pair_and_a_filled_mark_is_beyond_chance():
    old, new = records("cow")
    ((name, figure),) = reference.draw(agreement(new, old))
    assert name == "reference-new"
    (axes,) = figure.axes
    assert tick_labels(axes.yaxis) == ["cat\N{EN DASH}dog", "dog\N{EN DASH}cow"]
    marks = [line for line in axes.lines if line.get_marker() == "D"]
    assert [round(float(mark.get_xdata()[0])) for mark in marks] == [-25, 15]
    assert {mark.get_markerfacecolor() for mark in marks} == {"#1a1a1a"}


def test_a_narrow_page_has_both_rates_in_one_column():
    old, new = records("cow")
    with drawn_for(Page(3.35)):
        figure = reference.excess(agreement(new, old))
    assert figure.get_size_inches()[0] == pytest.approx(3.35)
    assert "0.0 / 25.0" in texts_of(figure)


def test_both_are_drawn_with_the_others():
    known = study()
    parts = figures.parts(confidences=known.confidences, agreements=known.agreements)
    names = [name for part in parts for name, _ in part()]
    assert names == ["calibration-mine", "reference-mine"]


def test_the_stage_draws_the_calibration_of_the_runs_whose_predictions_have_confidences(
    tmp_path: Path,
):
    study = params.load(ROOT / "params.yaml")
    label = np.arange(100) % 10
    given = {"index": np.arange(100), "data": study.data.title}
    sure = record_predictions(label, label, name="sure", confidence=label / 10, **given)
    bare = record_predictions(label, label, name="bare", **given)
    for record in (sure, bare):
        record.save(tmp_path)
    folders = [tmp_path / kind for kind in ("none", "none", "none", "none", "drawn")]
    folders[0].mkdir()
    predictions = tmp_path / "predictions"
    stage.main(*folders, ROOT / "params.yaml", formats=["svg"], predictions=predictions)
    drawn = [path.stem for path in (tmp_path / "drawn").iterdir()]
    assert [name for name in drawn if name.startswith("calibration")] == ["calibration-sure"]


def test_the_page_of_the_paper_lists_both_figures_of_predictions():
    page = (ROOT / "docs" / "reproduce.md").read_text()
    assert "| `calibration-RUN` |" in page
    assert "| `shared-errors` |" in page
