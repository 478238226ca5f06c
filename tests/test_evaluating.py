"""A claim a test: eval mode for a while."""

import pytest
import torch
from torch import nn

from interference.evaluating import evaluating
from interference.learning.images import Images
from interference.learning.prediction import predict
from interference.runtime.device import Machine


def mixed() -> nn.Sequential:
    """A net in train mode with a frozen batch norm, which stays in eval mode."""
    net = nn.Sequential(nn.Flatten(), nn.Linear(4, 4), nn.BatchNorm1d(4), nn.Dropout(0.5)).train()
    net[2].eval()
    return net


def modes(net: nn.Module) -> list[bool]:
    return [module.training for module in net.modules()]


def test_every_module_is_in_eval_mode_and_gets_its_own_mode_back():
    net = mixed()
    before = modes(net)
    with evaluating(net):
        assert not any(modes(net))
        net[1].train()
    assert modes(net) == before == [True, True, True, False, True]


def test_the_modes_come_back_after_an_error():
    net = mixed()
    before = modes(net)
    with pytest.raises(RuntimeError), evaluating(net):
        raise RuntimeError
    assert modes(net) == before


def test_a_module_whose_train_method_does_more_is_told():
    told: list[bool] = []

    class Told(nn.Linear):
        def train(self, mode: bool = True) -> "Told":
            told.append(mode)
            return super().train(mode)

    with evaluating(Told(2, 2)):
        pass
    assert told == [False, True]


def test_a_prediction_leaves_a_frozen_part_of_a_net_in_eval_mode():
    net = mixed()
    before = modes(net)
    images = Images(torch.zeros(3, 1, 2, 2, dtype=torch.uint8), torch.tensor([0, 1, 2]))
    predict(net, images, lambda pixels: pixels.float(), Machine(torch.device("cpu"), "float32"))
    assert modes(net) == before
