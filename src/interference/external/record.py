"""A run that was trained elsewhere: its confusion counts, and the tables that are made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from interference import confusion
from interference.classes import Classes
from interference.errors import BadInput, one_of
from interference.external.arrays import numbers
from interference.io import tables
from interference.io.tables import Table
from interference.learning.history import History
from interference.version import __version__
from interference.vocabulary import SPLITS, check_run

GIVEN = "given"  # in place of a set-up's name
DATA = "given predictions"  # in place of a data set's name
FINAL = ("test", "train")  # the splits of a cctm table: of the final weights, images as they are


@dataclass
class Record(History):
    """The confusion counts of a run that was trained elsewhere, by split and epoch.

    Attributes:
        name: The run's name, which names its files.
        classes: The classes in label order.
        data: What the images are, for readers.
        settings: The resolved parameters where the run is one of a study's. Without them its
            tables name no set-up and no seed, since neither is known.
        made_by: Versions of the packages that made the predictions.
        said: The last predictions of a split image by image (columns index, label, predicted),
            where the images are known.
        cells: Counts and summed losses by split and epoch, as in `History`.

    Raises:
        BadInput: The name names no file.
    """

    name: str
    classes: Classes
    data: str = DATA
    settings: Mapping[str, Any] | None = None
    made_by: Mapping[str, str] = field(default_factory=dict)
    said: dict[str, pd.DataFrame] = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        check_run("name", self.name)

    def add(self, split: str, counts: Any, loss_sum: Any, epoch: int) -> None:
        """Record a split after an epoch, in place of what was recorded there.

        Args:
            split: `test`, `train_online`, `train_augmented` or `train`.
            counts: (C, C) whole numbers: an array, a list or a tensor.
            loss_sum: (C, C), the summed losses of the images in each cell.
            epoch: The number of epochs that are finished.

        Raises:
            BadInput: The split is unknown, or an array has another shape.
        """
        if split not in SPLITS:
            raise one_of("split", split, SPLITS)
        shape = (len(self.classes), len(self.classes))
        cells = (numbers("counts", counts), numbers("loss_sum", loss_sum))
        for cell in cells:
            if cell.shape != shape:
                raise BadInput(
                    f"counts and loss_sum: found {cell.shape}, allowed: {shape}, as many as classes"
                )
        super().add(split, *cells, epoch)

    @property
    def run(self) -> dict[str, Any]:
        """The `run` of its tables' metadata: every key that a run of the pipeline has."""
        if self.settings is not None:
            return dict(self.settings)
        return {
            "name": self.name,
            "net": self.name,
            "optim": GIVEN,
            "seed": None,
            "counts": [split for split in SPLITS if split in self.cells],
            "setup": {},
            "data": {"name": self.data},
        }

    def tables(self) -> dict[str, Table]:
        """The tables of the run by kind.

        Returns:
            `counts` where epochs are known, `cctm` of the last epoch where there are test images,
            and `predictions` where the images are known.
        """
        frames = {"counts": self.frame(), "cctm": self._final_frame()}
        if self.said:
            images = [frame.assign(split=split) for split, frame in self.said.items()]
            frames["predictions"] = pd.concat(images, ignore_index=True)
        meta = {
            **tables.class_metadata(self.classes),
            "run": self.run,
            "made_by": {"interference": __version__, **self.made_by},
        }
        return {kind: Table(frame, meta) for kind, frame in frames.items() if len(frame)}

    def _final_frame(self) -> pd.DataFrame:
        """The rows of the `cctm` table; none where there are no test images."""
        if "test" not in self.cells:
            return pd.DataFrame()
        frames = []
        for split in FINAL:
            if split in self.cells:
                last_epoch = max(self.cells[split])
                columns = confusion.columns(*self.cells[split][last_epoch], split=split)
                frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def save(self, folder: Path | str) -> None:
        """Write the tables as FOLDER/KIND/NAME.parquet, each whole or not at all."""
        for kind, table in self.tables().items():
            path = Path(folder) / kind / f"{self.name}.parquet"
            tables.write(path, kind, table.frame, table.meta)

    def take_up(self, folder: Path, epochs: int) -> None:
        """Load what was saved of the first epochs, for a training that goes on from there.

        Args:
            folder: The folder that `save` wrote to.
            epochs: The number of epochs that are finished; later ones are left out.

        Raises:
            BadInput: The table is unreadable or of other classes.
        """
        path = folder / "counts" / f"{self.name}.parquet"
        if not (epochs and path.exists()):
            return
        frame = tables.read(path, "counts", self.classes).frame
        finished = frame[frame["epoch"] <= epochs]
        for split, rows in finished.groupby("split", observed=True):
            size = len(self.classes)
            counts = confusion.from_frame(rows, size, "epoch", value="count")
            loss_sums = confusion.from_frame(rows, size, "epoch", value="loss_sum")
            for place, epoch in enumerate(np.unique(rows["epoch"])):
                self.add(str(split), counts[place], loss_sums[place], int(epoch))
