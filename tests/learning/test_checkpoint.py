"""A claim a test: the checkpoint of a training."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from interference.errors import BadInput
from interference.io import weights
from interference.learning.checkpoint import Checkpoint
from interference.learning.epochs import epochs
from interference.learning.history import History
from interference.learning.optim import new_optimiser, sgd
from interference.params import Optim
from tests.learning.test_epochs import CPU, DATA, SETUP, images, new_net, same


def train(path: Path, stop: int, setup: Optim = SETUP) -> tuple[torch.nn.Module, History]:
    """A training that goes on from its checkpoint, and is left after some epochs."""
    net, past = new_net(), History()
    optimiser = new_optimiser(net, setup)
    checkpoint = Checkpoint(path, net, optimiser, past)
    checkpoint.restore()
    for epoch, online in epochs(net, images(), optimiser, setup, DATA, 0, CPU, past.epochs):
        past.add("train_online", *online.cells(3), epoch + 1)
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
    for kept, other in zip(past.counts("train_online"), wanted.counts("train_online"), strict=True):
        assert (kept == other).all()
    assert past.loss("train_online") == wanted.loss("train_online")


def test_adamw_goes_on_with_its_averages_and_its_count_of_steps(tmp_path: Path):
    setup = replace(SETUP, optimizer="adamw", schedule="one_cycle", warmup=0.4)
    train(tmp_path / "pieces", 1, setup)
    pieces, _ = train(tmp_path / "pieces", 3, setup)
    whole, _ = train(tmp_path / "whole", 3, setup)
    assert same(pieces, whole)


def test_without_a_file_a_training_begins_at_the_start(tmp_path: Path):
    _, past = train(tmp_path / "absent", 1)
    assert past.epochs == 1


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, threading.Thread]]:
    """A CPU that `Checkpoint` takes for a GPU; what was done with streams, and by which thread."""
    said: list[tuple[str, threading.Thread]] = []

    def note(what: str) -> None:
        said.append((what, threading.current_thread()))

    @contextmanager
    def used(stream: object) -> Iterator[None]:
        note("used")
        yield

    def new() -> SimpleNamespace:
        note("made")
        return SimpleNamespace(wait_stream=lambda other: note("waits"))

    for name, double in {"Stream": new, "current_stream": object, "stream": used}.items():
        monkeypatch.setattr(torch.cuda, name, double)
    monkeypatch.setattr(nn.Parameter, "is_cuda", True, raising=False)
    return said


def test_from_a_gpu_what_the_net_was_is_written_beside_the_training_by_a_stream_of_its_gpu(
    streams: list[tuple[str, threading.Thread]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    net, go, write = new_net(), threading.Event(), weights.save
    monkeypatch.setattr(weights, "save", lambda *given: go.wait(10) and write(*given))
    checkpoint = Checkpoint(tmp_path / "kept", net, sgd(net, SETUP), History())
    checkpoint.save()
    before = new_net()
    with torch.no_grad():
        for weight in net.parameters():
            weight.zero_()
    go.set()
    checkpoint.close()
    weights.restore(net, weights.load(tmp_path / "kept", "net/")[0], tmp_path / "kept")
    assert same(net, before)
    here = threading.current_thread()
    assert [(what, thread is here) for what, thread in streams] == [
        ("made", True),
        ("waits", True),
        ("used", False),
    ]


def test_what_writing_beside_the_training_raises_is_raised_at_the_end(
    streams: list, tmp_path: Path
):
    net = new_net()
    (tmp_path / "file").touch()
    checkpoint = Checkpoint(tmp_path / "file" / "kept", net, sgd(net, SETUP), History())
    checkpoint.save()
    with pytest.raises(BadInput, match="cannot be written"):
        checkpoint.close()
