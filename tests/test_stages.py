"""A claim a test: the stages as programs. What they refuse, what they leave, and what survives a
kill.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import rich
import torch
from ruamel.yaml import YAML
from torch import nn

import stages
from interference import confusion, params, surfaces
from interference.confusion import by_epoch
from interference.errors import BadInput
from interference.io import tables, weights
from interference.study import select
from stages import mistakes, train
from tests import forks
from tests.imports import ROOT
from tests.optional import mount_command
from tests.shared import made_once

RUN = "small"
SIDE = 16  # pixels of the toy images, a quarter of the work of the digits study's 32


def toy_params(path: Path, **optim: object) -> Path:
    """The digits study, made shorter: 3 x 3 points, few images and small ones, two epochs."""
    content = YAML(typ="safe").load(ROOT / "studies" / "digits.yaml")
    content["data"]["resize"] = SIDE
    content["optim"] |= {"epochs": 2, "batch_size": 32} | optim
    content["sweep"]["grid"] |= {"points": 3, "images": 5}
    content["ego"]["images"] = 5
    YAML().dump(content, path)
    return path


class Workspace:
    """A folder with toy parameters, and the stages' commands over it, as dvc.yaml has them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.params = folder / "params.yaml"
        if not self.params.exists():
            toy_params(self.params)

    def __getattr__(self, name: str) -> Path:
        """The file of a table, net or figure: `net`, `images`, `surface`, ..."""
        ending = {
            "net": "safetensors",
            "egos": "safetensors",
            "metrics": "json",
            "seconds": "json",
            "curves": "csv",
            "plot": "csv",
        }
        return self.folder / f"{name}.{ending.get(name, 'parquet')}"

    def words(self, stage: str) -> list[str]:
        """A stage's arguments."""
        files = {
            "download": [self.images],
            "train": [
                *[RUN, self.images, self.net, self.counts],
                *[self.metrics, self.curves, self.seconds],
            ],
            "cctm": [self.net, self.images, self.cctm, self.predictions, self.metrics, self.plot],
            "ego": [self.net, self.images, self.egos, self.gram, self.seconds],
            "sweep": [self.net, self.egos, self.images, "3-9", "raw", self.surface, self.seconds],
        }[stage]
        return [*map(str, files), *([] if stage == "cctm" else ["--parameters", str(self.params)])]

    def program(self, stage: str, checkout: Path = ROOT) -> forks.Process:
        """A stage as a process of its own, with the code of a checkout."""
        words = ["python", "-m", f"stages.{stage}", *self.words(stage)]
        return forks.Process(words, checkout, {**os.environ, "OMP_NUM_THREADS": "1"})


def run(stage: str, words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    """A stage's exit status, run as a program in this process."""
    monkeypatch.setattr(sys, "argv", [stage, *words])
    with pytest.raises(SystemExit) as ended:
        stages.run(import_module(f"stages.{stage}").main)
    return int(ended.value.code or 0)


def run_stages(folder: Path) -> None:
    """Run every stage up to a surface in a folder."""
    space = Workspace(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INTERFERENCE_RESUME", str(folder / ".resume"))
        for stage in ("download", "train", "cctm", "ego", "sweep"):
            assert run(stage, space.words(stage), patch) == 0


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which every stage up to a surface has run: to be read or copied, never
    changed.
    """
    return Workspace(made_once("stages", tmp_path_factory, run_stages))


@pytest.fixture
def copy(done: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A copy of the finished workspace, to be spoilt."""
    shutil.copytree(done.folder, tmp_path / "copy", ignore=shutil.ignore_patterns(".resume"))
    space = Workspace(tmp_path / "copy")
    monkeypatch.setenv("INTERFERENCE_RESUME", str(space.folder / ".resume"))
    return space


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a folder and its content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def refused(
    stage: str,
    space: Workspace,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *changes: tuple[Path | str, Path | str],
) -> str:
    """The one line with which a stage refuses, given other arguments for some; nothing may be
    written or lost.
    """
    before = files(space.folder)
    words = space.words(stage)
    for old, new in changes:
        words[words.index(str(old))] = str(new)
    capsys.readouterr()
    assert run(stage, words, monkeypatch) == 2
    assert files(space.folder) == before
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    return error


@pytest.mark.slow
def test_every_point_of_a_surface_counts_every_image_and_the_centre_is_the_net(done: Workspace):
    surface, cctm = tables.read(done.surface, "surfaces"), tables.read(done.cctm, "cctm")
    assert surface.frame.groupby(["i", "j"])["count"].sum().eq(50).all()
    assert surface.frame.groupby(["i", "j"]).ngroups == 3 * 3
    assert (surface.frame["count"] > 0).all()
    assert surface.meta["pair"] == "3-9"
    assert cctm.frame.groupby("split")["count"].sum().to_dict() == {"test": 1597, "train": 200}


def test_the_last_epochs_test_counts_are_those_of_the_final_net(done: Workspace):
    counts, cctm = tables.read(done.counts, "counts").frame, tables.read(done.cctm, "cctm").frame
    last = counts[(counts["epoch"] == 2) & (counts["split"] == "test")]["count"].to_numpy()
    assert np.array_equal(last, cctm[cctm["split"] == "test"]["count"].to_numpy())


@pytest.mark.slow
def test_the_centre_of_a_surface_of_the_test_split_is_the_test_cctm(
    copy: Workspace, monkeypatch: pytest.MonkeyPatch
):
    content = YAML(typ="safe").load(copy.params)
    content["sweep"]["grid"] |= {"split": "test", "images": "all"}
    YAML().dump(content, copy.params)
    assert run("sweep", copy.words("sweep"), monkeypatch) == 0
    surface, cctm = (
        tables.read(copy.surface, "surfaces").frame,
        tables.read(copy.cctm, "cctm").frame,
    )
    centre = surface[(surface["i"] == 1) & (surface["j"] == 1)]
    assert np.array_equal(
        centre["count"].to_numpy(), cctm[cctm["split"] == "test"]["count"].to_numpy()
    )


def test_a_table_says_what_made_it(done: Workspace):
    for path, kind in (
        (done.counts, "counts"),
        (done.cctm, "cctm"),
        (done.gram, "grams"),
        (done.surface, "surfaces"),
    ):
        table = tables.read(path, kind)
        assert table.run["name"] == RUN
        assert table.run["setup"]["lr"] == 0.1
        assert table.meta["made_by"]["torch"] == torch.__version__.split("+")[0]


BAD_PARAMS = {
    "unknown net": (
        "train",
        ("runs", "small", "net"),
        "smal",
        "runs.small.net: found 'smal', allowed: ",
    ),
    "misspelt key": ("train", ("optim", "epoch"), 3, "optim.epoch: unknown key"),
    "negative rate": ("train", ("optim", "lr"), -1, "optim.lr: found -1"),
    "pair of one class": ("sweep", ("sweep", "pairs"), ["3-3"], "'3-3'"),
    "unknown class": (
        "sweep",
        ("sweep", "pairs"),
        ["3-x"],
        "pairs: found '3-x', allowed: pairs of different",
    ),
    "even points": ("sweep", ("sweep", "grid", "points"), 4, "sweep.grid.points: found 4"),
    "unknown data set": ("download", ("data", "name"), "mnits", "data.name: found 'mnits'"),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", BAD_PARAMS)
def test_bad_parameters_are_refused_before_anything_is_computed(
    case: str, copy: Workspace, capsys, monkeypatch
):
    stage, (*groups, key), value, message = BAD_PARAMS[case]
    content = YAML(typ="safe").load(copy.params)
    group = content
    for name in groups:
        group = group[name]
    group[key] = value
    YAML().dump(content, copy.params)
    assert message in refused(stage, copy, capsys, monkeypatch)


def test_names_that_are_not_there_are_refused_on_the_command_line(
    copy: Workspace, capsys, monkeypatch
):
    assert "run: found 'vgg', allowed: small" in refused(
        "train", copy, capsys, monkeypatch, (RUN, "vgg")
    )
    assert "pair: found '3-3'" in refused("sweep", copy, capsys, monkeypatch, ("3-9", "3-3"))
    assert "scale: found 'wide', allowed: raw, step" in refused(
        "sweep", copy, capsys, monkeypatch, ("raw", "wide")
    )
    monkeypatch.setenv("INTERFERENCE_DEVICE", "tpu9")
    assert "device: found 'tpu9'" in refused("sweep", copy, capsys, monkeypatch)
    monkeypatch.setenv("INTERFERENCE_DEVICE", "cpu")
    monkeypatch.setenv("INTERFERENCE_PRECISION", "int8")
    assert "precision: found 'int8', allowed: auto, float32" in refused(
        "cctm", copy, capsys, monkeypatch
    )


def test_a_folder_of_tables_that_is_not_there_is_named(copy: Workspace, capsys, monkeypatch):
    nowhere = str(copy.folder / "nowhere")
    out = str(copy.folder / "out")
    figures = [*[nowhere] * 4, out]
    claims = [
        *[nowhere] * 5,
        out,
        str(copy.folder / "claims.json"),
        str(copy.folder / "verdicts.csv"),
    ]
    for stage, files in (("figures", figures), ("claims", claims)):
        assert run(stage, [*files, "--parameters", str(copy.params)], monkeypatch) == 2
        assert f"{nowhere}: no such folder" in capsys.readouterr().err


def test_a_corrupted_parquet_is_named(copy: Workspace, capsys, monkeypatch):
    copy.images.write_bytes(copy.images.read_bytes()[:-100])
    for stage in ("train", "cctm", "ego", "sweep"):
        assert f"{copy.images}: not a readable parquet" in refused(stage, copy, capsys, monkeypatch)


def test_a_parquet_with_a_missing_column_is_named(copy: Workspace, capsys, monkeypatch):
    pq.write_table(pq.read_table(copy.images).drop_columns("label"), copy.images)
    assert f"{copy.images}: lacks label" in refused("train", copy, capsys, monkeypatch)


def test_images_of_other_classes_are_refused(copy: Workspace, capsys, monkeypatch):
    table = pq.read_table(copy.images)
    meta = {key: value.replace(b'"9"', b'"nine"') for key, value in table.schema.metadata.items()}
    pq.write_table(table.replace_schema_metadata(meta), copy.images)
    assert "classes 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, but the images' are" in refused(
        "cctm", copy, capsys, monkeypatch
    )
    assert "nine" in refused("train", copy, capsys, monkeypatch)


def test_nan_weights_and_gradients_are_refused(copy: Workspace, capsys, monkeypatch):
    for path, stage, name in ((copy.egos, "sweep", "3/0.weight"), (copy.net, "ego", "0.weight")):
        tensors, meta = weights.load(path)
        tensors[name] = torch.full_like(tensors[name], float("nan"))
        weights.save(path, tensors, meta)
        assert f"{path}: tensor {name} holds NaN" in refused(stage, copy, capsys, monkeypatch)


def test_weights_of_another_net_are_refused(copy: Workspace, capsys, monkeypatch):
    tensors, meta = weights.load(copy.net)
    meta["run"]["net"] = "resnet18"
    weights.save(copy.net, tensors, meta)
    assert f"{copy.net}: does not fit the net" in refused("cctm", copy, capsys, monkeypatch)


def test_an_output_whose_parent_is_a_file_is_refused_and_the_file_stays(
    copy: Workspace, capsys, monkeypatch
):
    (copy.folder / "file").write_text("mine")
    for stage, out in (
        ("download", copy.images),
        ("train", copy.curves),
        ("cctm", copy.cctm),
        ("ego", copy.egos),
        ("sweep", copy.surface),
    ):
        assert "cannot be written" in refused(
            stage, copy, capsys, monkeypatch, (out, copy.folder / "file" / "out")
        )


@pytest.mark.slow
@pytest.mark.mount
@pytest.mark.parametrize(("stage", "out"), [("download", "images"), ("ego", "egos")])
def test_a_full_disk_is_one_line_and_what_was_there_stays(copy: Workspace, stage: str, out: str):
    full = copy.folder / "full"
    full.mkdir()
    old = getattr(copy, out)
    words = [str(full / old.name) if word == str(old) else word for word in copy.words(stage)]
    script = """mount -t tmpfs -o size=64k tmpfs "$0" && echo old > "$0/$1" && shift || exit 9
                "$@"; status=$?; cat "$0"/*; ls -A "$0"; exit $status"""
    command = [
        *mount_command(),
        "sh",
        "-c",
        script,
        str(full),
        old.name,
        sys.executable,
        "-m",
        f"stages.{stage}",
        *words,
    ]
    found = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    assert found.returncode == 2, found.stderr
    assert "cannot be written" in found.stderr
    assert found.stderr.count("\n") == 1
    assert found.stdout.endswith(f"old\n{old.name}\n")


@pytest.mark.slow
def test_the_top_pairs_are_one_table_of_the_planes_that_each_has_alone(
    copy: Workspace, monkeypatch: pytest.MonkeyPatch
):
    cctm = confusion.cctm(by_epoch.test_counts(tables.read(copy.cctm, "cctm")))
    pairs = [pair for *pair, _ in confusion.ranked_pairs(cctm)[:2]]
    frames = []
    for notation in ("top-2", *(f"{a}-{b}" for a, b in pairs)):
        words = [notation if word == "3-9" else word for word in copy.words("sweep")]
        assert run("sweep", words, monkeypatch) == 0
        table = tables.read(copy.surface, "surfaces")
        assert table.meta["pair"] == notation
        frames.append(table.frame)
    assert frames[0].equals(pd.concat(frames[1:], ignore_index=True))


def mistaken(space: Workspace) -> list[str]:
    """The arguments of the mistakes stage over the workspace's only run."""
    folder = space.folder / "said"
    folder.mkdir(exist_ok=True)
    shutil.copy(space.predictions, folder / f"{RUN}.parquet")
    return [
        *map(
            str,
            (folder, space.images, space.folder / "mistakes.csv", space.folder / "mistakes.png"),
        ),
        "--parameters",
        str(space.params),
    ]


def test_train_says_that_there_is_nothing_to_train():
    assert train.plan(0, 90) == "nothing to train (0 epochs); counting predictions"
    assert train.plan(2, 90) == "training for 2 epochs of 90 images"


def test_mistakes_say_which_errors_are_left_out():
    assert mistakes.summary(3, 3, 1) == "3 of 3 errors on test images of 1 run"
    assert mistakes.summary(28, 31, 2) == (
        "28 of 31 errors on test images of 2 runs; left out those beyond 10 of a kind and beyond "
        "the top 10 pairs"
    )


@pytest.mark.slow
def test_mistakes_are_named_by_index_and_shown(copy: Workspace, monkeypatch: pytest.MonkeyPatch):
    assert run("mistakes", mistaken(copy), monkeypatch) == 0
    named = pd.read_csv(copy.folder / "mistakes.csv")
    said = (
        tables.read(copy.predictions, "predictions")
        .frame.query("split == 'test'")
        .set_index("index")
    )
    assert 0 < len(named) <= 200
    np.testing.assert_array_equal(
        said.loc[named["index"], ["label", "predicted"]], named[["label", "predicted"]]
    )
    assert (named["label"] != named["predicted"]).all()
    assert (named[["runs", "of"]].to_numpy() == 1).all()
    assert (copy.folder / "mistakes.png").read_bytes().startswith(b"\x89PNG")
    assert "path" not in named

    table = pq.read_table(copy.images)
    number = {"train": 0, "test": 0}
    paths = []
    for split in table["split"].to_pylist():
        paths.append(f"{split}/{number[split]}.png")
        number[split] += 1
    pq.write_table(table.append_column("path", [paths]), copy.images)
    assert run("mistakes", mistaken(copy), monkeypatch) == 0
    with_paths = pd.read_csv(copy.folder / "mistakes.csv")
    assert with_paths["path"].tolist() == [f"test/{index}.png" for index in with_paths["index"]]
    assert with_paths.drop(columns="path").equals(named)


def test_predictions_of_other_images_are_refused(copy: Workspace, capsys, monkeypatch):
    words = mistaken(copy)
    images = pq.read_table(copy.images)
    pq.write_table(images.take(list(range(len(images)))[::-1]), copy.images)
    assert run("mistakes", words, monkeypatch) == 2
    assert (
        "error: predictions: of other test images than the 1597 in the image table; run the cctm stage"
        in capsys.readouterr().err
    )
    assert not (copy.folder / "mistakes.csv").exists()


@pytest.mark.slow
def test_the_ego_models_of_a_class_are_the_line_of_a_plane_where_the_other_class_stands_still(
    copy: Workspace, monkeypatch: pytest.MonkeyPatch
):
    plane = tables.read(copy.surface, "surfaces")
    first, second = plane.frame[["class_1", "class_2"]].iloc[0]
    words = ["egos" if word == "3-9" else word for word in copy.words("sweep")]
    assert run("sweep", words, monkeypatch) == 0
    lines = tables.read(copy.surface, "surfaces")
    keys = lines.classes.keys
    assert set(map(tuple, lines.frame[["class_1", "class_2"]].to_numpy())) == {
        (c, c) for c in range(len(keys))
    }
    cells = ["j", "theta_2", "label", "predicted", "count", "loss_sum"]
    along = [
        table.frame[(table.frame["class_2"] == second) & (table.frame["theta_1"] == 0)][cells]
        for table in (plane, lines)
    ]
    assert np.array_equal(*along)
    (square, dot), _ = lines.meta["grams"][f"{keys[second]}-{keys[second]}"]
    assert (
        square == dot == pytest.approx(plane.meta["grams"][f"{keys[first]}-{keys[second]}"][1][1])
    )


def test_float16_does_not_train(
    copy: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("INTERFERENCE_PRECISION", "float16")
    assert "allowed for training: auto, float32, bfloat16" in refused(
        "train", copy, capsys, monkeypatch
    )


def test_a_net_that_draws_at_random_has_no_class_gradient(
    copy: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("interference.learning.trained_net.nets.build", lambda *_: Noisy())
    monkeypatch.setattr("interference.learning.trained_net.weights.restore", lambda *_: None)
    assert "two passes over the same" in refused("ego", copy, capsys, monkeypatch)


class Noisy(nn.Module):
    """A net whose dropout does not know eval mode."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(SIDE * SIDE, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.layer(nn.functional.dropout(images.flatten(1), 0.5, training=True))


def wait_for(process: forks.Process, sign: str) -> None:
    """Wait until a program prints a line with this sign."""
    assert process.stdout
    for line in process.stdout:
        if sign in line:
            break


def killed_after(process: forks.Process, sign: str) -> None:
    """Kill a program (-9) as soon as it prints a line with this sign."""
    wait_for(process, sign)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "sign", "out", "rest"),
    [("train", "epoch 1/", "counts", "epoch 2/"), ("sweep", "row 1/", "surface", "row 2/")],
)
def test_a_killed_stage_goes_on_to_the_same_table(
    copy: Workspace, stage: str, sign: str, out: str, rest: str
):
    path: Path = getattr(copy, out)
    whole = path.read_bytes()
    path.unlink()
    killed_after(copy.program(stage), sign)
    assert not path.exists()
    kept = next((copy.folder / ".resume").rglob("seconds"))
    assert float(kept.read_text()) > 0
    kept.write_text("1000")
    said, errors = copy.program(stage).communicate()
    assert not errors
    assert sign not in said
    assert rest in said
    assert path.read_bytes() == whole
    assert json.loads(copy.seconds.read_text())["seconds"] > 1000
    assert not list((copy.folder / ".resume").iterdir())


def deciding(space: Workspace) -> None:
    """Let the sweep of a workspace decide its points, 5 x 5 and of all images."""
    content = YAML(typ="safe").load(space.params)
    content["sweep"]["grid"] |= {"points": 5, "images": "all", "decide": 5, "tolerance": 0.1}
    YAML().dump(content, space.params)


@pytest.mark.slow
@pytest.mark.parametrize("sign", [": row 1/5", ": row 5/5", ": outline row 1/"])
def test_a_killed_sweep_of_decided_points_goes_on_to_the_same_table(copy: Workspace, sign: str):
    deciding(copy)
    said, errors = copy.program("sweep").communicate()
    assert not errors
    assert "at most" in said
    whole = copy.surface.read_bytes()
    copy.surface.unlink()
    killed_after(copy.program("sweep"), sign)
    said, errors = copy.program("sweep").communicate()
    assert not errors
    assert sign not in said
    assert copy.surface.read_bytes() == whole


@pytest.mark.slow
def test_the_table_of_decided_points_has_the_errors_of_w_star_and_all_its_images(
    copy: Workspace, monkeypatch: pytest.MonkeyPatch
):
    deciding(copy)
    assert run("sweep", copy.words("sweep"), monkeypatch) == 0
    table = tables.read(copy.surface, "surfaces")
    surface = surfaces.from_table(table)
    images = surface.counts.sum((-2, -1))
    centre = surface.counts[surface.centre]
    assert images[surface.centre] == table.meta["images"] == images.max()
    assert images.min() < table.meta["images"]
    assert surface.test is not None
    assert surface.test.population == table.meta["images"]
    errors = centre.sum() - centre.trace()
    assert surface.test.most == int(errors + table.meta["decide"] / 100 * table.meta["images"])


@pytest.mark.slow
def test_a_changed_parameter_never_takes_up_stale_work(copy: Workspace):
    killed_after(copy.program("train"), "epoch 1/")
    toy_params(copy.params, lr=0.05)
    said, _ = copy.program("train").communicate()
    assert "epoch 1/" in said


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the code of this checkout, to be changed."""
    for name in ("src", "stages"):
        shutil.copytree(
            ROOT / name, tmp_path / "code" / name, ignore=shutil.ignore_patterns("*.egg-info")
        )
    shutil.copy(ROOT / "dvc.yaml", tmp_path / "code")
    return tmp_path / "code"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "sign", "file"),
    [
        ("train", "epoch 1/", "src/interference/nets/{net}.py"),
        ("sweep", "row 1/", "src/interference/landscape/plane.py"),
    ],
)
def test_changed_code_never_takes_up_stale_work(
    copy: Workspace, checkout: Path, stage: str, sign: str, file: str
):
    killed_after(copy.program(stage, checkout), sign)
    net = YAML(typ="safe").load(copy.params)["runs"][RUN]["net"]
    path = checkout / file.format(net=net)
    path.write_text(path.read_text() + "\n# changed\n")
    said, errors = copy.program(stage, checkout).communicate()
    assert not errors
    assert "starts afresh" in said
    assert f"other {named(path)}" in said
    assert sign in said


def named(path: Path) -> str:
    """The name of a file in unfinished work: a net's module, or else the path in the checkout."""
    if path.parent.name == "nets":
        return f"interference.nets.{path.stem}"
    return path.relative_to(path.parents[3]).as_posix()


@pytest.mark.slow
def test_a_change_of_code_that_dvc_does_not_follow_goes_on(copy: Workspace, checkout: Path):
    killed_after(copy.program("train", checkout), "epoch 1/")
    path = checkout / "src" / "interference" / "reporting" / "text.py"
    path.write_text(path.read_text() + "\n# changed\n")
    said, _ = copy.program("train", checkout).communicate()
    assert "epoch 1/" not in said
    assert "epoch 2/" in said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "sign", "out", "part"),
    [("train", "epoch 2/", "counts", "checkpoint*"), ("sweep", "row 2/", "surface", "*-0.parquet")],
)
def test_damaged_unfinished_work_is_said_and_made_again(
    copy: Workspace, stage: str, sign: str, out: str, part: str
):
    path: Path = getattr(copy, out)
    whole = path.read_bytes()
    killed_after(copy.program(stage), sign)
    damaged = next((copy.folder / ".resume").rglob(part))
    damaged.write_bytes(damaged.read_bytes()[:100])
    said, errors = copy.program(stage).communicate()
    assert not errors
    assert str(damaged) in said
    assert path.read_bytes() == whole


@pytest.mark.slow
def test_sigterm_ends_a_training_with_one_line_and_it_goes_on(copy: Workspace):
    whole = copy.counts.read_bytes()
    process = copy.program("train")
    wait_for(process, "epoch 1/")
    process.terminate()
    _, errors = process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert errors == "stopped by SIGTERM\n"
    said, _ = copy.program("train").communicate()
    assert "epoch 1/" not in said
    assert copy.counts.read_bytes() == whole


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "sign"), [("train", "epoch 1/"), ("sweep", "row 1/")])
def test_a_second_process_at_the_same_work_is_refused_and_the_first_ends_well(
    copy: Workspace, stage: str, sign: str
):
    out = copy.counts if stage == "train" else copy.surface
    whole = out.read_bytes()
    first = copy.program(stage)
    wait_for(first, sign)
    first.send_signal(signal.SIGSTOP)
    _, errors = copy.program(stage).communicate()
    first.send_signal(signal.SIGCONT)
    first.communicate()
    assert f"process {first.pid} on" in errors
    assert errors.count("\n") == 1
    assert first.returncode == 0
    assert out.read_bytes() == whole


@pytest.mark.slow
def test_unfinished_work_is_listed_and_cleared(
    copy: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    killed_after(copy.program("train"), "epoch 1/")
    assert run("unfinished", [], monkeypatch) == 0
    assert f"training of {RUN}, " in capsys.readouterr().out
    assert run("unfinished", ["--clear"], monkeypatch) == 0
    assert "deleted 1 of 1" in capsys.readouterr().out
    assert not list((copy.folder / ".resume").iterdir())


def test_a_person_watching_sees_one_line_that_moves_and_a_log_gets_a_line_a_round(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    rich.get_console()  # as another library may have left it
    for watched in (True, False):
        monkeypatch.setattr(sys.stdout, "isatty", lambda watched=watched: watched)
        with stages.Watch("vgg19", 4) as watch:
            for done in (1, 2):
                watch.tick(2)
                watch.say(f"vgg19: epoch {done}/2")
        said = capsys.readouterr().out
        assert said.count("\n") == (1 if watched else 2)
        assert (
            "100 % vgg19: epoch 2/2\n" if watched else "vgg19: epoch 1/2\nvgg19: epoch 2/2\n"
        ) in said


def with_edge(space: Workspace, edge: float | str) -> None:
    """Let the sweep of a workspace decide its points, with this edge and zooms."""
    deciding(space)
    content = YAML(typ="safe").load(space.params)
    margin = 0.5  # the toy net is hardly better than chance
    content["sweep"]["grid"] |= {"zoom": True, "flat_cells": 2, "decide": margin}
    content["claims"]["epsilon"] = margin
    content["sweep"]["edge"]["raw"]["optim"] = edge
    YAML().dump(content, space.params)


@pytest.mark.slow
def test_a_killed_sweep_with_a_zoom_goes_on_to_the_same_table(
    copy: Workspace, monkeypatch: pytest.MonkeyPatch
):
    with_edge(copy, "auto")
    assert run("sweep", copy.words("sweep"), monkeypatch) == 0
    table = tables.read(copy.surface, "surfaces")
    assert table.meta["found_edge"]
    assert table.meta["zooms"] == {}
    select.check_made(params.load(copy.params), copy.surface, {})
    with_edge(copy, 5 * table.meta["edge"])
    with pytest.raises(BadInput, match="made with edge auto, now"):
        select.check_made(params.load(copy.params), copy.surface, {})
    assert run("sweep", copy.words("sweep"), monkeypatch) == 0
    select.check_made(params.load(copy.params), copy.surface, {})
    whole = copy.surface.read_bytes()
    zoomed = tables.read(copy.surface, "surfaces")
    assert zoomed.meta["zooms"] == {"3-9": table.meta["edge"]}
    plane = surfaces.from_table(zoomed)
    assert plane.zoom is not None
    assert plane.theta_1[-1] == 5 * plane.zoom.theta_1[-1]
    assert np.array_equal(plane.zoom.counts, surfaces.from_table(table).counts)
    copy.surface.unlink()
    killed_after(copy.program("sweep"), ": row 7/10")
    said, errors = copy.program("sweep").communicate()
    assert not errors
    assert "fitting edge" not in said
    assert ": row 7/10" not in said
    assert copy.surface.read_bytes() == whole
