"""The sections of the page on confidence and on a reference."""

from dataclasses import replace

import numpy as np
import pytest

from interference import agreement, record_predictions, report
from interference.api.report import study_of_records
from interference.external import runs
from interference.reporting import report as pages
from interference.reporting.report import confidence as confidence_section
from interference.reporting.report import reference as reference_section

CLASSES = ("cat", "dog", "<b>")
LABEL = np.repeat([0, 1, 2], [60, 40, 20])
SCORES = np.full((120, 3), 0.1)
SCORES[np.arange(120), LABEL] = 0.8
SCORES[:9] = (0.15, 0.8, 0.05)  # cats that seem dogs
SCORES[70:74] = (0.3, 0.4, 0.3)


def study(index=True):
    record = record_predictions(
        LABEL,
        SCORES.argmax(1),
        scores=SCORES,
        classes=CLASSES,
        name="mine",
        index=np.arange(120) if index else None,
    )
    reference = record_predictions(LABEL, LABEL, classes=CLASSES, name="person")
    return study_of_records(
        [record],
        runs.tables_by_kind([record]),
        [],
        agreements=[agreement(record, reference)],
    )


def test_the_lists_hold_the_confident_the_near_and_the_suspicious():
    context = confidence_section.section(study()).context
    (facts,) = context.runs
    wrong, near, labels = facts.lists
    assert (wrong.images, near.images, labels.images) == (9, 4, 9)
    assert wrong.tiles[0].text == "cat as dog, 80.0 %"
    assert near.tiles[0].text == "dog, nearly cat, 40.0 %"
    assert labels.tiles[0].text == "labelled cat, seems dog, 15.0 %"
    assert [tile.name for tile in wrong.tiles] == [str(place) for place in range(9)]
    assert context.has_candidates


def test_a_curve_has_a_dot_for_each_bin_at_its_accuracy():
    (facts,) = confidence_section.section(study()).context.runs
    everything = facts.charts[0]
    assert everything.name == "all images"
    assert [dot.x for dot in everything.dots] == [40, 80]
    assert everything.dots[0].y == 0
    assert everything.dots[1].y == pytest.approx(100 * 9 / 116, abs=0.01)
    assert everything.dots[1].high < everything.dots[1].y < everything.dots[1].low
    assert {chart.name for chart in facts.charts[1:]} == set(CLASSES)


def test_images_without_a_name_are_counted_and_not_listed():
    (facts,) = confidence_section.section(study(index=False)).context.runs
    assert facts.lists[0].images == 9
    assert not facts.lists[0].tiles
    assert "A column index or image in the predictions names them" in pages.html(study(False))


def test_pictures_stand_in_place_of_names_if_the_page_has_images():
    images = np.zeros((120, 3, 8, 8), np.uint8)
    (facts,) = confidence_section.section(replace(study(), images=images)).context.runs
    assert facts.lists[0].has_pictures


def test_the_reference_stands_beside_the_run_and_no_class_opens_an_element():
    context = reference_section.section(study()).context
    assert context.reference == "person"
    (facts,) = context.runs
    more, less = facts.sides
    assert more.findings[0].startswith("cat\N{EN DASH}dog: 15.0 points more")
    assert not less.findings
    page = pages.html(study())
    assert "&lt;b&gt;" in page
    assert "<b>, " not in page


def test_a_study_without_confidences_and_references_has_no_such_sections():
    bare = replace(study(), confidences=(), agreements=())
    assert confidence_section.section(bare) is None
    assert reference_section.section(bare) is None


def test_the_librarys_page_takes_scores_and_a_reference(tmp_path):
    path = report(
        tmp_path / "page.html",
        LABEL,
        SCORES.argmax(1),
        scores=SCORES,
        index=np.arange(120),
        classes=CLASSES,
        reference=np.eye(3)[LABEL],
    )
    page = path.read_text()
    assert '<section id="confidence"' in page
    assert '<section id="reference"' in page
