"""The documentation in a browser."""

from pathlib import Path

from playwright.sync_api import Page

from tests.browser import driver


def test_a_page_opened_from_disk_can_be_searched(site: Path, tab: Page):
    with driver.page(tab, site / "index.html", ready=".md-search") as opened:
        opened.keyboard.press("/")
        opened.keyboard.type("newcombe")
        opened.wait_for_selector(".md-search-result__list a[href*='api/counts.html']")
