"""Reads and writes tensors in safetensors files: nets, class gradients and checkpoints.

Nothing is ever unpickled.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from interference.errors import BadInput
from interference.io import metadata
from interference.io.files import replacing

SHOWN = 4  # names of each kind that an error lists
# All metadata are one entry: the format keeps no order of entries, so files of equal nets could
# differ.
META = "interference"
LENGTH_BYTES = (
    8  # of the number, at the start of a safetensors file, that tells the header's length
)
ALIGNMENT = 8  # bytes; the header is padded to a multiple
FLOAT_BYTES = 4


def save(path: Path, tensors: Mapping[str, Tensor], meta: Mapping[str, Any]) -> None:
    """Write tensors and metadata atomically.

    Args:
        path: The file.
        tensors: The tensors by name. Tied tensors are written once for each name.
        meta: The metadata, JSON values.

    Raises:
        BadInput: The file cannot be written.
    """
    with replacing(path) as temporary:
        try:
            temporary.touch()
            mode = temporary.stat().st_mode
            save_file(_separate(tensors), temporary, {META: json.dumps(meta)})
            temporary.chmod(mode)  # its own mode lets nobody but the owner read the file
        except SafetensorError as error:  # so it reports a full disk
            raise OSError(str(error)) from error


def save_groups(
    path: Path,
    groups: Sequence[str],
    shapes: Mapping[str, Sequence[int]],
    tensors_of: Iterable[Mapping[str, Tensor]],
    meta: Mapping[str, Any],
) -> None:
    """Write groups of float32 tensors atomically, with only one group in memory at a time.

    Args:
        path: The file. A tensor's name there is `GROUP/NAME`.
        groups: The names of the groups.
        shapes: The shape of each tensor of a group, by its name.
        tensors_of: The tensors of each group by name, in the order of the groups.
        meta: The metadata, JSON values.

    Raises:
        BadInput: The file cannot be written.
    """
    header: dict[str, Any] = {"__metadata__": {META: json.dumps(meta)}}
    end = 0
    for group in groups:
        for name, shape in shapes.items():
            start = end
            end += FLOAT_BYTES * math.prod(shape)
            header[f"{group}/{name}"] = {
                "dtype": "F32",
                "shape": list(shape),
                "data_offsets": [start, end],
            }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(len(text).to_bytes(LENGTH_BYTES, "little"))
        file.write(text)
        for tensors in tensors_of:
            for name in shapes:
                file.write(tensors[name].detach().cpu().float().contiguous().numpy().tobytes())


def read_groups(path: Path, groups: int) -> np.ndarray:
    """Read the tensors of a file that `save_groups` wrote, without loading them into memory.

    Args:
        path: The file.
        groups: The number of groups, n.

    Returns:
        A read-only map of the file, (n, k) float32: the k numbers of each group.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(LENGTH_BYTES), "little")
    numbers = np.memmap(path, np.float32, "r", offset=LENGTH_BYTES + length)
    return numbers.reshape(groups, -1)


def _separate(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors on the CPU, contiguous, no two in the same memory, as the format requires."""
    separate: dict[str, Tensor] = {}
    used_memory: set[int] = set()
    for name, tensor in tensors.items():
        contiguous = tensor.detach().cpu().contiguous()
        address = contiguous.untyped_storage().data_ptr()
        separate[name] = contiguous.clone() if address in used_memory else contiguous
        used_memory.add(address)
    return separate


def load(path: Path, prefix: str = "") -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read tensors and metadata.

    Args:
        path: The file.
        prefix: Only tensors whose names begin with it are read; it is cut off their names.

    Returns:
        The tensors by name, on the CPU, and the metadata that `save` wrote; other programs' files
        have none, {}.

    Raises:
        BadInput: The file is absent or not a safetensors file, or a tensor holds NaN.
    """
    try:
        with safe_open(path, "pt") as file:
            all_names = file.keys()
            names = [name for name in all_names if name.startswith(prefix)]
            tensors = {name.removeprefix(prefix): file.get_tensor(name) for name in names}
            meta = json.loads((file.metadata() or {}).get(META, "{}"))
            metadata.check(meta)
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such file") from error
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    except (SafetensorError, OSError, ValueError, RecursionError) as error:
        raise BadInput(
            f"{path}: not a readable safetensors file ({str(error).splitlines()[0]})"
        ) from error
    check_no_nan(path, tensors, prefix)
    return tensors, meta


def check_no_nan(path: Path, tensors: Mapping[str, Tensor], prefix: str = "") -> None:
    """Check that no tensor of a file holds NaN.

    Args:
        path: The file, for the error.
        tensors: Its tensors by name.
        prefix: A part that was cut off their names.

    Raises:
        BadInput: A tensor holds NaN.
    """
    for name, tensor in tensors.items():
        if tensor.isnan().any():
            raise BadInput(f"{path}: tensor {prefix + name} holds NaN")


def restore(net: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Load a state dict into a net.

    Args:
        net: The net.
        tensors: The state dict. One tensor is enough for parameters that are tied.
        path: The file of the tensors, for the error.

    Raises:
        BadInput: A tensor is missing, unexpected or of another shape, or a parameter is not finite
            (a buffer, such as a mask, may be infinite); the error lists them all.
    """
    state = net.state_dict()
    complete = _with_tied(tensors, state)
    misshapen = _misshapen(complete, state)
    fitting = {name: tensor for name, tensor in complete.items() if name not in misshapen}
    keys = net.load_state_dict(fitting, strict=False)
    nonfinite = [name for name, weight in net.named_parameters() if not weight.isfinite().all()]
    problems = _listed(
        {
            "missing": [name for name in keys.missing_keys if name not in misshapen],
            "unexpected": keys.unexpected_keys,
            "of another shape": list(misshapen.values()),
            "infinite": nonfinite,
        }
    )
    if problems:
        raise BadInput(f"{path}: does not fit the net: {problems}")


def faults(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
    """Compare the names and shapes of tensors with the expected ones.

    Args:
        tensors: The tensors by name.
        expected: Tensors of the expected names and shapes.

    Returns:
        A text that lists missing and unexpected tensors and those of another shape; empty if all
        fit.
    """
    return _listed(
        {
            "missing": [name for name in expected if name not in tensors],
            "unexpected": [name for name in tensors if name not in expected],
            "of another shape": list(_misshapen(tensors, expected).values()),
        }
    )


def differ_in_outputs(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> bool:
    """Whether layers have another number of outputs than expected, and the names are the same.

    Args:
        tensors: The tensors by name.
        expected: Tensors of the expected names and shapes.

    Returns:
        True if some tensors differ in their first size, all of them alike and in nothing else.
    """
    if tensors.keys() != expected.keys():
        return False
    changes = set()
    for name, tensor in expected.items():
        shape = tensors[name].shape
        if shape == tensor.shape:
            continue
        if not shape or not tensor.shape or shape[1:] != tensor.shape[1:]:
            return False
        changes.add((shape[0], tensor.shape[0]))
    return len(changes) == 1


def _misshapen(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, str]:
    """A text with both shapes for each tensor of another shape than expected, by name."""
    texts = {}
    for name, tensor in expected.items():
        if name in tensors and tensors[name].shape != tensor.shape:
            texts[name] = f"{name} {tuple(tensors[name].shape)}, not {tuple(tensor.shape)}"
    return texts


def _listed(names_of: Mapping[str, Sequence[str]]) -> str:
    """A text that lists the names of each problem, if it has some."""
    return "; ".join(
        f"{problem} {_first_names(names)}" for problem, names in names_of.items() if names
    )


def _first_names(names: Sequence[str]) -> str:
    """The first names of a list, and their number if there are more."""
    first_names = ", ".join(names[:SHOWN])
    if len(names) > SHOWN:
        return f"{first_names}, ... ({len(names)} in all)"
    return first_names


def _with_tied(tensors: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors, completed by those that the net's state ties to one of them."""

    def memory(name: str) -> tuple[object, ...]:
        """Tied tensors have the same address, shape and strides."""
        return state[name].data_ptr(), state[name].shape, state[name].stride()

    tensor_at = {memory(name): tensors[name] for name in state if name in tensors}
    complete = dict(tensors)
    for name in state:
        if name not in tensors and memory(name) in tensor_at:
            complete[name] = tensor_at[memory(name)]
    return complete


def momenta(net: nn.Module, optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Read the momenta of an optimiser: all tensors that it keeps for the parameters.

    Args:
        net: The net that it trains.
        optimiser: The optimiser.

    Returns:
        The tensors by their kind and the name of the parameter, as `momentum_buffer/fc.weight`.
    """
    tensors = {}
    for name, weight in net.named_parameters():
        for kind, tensor in optimiser.state[weight].items():
            if tensor is not None:
                tensors[f"{kind}/{name}"] = tensor
    return tensors


def restore_momenta(
    net: nn.Module, optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]
) -> None:
    """Set the momenta of an optimiser that has some already, such as zeros.

    Args:
        net: The net that it trains.
        optimiser: The optimiser, which is changed.
        tensors: The tensors that `momenta` returned.
    """
    parameters = dict(net.named_parameters())
    for key, tensor in tensors.items():
        kind, _, name = key.partition("/")
        optimiser.state[parameters[name]][kind].copy_(tensor)
