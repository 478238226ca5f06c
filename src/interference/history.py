"""What a training has done so far: its counts epoch by epoch, and the checkpoint it can be taken up from."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.optim import SGD

from interference import confusion, weights
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


def save(path: Path, net: nn.Module, optimiser: SGD, history: History) -> None:
    """Write a checkpoint, atomically: the net, the momenta and the history."""
    tensors = {f"net/{name}": tensor for name, tensor in net.state_dict().items()}
    tensors |= {f"momentum/{name}": tensor for name, tensor in weights.momenta(net, optimiser).items()}
    for split in history.counts:
        tensors[f"counts/{split}"] = torch.from_numpy(np.stack(history.counts[split]))  # (epochs, C, C)
        tensors[f"losses/{split}"] = torch.from_numpy(np.stack(history.losses[split]))
    weights.save(path, tensors, {"splits": list(history.counts)})


def restore(path: Path, net: nn.Module, optimiser: SGD, history: History) -> None:
    """Take up a checkpoint where there is one."""
    if not path.exists():
        return
    state, meta = weights.load(path, "net/")
    weights.restore(net, state, path)
    weights.restore_momenta(net, optimiser, weights.load(path, "momentum/")[0])
    counts, losses = (weights.load(path, prefix)[0] for prefix in ("counts/", "losses/"))
    for split in meta["splits"]:
        history.counts[split], history.losses[split] = list(counts[split].numpy()), list(losses[split].numpy())
