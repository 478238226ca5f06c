"""Subsets of the images in a browser: a chosen subset has its own matrix."""

from pathlib import Path

import pytest
from playwright.sync_api import Page

from interference.api.report import study_of_records
from interference.external import runs
from interference.reporting import report
from tests.browser import driver
from tests.study.test_subsets import frame, read


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    records = read(frame(), "light", "brightness", folder=tmp_path_factory.mktemp("subsets"))
    return report.html(study_of_records(records, runs.tables_by_kind(records), []))


@pytest.mark.parametrize("width", [1280, 390])
def test_a_chosen_subset_has_its_own_matrix(tab: Page, path: Path, width: int):
    with driver.page(tab, path, width=width) as page:
        section = page.locator("#subsets")

        def cats() -> list[str]:
            return section.locator(".matrix tbody tr").first.locator("td").all_inner_texts()

        assert cats() == ["98.0", "2.0"]
        section.get_by_label("Images").select_option(label="night")
        assert cats() == ["70.0", "30.0"]
        section.get_by_label("Column").select_option("brightness")
        assert section.get_by_label("Images").locator("option").count() == 4
        driver.scroll_through(page)
        assert driver.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
