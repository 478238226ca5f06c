"""What several tests share."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser

from interference import report
from tests import browser, clone

ROOT = Path(__file__).resolve().parent.parent
RAW = Path(os.environ.get("INTERFERENCE_RAW", ROOT / "data" / "raw"))

torch.set_num_threads(1)  # small tensors: threads would only wait for each other


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs CIFAR-10 where there is no copy of it, and say so."""
    if (RAW / "cifar-10-batches-py").exists() or (RAW / "cifar-10-python.tar.gz").exists():
        return
    for item in items:
        if "cifar10" in item.keywords:
            item.add_marker(pytest.mark.skip(reason=f"no CIFAR-10 in {RAW}"))


@pytest.fixture(scope="session")
def raw() -> Path:
    """The raw folder, where CIFAR-10 lies if it does."""
    return RAW


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for the tests of a module: its event loop must not outlive them."""
    with browser.chromium() as running:
        yield running


@pytest.fixture(scope="module")
def source(study: report.Study) -> str:
    """The report of a module's study."""
    return report.html(study)


@pytest.fixture(scope="module")
def path(source: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That report as a file."""
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(source, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scratch repository of this checkout's files with toy parameters, reproduced: to be copied, never changed."""
    return clone.reproduced(tmp_path_factory.mktemp("reproduced"))
