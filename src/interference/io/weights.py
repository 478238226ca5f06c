"""Tensors by name in safetensors files: a net's state, class gradients, checkpoints. Nothing is ever unpickled."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from interference.errors import BadInput
from interference.io.files import replacing

SHOWN = 4  # names that an error lists of each kind
META = "interference"  # the metadata's one entry: of several the format would keep no order, and equal nets differ


def save(path: Path, tensors: Mapping[str, Tensor], meta: Mapping[str, Any]) -> None:
    """Write tensors and JSON metadata, atomically. Of tensors that are tied each name has a copy of its own."""
    with replacing(path) as temporary:
        try:
            save_file(_apart(tensors), temporary, {META: json.dumps(meta)})
        except SafetensorError as error:  # its word for a full disk
            raise OSError(str(error)) from error


def _apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors on the CPU, contiguous, no two in the same memory: the format has them so."""
    apart, memory = dict[str, Tensor](), set[int]()
    for name, tensor in tensors.items():
        held = tensor.detach().cpu().contiguous()
        place = held.untyped_storage().data_ptr()
        apart[name] = held.clone() if place in memory else held
        memory.add(place)
    return apart


def load(path: Path, prefix: str = "") -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors whose names begin with `prefix`, without it, on the CPU, and the metadata that `save` was given.

    Of other people's files the metadata are empty. Raises `BadInput` where the file is absent, no safetensors file, or
    a tensor holds NaN.
    """
    try:
        with safe_open(path, "pt") as file:
            names = [name for name in file.keys() if name.startswith(prefix)]  # noqa: SIM118, the file is no mapping
            tensors = {name.removeprefix(prefix): file.get_tensor(name) for name in names}
            meta = json.loads((file.metadata() or {}).get(META, "{}"))
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such file") from error
    except (SafetensorError, OSError, ValueError) as error:
        raise BadInput(
            f"{path}: not a readable safetensors file ({str(error).splitlines()[0]})"
        ) from error
    for name, tensor in tensors.items():
        if tensor.isnan().any():
            raise BadInput(f"{path}: tensor {prefix + name} holds NaN")
    return tensors, meta


def restore(net: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Load a state dict into a net; of tied tensors one will do.

    Raises `BadInput` that lists what is missing, unexpected or of another shape, or where a parameter is infinite
    (a buffer, such as a mask, may be).
    """
    own = net.state_dict()
    given = _with_tied(tensors, own)
    shapes = _misshapen(given, own)
    found = net.load_state_dict(
        {name: tensor for name, tensor in given.items() if name not in shapes}, strict=False
    )
    wrong = _listed(
        {
            "missing": [name for name in found.missing_keys if name not in shapes],
            "unexpected": found.unexpected_keys,
            "of another shape": [*shapes.values()],
            "infinite": [
                name for name, weight in net.named_parameters() if not weight.isfinite().all()
            ],
        }
    )
    if wrong:
        raise BadInput(f"{path}: does not fit the net: {wrong}")


def faults(given: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> str:
    """Which tensors a net's `own` lack among those that are given, and which are unexpected or of another shape.

    In words; nothing where they fit.
    """
    return _listed(
        {
            "missing": [name for name in own if name not in given],
            "unexpected": [name for name in given if name not in own],
            "of another shape": [*_misshapen(given, own).values()],
        }
    )


def _misshapen(given: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, str]:
    """Both shapes of the tensors that have another one than a net's own, in words by name."""
    return {
        name: f"{name} {tuple(given[name].shape)}, not {tuple(tensor.shape)}"
        for name, tensor in own.items()
        if name in given and given[name].shape != tensor.shape
    }


def _listed(faults: Mapping[str, Sequence[str]]) -> str:
    """Names by what is wrong with them, in words."""
    return "; ".join(f"{what} {_some(names)}" for what, names in faults.items() if names)


def _with_tied(tensors: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors, and for each that a net's state `own` has in the same memory as one of them, that one again."""

    def place(name: str) -> tuple[object, ...]:
        return own[name].data_ptr(), own[name].shape, own[name].stride()

    given = {place(name): tensors[name] for name in own if name in tensors}
    return {
        **tensors,
        **{
            name: given[place(name)] for name in own if name not in tensors and place(name) in given
        },
    }


def _some(names: Sequence[str]) -> str:
    """The first names of a list, and how many there are."""
    return ", ".join(names[:SHOWN]) + (f", ... ({len(names)} in all)" if len(names) > SHOWN else "")


def momenta(net: nn.Module, optimiser: torch.optim.SGD) -> dict[str, Tensor]:
    """The momentum of every parameter that has one yet, by the parameter's name."""
    found = {
        name: optimiser.state[weight].get("momentum_buffer")
        for name, weight in net.named_parameters()
    }
    return {name: tensor for name, tensor in found.items() if tensor is not None}


def restore_momenta(
    net: nn.Module, optimiser: torch.optim.SGD, tensors: Mapping[str, Tensor]
) -> None:
    """Give the optimiser the momenta that `momenta` read."""
    for name, weight in net.named_parameters():
        if name in tensors:
            optimiser.state[weight]["momentum_buffer"] = torch.empty_like(weight).copy_(
                tensors[name]
            )
