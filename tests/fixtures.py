"""Fixtures that several test modules share, and settings of the processes that run tests."""

import gc
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
import torch

from interference.reporting import report
from interference.reporting.figures import cores
from tests import arrays, clone, optional, plotted, wheels
from tests.imports import ROOT
from tests.shared import made_once

torch.set_num_threads(1)  # small tensors: threads would only wait for each other


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect the tests without garbage collections, and leave modules and tests out of later ones.

    These objects stay alive to the end, and searching them again and again takes a tenth of the
    time of the tests.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(cores.OBJECTS)
        gc.enable()


@pytest.fixture(scope="session")
def raw() -> Path:
    """The raw folder, where CIFAR-10 lies if it does."""
    return optional.RAW


@pytest.fixture(scope="module")
def source(study: report.Study) -> str:
    """The report of a module's study."""
    return report.html(study)


@pytest.fixture(scope="session")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scratch repository of this checkout's files with toy parameters, reproduced.

    Tests change copies of it only.
    """
    return made_once("reproduced", tmp_path_factory, clone.reproduced)


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy study of four runs whose tables one process made; never changed."""
    return made_once("uninterrupted", tmp_path_factory, arrays.make)


@pytest.fixture(scope="session")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another checkout, whose code says that it is version 9.9; never changed."""
    return made_once("other-checkout", tmp_path_factory, wheels.other_checkout)


@pytest.fixture(scope="session")
def wheel(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The other checkout's wheel, unpacked as pip would; never changed."""

    def make(folder: Path) -> None:
        wheels.unpacked_wheel(copy, folder)

    return made_once("site-packages", tmp_path_factory, make)


@pytest.fixture(scope="session")
def plotted_tables(tmp_path_factory: pytest.TempPathFactory) -> plotted.Studies:
    """The tables of two revisions of a toy study."""
    folder = made_once("plotted-studies", tmp_path_factory, plotted.write_studies)
    return plotted.read_studies(folder)


@pytest.fixture(scope="session")
def plotted_repository(
    plotted_tables: plotted.Studies, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A repository with the plots of both revisions as tags: to be copied, never changed."""

    def make(folder: Path) -> None:
        plotted.repository(folder, plotted_tables)

    return made_once("plotted-repository", tmp_path_factory, make)


def build_site(folder: Path) -> None:
    """Build the documentation into a folder; a warning is an error."""
    words = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--quiet",
        "--site-dir",
        str(folder),
    ]
    built = subprocess.run(
        words,
        cwd=ROOT,
        text=True,
        capture_output=True,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation, built."""
    return made_once("site", tmp_path_factory, build_site)
