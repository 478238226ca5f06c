"""A claim a test: safetensors in, safetensors out, and what is wrong with a file is said in one
line.
"""

import weakref
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from interference.errors import BadInput
from interference.io import weights
from interference.learning.optim import sgd
from interference.params import Optim


def test_tensors_and_metadata_come_back_as_they_were(tmp_path: Path):
    tensors = {
        "a/w": torch.randn(3, 4).T,
        "a/b": torch.zeros(2, dtype=torch.int64),
        "c/w": torch.ones(()),
    }
    weights.save(tmp_path / "x.safetensors", tensors, {"run": {"lr": 1e-5}, "classes": ["a"]})
    found, meta = weights.load(tmp_path / "x.safetensors")
    assert meta == {"run": {"lr": 1e-5}, "classes": ["a"]}
    assert all(torch.equal(tensors[name], found[name]) for name in tensors)
    assert list(weights.load(tmp_path / "x.safetensors", "c/")[0]) == ["w"]


def test_equal_tensors_and_metadata_are_equal_bytes(tmp_path: Path):
    """DVC goes by bytes: a net that came out the same must not make every later stage run again."""
    meta = {"run": {"lr": 1e-5}, "classes": ["a"], "labels": ["A"], "made_by": {"torch": "2"}}
    for place in range(8):
        weights.save(
            tmp_path / f"{place}.safetensors", {"b": torch.ones(2), "a": torch.zeros(3)}, meta
        )
    assert len({path.read_bytes() for path in tmp_path.iterdir()}) == 1


def test_metadata_of_other_people_s_files_are_passed_over(tmp_path: Path):
    save_file({"w": torch.ones(2)}, tmp_path / "x.safetensors", {"format": "pt"})
    assert weights.load(tmp_path / "x.safetensors")[1] == {}


def test_nan_weights_are_named(tmp_path: Path):
    weights.save(tmp_path / "x.safetensors", {"conv.weight": torch.tensor([1.0, float("nan")])}, {})
    with pytest.raises(BadInput, match=r"x\.safetensors: tensor conv\.weight holds NaN"):
        weights.load(tmp_path / "x.safetensors")


def test_a_truncated_file_is_named(tmp_path: Path):
    path = tmp_path / "x.safetensors"
    weights.save(path, {"w": torch.ones(100)}, {})
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(BadInput, match=r"x\.safetensors: not a readable safetensors file"):
        weights.load(path)
    with pytest.raises(BadInput, match="no such file"):
        weights.load(tmp_path / "absent.safetensors")


def test_weights_of_another_net_are_listed():
    with pytest.raises(BadInput, match=r"does not fit.*weight.*extra"):
        weights.restore(
            nn.Linear(2, 3),
            {"bias": torch.zeros(3), "extra": torch.zeros(1)},
            Path("net.safetensors"),
        )


def test_an_optimiser_goes_on_with_the_momenta_it_had():
    setup = Optim(
        lr=0.1, schedule="constant", momentum=0.9, weight_decay=0.0, batch_size=1, epochs=1
    )
    nets = [nn.Linear(2, 3), nn.Linear(2, 3)]
    nets[1].load_state_dict(nets[0].state_dict())
    optimisers = [sgd(net, setup) for net in nets]

    def step(which: int) -> None:
        optimisers[which].zero_grad()
        nets[which](torch.ones(1, 2)).square().sum().backward()
        optimisers[which].step()

    step(0)
    nets[1].load_state_dict(nets[0].state_dict())
    weights.restore_momenta(nets[1], optimisers[1], weights.momenta(nets[0], optimisers[0]))
    step(0)
    step(1)
    assert torch.equal(nets[0].weight, nets[1].weight)


def test_a_file_of_weights_may_be_read_by_those_who_may_read_other_files(tmp_path: Path):
    weights.save(tmp_path / "net.safetensors", {"a": torch.zeros(2)}, {})
    (tmp_path / "text").touch()
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_groups_are_written_one_at_a_time_and_read_back(tmp_path: Path):
    path = tmp_path / "egos.safetensors"
    shapes = {"layer.weight": (2, 3), "scale": ()}
    alive: list[weakref.ref[torch.Tensor]] = []

    def tensors_of():
        for group in range(3):
            assert sum(reference() is not None for reference in alive) <= 1
            tensor = torch.arange(6.0).reshape(2, 3) + group
            alive.append(weakref.ref(tensor))
            yield {"layer.weight": tensor, "scale": torch.tensor(float(group))}
            del tensor

    weights.save_groups(path, ["cat", "dog", "ant"], shapes, tensors_of(), {"images": 5})
    tensors, meta = weights.load(path)
    assert meta == {"images": 5}
    assert tensors.keys() == {
        f"{group}/{name}" for group in ("cat", "dog", "ant") for name in shapes
    }
    assert torch.equal(tensors["ant/layer.weight"], torch.arange(6.0).reshape(2, 3) + 2)
    assert tensors["dog/scale"] == 1
    vectors = weights.read_groups(path, 3)
    assert vectors.tolist() == [[*(n + group for n in range(6)), group] for group in range(3)]
