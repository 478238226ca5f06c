"""Confusion counts and losses of a run by split and epoch, and the rows of the `counts` table."""

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from interference import confusion
from interference.io import tables
from interference.vocabulary import UNKNOWN, Array

Cells = tuple[Array, Array]  # counts (C, C) int64 and summed losses (C, C) float64


class CellsByEpoch(MutableMapping[int, Cells]):
    """Counts and summed losses (C, C) by epoch; only cells with images take memory.

    The arrays of an epoch are made when it is looked up.
    """

    def __init__(self) -> None:
        self._columns: dict[int, dict[str, Array]] = {}
        self._classes = 0

    def __setitem__(self, epoch: int, cells: Cells) -> None:
        counts, loss_sum = cells
        self._classes = len(counts)
        self._columns[epoch] = confusion.columns(counts, loss_sum)

    def __getitem__(self, epoch: int) -> Cells:
        columns = self._columns[epoch]
        position = columns["label"], columns["predicted"]
        shape = (self._classes, self._classes)
        counts = np.zeros(shape, np.int64)
        counts[position] = columns["count"]
        loss_sum = np.zeros(shape)
        loss_sum[position] = columns["loss_sum"]
        return counts, loss_sum

    def __delitem__(self, epoch: int) -> None:
        del self._columns[epoch]

    def __iter__(self) -> Iterator[int]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def frame(self, epoch: int) -> pd.DataFrame:
        """The rows of an epoch in a table: label, predicted, count and loss_sum."""
        return pd.DataFrame(self._columns[epoch])


@dataclass
class History:
    """The confusion counts and summed losses of a run, by split and epoch.

    Attributes:
        cells: `cells[split][epoch]` holds counts (C, C) and summed losses (C, C) in nats. The row
            is the true class, the first epoch is 1, and `UNKNOWN` is the key of an unknown epoch.
    """

    cells: dict[str, CellsByEpoch] = field(default_factory=dict, kw_only=True)

    def add(self, split: str, counts: Array, loss_sum: Array, epoch: int) -> None:
        """Record a split after an epoch. An earlier record of the same epoch is replaced.

        Args:
            split: The name of the split, such as `test`.
            counts: (C, C) int64.
            loss_sum: (C, C) float64, the summed losses of the images in each cell.
            epoch: The number of epochs that are finished, or `UNKNOWN`.
        """
        by_epoch = self.cells.setdefault(split, CellsByEpoch())
        by_epoch[epoch] = (counts, loss_sum)

    @property
    def epochs(self) -> int:
        """The last epoch that is recorded, 0 before the first."""
        last_epochs = [max(by_epoch) for by_epoch in self.cells.values()]
        return max([0, *last_epochs])

    def known_epochs(self, split: str) -> list[int]:
        """The known epochs of a split, ascending."""
        by_epoch = self.cells.get(split, CellsByEpoch())
        return sorted(epoch for epoch in by_epoch if epoch != UNKNOWN)

    def by_epoch(self, split: str) -> Iterator[tuple[int, Cells]]:
        """Yield the known epochs of a split, ascending, and their cells."""
        for epoch in self.known_epochs(split):
            yield epoch, self.cells[split][epoch]

    def counts(self, split: str) -> Array:
        """The counts of a split that has known epochs, (epochs, C, C) int64."""
        return np.stack([counts for _, (counts, _) in self.by_epoch(split)])

    def loss_sums(self, split: str) -> Array:
        """The summed losses of a split that has known epochs, (epochs, C, C) float64."""
        return np.stack([loss_sum for _, (_, loss_sum) in self.by_epoch(split)])

    def accuracy(self, split: str) -> list[float]:
        """The percentage of correct predictions after each epoch."""
        return [float(confusion.accuracy(counts)) for _, (counts, _) in self.by_epoch(split)]

    def loss(self, split: str) -> list[float]:
        """The mean cross-entropy after each epoch, in nats."""
        means = []
        for _, (counts, loss_sum) in self.by_epoch(split):
            means.append(float(loss_sum.sum() / counts.sum()))
        return means

    def frame(self, with_unknown: bool = False) -> pd.DataFrame:
        """The rows of the `counts` table: one for each epoch, split and cell with images.

        Args:
            with_unknown: Whether counts of an unknown epoch are rows as well.
        """
        frames = []
        for split, by_epoch in self.cells.items():
            for epoch in sorted(by_epoch) if with_unknown else self.known_epochs(split):
                rows = by_epoch.frame(epoch)
                frames.append(rows.assign(epoch=epoch, split=split))
        columns = list(tables.COLUMNS["counts"])
        if not frames:
            return pd.DataFrame(columns=columns)
        return pd.concat(frames, ignore_index=True)[columns]
