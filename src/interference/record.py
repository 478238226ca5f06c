"""What is known of a run that was trained elsewhere: its confusion counts, and the tables that are made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from interference import __version__, confusion, tables
from interference.arrays import numbers
from interference.classes import Classes
from interference.confusion import Array
from interference.errors import BadInput, one_of
from interference.params import SPLITS, check_run
from interference.tables import Table

Cells = tuple[Array, Array]  # counts (C, C) int64 and summed losses (C, C) float64

GIVEN = "given"  # in place of a set-up's name
DATA = "given predictions"  # in place of a data set's name
UNKNOWN = -1  # the epoch of predictions that name none
FINAL = ("test", "train")  # the splits of a cctm table: of the final weights, images as they are


@dataclass
class Record:
    """The confusion counts of a run that was trained elsewhere, by split and epoch.

    `settings` are the resolved parameters where the run is one of a study's; else its tables name no set-up and no
    seed, of which nothing is known. `said` holds the last predictions of a split image by image (columns index, label,
    predicted) where the images are known. Raises `BadInput` for a name that names no file.
    """

    name: str
    classes: Classes
    data: str = DATA
    settings: Mapping[str, Any] | None = None
    made_by: Mapping[str, str] = field(default_factory=dict)
    cells: dict[str, dict[int, Cells]] = field(default_factory=dict)
    said: dict[str, pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_run("name", self.name)

    def add(self, split: str, counts: Any, loss_sum: Any, epoch: int) -> None:
        """Record a split's counts and summed losses (C, C) after an epoch, in place of what was there.

        Raises `BadInput` for an unknown split, and for arrays of another shape.
        """
        if split not in SPLITS:
            raise one_of("split", split, SPLITS)
        cells, size = (numbers("counts", counts), numbers("loss_sum", loss_sum)), len(self.classes)
        for found in cells:
            if found.shape != (size, size):
                raise BadInput(f"counts and loss_sum: found {found.shape}, allowed: {(size, size)}, as many as classes")
        self.cells.setdefault(split, {})[epoch] = cells

    @property
    def run(self) -> dict[str, Any]:
        """The `run` of its tables' metadata: every key that a run of the pipeline has, an empty set-up."""
        if self.settings is not None:
            return dict(self.settings)
        recorded = [split for split in SPLITS if split in self.cells]
        return {"name": self.name, "net": self.name, "optim": GIVEN, "seed": None, "counts": recorded, "setup": {},
                "data": {"name": self.data}}

    def tables(self) -> dict[str, Table]:
        """The tables of the run by kind: `counts` where epochs are known, `cctm` where there are test images, of their
        last epoch, and `predictions` where the images are known.
        """
        timed = {split: known for split, of in self.cells.items()
                 if (known := {epoch: of[epoch] for epoch in sorted(of) if epoch != UNKNOWN})}
        last = {split: self.cells[split][max(self.cells[split])] for split in FINAL if split in self.cells}
        frames = {
            "counts": [_rows(list(of.values()), split, epoch=np.array(list(of))) for split, of in timed.items()],
            "cctm": [_rows([cells], split) for split, cells in last.items()] if "test" in last else [],
            "predictions": [frame.assign(split=split) for split, frame in self.said.items()],
        }
        meta = {**tables.class_metadata(self.classes), "run": self.run,
                "made_by": {"interference": __version__, **self.made_by}}
        return {kind: Table(pd.concat(parts, ignore_index=True), meta) for kind, parts in frames.items() if parts}

    def save(self, folder: Path | str) -> None:
        """Write the tables as FOLDER/KIND/NAME.parquet, each whole or not at all."""
        for kind, table in self.tables().items():
            tables.write(Path(folder) / kind / f"{self.name}.parquet", kind, table.frame, table.meta)

    def take_up(self, folder: Path, epochs: int) -> None:
        """Take up what was saved of the first `epochs` epochs, for a training that goes on from there.

        Raises `BadInput` where the table is unreadable or of other classes.
        """
        path = folder / "counts" / f"{self.name}.parquet"
        if not (epochs and path.exists()):
            return
        frame = tables.read(path, "counts", self.classes).frame
        for split, own in frame[frame["epoch"] <= epochs].groupby("split", observed=True):
            counts, losses = (confusion.from_frame(own, len(self.classes), "epoch", value=value)
                              for value in ("count", "loss_sum"))
            for epoch, count, loss in zip(np.unique(own["epoch"]), counts, losses, strict=True):
                self.add(str(split), count, loss, int(epoch))


def _rows(cells: list[Cells], split: str, **leading: Any) -> pd.DataFrame:
    """The rows of a split's cells; without `leading`, of its only ones."""
    counts, loss_sum = map(np.stack, zip(*cells, strict=True))  # (epochs, C, C)
    if not leading:
        counts, loss_sum = counts[0], loss_sum[0]
    return pd.DataFrame(confusion.columns(counts, loss_sum, split=split, **leading))
