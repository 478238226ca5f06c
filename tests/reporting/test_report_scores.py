"""The section of the page on precision, recall and F1, and the file of them."""

import pandas as pd
import pytest

from interference.api.report import study_of_records
from interference.external import runs
from interference.reporting import report
from interference.reporting.report import scores as section_of
from interference.study import scores
from tests.two_runs import records


def study():
    both = records("<b>")
    return study_of_records(both, runs.tables_by_kind(both), [])


def test_each_run_has_a_table_with_means_first():
    context = section_of.section(study()).context
    assert [run for run, _ in context.runs] == ["old", "new"]
    rows = list(context.runs[0][1].rows)
    assert [row[0] for row in rows] == ["macro mean", "micro mean", "cat", "dog", "<b>"]
    cat = rows[2]
    assert cat[2].startswith("75.0 (")  # 45 of 60 cats
    assert cat[1].startswith("100.0 (")
    assert cat[4:] == ["60", "45"]


def test_a_class_cannot_open_an_element():
    page = report.html(study())
    assert "<td>&lt;b&gt;</td>" in page


def test_the_file_has_a_row_for_each_class_and_mean(tmp_path):
    scores.save(study().of_runs("cctm"), tmp_path)
    frame = pd.read_csv(tmp_path / "scores.csv")
    assert len(frame) == 2 * 5
    new = frame[frame["run"] == "new"].set_index("class")
    assert new.loc["dog", "recall"] == pytest.approx(51 / 60)
    assert new.loc["micro mean", "f1"] == pytest.approx(131 / 140)
