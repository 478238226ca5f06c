"""Groups of classes in a browser: they open and close, and chosen classes stand beside the others."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from interference import record_predictions
from interference.api.report import study_of_records
from interference.external import runs
from interference.reporting import report
from interference.study import groups as groups_of
from tests.browser import driver

LABELS = ("cat", "dog", "car", "truck", "fault")


@pytest.fixture(scope="module")
def source() -> str:
    truth = np.repeat(LABELS, [4000, 100, 100, 100, 5])
    predicted = truth.copy()
    predicted[:1] = "fault"  # 0.025 % of the cats
    predicted[4000:4020] = "cat"
    predicted[4100:4110] = "truck"
    record = record_predictions(truth, predicted, name="run", classes=LABELS)
    study = study_of_records([record], runs.tables_by_kind([record]), [])
    named = {"pets": ["cat", "dog"], "vehicles": ["car", "truck"]}
    groups = groups_of.of_names(named, record.classes, "groups")
    return report.html(replace(study, groups=groups))


def rows(page: Page) -> list[list[str]]:
    lines = page.locator("#groups .matrix tbody tr").all()
    return [[cell.inner_text() for cell in line.locator("th, td").all()] for line in lines]


def test_a_group_opens_and_closes(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        closed = [
            ["pets (2)", "100.0", "", "0.02"],
            ["vehicles (2)", "", "100.0", ""],
            ["other (1)", "", "", "100.0"],
        ]
        closed[0][1] = ">99.9"
        assert rows(page) == closed
        button = page.locator("#groups").get_by_role("button", name="vehicles")
        button.click()
        assert [line[0] for line in rows(page)] == ["pets (2)", "car", "truck", "other (1)"]
        assert rows(page)[1] == ["car", "", "90.0", "10.0", ""]
        assert page.evaluate("document.activeElement.textContent").endswith("vehicles")
        button.click()
        assert rows(page) == closed


def test_chosen_classes_stand_beside_all_others(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        section = page.locator("#groups")
        section.get_by_label("Show").select_option("chosen")
        for name in ("car", "truck", "fault"):
            button = section.get_by_role("button", name=name)
            if button.count():
                button.click()
        assert [line[0] for line in rows(page)] == ["cat", "dog", "other (3)"]
        section.get_by_label("Add a class").select_option("fault")
        assert [line[0] for line in rows(page)] == ["cat", "dog", "fault", "other (2)"]
        assert rows(page)[1][:3] == ["dog", "20.0", "80.0"]


def test_a_rare_error_of_a_rare_class_is_not_blank(tab: Page, path: Path):
    with driver.page(tab, path) as page:
        section = page.locator("#cctm")
        section.get_by_label("Order of classes").select_option("label")
        cell = section.locator('td[data-a="0"][data-b="4"]')
        expect(cell).to_have_text("0.03")
        expect(section.locator('td[data-a="0"][data-b="0"]')).to_have_text(">99.9")
        expect(section.locator('td[data-a="0"][data-b="2"]')).to_have_text("")


@pytest.mark.parametrize("width", [1280, 390])
def test_groups_are_accessible_and_fit(tab: Page, path: Path, width: int):
    with driver.page(tab, path, width=width, scheme="dark") as page:
        driver.scroll_through(page)
        assert driver.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
