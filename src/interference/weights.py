"""Tensors by name in safetensors files: a net's state, class gradients, checkpoints. Nothing is ever unpickled."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from interference.atomic import replacing
from interference.errors import BadInput


def save(path: Path, tensors: Mapping[str, Tensor], meta: Mapping[str, Any]) -> None:
    """Write tensors and JSON metadata, atomically."""
    contiguous = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with replacing(path) as temporary:
        try:
            save_file(contiguous, temporary, {key: json.dumps(value) for key, value in meta.items()})
        except SafetensorError as error:  # its word for a full disk
            raise OSError(str(error)) from error


def load(path: Path, prefix: str = "") -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors whose names begin with `prefix`, without it, on the CPU, and the metadata.

    Raises `BadInput` where the file is absent, no safetensors file, or a tensor holds NaN or infinity.
    """
    try:
        with safe_open(path, "pt") as file:
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118, the file is no mapping
            tensors = {name.removeprefix(prefix): file.get_tensor(name) for name in names}
            meta = {key: json.loads(value) for key, value in (file.metadata() or {}).items()}
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such file") from error
    except (SafetensorError, OSError, ValueError) as error:
        raise BadInput(f"{path}: not a readable safetensors file ({str(error).splitlines()[0]})") from error
    for name, tensor in tensors.items():
        if not tensor.isfinite().all():
            raise BadInput(f"{path}: tensor {prefix + name} holds NaN or infinity")
    return tensors, meta


def restore(net: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Load a state dict into a net; raises `BadInput` that lists what is missing, unexpected or of another shape."""
    try:
        net.load_state_dict(dict(tensors))
    except RuntimeError as error:
        raise BadInput(f"{path}: does not fit the net ({' '.join(str(error).split())})") from error


def momenta(net: nn.Module, optimiser: torch.optim.SGD) -> dict[str, Tensor]:
    """The momentum of every parameter that has one yet, by the parameter's name."""
    found = {name: optimiser.state[weight].get("momentum_buffer") for name, weight in net.named_parameters()}
    return {name: tensor for name, tensor in found.items() if tensor is not None}


def restore_momenta(net: nn.Module, optimiser: torch.optim.SGD, tensors: Mapping[str, Tensor]) -> None:
    """Give the optimiser the momenta that `momenta` read."""
    for name, weight in net.named_parameters():
        if name in tensors:
            optimiser.state[weight]["momentum_buffer"] = torch.empty_like(weight).copy_(tensors[name])
