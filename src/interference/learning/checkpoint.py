"""The checkpoint from which a training continues: the net, the momenta and the history."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from interference.errors import BadInput
from interference.io import weights
from interference.learning.history import History


class Checkpoint:
    """A file with the state of a training, written after every epoch.

    On the CPU the file is written before `save` returns. On a GPU a copy of the state is written
    while the training continues, one copy at a time, so that the file may be one epoch behind.
    `close` waits for the last copy and raises any error of writing it.

    Args:
        path: The file.
        net: The net that is trained.
        optimiser: Its optimiser, whose momenta are kept too.
        history: The counts after every epoch.
    """

    def __init__(self, path: Path, net: nn.Module, optimiser: Optimizer, history: History) -> None:
        self.path = path
        self.net = net
        self.optimiser = optimiser
        self.history = history
        self.writer = ThreadPoolExecutor(1)
        self.pending: Future[None] | None = None

    def restore(self) -> None:
        """Load the net, the momenta and the history if the file exists.

        Raises:
            BadInput: The file is damaged. Nothing has been changed then.
        """
        if not self.path.exists():
            return
        state, meta = weights.load(self.path, "net/")
        momenta, _ = weights.load(self.path, "momentum/")
        counts, _ = weights.load(self.path, "counts/")
        loss_sums, _ = weights.load(self.path, "losses/")
        faults = weights.faults(state, self.net.state_dict())
        if faults or not set(meta.get("splits", [])) == counts.keys() == loss_sums.keys():
            raise BadInput(f"{self.path}: not a checkpoint of this training ({faults or 'splits'})")
        weights.restore(self.net, state, self.path)
        weights.restore_momenta(self.net, self.optimiser, momenta)
        for split in meta["splits"]:
            cells = zip(counts[split].numpy(), loss_sums[split].numpy(), strict=True)
            for epoch, (epoch_counts, epoch_loss_sum) in enumerate(cells, 1):
                self.history.add(split, epoch_counts, epoch_loss_sum, epoch)

    def set_aside(self) -> Path:
        """Rename a damaged file, so that the training begins anew; returns the new name."""
        damaged = self.path.with_name(f"damaged-{self.path.name}")
        self.path.replace(damaged)
        return damaged

    def save(self) -> None:
        """Write the present state of the training."""
        tensors = self._tensors()
        meta = {"splits": list(self.history.cells)}
        self.close()
        if next(self.net.parameters()).is_cuda:
            copies = {name: tensor.detach().clone() for name, tensor in tensors.items()}
            stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            stream.wait_stream(torch.cuda.current_stream())
            self.pending = self.writer.submit(_write, self.path, copies, meta, stream)
        else:
            weights.save(self.path, tensors, meta)

    def close(self) -> None:
        """Wait until the file is complete; raise the error if it could not be written."""
        pending = self.pending
        self.pending = None
        if pending:
            pending.result()

    def _tensors(self) -> dict[str, Tensor]:
        """The content of the file."""
        tensors = {f"net/{name}": tensor for name, tensor in self.net.state_dict().items()}
        for name, momentum in weights.momenta(self.net, self.optimiser).items():
            tensors[f"momentum/{name}"] = momentum
        for split in self.history.cells:
            counts = self.history.counts(split)  # (epochs, C, C)
            loss_sums = self.history.loss_sums(split)  # (epochs, C, C)
            tensors[f"counts/{split}"] = torch.from_numpy(counts)
            tensors[f"losses/{split}"] = torch.from_numpy(loss_sums)
        return tensors


def _write(
    path: Path, copies: dict[str, Tensor], meta: dict[str, Any], stream: torch.cuda.Stream
) -> None:
    """Write copies of a GPU's tensors while the GPU continues to train.

    Args:
        path: The file.
        copies: The tensors.
        meta: The metadata of the file.
        stream: A stream that has waited for the copies. It comes from the training thread, since a
            new thread uses the first GPU, whichever GPU trains.
    """
    with torch.cuda.stream(stream):
        weights.save(path, copies, meta)
