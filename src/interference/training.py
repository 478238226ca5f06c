"""The epoch loop; nothing else. What is recorded after an epoch is the caller's to decide."""

from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD

from interference import seeds
from interference.errors import BadInput
from interference.images import Images, augment, batches, normalise
from interference.machine import Machine
from interference.optim import learning_rate
from interference.params import Data, Optim
from interference.prediction import Predictions, Prepare, joined, read


def augmented(data: Data, generator: torch.Generator) -> Prepare:
    """Random crop and flip, then normalisation."""
    return lambda pixels: normalise(augment(pixels, data.crop, data.flip, generator), data.mean, data.std)


def epochs(net: nn.Module, images: Images, optimiser: SGD, setup: Optim, data: Data, seed: int, machine: Machine,
           start: int = 0) -> Iterator[tuple[int, Predictions]]:
    """Train from epoch `start` to the set-up's last, yielding after each its number and the predictions made in it.

    Every random choice follows from (seed, epoch), so that a training taken up at an epoch goes on as it would have.
    The net is left in train mode. Raises `BadInput` at the end of an epoch in which a loss was not finite.
    """
    for epoch in range(start, setup.epochs):
        torch.manual_seed(seeds.number("layers", seed, epoch))  # for nets that draw at random themselves
        order = batches(len(images), setup.batch_size, seeds.generator("batches", seed, epoch))
        prepare = augmented(data, seeds.generator("augmentation", seed, epoch))
        net.train()
        done = [_step(net, images.take(chosen.to(images.labels.device)), prepare, optimiser, setup,
                      learning_rate(setup, epoch + step / len(order)), machine)
                for step, chosen in enumerate(order)]
        _check_finite(done, setup, epoch)
        yield epoch, joined(done)


def _step(net: nn.Module, batch: Images, prepare: Prepare, optimiser: SGD, setup: Optim, rate: float,
          machine: Machine) -> Predictions:
    """One update on one batch; the predictions are those before it."""
    for group in optimiser.param_groups:
        group["lr"] = rate
    with machine.autocast():
        logits = net(prepare(batch.pixels))  # (n, classes)
    logits = logits.float()
    optimiser.zero_grad(set_to_none=True)
    loss = cross_entropy(logits, batch.labels, label_smoothing=setup.label_smoothing)
    loss.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    return read(logits.detach(), batch.labels)


def _check_finite(done: list[Predictions], setup: Optim, epoch: int) -> None:
    finite = torch.stack([part.losses.isfinite().all() for part in done]).tolist()
    if not all(finite):
        step = finite.index(False)
        rate = learning_rate(setup, epoch + step / len(done))
        raise BadInput(f"training: the loss is not finite at epoch {epoch + 1}, step {step + 1}, learning rate "
                       f"{rate:.3g}; a smaller lr may help, and the last good epoch is kept")
