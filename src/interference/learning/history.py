"""Confusion counts and losses of a run by split and epoch, and the rows of the `counts` table."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from interference import confusion
from interference.io import tables
from interference.vocabulary import UNKNOWN, Array

Cells = tuple[Array, Array]  # counts (C, C) int64 and summed losses (C, C) float64


@dataclass
class History:
    """The confusion counts and summed losses of a run, by split and epoch.

    Attributes:
        cells: `cells[split][epoch]` holds counts (C, C) and summed losses (C, C) in nats. The row
            is the true class, the first epoch is 1, and `UNKNOWN` is the key of an unknown epoch.
    """

    cells: dict[str, dict[int, Cells]] = field(default_factory=dict, kw_only=True)

    def add(self, split: str, counts: Array, loss_sum: Array, epoch: int) -> None:
        """Record a split after an epoch. An earlier record of the same epoch is replaced.

        Args:
            split: The name of the split, such as `test`.
            counts: (C, C) int64.
            loss_sum: (C, C) float64, the summed losses of the images in each cell.
            epoch: The number of epochs that are finished, or `UNKNOWN`.
        """
        self.cells.setdefault(split, {})[epoch] = (counts, loss_sum)

    @property
    def epochs(self) -> int:
        """The last epoch that is recorded, 0 before the first."""
        last_epochs = [max(by_epoch) for by_epoch in self.cells.values()]
        return max([0, *last_epochs])

    def by_epoch(self, split: str) -> dict[int, Cells]:
        """The cells of a split by known epoch, ascending; empty if no epoch is known."""
        by_epoch = self.cells.get(split, {})
        known = sorted(epoch for epoch in by_epoch if epoch != UNKNOWN)
        return {epoch: by_epoch[epoch] for epoch in known}

    def counts(self, split: str) -> Array:
        """The counts of a split that has known epochs, (epochs, C, C) int64."""
        cells = self.by_epoch(split).values()
        return np.stack([counts for counts, _ in cells])

    def loss_sums(self, split: str) -> Array:
        """The summed losses of a split that has known epochs, (epochs, C, C) float64."""
        cells = self.by_epoch(split).values()
        return np.stack([loss_sum for _, loss_sum in cells])

    def accuracy(self, split: str) -> list[float]:
        """The percentage of correct predictions after each epoch."""
        cells = self.by_epoch(split).values()
        return [float(confusion.accuracy(counts)) for counts, _ in cells]

    def loss(self, split: str) -> list[float]:
        """The mean cross-entropy after each epoch, in nats."""
        means = []
        for counts, loss_sum in self.by_epoch(split).values():
            means.append(float(loss_sum.sum() / counts.sum()))
        return means

    def frame(self) -> pd.DataFrame:
        """The rows of the `counts` table: one for each known epoch, split and pair of classes."""
        frames = []
        for split in self.cells:
            epochs = np.array(list(self.by_epoch(split)))
            if len(epochs):
                columns = confusion.columns(
                    self.counts(split), self.loss_sums(split), epoch=epochs, split=split
                )
                frames.append(pd.DataFrame(columns))
        if not frames:
            return pd.DataFrame(columns=list(tables.COLUMNS["counts"]))
        return pd.concat(frames, ignore_index=True)
