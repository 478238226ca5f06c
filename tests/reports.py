"""Reports of made-up studies, and the numbers that they carry, read back."""

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
RECORDED = "vgg19"  # the run of `trained` that recorded training after each epoch


def study(folder: Path, runs: list[str], **more: Any) -> report.Study:
    """The tables of a folder as the stage gathers them."""
    found = {
        kind: {
            path.stem: tables.read(path, kind) for path in sorted((folder / kind).glob("*.parquet"))
        }
        for kind in KINDS
    }
    return report.Study(
        **{"title": "A <toy> study", "runs": runs, "verdicts": VERDICTS, **found, **more}
    )


def small(factory: pytest.TempPathFactory) -> report.Study:
    """A study of three runs and two planes with their ego models, seconds to write and to open."""
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
    """A study of two runs of more classes than numbers are legible of, with long names and a picture of every image."""

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

    found = study(made_once("many-study", factory, write), list(MANY_RUNS))
    return replace(found, images=pictures(found))


def paired(factory: pytest.TempPathFactory) -> report.Study:
    """A study of three of the paper's nets, trained as long as the paper's, and another net."""

    def write(folder: Path) -> None:
        toy.study(folder, runs=PAIRED_RUNS, swept=(), epochs=2, images=1000)

    found = study(made_once("paired-study", factory, write), list(PAIRED_RUNS))
    for table in found.cctm.values():
        table.run["setup"]["epochs"] = 200
    return found


def trained(factory: pytest.TempPathFactory) -> report.Study:
    """A study of two runs of 40 epochs, of which `RECORDED` recorded training after each epoch."""
    runs = {RECORDED: "optim", "resnet18-big_lr": "big_lr"}

    def write(folder: Path) -> None:
        toy.study(folder, runs=runs, recorded=(RECORDED,), epochs=40, swept=(), images=1000)

    return study(made_once("trained-study", factory, write), list(runs))


def pictures(of: report.Study, side: int = 8) -> np.ndarray:
    """Test images (n, 3, side, side) for a study's predictions: each in a shade of its own."""
    number = max(int(table.frame["index"].max()) for table in of.predictions.values()) + 1
    return np.broadcast_to(
        (np.arange(number) % 256).astype(np.uint8)[:, None, None, None], (number, 3, side, side)
    )


def given(page: str) -> dict[str, Any]:
    """What the page gives its scripts."""
    found = re.search(r'<script type="application/json" id="given">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def arrays(page: str) -> bytes:
    """The page's block of arrays, unpacked."""
    found = re.search(r'id="arrays">(.*?)</script>', page, re.DOTALL)
    assert found
    return gzip.decompress(base64.b64decode(found[1]))


def array(block: bytes, reference: dict[str, Any]) -> np.ndarray:
    """The array that a reference means."""
    kind = {"Uint8Array": "u1", "Uint16Array": "<u2", "Uint32Array": "<u4", "Float32Array": "<f4"}[
        reference["type"]
    ]
    size = int(np.prod(reference["shape"]))
    return np.frombuffer(block, kind, size, reference["at"]).reshape(reference["shape"])
