"""Data sets of torchvision, each read by its own loader there."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from interference.classes import Classes
from interference.datasets.pictures import Found, Picture

FLAGGED: Mapping[str, Mapping[str, Any]] = {"train": {"train": True}, "test": {"train": False}}
NAMED: Mapping[str, Mapping[str, Any]] = {"train": {"split": "train"}, "test": {"split": "test"}}
JOINED: Mapping[str, Mapping[str, Any]] = {
    "train": {"split": "trainval"},
    "test": {"split": "test"},
}


@dataclass(frozen=True)
class Official:
    """How a data set is had of torchvision: the name of its class there, that class's arguments for each split.

    `classes` are given where they are known before the images are, or where the loader has no good names.
    """

    kind: str
    splits: Mapping[str, Mapping[str, Any]]
    classes: Classes | None = None

    def read(self, raw: Path) -> Found:
        """The data set from `raw`, downloaded there first unless a good copy is in place.

        Raises `BadInput` where no good copy is there and none can be had.
        """
        from interference.datasets.download import fetched

        sets = fetched(self.kind, self.splits, raw)
        return Found(
            self.classes or Classes.from_labels(sets["train"].classes),
            {
                split: [
                    Picture(
                        f"{self.kind} {split}: image {index}", partial(images.__getitem__, index)
                    )
                    for index in range(len(images))
                ]
                for split, images in sets.items()
            },
        )
