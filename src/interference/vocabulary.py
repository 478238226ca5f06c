"""Names that many modules share: of splits, scales, batch norm's modes, runs, and the type of an array."""

import re
from typing import Any

import numpy as np

from interference.errors import BadInput

Array = np.ndarray[Any, np.dtype[Any]]

SPLITS = ("train_online", "test", "train_augmented", "train")
ALWAYS = ("train_online", "test")  # the splits that every run records
SPLIT_CAPTIONS = {  # of training, the paper's first; of a run from elsewhere the test images may be all there is
    "train_augmented": "augmented training images, after each epoch",
    "train": "training images, after each epoch",
    "train_online": "training images, as predicted while training",
    "test": "test images, after each epoch",
}
SCALES = ("raw", "step", "relative", "filter", "random")
BATCH_NORMS = ("frozen", "recalibrated")
RUN = re.compile(r"[A-Za-z0-9_.-]+")


def check_run(where: str, name: Any) -> None:
    """Raise `BadInput` unless a name can be that of a run: it names files."""
    if not (isinstance(name, str) and RUN.fullmatch(name)):
        raise BadInput(f"{where}: found {name!r}, allowed: {RUN.pattern}, since it names files")
