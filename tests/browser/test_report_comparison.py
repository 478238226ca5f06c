"""The comparison of two runs in a browser: it fits, and is accessible, with pictures and without."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from interference.reporting import report
from tests.browser import driver
from tests.reporting.test_report_comparison import study


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of a comparison that shows images, and of one that lists them."""
    folder = tmp_path_factory.mktemp("comparison")
    images = np.random.default_rng(0).integers(0, 256, (140, 3, 32, 32), np.uint8)
    studies = {"shown": replace(study(), images=images), "listed": study()}
    paths = {}
    for name, shown in studies.items():
        paths[name] = folder / f"{name}.html"
        paths[name].write_text(report.html(shown), encoding="utf-8")
    return paths


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["shown", "listed"])
def test_a_comparison_is_accessible_and_fits(
    tab: Page, pages: dict[str, Path], name: str, width: int, scheme: str
):
    with driver.page(tab, pages[name], scheme=scheme, width=width) as page:
        section = page.locator("#comparison")
        expect(section.locator(".verdict")).to_contain_text("neither surely better")
        section.locator("details").first.locator("summary").click()
        driver.scroll_through(page)
        assert driver.violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert section.locator("img").count() == (24 if name == "shown" else 0)


def test_mended_and_broken_stand_beside_each_other(tab: Page, pages: dict[str, Path]):
    with driver.page(tab, pages["listed"], width=1280) as page:
        first, second = (card.bounding_box() for card in page.locator("#comparison .card").all())
        assert first["y"] == second["y"]
        assert first["x"] + first["width"] <= second["x"]
