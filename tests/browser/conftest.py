"""Tests in a browser: without one, they are skipped."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import driver

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder as one that needs a browser."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker("browser")


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One Chromium for the tests of this folder: its event loop must not outlive them."""
    with driver.running() as browser:
        yield browser


@pytest.fixture(scope="package")
def tab(chromium: Browser) -> Page:
    """A tab in which the pages of tests are loaded one after another."""
    return driver.open_tab(chromium)


@pytest.fixture(scope="module")
def path(source: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a module's study as a file."""
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(source, encoding="utf-8")
    return file
