"""The section of the page on errors that several runs share."""

import re
from dataclasses import replace

import numpy as np

from interference.api.report import study_of_records
from interference.external import runs
from interference.reporting import report
from interference.reporting.report import overlap as section_of
from tests.study.test_overlap import three_runs
from tests.two_runs import records


def study():
    own = three_runs()
    return study_of_records(own, runs.tables_by_kind(own), [])


def test_the_page_has_the_section_if_runs_share_images():
    page = report.html(study())
    assert 'href="#data-or-training"' in page
    assert "6 of 60 test images are mistaken by all 3 runs" in page
    own = three_runs(index=False)
    unmatched = study_of_records(own, runs.tables_by_kind(own), [])
    assert section_of.section(unmatched) is None


def test_bars_are_the_images_by_the_number_of_runs():
    context = section_of.section(study()).context
    assert [(bar.runs, bar.images) for bar in context.bars] == [("1", 9), ("2", 0), ("3", 6)]
    assert max(max(bar.width, bar.mark) for bar in context.bars) == 100
    assert context.right == 45


def test_the_table_names_classes_and_pairs_with_their_shared_errors():
    table = section_of.section(study()).context.kinds
    rows = {row[0]: row[1:] for row in table.rows}
    pairs = ["cat\N{EN DASH}dog", "dog\N{EN DASH}=cow"]
    assert list(rows) == ["all images", "cat", "dog", "=cow", *pairs]
    assert rows["cat\N{EN DASH}dog"][:4] == ["40", "6.0", "6", "6"]
    assert rows["dog\N{EN DASH}=cow"][:4] == ["40", "3.0", "9", "0"]


def test_hard_images_are_shown_if_the_page_has_images():
    images = np.zeros((60, 3, 8, 8), np.uint8)
    context = section_of.section(replace(study(), images=images)).context
    assert context.has_pictures
    assert context.images[0].uri.startswith("data:image/webp;base64,")
    assert not section_of.section(study()).context.has_pictures


def test_a_class_cannot_open_an_element():
    own = records("<b>")
    page = report.html(study_of_records(own, runs.tables_by_kind(own), []))
    section = re.search(r'<section id="data-or-training".*?</section>', page, re.DOTALL)[0]
    assert "&lt;b&gt;" in section
    assert "dog as <b>" not in section
