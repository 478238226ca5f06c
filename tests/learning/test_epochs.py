"""A claim a test: the epoch loop and the predictions."""

from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from interference.errors import BadInput
from interference.learning.epochs import epochs, plan
from interference.learning.images import Images, normalise
from interference.learning.optim import sgd
from interference.learning.prediction import normalisation, predict, top_class
from interference.params import Data, Optim
from interference.runtime.device import Machine
from interference.schedules import learning_rate

CPU = Machine(torch.device("cpu"), "float32")
DATA = Data(name="digits", mean=(0.5,), std=(0.25,), crop=0, flip=False)
SETUP = Optim(lr=0.05, schedule="cosine", momentum=0.9, weight_decay=5e-4, batch_size=8, epochs=3)


def images(n: int = 21) -> Images:
    """Random 1 x 6 x 6 images of 3 classes."""
    generator = torch.Generator().manual_seed(0)
    return Images(
        torch.randint(256, (n, 1, 6, 6), dtype=torch.uint8, generator=generator),
        torch.arange(n) % 3,
    )


def new_net() -> nn.Module:
    torch.manual_seed(4)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(64, 3)
    )


def trained(
    setup: Optim, seed: int = 0, stop: int = 99, net: nn.Module | None = None, start: int = 0
) -> nn.Module:
    """A net after some epochs of training."""
    net = net or new_net()
    for epoch, _ in epochs(net, images(), sgd(net, setup), setup, DATA, seed, CPU, start):
        if epoch + 1 == stop:
            break
    return net


def same(one: nn.Module, other: nn.Module) -> bool:
    return all(
        torch.equal(a, b)
        for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    )


def test_one_step_on_the_whole_set_is_gradient_descent():
    setup = replace(
        SETUP, schedule="constant", momentum=0.0, weight_decay=0.0, batch_size=21, epochs=1
    )
    found, wanted = trained(setup), new_net().train()
    cross_entropy(
        wanted(normalise(images().pixels, DATA.mean, DATA.std)), images().labels
    ).backward()
    for one, other in zip(found.parameters(), wanted.parameters(), strict=True):
        assert torch.allclose(one, other - setup.lr * other.grad, atol=1e-6)


def test_a_plan_holds_every_image_once_and_is_drawn_anew_each_epoch():
    first, second = (plan(21, replace(DATA, crop=2, flip=True), 0, epoch) for epoch in (0, 1))
    assert first[0].sort().values.tolist() == list(range(21))
    assert not torch.equal(first[0], second[0])
    assert not torch.equal(first[1:], second[1:])
    assert torch.equal(first, plan(21, replace(DATA, crop=2, flip=True), 0, 0))


def test_every_step_is_told_and_the_short_batch_counts():
    net, told = new_net(), []
    next(epochs(net, images(), sgd(net, SETUP), SETUP, DATA, 0, CPU, tick=told.append))
    assert told == [8, 8, 5]


def test_predictions_made_in_training_are_those_before_each_update_in_the_images_order():
    setup = replace(SETUP, lr=1e-30, momentum=0.0, weight_decay=0.0)  # a net that stays as it is
    net = new_net()
    _, online = next(epochs(net, images(), sgd(net, setup), setup, DATA, 0, CPU))
    net, chosen = new_net().train(), plan(21, DATA, 0, 0)[0].split(8)
    for positions in chosen:
        batch = images().take(positions)
        logits = net(normalise(batch.pixels, DATA.mean, DATA.std))
        assert torch.equal(online.predicted[positions], logits.argmax(1))
        assert torch.allclose(
            online.losses[positions], cross_entropy(logits, batch.labels, reduction="none")
        )
    assert torch.equal(online.labels, images().labels)


def test_learning_rates_are_those_of_the_schedule_step_by_step():
    setup, net = replace(SETUP, schedule="triangle", warmup=0.4), new_net()
    optimiser, seen = sgd(net, setup), []
    list(
        epochs(
            net,
            images(),
            optimiser,
            setup,
            DATA,
            0,
            CPU,
            tick=lambda _: seen.append(optimiser.param_groups[0]["lr"]),
        )
    )
    assert seen == [
        learning_rate(setup, epoch + step / 3) for epoch in range(3) for step in range(3)
    ]


def test_zero_epochs_change_nothing():
    assert same(trained(replace(SETUP, epochs=0)), new_net())


def test_the_same_seed_gives_the_same_net_and_another_gives_another():
    assert same(trained(SETUP), trained(SETUP))
    assert not same(trained(SETUP), trained(SETUP, seed=1))


def test_a_loss_that_is_not_finite_stops_the_run_with_epoch_step_and_rate():
    with pytest.raises(BadInput, match=r"not finite at epoch 1, step \d, learning rate 1e\+20"):
        trained(replace(SETUP, lr=1e20, schedule="constant"))


def test_predictions_are_in_the_images_order_whatever_the_batch(monkeypatch: pytest.MonkeyPatch):
    net = trained(SETUP)
    one = predict(net, images(), normalisation(DATA, CPU.device), CPU)
    monkeypatch.setattr(Machine, "batch", 4)
    other = predict(net, images(), normalisation(DATA, CPU.device), CPU)
    assert torch.equal(one.labels, images().labels)
    assert torch.equal(one.predicted, other.predicted)
    assert torch.allclose(one.losses, other.losses, atol=1e-6)


def test_prediction_leaves_mode_and_buffers_as_they_were():
    net = new_net().train()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    predict(net, images(), normalisation(DATA, CPU.device), CPU)
    assert net.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in net.state_dict().items())


def test_an_image_whose_logits_are_not_finite_is_a_mistake():
    labels = torch.tensor([0, 2, 1])
    logits = torch.tensor([[float("nan"), 0, 0], [0, 0, float("inf")], [0.0, 1.0, 0.0]])
    found = top_class(logits, labels)
    assert found.predicted.tolist() == [1, 0, 1]
    counts, _ = found.cells(3)
    assert counts.trace() == 1


def test_label_smoothing_trains_but_the_loss_recorded_is_the_plain_one():
    net, smooth = new_net(), replace(SETUP, label_smoothing=0.1, batch_size=21)
    loss = cross_entropy(
        net.train()(normalise(images().pixels, DATA.mean, DATA.std)), images().labels
    )
    net = new_net()
    _, online = next(epochs(net, images(), sgd(net, smooth), smooth, DATA, 0, CPU))
    assert online.losses.mean().item() == pytest.approx(loss.item(), rel=1e-5)
    assert not same(net, trained(replace(SETUP, batch_size=21), stop=1))
