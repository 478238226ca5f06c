"""Reads a data set of torchvision with torchvision's own class."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from interference.classes import Classes
from interference.datasets.pictures import Picture, Pictures

FLAGGED: Mapping[str, Mapping[str, Any]] = {"train": {"train": True}, "test": {"train": False}}
NAMED: Mapping[str, Mapping[str, Any]] = {"train": {"split": "train"}, "test": {"split": "test"}}
JOINED: Mapping[str, Mapping[str, Any]] = {
    "train": {"split": "trainval"},
    "test": {"split": "test"},
}


@dataclass(frozen=True)
class Official:
    """A data set of torchvision.

    Attributes:
        kind: The name of torchvision's class.
        splits: The arguments of that class for each split.
        classes: The classes; None to take the names that torchvision's object has.
    """

    kind: str
    splits: Mapping[str, Mapping[str, Any]]
    classes: Classes | None = None

    def read(self, raw: Path) -> Pictures:
        """Read the data set.

        Args:
            raw: The folder of its raw files. It is downloaded into it unless a good copy is there.

        Returns:
            The classes and pictures.

        Raises:
            BadInput: There is no good copy, and the download fails.
        """
        from interference.datasets.download import fetch

        sets = fetch(self.kind, self.splits, raw)
        pictures = {}
        for split, images in sets.items():
            pictures[split] = [
                Picture(f"{self.kind} {split}: image {index}", partial(images.__getitem__, index))
                for index in range(len(images))
            ]
        return Pictures(self.classes or Classes.from_labels(sets["train"].classes), pictures)
