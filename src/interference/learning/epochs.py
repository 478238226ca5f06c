"""The training loop, epoch by epoch. The caller records the results of each epoch.

An epoch is planned before its first step: the order of the images, and how each is shifted. A step
then needs only a few columns of the plan, so that a GPU can replay it from a captured graph without
waiting for the host.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from interference import seeds
from interference.errors import BadInput
from interference.learning.images import Images, augment, draw_shifts, shifted
from interference.learning.optim import set_rate
from interference.learning.prediction import Predictions, Prepare, normalisation, top_class
from interference.learning.training_loss import training_loss
from interference.params import Data, Optim
from interference.runtime.device import Machine
from interference.schedules import learning_rate


def augmentation(data: Data, generator: torch.Generator, device: torch.device) -> Prepare:
    """A function that crops and flips pixels at random and normalises them.

    Args:
        data: How images are augmented and normalised.
        generator: The source of the crops and flips, on the CPU.
        device: The device of the pixels.

    Returns:
        A function from pixels (n, C, H, W) uint8 to inputs (n, C, H, W) float32.
    """
    prepare = normalisation(data, device)
    return lambda pixels: prepare(augment(pixels, data.crop, data.flip, generator))


def plan(n: int, data: Data, seed: int, epoch: int) -> Tensor:
    """Plan an epoch: the order of the images, and how each is shifted and mirrored.

    Args:
        n: The number of images.
        data: How images are augmented.
        seed: The run's seed.
        epoch: The epoch, from 0.

    Returns:
        (4, n) int64 on the CPU: the image's position, its first row, its first column, and 1 if it
        is mirrored, else 0.
    """
    order_generator = seeds.generator("batches", seed, epoch)
    order = torch.randperm(n, generator=order_generator)
    shift_generator = seeds.generator("augmentation", seed, epoch)
    shifts = draw_shifts(n, data.crop, data.flip, shift_generator)
    return torch.cat((order[None], shifts))


@dataclass
class Step:
    """One training step of a net, on a batch (4, m) of a plan on the net's device.

    The step also records the net's predictions for the batch, as they are before the update.

    Attributes:
        net: The net, in train mode.
        images: All training images.
        optimiser: The optimiser of the net's parameters.
        setup: How the net is trained.
        data: How images are cropped and normalised.
        machine: The device and precision.
        predicted: (n,) int64, the last predicted class of each image.
        losses: (n,) float32, its plain cross-entropy in nats, whatever the loss.
    """

    net: nn.Module
    images: Images
    optimiser: Optimizer
    setup: Optim
    data: Data
    machine: Machine

    def __post_init__(self) -> None:
        labels = self.images.labels
        self.prepare = normalisation(self.data, labels.device)
        self.predicted = torch.zeros_like(labels)
        self.losses = torch.zeros_like(labels, dtype=torch.float32)
        self.loss = training_loss(self.setup, labels)

    def __call__(self, batch: Tensor) -> None:
        """Update the net on a batch (4, m) of a plan."""
        images = self.images.take(batch[0])
        with self.machine.autocast():
            inputs = self.prepare(shifted(images.pixels, self.data.crop, batch[1:]))
            logits = self.net(inputs)  # (m, C)
        logits = logits.float()
        self.optimiser.zero_grad(set_to_none=True)
        loss = self.loss(logits, images.labels)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        predictions = top_class(logits.detach(), images.labels)
        self.predicted.index_copy_(0, batch[0], predictions.predicted)
        self.losses.index_copy_(0, batch[0], predictions.losses)

    def state(self) -> list[Tensor]:
        """Every tensor of the net and the optimiser that a step changes."""
        averages = []
        for state in self.optimiser.state.values():
            averages += [tensor for tensor in state.values() if tensor is not None]
        return [*self.net.parameters(), *self.net.buffers(), *averages]


def epochs(
    net: nn.Module,
    images: Images,
    optimiser: Optimizer,
    setup: Optim,
    data: Data,
    seed: int,
    machine: Machine,
    start: int = 0,
    tick: Callable[[int], None] = lambda images: None,
) -> Iterator[tuple[int, Predictions]]:
    """Train a net from an epoch to the last epoch of its training configuration.

    Every random choice depends on (seed, epoch) only, so that an interrupted training that
    continues at an epoch has the same result as an uninterrupted one.

    Args:
        net: The net; it is left in train mode.
        images: The training images, on the machine's device.
        optimiser: The optimiser of the net's parameters.
        setup: How the net is trained.
        data: How images are augmented and normalised.
        seed: The run's seed.
        machine: The device and precision.
        start: The first epoch, from 0.
        tick: A function that receives the number of images of each step.

    Yields:
        Each epoch's number, from 0, and the predictions made during its training steps.

    Raises:
        BadInput: A loss was not finite in the epoch that just ended.
    """
    step = Step(net, images, optimiser, setup, data, machine)
    update = machine.replayed(step, step.state())
    for epoch in range(start, setup.epochs):
        # Some nets have random layers, such as dropout.
        torch.manual_seed(seeds.number("layers", seed, epoch))
        net.train()
        planned = plan(len(images), data, seed, epoch).to(images.labels.device)
        batches = torch.split(planned, setup.batch_size, dim=1)
        for done, batch in enumerate(batches):
            set_rate(optimiser, learning_rate(setup, epoch + done / len(batches)))
            update(batch)
            tick(batch.shape[1])
        _check_finite(step.losses[planned[0]], setup, epoch)
        yield epoch, Predictions(images.labels, step.predicted.clone(), step.losses.clone())


def _check_finite(epoch_losses: Tensor, setup: Optim, epoch: int) -> None:
    """Raise `BadInput` unless the losses (n,) of an epoch, in their order in time, are finite."""
    finite = epoch_losses.isfinite()
    if finite.all():
        return
    step = int(finite.int().argmin()) // setup.batch_size
    steps = -(-len(epoch_losses) // setup.batch_size)
    rate = learning_rate(setup, epoch + step / steps)
    raise BadInput(
        f"training: the loss is not finite at epoch {epoch + 1}, step {step + 1}, learning rate "
        f"{rate:.3g}; a smaller lr may help, and the last good epoch is kept"
    )
