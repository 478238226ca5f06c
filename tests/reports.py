"""Writes reports of made-up studies, and reads the numbers of a report."""

import base64
import gzip
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from interference.claims import Verdict
from interference.classes import Classes
from interference.io import tables
from interference.reporting import report
from tests import toy
from tests.shared import made_once

KINDS = ("counts", "cctm", "grams", "surfaces", "predictions")
NAN = float("nan")
VERDICTS = [
    Verdict("acc-order", "small-lr < big-lr", "holds", "80 < 90", "85 < 89"),
    Verdict("recall-rank", "CAT lowest", "fails", "DOG lowest", ""),
    Verdict("plateau", "a plateau", "not measured", "no run", ""),
]
KIN = toy.kindred(5)
LONG = Classes(
    KIN.keys,
    tuple(f"{key}, as it is named at length ({place})" for place, key in enumerate(KIN.keys)),
)
MANY_RUNS = {"vgg19": "optim", "resnet18-big_lr": "big_lr"}
PAIRED_RUNS = {
    "vgg19": "optim",
    "googlenet": "optim",
    "resnet18-big_lr": "big_lr",
    "small": "optim",
}
RECORDED = "vgg19"  # the run of `trained` that recorded training images after each epoch


def study(folder: Path, runs: list[str], **more: Any) -> report.Study:
    """The study of a folder's tables."""
    facts: dict[str, Any] = {"title": "A <toy> study", "runs": runs, "verdicts": VERDICTS}
    for kind in KINDS:
        paths = sorted((folder / kind).glob("*.parquet"))
        facts[kind] = {path.stem: tables.read(path, kind) for path in paths}
    return report.Study(**facts | more)


def small(factory: pytest.TempPathFactory) -> report.Study:
    """A study of three runs with two planes and the ego models, small enough to open in seconds."""
    runs = {"vgg19": "optim", "resnet18": "optim", "resnet18-big_lr": "big_lr"}

    def write(folder: Path) -> None:
        toy.study(
            folder,
            runs=runs,
            pairs=("cat-dog", "horse-ship", "egos"),
            scales=("raw", "step"),
            epochs=12,
            recorded=("vgg19",),
        )

    return study(made_once("small-study", factory, write), list(runs))


def many(factory: pytest.TempPathFactory) -> report.Study:
    """A study of two runs with many classes of long names, and a picture of every test image."""

    def write(folder: Path) -> None:
        toy.study(
            folder,
            classes=LONG,
            runs=MANY_RUNS,
            recorded=("vgg19",),
            swept=(),
            epochs=15,
            images=120,
        )

    without_images = study(made_once("many-study", factory, write), list(MANY_RUNS))
    return replace(without_images, images=pictures(without_images))


def paired(factory: pytest.TempPathFactory) -> report.Study:
    """A study of three of the paper's nets with as many epochs as the paper's, and another net."""

    def write(folder: Path) -> None:
        toy.study(folder, runs=PAIRED_RUNS, swept=(), epochs=2, images=1000)

    paired = study(made_once("paired-study", factory, write), list(PAIRED_RUNS))
    for table in paired.cctm.values():
        table.run["setup"]["epochs"] = 200
    return paired


def trained(factory: pytest.TempPathFactory) -> report.Study:
    """A study of two runs of 40 epochs; `RECORDED` also recorded training images after each epoch."""
    runs = {RECORDED: "optim", "resnet18-big_lr": "big_lr"}

    def write(folder: Path) -> None:
        toy.study(folder, runs=runs, recorded=(RECORDED,), epochs=40, swept=(), images=1000)

    return study(made_once("trained-study", factory, write), list(runs))


def pictures(study: report.Study, side: int = 8) -> np.ndarray:
    """Test images (n, 3, side, side) for a study's predictions, each of one shade."""
    number = max(int(table.frame["index"].max()) for table in study.predictions.values()) + 1
    shades = (np.arange(number) % 256).astype(np.uint8)
    return np.broadcast_to(shades[:, None, None, None], (number, 3, side, side))


def page_data(page: str) -> dict[str, Any]:
    """The data that the page gives its scripts."""
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert block
    return json.loads(block[1])


def arrays(page: str) -> bytes:
    """The page's block of arrays, unpacked."""
    block = re.search(r'id="arrays">(.*?)</script>', page, re.DOTALL)
    assert block
    return gzip.decompress(base64.b64decode(block[1]))


def array(block: bytes, reference: dict[str, Any]) -> np.ndarray:
    """The array of a reference."""
    dtypes = {"Uint8Array": "u1", "Uint16Array": "<u2", "Uint32Array": "<u4", "Float32Array": "<f4"}
    dtype = dtypes[reference["type"]]
    size = int(np.prod(reference["shape"]))
    return np.frombuffer(block, dtype, size, reference["at"]).reshape(reference["shape"])


def counts(block: bytes, carried: dict[str, Any]) -> np.ndarray:
    """The counts (epochs, C, C) of a split of the CCTM's section."""
    starts, predicted, cells = (
        array(block, carried[name]) for name in ("starts", "predicted", "counts")
    )
    classes = len(starts) - 1
    label = np.arange(classes).repeat(np.diff(starts.astype(int)))
    whole = np.zeros((len(cells), classes, classes), int)
    whole[:, label, predicted] = cells
    np.testing.assert_array_equal(array(block, carried["sizes"]), whole.sum(-1))
    return whole
