"""The words of a page of ten classes: few are visible, and the others are behind details."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from interference import record_predictions
from interference.api.report import study_of_records
from interference.external import runs
from interference.reporting import report
from tests.browser import driver

LABELS = ("plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
MOST = 256  # a fourth of the page's words at its first review, which were more than 1,024


@pytest.fixture(scope="module")
def source() -> str:
    """A page about one run of ten classes; every class has errors as every other class."""
    rng = np.random.default_rng(0)
    label = np.repeat(np.arange(10), 100)
    predicted = np.where(rng.random(1000) < 0.8, label, rng.integers(0, 10, 1000))
    record = record_predictions(
        np.take(LABELS, label),
        np.take(LABELS, predicted),
        name="net",
        index=np.arange(1000),
        classes=LABELS,
    )
    notes = ["net: classes 10; epochs unknown; images test 1000"]
    return report.html(study_of_records([record], runs.tables_by_kind([record]), notes))


def test_a_page_of_ten_classes_has_few_visible_words(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        assert LABELS[0] in page.locator("#cctm .matrix").inner_text()
        assert 150 < driver.visible_words(page) <= MOST


def test_the_other_words_are_behind_details(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        few = driver.visible_words(page)
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        assert driver.visible_words(page) > 2 * few
        shown = page.locator("main").inner_text()
        for text in ("The paper calls this matrix CCTM", "beyond chance", "other (6)", "% of"):
            assert text in shown
