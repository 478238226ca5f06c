"""A claim a test: tables that other parameters left behind count for nothing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from interference import params
from interference.classes import Classes
from interference.errors import BadInput
from interference.io import tables
from interference.params import Params
from interference.study import select
from tests.imports import ROOT

COLUMNS = {name: [0] for name in tables.COLUMNS["surfaces"]}


@pytest.fixture
def paper() -> Params:
    return params.load(ROOT / "params.yaml")


def surface(
    folder: Path, paper: Params, run: str = "vgg19", pair: str = "cat-dog", scale: str = "raw"
) -> None:
    """A surface's table without much in it."""
    meta = tables.class_metadata(paper.classes) | {
        "run": paper.resolved(run),
        "made_by": {},
        "edge": 1.0,
        "pair": pair,
        "scale": scale,
        "batch_norm": "frozen",
        "split": "train",
        "images": 1,
        "grams": {},
    }
    tables.write(folder / f"{run}-{pair}-{scale}.parquet", "surfaces", COLUMNS, meta)


def found(paper: Params, folder: Path) -> set[str]:
    """What counts of a folder."""
    return set(select.gather(paper, surfaces=folder)["surfaces"])


def test_a_surface_counts_while_its_run_pair_and_scale_are_swept(paper: Params, tmp_path: Path):
    surface(tmp_path, paper)
    surface(tmp_path, paper, pair="bird-frog")
    surface(tmp_path, paper, run="dla")
    assert found(paper, tmp_path) == {"vgg19-cat-dog-raw"}
    for change in ({"runs": ("resnet18",)}, {"pairs": ("horse-ship",)}, {"scales": ("step",)}):
        assert not found(replace(paper, sweep=replace(paper.sweep, **change)), tmp_path)


def test_a_pair_is_known_by_its_aliases(paper: Params, tmp_path: Path):
    surface(tmp_path, paper, pair="automobile-truck")
    aliased = replace(paper, sweep=replace(paper.sweep, pairs=("car-truck",)))
    assert found(aliased, tmp_path) == {"vgg19-automobile-truck-raw"}


def test_a_table_of_a_run_with_other_settings_is_passed_over(paper: Params, tmp_path: Path):
    surface(tmp_path, paper)
    other = replace(
        paper, setups={**paper.setups, "optim": replace(paper.setups["optim"], lr=0.01)}
    )
    assert not found(other, tmp_path)
    assert not found(replace(paper, runs={}), tmp_path)


def test_a_pair_of_ones_own_data_is_known_by_the_classes_of_each_table(
    paper: Params, tmp_path: Path
):
    own = replace(
        paper,
        data=replace(paper.data, name="folder", path="pets"),
        sweep=replace(paper.sweep, pairs=("plane-pug",)),
    )
    for keys, pair in ((("airplane", "pug"), "airplane-pug"), (("cat", "dog"), "cat-dog")):
        meta = tables.class_metadata(Classes(keys, keys)) | {
            "run": own.resolved("vgg19"),
            "made_by": {},
            "edge": 1.0,
            "pair": pair,
            "scale": "raw",
            "batch_norm": "frozen",
            "split": "train",
            "images": 1,
            "grams": {},
        }
        tables.write(tmp_path / f"vgg19-{pair}-raw.parquet", "surfaces", COLUMNS, meta)
    assert found(own, tmp_path) == {"vgg19-airplane-pug-raw"}


def test_a_run_from_elsewhere_joins_a_study_unless_it_is_left_out(paper: Params, tmp_path: Path):
    surface(tmp_path, paper)
    meta = tables.class_metadata(paper.classes) | {"made_by": {}}
    cells = {"split": ["test"], "label": [0], "predicted": [0], "count": [1], "loss_sum": [0.0]}
    elsewhere = {"name": "mine", "net": "mine", "setup": {}, "data": {"name": paper.data.name}}
    for stem, run in (
        ("mine", elsewhere),
        ("other", elsewhere | {"data": {"name": "digits"}}),
        ("vgg19", paper.resolved("vgg19")),
    ):
        tables.write(tmp_path / "cctm" / f"{stem}.parquet", "cctm", cells, meta | {"run": run})
    assert set(select.gather(paper, cctm=tmp_path / "cctm")["cctm"]) == {"mine", "vgg19"}
    assert set(select.gather(paper, external=False, cctm=tmp_path / "cctm")["cctm"]) == {"vgg19"}


def test_a_table_of_other_images_is_refused_and_one_without_a_digest_passes(
    paper: Params, tmp_path: Path
):
    splits = {"train": (np.zeros((2, 1, 2, 2), np.uint8), np.array([0, 1]))}
    other = {"train": (np.ones((2, 1, 2, 2), np.uint8), np.array([0, 1]))}
    digests = {}
    for name, content in {"first": splits, "again": splits, "other": other}.items():
        path = tmp_path / f"{name}.parquet"
        tables.write_images(path, content, tables.class_metadata(paper.classes))
        digests[name] = tables.images_metadata(path)
    assert digests["first"] == digests["again"] != digests["other"]
    meta = tables.class_metadata(paper.classes) | {"run": paper.resolved("vgg19"), "made_by": {}}
    columns = {name: [0] for name in tables.COLUMNS["grams"]}
    file = tmp_path / "grams.parquet"
    tables.write(file, "grams", columns, meta | digests["first"])
    select.check_made(paper, file, digests["again"])
    select.check_made(paper, file, {})
    with pytest.raises(BadInput, match=r"grams\.parquet: made with images_digest \w+, now \w+; "):
        select.check_made(paper, file, digests["other"])
    tables.write(file, "grams", columns, meta)
    select.check_made(paper, file, digests["other"])


def test_a_table_from_before_points_were_decided_counts_as_one_without():
    published = ROOT / "published" / "quick"
    parameters = params.load(published / "params.yaml")
    surfaces_folder = published / "data" / "surfaces"
    plane_file = surfaces_folder / "small-cat-dog-raw.parquet"
    lines_file = surfaces_folder / "small-egos-raw.parquet"
    select.check_made(parameters, plane_file, {})
    grid = replace(parameters.sweep.grid, decide=5.0)
    deciding = replace(parameters, sweep=replace(parameters.sweep, grid=grid))
    with pytest.raises(BadInput, match=r"made with decide 0\.0, now 5\.0"):
        select.check_made(deciding, plane_file, {})
    select.check_made(deciding, lines_file, {})  # the points of lines are never decided


def test_pages_and_figures_show_fifty_runs_and_say_how_many_there_are(paper: Params):
    names = [f"seed{number}" for number in range(60)]
    many = replace(paper, runs=dict.fromkeys(names, paper.runs["vgg19"]))
    gathered = {"cctm": {}, "counts": {}}
    for name in names[5:]:
        table = tables.Table(None, {"run": {"name": name}})
        gathered["cctm"][name] = table
        gathered["counts"][name] = table
    shown = select.shown(many, gathered)
    assert shown.runs == names[5:55]
    for by_stem in shown.tables.values():
        assert list(by_stem) == shown.runs
    assert shown.note.startswith("The study has 55 runs. Pages and figures show the first 50 ")
    del gathered["counts"]
    few = {"cctm": dict(list(gathered["cctm"].items())[:50])}
    assert select.shown(many, few) == (names, few, "")
