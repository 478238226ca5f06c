"""Made-up studies of two revisions, and a repository with their tables as DVC plots them."""

import shutil
from pathlib import Path

from PIL import Image
from ruamel.yaml import YAML

from interference import claims, params
from interference.confusion import by_epoch
from interference.io import files
from interference.io.tables import Table
from interference.learning.history import History
from interference.learning.training_run import save_curves, save_metrics
from interference.params import Optim
from interference.reporting import dvc_plots
from stages import plots
from stages.cctm import save_plot
from tests import toy
from tests.clone import git
from tests.imports import ROOT

LABELS = toy.CIFAR.labels
REVISIONS = {"first": 0, "second": 1}  # tag -> seed
EPOCHS = 6
POINTS = 5

Studies = dict[str, dict[str, dict[str, Table]]]


def write_studies(folder: Path) -> None:
    """Write a toy study for each revision into the folder of its name."""
    for name, seed in REVISIONS.items():
        toy.study(folder / name, seed=seed, epochs=EPOCHS, points=POINTS)


def read_studies(folder: Path) -> Studies:
    """The tables of each revision, by kind and name."""
    return {name: toy.evidence(folder / name) for name in REVISIONS}


def write(study: dict[str, dict[str, Table]], repo: Path) -> None:
    """The plots of a study, written as the stages train, cctm and plots write them."""
    for name, table in study["counts"].items():
        history = History()
        for split in ("train_online", "test"):
            for epoch, counts in zip(*by_epoch.training_counts(table, split), strict=True):
                history.add(split, counts, 0.3 * counts, int(epoch))
        setup = Optim(
            lr=0.1, schedule="cosine", momentum=0.9, weight_decay=0, batch_size=128, epochs=EPOCHS
        )
        save_metrics(repo / f"metrics/{name}.json", history, 90.0)
        save_curves(repo / f"plots/curves/{name}.csv", history, setup, list(history.cells))
        save_plot(
            repo / f"metrics/cctm/{name}.json",
            repo / f"plots/cctm/{name}.csv",
            by_epoch.test_counts(study["cctm"][name]),
            toy.CIFAR,
        )
    settings = params.load(ROOT / "params.yaml").claims
    evidence = claims.Evidence({}, study["cctm"], {}, {}, settings)  # the counts are quick to judge
    verdicts = list(claims.check_all(evidence))
    files.write_text(repo / "plots/verdicts.csv", claims.as_plot(verdicts).to_csv(index=False))
    plots.save(repo / "plots/notes", study["counts"], dvc_plots.notes)
    plots.save(repo / "plots/surfaces", study["surfaces"], dvc_plots.planes)


def repository(path: Path, tables: Studies) -> Path:
    """A repository with our dvc.yaml and templates, and the plots of both revisions as tags."""
    shutil.copytree(ROOT / ".dvc" / "plots", path / ".dvc" / "plots")
    for name in (".dvc/config", ".dvc/.gitignore", "dvc.yaml"):
        shutil.copy(ROOT / name, path / name)
    content = YAML(typ="safe").load(ROOT / "params.yaml")
    content["runs"] = {name: content["runs"][name] for name in ("vgg19", "resnet18")}
    content["sweep"] |= {"runs": ["vgg19", "resnet18"], "pairs": ["cat-dog"], "scales": ["raw"]}
    YAML().dump(content, path / "params.yaml")
    git("init", "-q", at=path)
    for name, value in (("user.name", "test"), ("user.email", "test@localhost")):
        git("config", name, value, at=path)
    (path / "plots" / "figures").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(path / "plots" / "figures" / "cctm.png")
    (path / "plots" / "mistakes.csv").write_text("index,label,predicted,runs,of\n7,cat,dog,2,2\n")
    for name in REVISIONS:
        write(tables[name], path)
        git("add", "-A", at=path)
        git("commit", "-qm", name, at=path)
        git("tag", name, at=path)
    return path
