"""A folder of images through the pipeline: grey, not square, classes of unequal sizes, one without test images."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from ruamel.yaml import YAML

from interference import confusion, datasets
from interference.claims import VERDICTS
from interference.classes import Classes
from interference.confusion import by_epoch
from interference.errors import BadInput
from interference.io import metadata, tables
from stages import download
from tests.test_stages import files, run

SIZES = {
    "Café au lait": (14, 5),
    "bird": (11, 4),
    "crossing": (9, 0),
    "dog (big)": (16, 6),
}  # train, test
KEYS = ("cafe_au_lait", "bird", "crossing", "dog_big")
PARAMS = {
    "data": {
        "name": "folder",
        "path": "pets",
        "mean": [0.5],
        "std": [0.25],
        "crop": 1,
        "flip": False,
    },
    "optim": {
        "lr": 0.01,
        "schedule": "constant",
        "momentum": 0.9,
        "weight_decay": 0.0005,
        "batch_size": 8,
        "epochs": 1,
    },
    "runs": {
        "small": {
            "net": "small",
            "optim": "optim",
            "seed": 0,
            "counts": ["train_online", "test", "train_augmented"],
        }
    },
    "ego": {"images": "all"},
    "sweep": {
        "runs": ["small"],
        "pairs": ["dog_big-bird"],
        "scales": ["step"],
        "grid": {"points": 3, "split": "test", "images": "all"},
        "edge": {"step": {"optim": 0.5}},
    },
    "claims": {
        "net": "small",
        "setups": {"anneal_lr": {"optim": "optim", "lr": 0.01, "schedule": "constant"}},
    },
}


def striped(random: np.random.Generator, kind: int) -> Image.Image:
    """A grey image of 20 x 14 pixels whose stripes lean as its class does."""
    rows, columns = np.mgrid[:20, :14]
    angle = kind * np.pi / 4 + random.normal(0, 0.3)
    waves = np.sin(0.9 * (np.cos(angle) * columns + np.sin(angle) * rows) + random.uniform(0, 6))
    return Image.fromarray(
        (127 + 80 * waves + random.normal(0, 20, waves.shape)).clip(0, 255).astype(np.uint8)
    )


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is worked in, with a folder of images and parameters."""
    random = np.random.default_rng(0)
    for kind, (name, sizes) in enumerate(SIZES.items()):
        for split, size in zip(("train", "test"), sizes, strict=True):
            for number in range(size):
                file = tmp_path / "raw" / "pets" / split / name / f"{number}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                striped(random, kind).save(file)
    YAML().dump(PARAMS, tmp_path / "params.yaml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INTERFERENCE_RAW", "raw")
    return tmp_path


COMMANDS = {
    "source": "source.json losses.json",
    "download": "images.parquet",
    "train": "small images.parquet nets/small.safetensors counts/small.parquet small.json curves.csv train.json",
    "cctm": "nets/small.safetensors images.parquet cctm/small.parquet predictions/small.parquet cctm.json cctm.csv",
    "ego": "nets/small.safetensors images.parquet egos/small.safetensors grams/small.parquet ego.json",
    "sweep": "nets/small.safetensors egos/small.safetensors images.parquet dog_big-bird step surfaces/plane.parquet "
    "sweep.json",
    "mistakes": "predictions images.parquet mistakes.csv mistakes.png",
    "claims": "counts cctm grams surfaces predictions claims.csv claims.json verdicts.csv",
    "plots": "counts surfaces plots/notes plots/surfaces",
    "figures": "counts cctm grams surfaces figures",
}


def test_download_lists_the_classes_in_the_order_of_their_numbers():
    images = np.zeros((3, 1, 2, 2), np.uint8), np.arange(3)
    classes = Classes.from_labels(["circle", "Square", "triangle"])
    lines = list(download.description(classes, {"train": images, "test": images}))
    assert lines[1] == "classes in the order of their numbers, from 0: circle, Square, triangle"


@pytest.mark.slow
def test_a_folder_of_images_goes_through_every_stage(
    space: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for stage, words in COMMANDS.items():
        assert run(stage, words.split(), monkeypatch) == 0, stage
    said = capsys.readouterr().out
    assert "50 train, 15 test images of 4 classes, 1 x 20 x 14" in said
    assert "no test images of crossing\n" in said
    assert "folder pets: classes in the order of their numbers, from 0: " in said
    table = tables.read(space / "cctm" / "small.parquet", "cctm")
    order = [KEYS.index(key) for key in table.classes.keys]
    counts = by_epoch.test_counts(table)
    assert counts.sum(1).tolist() == [list(SIZES.values())[place][1] for place in order]
    assert np.isnan(confusion.cctm(counts)[order.index(2)]).all()
    metrics = json.loads((space / "cctm.json").read_text(), parse_constant=pytest.fail)
    assert set(metrics["test_recall"]) == {"cafe_au_lait", "bird", "dog_big"}
    surface = tables.read(space / "surfaces" / "plane.parquet", "surfaces").frame
    assert surface.groupby(["i", "j"])["count"].sum().eq(15).all()
    assert table.run["data"]["path"] == "pets"
    assert set(pd.read_csv(space / "claims.csv")["verdict"]) <= set(VERDICTS)
    for name in (
        "cctm-optim",
        "recall",
        "pairs-optim",
        "surface-small-step",
        "class_losses-small-step",
    ):
        assert (space / "figures" / f"{name}.svg").exists()
        assert "folder pets" in (space / "figures" / f"{name}.svg").read_text()


BAD = {
    "pair of no class": (
        {"sweep": {"pairs": ["dog-bird"]}},
        "params.yaml: sweep.pairs: found 'dog-bird', allowed: "
        "pairs of different classes, such as cafe_au_lait-bird, ",
    ),
    "means of another image": (
        {"data": {"mean": [0.5] * 3}},
        "params.yaml: data.mean: found [0.5, 0.5, 0.5], allowed: "
        "1 number, one a channel; the training images' are",
    ),
    "place that is not there": ({"data": {"path": "cats"}}, "raw/cats/train: no such folder"),
}


@pytest.mark.parametrize("case", BAD)
def test_parameters_that_do_not_fit_the_images_are_refused_before_the_table_is_written(
    case: str, space: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    changes, message = BAD[case]
    content = {group: {**PARAMS[group], **changes.get(group, {})} for group in PARAMS}
    YAML().dump(content, space / "params.yaml")
    before = files(space)
    assert run("download", ["images.parquet"], monkeypatch) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert files(space) == before


@pytest.mark.parametrize("case", ["pair of no class", "means of another image"])
def test_parameters_that_no_longer_fit_the_images_are_refused_before_a_training(
    case: str, space: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """DVC downloads again only where the data change."""
    assert run("download", ["images.parquet"], monkeypatch) == 0
    changes, message = BAD[case]
    YAML().dump(
        {group: {**PARAMS[group], **changes.get(group, {})} for group in PARAMS},
        space / "params.yaml",
    )
    before = files(space)
    assert run("train", COMMANDS["train"].split(), monkeypatch) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {message.partition(';')[0]}")
    assert error.count("\n") == 1
    assert files(space) == before


def test_a_net_that_fails_on_the_images_is_refused_before_it_is_trained(
    space: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    content = PARAMS | {"runs": {"small": PARAMS["runs"]["small"] | {"net": "vgg19"}}}
    YAML().dump(content, space / "params.yaml")
    assert run("download", ["images.parquet"], monkeypatch) == 0
    before = files(space)
    assert run("train", COMMANDS["train"].split(), monkeypatch) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: params.yaml: runs.small.net: fails on")
    assert error.count("\n") == 1
    assert files(space) == before


def test_the_same_folder_is_the_same_table_and_another_image_another(
    space: Path, monkeypatch: pytest.MonkeyPatch
):
    assert run("download", ["images.parquet"], monkeypatch) == 0
    assert run("download", ["again.parquet"], monkeypatch) == 0
    birds = space / "raw" / "pets" / "train" / "bird"
    shutil.copy(birds / "1.png", birds / "0.png")
    assert run("download", ["changed.parquet"], monkeypatch) == 0
    first, again, changed = (
        (space / f"{name}.parquet").read_bytes() for name in ("images", "again", "changed")
    )
    assert first == again != changed


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"info": None},
        {"info": {"features": {"label": {"names": None}}}},
        {"info": {"features": []}},
    ],
)
def test_odd_metadata_of_a_hugging_face_file_name_no_classes(value: object, tmp_path: Path):
    assert metadata.class_label_names({"huggingface": value}, "label") == []


def test_labels_that_are_lists_are_refused(tmp_path: Path):
    table = pa.table({"split": ["train", "test"], "label": [[0], [1]], "image": [b"x", b"y"]})
    pq.write_table(table, tmp_path / "x.parquet")
    with pytest.raises(BadInput, match="column label is list"):
        datasets.read("parquet", tmp_path / "x.parquet")
