"""Reports of made-up studies, and the numbers that they carry, read back."""

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from interference import report, tables
from interference.claims import Verdict
from tests import toy

KINDS = ("counts", "cctm", "grams", "surfaces", "predictions")
NAN = float("nan")
VERDICTS = [
    Verdict("acc-order", "small-lr < big-lr", "holds", "80 < 90", "85 < 89"),
    Verdict("recall-rank", "CAT lowest", "fails", "DOG lowest", ""),
    Verdict("plateau", "a plateau", "not measured", "no run", ""),
]


def study(folder: Path, runs: list[str], **more: Any) -> report.Study:
    """The tables of a folder as the stage gathers them."""
    found = {kind: {path.stem: tables.read(path, kind) for path in sorted((folder / kind).glob("*.parquet"))}
             for kind in KINDS}
    return report.Study(**{"title": "A <toy> study", "runs": runs, "verdicts": VERDICTS, **found, **more})


def small(folder: Path, **more: Any) -> report.Study:
    """A study of three runs and two planes with their ego models, seconds to write and to open."""
    runs = {"vgg19": "optim", "resnet18": "optim", "resnet18-big_lr": "big_lr"}
    toy.study(folder, runs=runs, pairs=("cat-dog", "horse-ship", "egos"), scales=("raw", "step"), epochs=12,
              recorded=("vgg19",))
    return study(folder, list(runs), **more)


def pictures(of: report.Study, side: int = 8) -> np.ndarray:
    """Test images (n, 3, side, side) for a study's predictions: each in a shade of its own."""
    number = max(int(table.frame["index"].max()) for table in of.predictions.values()) + 1
    return np.broadcast_to((np.arange(number) % 256).astype(np.uint8)[:, None, None, None], (number, 3, side, side))


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
    kind = {"Uint8Array": "u1", "Uint16Array": "<u2", "Uint32Array": "<u4", "Float32Array": "<f4"}[reference["type"]]
    size = int(np.prod(reference["shape"]))
    return np.frombuffer(block, kind, size, reference["at"]).reshape(reference["shape"])
