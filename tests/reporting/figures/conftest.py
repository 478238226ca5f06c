"""Made-up studies and their figures, which the tests of several modules read."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure

from interference.classes import EGOS
from interference.io.tables import Table
from interference.reporting import figures
from tests import toy

Evidence = dict[str, dict[str, Table]]


@pytest.fixture(scope="session")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Two runs, one with planes and with counts of training after each epoch."""
    folder = tmp_path_factory.mktemp("study")
    toy.study(
        folder,
        runs={"vgg19": "optim", "resnet18-big_lr": "big_lr"},
        swept=["vgg19"],
        recorded=["vgg19"],
        pairs=("cat-dog", "horse-ship", EGOS),
        scales=("raw", "step"),
    )
    return toy.evidence(folder)


@pytest.fixture(scope="session")
def drawn(evidence: Evidence) -> dict[str, Figure]:
    """All figures of `evidence` by name."""
    return dict(figures.draw(**evidence))


@pytest.fixture(scope="session")
def saved(drawn: dict[str, Figure], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all figures' files."""
    folder = tmp_path_factory.mktemp("plots")
    for name, figure in drawn.items():
        figures.save(figure, folder / name)
    return folder


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Runs under the paper's settings, VGG19 twice, and one run under others."""
    folder = tmp_path_factory.mktemp("paper")
    toy.study(
        folder,
        runs={
            "googlenet": "optim",
            "vgg19": "optim",
            "vgg19-again": "optim",
            "vgg19-big_lr": "big_lr",
        },
        swept=(),
        recorded=(),
        epochs=200,
        images=600,
    )
    toy.study(folder, runs={"small": "optim"}, swept=(), recorded=(), epochs=2, images=600)
    return toy.evidence(folder)
