"""The checkpoint from which a training goes on: the net, the momenta and the history."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD

from interference.io import weights
from interference.learning.history import History


class Checkpoint:
    """A file that follows a training, epoch by epoch.

    On the CPU it is written before `save` returns. From a GPU a copy is written while the training
    goes on, one at a time, so that the file may be one epoch behind; `close` waits for the last,
    and raises what writing it raised.

    Args:
        path: The file.
        net: The net that is trained.
        optimiser: Its optimiser, whose momenta are kept too.
        history: The counts after every epoch.
    """

    def __init__(self, path: Path, net: nn.Module, optimiser: SGD, history: History) -> None:
        self.path, self.net, self.optimiser, self.history = path, net, optimiser, history
        self.beside = ThreadPoolExecutor(1)
        self.pending: Future[None] | None = None

    def restore(self) -> None:
        """Load the checkpoint where there is one."""
        if not self.path.exists():
            return
        state, meta = weights.load(self.path, "net/")
        weights.restore(self.net, state, self.path)
        weights.restore_momenta(self.net, self.optimiser, weights.load(self.path, "momentum/")[0])
        counts, _ = weights.load(self.path, "counts/")
        loss_sums, _ = weights.load(self.path, "losses/")
        for split in meta["splits"]:
            cells = zip(counts[split].numpy(), loss_sums[split].numpy(), strict=True)
            for epoch, (count, loss_sum) in enumerate(cells, 1):
                self.history.add(split, count, loss_sum, epoch)

    def save(self) -> None:
        """Keep the training as it is now."""
        tensors = self._tensors()
        meta = {"splits": list(self.history.cells)}
        self.close()
        if next(self.net.parameters()).is_cuda:
            copies = {name: tensor.detach().clone() for name, tensor in tensors.items()}
            stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
            stream.wait_stream(torch.cuda.current_stream())
            self.pending = self.beside.submit(_write, self.path, copies, meta, stream)
        else:
            weights.save(self.path, tensors, meta)

    def close(self) -> None:
        """Wait until the file is whole."""
        pending, self.pending = self.pending, None
        if pending:
            pending.result()

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"net/{name}": tensor for name, tensor in self.net.state_dict().items()}
        tensors |= {
            f"momentum/{name}": each
            for name, each in weights.momenta(self.net, self.optimiser).items()
        }
        for split in self.history.cells:
            tensors[f"counts/{split}"] = torch.from_numpy(
                self.history.counts(split)
            )  # (epochs, C, C)
            tensors[f"losses/{split}"] = torch.from_numpy(self.history.loss_sums(split))
        return tensors


def _write(
    path: Path, copies: dict[str, Tensor], meta: dict[str, Any], stream: torch.cuda.Stream
) -> None:
    """Write copies by way of a stream that waited for them, beside what the GPU does since.

    The stream is made by the thread that trains: a new thread begins at the first GPU, whichever trains.
    """
    with torch.cuda.stream(stream):
        weights.save(path, copies, meta)
