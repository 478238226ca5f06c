"""Weights that start a run: a new last layer stays as initialised, frozen layers stay as they are."""

from pathlib import Path

import pytest
import torch

from interference import nets
from interference.errors import BadInput
from interference.io import weights
from interference.learning.training_run import restore_initial
from interference.nets import of_run

RUN = {"name": "mine", "net": "small"}


def test_a_new_head_is_left_out_of_the_initial_weights(tmp_path: Path):
    torch.manual_seed(0)
    trained = of_run(RUN, 7, 1)
    path = tmp_path / "trained.pt"
    torch.save(trained.state_dict(), path)
    net = of_run(RUN, 3, 1)
    head = [name for name, tensor in net.state_dict().items() if 3 in tensor.shape[:1]]
    before = {name: net.state_dict()[name].clone() for name in head}
    with pytest.raises(BadInput, match="does not fit the net: of another shape"):
        restore_initial(of_run(RUN, 3, 1), path)
    with pytest.raises(BadInput, match=r"not \(3, 256\); mine has another number of classes$"):
        restore_initial(of_run(RUN, 3, 1), path, advice="mine has another number of classes")
    notes = restore_initial(net, path, head)
    assert notes == [f"{path}: did not set {', '.join(head)}, which stay as initialised"]
    for name, tensor in net.state_dict().items():
        expected = before[name] if name in head else trained.state_dict()[name]
        assert torch.equal(tensor, expected)


def test_weights_of_another_net_say_nothing_about_the_number_of_classes(tmp_path: Path):
    trained = of_run(RUN, 3, 1).state_dict()
    first, *_ = trained
    path = tmp_path / "trained.pt"
    torch.save({**trained, first: trained[first][:, :, :1]}, path)
    with pytest.raises(BadInput, match="does not fit the net: of another shape") as error:
        restore_initial(of_run(RUN, 3, 1), path, advice="mine has another number of classes")
    assert "number of classes" not in str(error.value)


def test_frozen_parameters_are_named_by_patterns():
    net = of_run(RUN | {"freeze": ["*.bias"]}, 3, 1)
    frozen = [name for name, weight in net.named_parameters() if not weight.requires_grad]
    assert frozen
    assert all(name.endswith(".bias") for name in frozen)
    assert len(frozen) < len(list(net.parameters()))


def test_a_pattern_of_nothing_is_refused():
    with pytest.raises(BadInput, match=r"runs\.mine\.freeze: found 'head\.\*', allowed: patterns"):
        of_run(RUN | {"freeze": ["head.*"]}, 3, 1)
    assert nets.matching(["a.b", "c"], ["a.*"], "key") == ["a.b"]


def test_frozen_weights_are_restored_from_a_file_like_others(tmp_path: Path):
    run = RUN | {"freeze": ["*.bias"]}
    net = of_run(run, 3, 1)
    path = tmp_path / "net.safetensors"
    weights.save(path, net.state_dict(), {})
    other = of_run(run, 3, 1)
    weights.restore(other, weights.load(path)[0], path)
    pairs = zip(net.parameters(), other.parameters(), strict=True)
    assert all(torch.equal(first, second) for first, second in pairs)
