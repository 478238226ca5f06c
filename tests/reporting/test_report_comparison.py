"""The section of the page on two runs."""

import base64
import re
from dataclasses import replace

import numpy as np
import pytest

from interference.api.report import study_of_records
from interference.external import runs
from interference.reporting import report
from interference.reporting.report import comparison as section_of
from interference.study import comparison as comparisons
from tests.two_runs import records


def study(index=True):
    both = records("<b>", index)
    tables = runs.tables_by_kind(both)
    compared = comparisons.of_runs(tables, "old", "new")
    return study_of_records(both, tables, [], comparison=compared)


@pytest.fixture(scope="module")
def page():
    return report.html(study())


def test_the_page_opens_with_the_comparison(page):
    sections = re.findall(r'<section id="(\w+)"', page)
    assert sections[:2] == ["comparison", "overview"]
    assert 'href="#comparison"' in page


def test_the_mended_and_the_broken_stand_beside_each_other():
    context = section_of.section(study()).context
    mended, broken = context.sides
    assert [text.split(":")[0] for text in mended.findings] == ["cat", "cat\N{EN DASH}dog"]
    assert [text.split(":")[0] for text in broken.findings] == ["dog", "dog\N{EN DASH}<b>"]
    assert (mended.images, broken.images) == (15, 9)
    assert [picture.name for picture in broken.pictures] == [str(60 + k) for k in range(9)]
    assert broken.pictures[0].text == "dog as <b>"


def test_a_class_cannot_open_an_element(page):
    assert "dog as &lt;b&gt;" in page
    assert "dog as <b>" not in page


def test_changed_images_are_shown_if_the_page_has_images():
    images = np.zeros((140, 3, 8, 8), np.uint8)
    mended, broken = section_of.section(replace(study(), images=images)).context.sides
    assert mended.has_pictures
    assert broken.has_pictures
    header, content = mended.pictures[0].uri.split(",")
    assert header == "data:image/webp;base64"
    assert base64.b64decode(content)[:4] == b"RIFF"
    assert "<img src=" in report.html(replace(study(), images=images))


def test_unmatched_images_have_no_lists(page):
    context = section_of.section(study(index=False)).context
    assert [side.images for side in context.sides] == [0, 0]
    assert "mended" not in context.table.heads
    unmatched = report.html(study(index=False))
    assert "Fisher" in unmatched
    assert "McNemar" not in unmatched
    assert "McNemar" in page


def test_a_study_without_a_comparison_has_no_such_section():
    assert section_of.section(replace(study(), comparison=None)) is None


def test_candidates_are_what_the_false_discovery_rate_alone_lets_through():
    found = study().comparison
    kinds = found.kinds.copy()
    kinds["p_holm"] = np.where(kinds["level"] == "class", 0.2, kinds["p_holm"])
    names = section_of._candidates(replace(found, kinds=kinds))
    assert names == ["cat (fewer)", "dog (more)"]
