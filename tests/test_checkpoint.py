"""A claim a test: the checkpoint of a training."""

from pathlib import Path

import pytest
import torch

from interference.checkpoint import Checkpoint
from interference.history import History
from interference.optim import sgd
from interference.training import epochs
from tests.test_training import CPU, DATA, SETUP, images, new_net, same


def train(path: Path, stop: int) -> tuple[torch.nn.Module, History]:
    """A training that goes on from its checkpoint, and is left after some epochs."""
    net, past = new_net(), History(3)
    optimiser = sgd(net, SETUP)
    checkpoint = Checkpoint(path, net, optimiser, past)
    checkpoint.restore()
    for epoch, online in epochs(net, images(), optimiser, SETUP, DATA, 0, CPU, past.epochs):
        past.add("train_online", online)
        checkpoint.save()
        if epoch + 1 == stop:
            break
    checkpoint.close()
    return net, past


@pytest.mark.parametrize("stop", [1, 2])
def test_a_training_in_pieces_is_the_whole_one_bit_by_bit(tmp_path: Path, stop: int):
    train(tmp_path / "pieces", stop)
    (net, past), (whole, wanted) = train(tmp_path / "pieces", 3), train(tmp_path / "whole", 3)
    assert same(net, whole)
    assert past.epochs == 3
    for kept, other in zip(past.counts["train_online"], wanted.counts["train_online"], strict=True):
        assert (kept == other).all()
    assert past.loss("train_online") == wanted.loss("train_online")


def test_without_a_file_a_training_begins_at_the_start(tmp_path: Path):
    _, past = train(tmp_path / "absent", 1)
    assert past.epochs == 1
