"""What a training has done so far: its counts epoch by epoch."""

from dataclasses import dataclass, field

import numpy as np

from interference import confusion
from interference.prediction import Predictions


@dataclass
class History:
    """Confusion counts and summed losses after every finished epoch, by split: lists of (C, C) int64 and float64."""

    classes: int
    counts: dict[str, list[np.ndarray]] = field(default_factory=dict)
    losses: dict[str, list[np.ndarray]] = field(default_factory=dict)

    @property
    def epochs(self) -> int:
        """How many epochs are finished."""
        return max(map(len, self.counts.values()), default=0)

    def add(self, split: str, predictions: Predictions) -> None:
        """Record what the net says of a split after the epoch just finished."""
        counts, losses = predictions.cells(self.classes)
        self.counts.setdefault(split, []).append(counts)
        self.losses.setdefault(split, []).append(losses)

    def accuracy(self, split: str) -> list[float]:
        """Percent of right predictions after each epoch."""
        return [float(confusion.accuracy(counts)) for counts in self.counts.get(split, [])]

    def loss(self, split: str) -> list[float]:
        """Mean cross-entropy after each epoch."""
        return [float(losses.sum() / counts.sum())
                for losses, counts in zip(self.losses.get(split, []), self.counts.get(split, []), strict=True)]
