"""Checkpoints as people save them: the net's tensors are found, and no code of a file runs."""

import argparse
import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from interference.errors import BadInput
from interference.io import torch_files, weights


def net() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8, 2)
    )


def prefixed(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}{name}": tensor for name, tensor in tensors.items()}


def optimiser_state() -> dict[str, Any]:
    trained = net()
    adam = torch.optim.Adam(trained.parameters())
    trained(torch.randn(4, 3, 3, 3)).sum().backward()
    adam.step()
    return adam.state_dict()


def saved_on_a_gpu(tensors: dict[str, Tensor], path: Path) -> None:
    """Save tensors as if they lay on a GPU."""
    location_tag = torch.serialization.location_tag
    torch.serialization.location_tag = lambda storage: "cuda:0"
    try:
        torch.save(tensors, path)
    finally:
        torch.serialization.location_tag = location_tag


OWN = net().state_dict()
LAST = {
    name: tensor.to(memory_format=torch.channels_last) if tensor.dim() == 4 else tensor
    for name, tensor in OWN.items()
}
FORMS = {
    "state dict": OWN,
    "half": {n: t.half() if t.is_floating_point() else t for n, t in OWN.items()},
    "parallel": prefixed("module.", OWN),
    "compiled": torch.compile(net(), backend="eager").state_dict(),
    "compiled and parallel": prefixed("_orig_mod.module.", OWN),
    "a part compiled": {n.replace("4.", "4._orig_mod."): t for n, t in OWN.items()},
    "with optimiser": {"epoch": 3, "model_state_dict": OWN, "optimizer": optimiser_state()},
    "nested": {"checkpoint": {"model": OWN, "step": torch.tensor(3)}},
    "Lightning": {"state_dict": prefixed("model.", OWN) | {"loss.weight": torch.ones(2)}},
    "channels last": LAST,
    "tied": OWN | {"again": OWN["4.weight"]},
    "whole module": net(),
    "parallel module": nn.DataParallel(net()),
    "with options": {"args": argparse.Namespace(lr=1), "model": OWN},
    "with paths": {"where": Path("x"), "net": OWN},
}


@pytest.mark.parametrize("form", FORMS)
def test_every_usual_form_starts_the_net_that_was_saved(form: str, tmp_path: Path):
    path = tmp_path / "saved.pt"
    torch.save(FORMS[form], path)
    check_restores(path)


def test_older_files_and_those_of_a_gpu_are_read_too(tmp_path: Path):
    torch.save(OWN, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    saved_on_a_gpu(OWN, tmp_path / "gpu.bin")
    for path in tmp_path.iterdir():
        check_restores(path)


def check_restores(path: Path) -> None:
    """Assert that a file starts the net, directly and when it is converted first."""
    written = path.with_suffix(".safetensors")
    torch_files.convert(path, written)
    for file in (path, written):
        restored = net()
        with torch.no_grad():
            for weight in restored.parameters():
                weight.zero_()
        tensors = torch_files.fitted(file, restored.state_dict()).tensors
        weights.restore(restored, tensors, file)
        for name, tensor in restored.state_dict().items():
            assert torch.allclose(tensor.float(), OWN[name].float(), atol=1e-3)


def test_equal_tensors_that_were_not_tied_stay_apart(tmp_path: Path):
    path = tmp_path / "two.pt"
    torch.save(OWN | {"head.bias": torch.zeros(2), "neck.bias": torch.zeros(2)}, path)
    written = path.with_suffix(".safetensors")
    torch_files.convert(path, written)
    expected = OWN | {"neck.bias": torch.zeros(2)}
    assert "head.bias" in torch_files.fitted(written, expected).tensors


def torchvision_net() -> nn.Module:
    from torchvision.models import shufflenet_v2_x0_5

    return shufflenet_v2_x0_5(num_classes=3)


def timm_net() -> nn.Module:
    timm = pytest.importorskip("timm")
    made: nn.Module = timm.create_model("mobilenetv3_small_050", num_classes=3)
    return made


def hugging_face_net() -> nn.Module:
    transformers = pytest.importorskip("transformers")
    config = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic", num_labels=3
    )
    made: nn.Module = transformers.ResNetForImageClassification(config)
    return made


PACKAGES = {
    "torchvision": torchvision_net,
    "timm": timm_net,
    "Hugging Face": hugging_face_net,
}
WAYS: dict[str, Callable[[nn.Module], Any]] = {
    "state dict": lambda net: net.state_dict(),
    "half": lambda net: {
        n: t.half() if t.is_floating_point() else t for n, t in net.state_dict().items()
    },
    "parallel": lambda net: nn.DataParallel(net).state_dict(),
    "compiled": lambda net: torch.compile(net, backend="eager").state_dict(),
    "with optimiser": lambda net: {
        "epoch": 3,
        "model_state_dict": net.state_dict(),
        "optimizer_state_dict": stepped(net).state_dict(),
    },
    "Lightning": lambda net: {
        "epoch": 1,
        "pytorch-lightning_version": "2.5.0",
        "state_dict": prefixed("model.", net.state_dict()),
    },
    "channels last": lambda net: net.to(memory_format=torch.channels_last).state_dict(),
    "tied": lambda net: net.state_dict() | {"again.weight": next(iter(net.state_dict().values()))},
    "whole module": lambda net: net,
    "with options": lambda net: {"args": argparse.Namespace(lr=1), "model": net.state_dict()},
    "of a GPU": lambda net: net.state_dict(),
}


def stepped(net: nn.Module) -> torch.optim.Optimizer:
    """An optimiser after a step on the net."""
    adam = torch.optim.Adam(net.parameters(), lr=0.001)
    logits_of(net.train(), torch.randn(4, 3, 64, 64)).sum().backward()
    adam.step()
    return adam


def logits_of(net: nn.Module, images: Tensor) -> Tensor:
    output = net(images)
    logits: Tensor = output if isinstance(output, Tensor) else output.logits
    return logits


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("package", PACKAGES)
def test_a_packages_net_says_the_same_however_it_was_saved(package: str, way: str, tmp_path: Path):
    torch.manual_seed(0)
    saved = PACKAGES[package]()
    content = WAYS[way](saved)
    path = tmp_path / "saved.pt"
    save = saved_on_a_gpu if way == "of a GPU" else torch.save
    save(content, path)
    written = tmp_path / "saved.safetensors"
    torch_files.convert(path, written)
    images = torch.randn(2, 3, 64, 64)
    reference = saved.half().float() if way == "half" else saved
    expected = logits_of(reference.eval(), images)
    for file in (path, written):
        torch.manual_seed(1)
        restored = PACKAGES[package]()
        assert not torch.allclose(logits_of(restored.eval(), images), expected)
        weights.restore(restored, torch_files.fitted(file, restored.state_dict()).tensors, file)
        torch.testing.assert_close(logits_of(restored.eval(), images), expected)


class Evil:
    """An object whose unpickling runs a command."""

    def __reduce__(self) -> Any:
        return os.system, ("echo ran > ran.txt",)


class Curious:
    """An object whose unpickling runs a function of another module."""

    def __reduce__(self) -> Any:
        return exec, ("open('ran.txt', 'w')",)


def test_a_file_that_would_run_a_command_is_refused(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"model": OWN, "more": Evil()}, "bad.pt")
    with pytest.raises(BadInput, match="without running its code") as caught:
        torch_files.chosen(Path("bad.pt"))
    assert "\n" not in str(caught.value)
    assert not Path("ran.txt").exists()


def test_a_function_in_a_file_is_never_called(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"model": OWN, "more": Curious()}, "bad.pt")
    assert torch_files.chosen(Path("bad.pt")).tensors.keys() == OWN.keys()
    assert not Path("ran.txt").exists()


def test_several_nets_are_told_apart_by_their_keys(tmp_path: Path):
    path = tmp_path / "two.pt"
    other = {name: tensor + 1 for name, tensor in OWN.items()}
    torch.save({"model": OWN, "model_ema": other}, path)
    first = torch_files.chosen(path)
    assert torch.equal(first.tensors["4.bias"], OWN["4.bias"])
    assert first.notes == [f"{path}: took the net 'model'", f"{path}: passed over 'model_ema'"]
    second = torch_files.chosen(path, "model_ema")
    assert torch.equal(second.tensors["4.bias"], other["4.bias"])
    with pytest.raises(BadInput, match="found no net 'ema', allowed: 'model', 'model_ema'"):
        torch_files.chosen(path, "ema")
    torch.save({"teacher": OWN, "student": other}, path)
    with pytest.raises(BadInput, match=r"found nets 'teacher', 'student', expected one; .*--key"):
        torch_files.chosen(path)


def test_the_notes_say_which_part_was_taken(tmp_path: Path):
    path = tmp_path / "best.ckpt"
    torch.save(FORMS["Lightning"], path)
    assert torch_files.fitted(path, OWN).notes == [
        f"{path}: took the net 'state_dict'",
        f"{path}: took the tensors of model.*",
        f"{path}: passed over 1 tensors (loss.weight)",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1, 2], "found no tensors by name, expected a net's state dict; save it by"),
        ({"epoch": 3}, "found no tensors by name"),
        (None, "cannot be read without running its code"),
    ],
)
def test_files_without_a_net_are_refused_in_one_line(content: Any, message: str, tmp_path: Path):
    path = tmp_path / "none.pt"
    if content is None:
        path.write_bytes(b"no file of torch.save")
    else:
        torch.save(content, path)
    with pytest.raises(BadInput, match=message) as caught:
        torch_files.state_dicts(path)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_torchscript_is_refused_in_one_line(tmp_path: Path):
    path = tmp_path / "script.pt"
    torch.jit.save(torch.jit.trace(net().eval(), torch.zeros(1, 3, 3, 3)), path)
    with warnings.catch_warnings(action="error"), pytest.raises(BadInput) as caught:
        torch_files.state_dicts(path)
    assert str(caught.value) == (
        f"{path}: is TorchScript, expected a file of tensors; save net.state_dict() by torch.save"
    )
