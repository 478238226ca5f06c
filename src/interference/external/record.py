"""The confusion counts of a run that was trained elsewhere, and the tables made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from interference import confusion
from interference.classes import Classes
from interference.errors import BadInput, one_of
from interference.external.arrays import number_array, to_python_number
from interference.io import tables
from interference.io.tables import Table
from interference.learning.history import History
from interference.version import __version__
from interference.vocabulary import SPLITS, UNKNOWN, Array, check_run

GIVEN = "given"  # in place of the name of a training configuration (set-up)
DATA = "given predictions"  # in place of the name of a data set
LAST_EPOCH = 2**15 - 1  # the tables number epochs in 16 bits
MOST = 2**53  # images in a cell: float64 holds whole numbers up to here
FRAME = ["split", "epoch", "label", "predicted", "count", "loss_sum"]  # of `Record.to_frame`
FINAL = ("test", "train")  # the splits of a cctm table: final weights, images not augmented


@dataclass
class Record(History):
    """The confusion counts of a run that was trained elsewhere, by split and epoch.

    Attributes:
        name: The name of the run, which names its files.
        classes: The classes in label order.
        data: The name of the data set, for readers.
        settings: The resolved parameters of the study's run that this record stands for. Without
            them the training configuration (set-up) and the seed are unknown, and the tables say
            so.
        made_by: The versions of the packages that made the predictions.
        final_predictions: By split, the predictions of the last epoch image by image (columns
            index, label, predicted, `confidence` and `second` if they are known, and `image` if
            their files are named), if they are known.
        confidences: By split, what is known of the confidence of these predictions: columns label
            and predicted, those of `confusion.confidence.from_scores`, and index and `image` if the
            images are known.
        are_images_numbered: Whether the index of an image is the user's own; otherwise it counts
            the names of images.
        subsets: By column, the names of the subsets of the test images and their counts
            (S, C, C) of the last epoch.
        notes: Omissions and assumptions of the reading, a sentence each.
        cells: Counts and summed losses by split and epoch, as in `History`.

    Raises:
        BadInput: The name cannot name a file.
    """

    name: str
    classes: Classes
    data: str = DATA
    settings: Mapping[str, Any] | None = None
    made_by: Mapping[str, str] = field(default_factory=dict)
    final_predictions: dict[str, pd.DataFrame] = field(default_factory=dict, kw_only=True)
    confidences: dict[str, pd.DataFrame] = field(default_factory=dict, kw_only=True)
    are_images_numbered: bool = field(default=True, kw_only=True)
    subsets: dict[str, tuple[Sequence[str], Array]] = field(default_factory=dict, kw_only=True)
    notes: list[str] = field(default_factory=list, kw_only=True)

    def __post_init__(self) -> None:
        check_run("name", self.name)

    def __repr__(self) -> str:
        sizes = []
        for split, by_epoch in self.cells.items():
            last = max(by_epoch)
            counts, _ = by_epoch[last]
            known = [epoch for epoch in by_epoch if epoch != UNKNOWN]
            epochs = f" x {len(known)} epochs" if known else ""
            sizes.append(f"{split} {int(counts.sum()):,} images{epochs}")
        content = "; ".join(sizes) or "no counts"
        return f"Record({self.name!r}, {len(self.classes)} classes, {content})"

    def add(self, split: str, counts: Any, loss_sum: Any, epoch: int) -> None:
        """Record the counts of a split after an epoch, in place of earlier ones.

        Args:
            split: `test`, `train_online`, `train_augmented` or `train`.
            counts: (C, C) whole numbers, row = true class: an array, a list or a tensor.
            loss_sum: (C, C) the summed losses of the images in each cell, nats.
            epoch: The number of finished epochs.

        Raises:
            BadInput: The split is unknown, an array has another shape, or a count or the epoch is
                not a whole number from 0.
        """
        if split not in SPLITS:
            raise one_of("split", split, SPLITS)
        number = to_python_number(epoch)
        is_epoch = isinstance(number, int) and 0 <= number <= LAST_EPOCH
        if not (is_epoch or number == UNKNOWN):
            raise BadInput(f"epoch: found {epoch!r}, allowed: whole numbers from 0 to {LAST_EPOCH}")
        shape = (len(self.classes), len(self.classes))
        cells = number_array("counts", counts)
        losses = number_array("loss_sum", loss_sum)
        for array in (cells, losses):
            if array.shape != shape:
                raise BadInput(
                    f"counts and loss_sum: found {array.shape}, allowed: {shape}, a row and a "
                    "column for each class"
                )
        super().add(split, _whole(cells), losses, int(number))

    @property
    def run(self) -> dict[str, Any]:
        """The run's parameters for the tables' metadata, with the keys of a run of the pipeline."""
        if self.settings is not None:
            return {**self.settings, "name": self.name}
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
        """Make the tables of the run.

        Returns:
            The tables by kind: `counts` if epochs are known, `cctm` of the last epoch if there are
            test images, and `predictions` of the last epoch if the images are known.
        """
        frames = {"counts": self.frame(), "cctm": self._final_frame()}
        if self.final_predictions:
            parts = [frame.assign(split=split) for split, frame in self.final_predictions.items()]
            frames["predictions"] = pd.concat(parts, ignore_index=True)
        meta = {
            **tables.class_metadata(self.classes),
            "run": self.run,
            "made_by": {"interference": __version__, **self.made_by},
        }
        by_kind = {kind: Table(frame, dict(meta)) for kind, frame in frames.items() if len(frame)}
        if "predictions" in by_kind and not self.are_images_numbered:
            by_kind["predictions"].meta["numbered"] = False
        return by_kind

    def to_frame(self) -> pd.DataFrame:
        """The confusion counts as a frame, with the names of classes.

        Returns:
            A row for each split, epoch and cell with images: `split`, `epoch` (-1 if it is not
            known), `label` and `predicted` (class names), `count`, and `loss_sum` (the summed loss
            of the images, nats; nan if it is not known).
        """
        labels = np.array(self.classes.labels, object)
        cells = self.frame(with_unknown=True)
        names = {name: labels[cells[name].to_numpy(int)] for name in ("label", "predicted")}
        return cells.assign(**names)[FRAME]

    def _final_frame(self) -> pd.DataFrame:
        """The rows of the `cctm` table; no rows without test images."""
        if "test" not in self.cells:
            return pd.DataFrame()
        frames = []
        for split in FINAL:
            if split in self.cells:
                last_epoch = max(self.cells[split])
                rows = self.cells[split].frame(last_epoch)
                frames.append(rows.assign(split=split))
        return pd.concat(frames, ignore_index=True)

    def save(self, folder: Path | str) -> None:
        """Write the tables.

        Args:
            folder: The folder; each table becomes FOLDER/KIND/NAME.parquet. If a write fails, an
                earlier table stays as it was.
        """
        for kind, table in self.tables().items():
            path = Path(folder) / kind / f"{self.name}.parquet"
            tables.write(path, kind, table.frame, table.meta)

    def take_up(self, folder: Path, epochs: int) -> None:
        """Load the saved counts of the first epochs, for a training that continues after them.

        Args:
            folder: The folder that `save` wrote to.
            epochs: The number of finished epochs; later epochs are not loaded.

        Raises:
            BadInput: The table is unreadable or of other classes.
        """
        path = folder / "counts" / f"{self.name}.parquet"
        if not (epochs and path.exists()):
            return
        frame = tables.read(path, "counts", self.classes).frame
        finished = frame[frame["epoch"] <= epochs]
        size = len(self.classes)
        for split, rows in finished.groupby("split", observed=True):
            for epoch in np.unique(rows["epoch"]):
                of_epoch = rows[rows["epoch"] == epoch]
                counts = confusion.from_frame(of_epoch, size, value="count")
                loss_sums = confusion.from_frame(of_epoch, size, value="loss_sum")
                self.add(str(split), counts, loss_sums, int(epoch))


def _whole(counts: Array) -> Array:
    """Counts as int64; raises `BadInput` for others than whole numbers from 0."""
    is_whole = np.isfinite(counts) & (counts >= 0) & (counts <= MOST) & (counts % 1 == 0)
    if not is_whole.all():
        wrong = counts[~is_whole][0]
        raise BadInput(f"counts: found {wrong:g}, allowed: whole numbers of images, from 0")
    return counts.astype(np.int64)
