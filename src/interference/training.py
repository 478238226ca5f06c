"""The epoch loop; nothing else. What is recorded after an epoch is the caller's to decide.

An epoch is planned ahead: which image comes when, and how it is shifted. A step then needs a few columns of the plan
and nothing from the host, so that a GPU can replay it from a captured graph without ever waiting.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import SGD

from interference import seeds
from interference.errors import BadInput
from interference.images import Images, augment, draw_shifts, shifted
from interference.losses import losses
from interference.machine import Machine
from interference.optim import learning_rate, set_rate
from interference.params import Data, Optim
from interference.prediction import Predictions, Prepare, plain, top_class


def augmented(data: Data, generator: torch.Generator, device: torch.device) -> Prepare:
    """Random crop and flip, then normalisation."""
    prepare = plain(data, device)
    return lambda pixels: prepare(augment(pixels, data.crop, data.flip, generator))


def plan(n: int, data: Data, seed: int, epoch: int) -> Tensor:
    """An epoch's images in their order: (4, n) int64, position, then first row, first column and mirroring."""
    order = torch.randperm(n, generator=seeds.generator("batches", seed, epoch))
    return torch.cat((order[None], draw_shifts(n, data.crop, data.flip, seeds.generator("augmentation", seed, epoch))))


@dataclass
class Step:
    """One update of a net on a batch of a plan, (4, m): every tensor that it touches lies on the net's device.

    What the net says of the batch before the update is kept by the images' positions: the classes in `predicted` (n,)
    int64, the plain cross-entropies in `losses` (n,) float32.
    """

    net: nn.Module
    images: Images
    optimiser: SGD
    setup: Optim
    data: Data
    machine: Machine

    def __post_init__(self) -> None:
        self.prepare = plain(self.data, self.images.labels.device)
        self.predicted = torch.zeros_like(self.images.labels)
        self.losses = torch.zeros_like(self.images.labels, dtype=torch.float32)

    def __call__(self, batch: Tensor) -> None:
        """Update the net."""
        chosen = self.images.take(batch[0])
        with self.machine.autocast():
            logits = self.net(self.prepare(shifted(chosen.pixels, self.data.crop, batch[1:])))  # (m, classes)
        logits = logits.float()
        self.optimiser.zero_grad(set_to_none=True)
        smoothing = self.setup.label_smoothing
        loss = losses(logits, chosen.labels, reduction="mean", label_smoothing=smoothing)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        predictions = top_class(logits.detach(), chosen.labels)
        self.predicted.index_copy_(0, batch[0], predictions.predicted)
        self.losses.index_copy_(0, batch[0], predictions.losses)

    def state(self) -> list[Tensor]:
        """All that a step changes of the net and the optimiser."""
        momenta = [tensor for held in self.optimiser.state.values() for tensor in held.values() if tensor is not None]
        return [*self.net.parameters(), *self.net.buffers(), *momenta]


def epochs(net: nn.Module, images: Images, optimiser: SGD, setup: Optim, data: Data, seed: int, machine: Machine,
           start: int = 0, tick: Callable[[int], None] = lambda images: None) -> Iterator[tuple[int, Predictions]]:
    """Train from epoch `start` to the set-up's last, yielding after each its number and the predictions made in it.

    Every random choice follows from (seed, epoch), so that a training taken up at an epoch goes on as it would have.
    The net is left in train mode; `tick` is told the images of each step. Raises `BadInput` at the end of an epoch in
    which a loss was not finite.
    """
    step = Step(net, images, optimiser, setup, data, machine)
    update = machine.replayed(step, step.state())
    for epoch in range(start, setup.epochs):
        torch.manual_seed(seeds.number("layers", seed, epoch))  # for nets that draw at random themselves
        net.train()
        planned = plan(len(images), data, seed, epoch).to(images.labels.device)
        batches = torch.split(planned, setup.batch_size, dim=1)
        for done, batch in enumerate(batches):
            set_rate(optimiser, learning_rate(setup, epoch + done / len(batches)))
            update(batch)
            tick(batch.shape[1])
        _check_finite(step.losses[planned[0]], setup, epoch)
        yield epoch, Predictions(images.labels, step.predicted.clone(), step.losses.clone())


def _check_finite(losses: Tensor, setup: Optim, epoch: int) -> None:
    """`losses` (n,) in the order in which they came about."""
    if losses.isfinite().all():
        return
    step, steps = int(losses.isfinite().int().argmin()) // setup.batch_size, -(-len(losses) // setup.batch_size)
    raise BadInput(f"training: the loss is not finite at epoch {epoch + 1}, step {step + 1}, learning rate "
                   f"{learning_rate(setup, epoch + step / steps):.3g}; a smaller lr may help, and the last good epoch "
                   "is kept")
