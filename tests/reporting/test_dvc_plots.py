"""The small tables behind DVC's plots, and the templates that draw them."""

import io
import json
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from interference import surfaces
from interference.confusion import by_epoch, dance
from interference.errors import BadInput
from interference.io.tables import Table
from interference.reporting import dvc_plots
from stages import plots_page
from tests import plotted, toy
from tests.clone import dvc, git
from tests.imports import ROOT
from tests.plotted import LABELS


@pytest.fixture(scope="module")
def tables(plotted_tables: plotted.Studies) -> plotted.Studies:
    """The tables of each revision, by kind and name."""
    return plotted_tables


@pytest.fixture(scope="module")
def repo(plotted_repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with our dvc.yaml and templates, and the plots of both revisions as tags."""
    folder = tmp_path_factory.mktemp("plotted") / "repository"
    return shutil.copytree(plotted_repository, folder)


@pytest.fixture
def plane(tables) -> Table:
    """A table of one plane, CAT-DOG."""
    return tables["first"]["surfaces"]["vgg19-cat-dog-raw"]


def relabelled(table: Table, *pairs: tuple[int, int]) -> Table:
    """A table with the plane of another once for every pair of label numbers."""
    grams = {f"{toy.CIFAR.keys[a]}-{toy.CIFAR.keys[b]}": [[1.0, 0.0], [0.0, 1.0]] for a, b in pairs}
    return Table(
        pd.concat(table.frame.assign(class_1=a, class_2=b) for a, b in pairs),
        table.meta | {"grams": grams},
    )


def test_a_plane_has_its_mistake_rate_at_every_point(plane: Table):
    frame, surface = dvc_plots.planes(plane), surfaces.from_table(plane)
    assert set(frame["pair"]) == {"CAT-DOG"}
    for i, j in ((0, 0), (1, 3), (4, 2)):
        point = frame[
            (frame["theta_1"] == surface.theta_1[i]) & (frame["theta_2"] == surface.theta_2[j])
        ]
        counts = surface.counts[i, j]
        assert point["mistakes"].item() == pytest.approx(
            100 * (1 - np.trace(counts) / counts.sum())
        )


def test_lines_are_no_planes(plane: Table):
    assert dvc_plots.planes(relabelled(plane, (3, 3), (5, 5))) is None
    assert set(dvc_plots.planes(relabelled(plane, (3, 3), (3, 5)))["pair"]) == {"CAT-DOG"}


@pytest.mark.slow
def test_many_planes_are_the_first_ones_with_fewer_points(tmp_path: Path):
    wide = toy.evidence(toy.study(tmp_path, points=19, runs={"vgg19": "optim"}))["surfaces"][
        "vgg19-cat-dog-raw"
    ]
    pairs = [(a, b) for a in range(10) for b in range(10) if a < b]
    frame = dvc_plots.planes(relabelled(wide, *pairs, (9, 8)))
    assert list(dict.fromkeys(frame["pair"])) == [f"{LABELS[a]}-{LABELS[b]}" for a, b in pairs]
    assert frame.groupby("pair").size().eq(9 * 9).all()
    assert len(dvc_plots.csv(frame)) < 150_000
    few = dvc_plots.planes(relabelled(wide, *pairs[:12]))
    assert few.groupby("pair").size().eq(19 * 19).all()


@pytest.mark.parametrize("points", [3, 9, 11, 13, 19, 21, 51])
def test_fewer_points_of_an_axis_lie_evenly_around_the_trained_net(points: int):
    picked = dvc_plots._drawn_positions(points, coarse=True)
    assert points // 2 in picked
    assert len(picked) <= dvc_plots.COARSE
    assert len(set(np.diff(picked))) == 1
    assert np.array_equal(picked, points - 1 - picked[::-1])
    assert np.array_equal(dvc_plots._drawn_positions(points, coarse=False), np.arange(points))


def test_notes_name_the_top_interferer_of_each_epoch_and_how_much_it_takes(tables):
    table = tables["first"]["counts"]["vgg19"]
    frame = dvc_plots.notes(table)
    assert list(dict.fromkeys(frame["class"])) == ["CAT", "DOG", "CAR", "TRUCK"]
    assert set(frame["split"]) == {"train_augmented"}
    counts = by_epoch.training_counts(table, "train_augmented")[1]
    for row in frame[frame["class"] == "TRUCK"].itertuples():
        taken = np.delete(counts[row.epoch - 1, 9], 9)
        assert row.percent == pytest.approx(100 * taken.max() / counts[row.epoch - 1, 9].sum())
        assert (LABELS[row.order] if row.order >= 0 else "none") == row.note
        assert row.note == "none" or taken[row.order] == taken.max()


def test_notes_are_none_where_nothing_interferes_or_nothing_was_recorded(tables):
    table = tables["first"]["counts"]["vgg19"]
    frame = table.frame.assign(
        count=np.where(table.frame["label"] == table.frame["predicted"], 5000, 5)
    )
    silent = dvc_plots.notes(Table(frame, table.meta))
    assert set(silent["note"]) == {"none"}
    assert set(silent["order"]) == {dance.NONE}
    assert dvc_plots.notes(Table(table.frame.head(0), table.meta)) is None


def test_of_other_classes_the_two_most_interfering_pairs_have_notes(tmp_path: Path):
    table = toy.evidence(toy.study(tmp_path, classes=toy.LETTERS, pairs=["a-b"]))["counts"]["vgg19"]
    assert set(dvc_plots.notes(table)["class"]) == set(toy.LETTERS.labels)


def test_a_table_read_back_from_csv_is_the_table(plane: Table):
    frame = dvc_plots.planes(plane)
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(dvc_plots.csv(frame))), frame, rtol=1e-5)


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".dvc" / "plots").glob("*.json")), ids=lambda path: path.stem
)
def test_a_template_names_only_columns_that_its_table_has(path: Path, tables, tmp_path: Path):
    plotted.write(tables["first"], tmp_path)
    folder = {"cctm_difference": "cctm", "surface": "surfaces"}.get(path.stem, path.stem)
    frame = pd.read_csv(
        next((tmp_path / "plots").glob(f"{folder}*/*.csv"), tmp_path / "plots" / f"{folder}.csv")
    )
    template = json.loads(path.read_text())
    made = {"rev"} | {name for step in template["transform"] for name in names(step)}
    asked = fields({**template, "transform": []})
    assert asked <= made | set(frame.columns)
    assert set(template["data"]["format"]["parse"]) <= set(frame.columns)


@pytest.mark.slow
@pytest.mark.vega
@pytest.mark.parametrize("epochs", [1, 2, 3])
@pytest.mark.parametrize("name", ["curves", "notes"])
def test_epochs_are_marked_in_whole_numbers_however_few(name: str, epochs: int):
    import vl_convert

    rows = [
        {
            "rev": "HEAD",
            "epoch": epoch,
            "test_accuracy": 50,
            "train_online_accuracy": 40 + epoch,
            "class": "CAT",
            "split": "train",
            "note": "DOG",
            "order": 5,
            "percent": 1,
            "above": 0.1,
        }
        for epoch in range(1, epochs + 1)
    ]
    template = (ROOT / ".dvc" / "plots" / f"{name}.json").read_text()
    svg = vl_convert.vegalite_to_svg(
        json.loads(template.replace('"<DVC_METRIC_DATA>"', json.dumps(rows)))
    )
    ticks = re.findall(r'<line transform="[^"]*" x2="0" y2="5" [^>]*opacity="([01])"', svg)
    assert ticks.count("1") == epochs


def names(step: dict) -> list[str]:
    """The columns that a transform adds."""
    new = step.get("as", [])
    return [
        *([new] if isinstance(new, str) else new),
        *(op["as"] for key in ("window", "joinaggregate") for op in step.get(key, [])),
    ]


def fields(template: object) -> set[str]:
    """The columns that a template's encodings name."""
    if isinstance(template, list):
        return set().union(*map(fields, template))
    if not isinstance(template, dict):
        return set()
    own = {template["field"]} if isinstance(template.get("field"), str) else set()
    return own.union(*(fields(value) for key, value in template.items() if key != "transform"))


@pytest.mark.slow
def test_the_page_is_set_for_the_checkout_it_is_written_in(
    repo: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(repo)
    monkeypatch.setattr(plots_page, "scripts", lambda: "const ours = true;")
    plots_page.main()
    dvc("plots", "show", "-o", "set", at=repo)
    shown = (repo / "set" / "index.html").read_text()
    assert "const ours = true;" in shown
    assert "<script src" not in shown
    assert not git("status", "--porcelain", "--", ".dvc", at=repo)


def test_without_the_scripts_the_page_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(BadInput, match=r"vl_convert is not installed; install the extra 'offline'"):
        plots_page.scripts()
