"""Reads the weights of nets that were saved by `torch.save`, in any of the usual forms.

Only tensors are unpickled. Every other object, such as a module or the options of a script, becomes
an inert `Placeholder`, so that no code of the file or of other packages runs.
"""

import pickle
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from interference.errors import BadInput, in_one_line
from interference.io import files, input_files, weights

SAFE = ".safetensors"
# Keys of checkpoints under which programs keep a net, the likeliest first.
NETS = ("state_dict", "model_state_dict", "model", "net", "network", "module", "weights", "params")
# Parts of the keys of tensors that do not belong to the net.
NO_NETS = ("optim", "sched", "scaler", "callback", "loop", "rng")
WRAPPER = "_orig_mod."  # what torch.compile adds to names, in front or inside
PARALLEL = "module."  # what DataParallel and DistributedDataParallel add in front
SHOWN = 4  # names that a note lists
TIED = "tied"  # the key of a converted file's metadata for the names of tensors in one memory


class Placeholder:
    """Stands for an object in a file other than a tensor. It keeps its attributes."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.arguments = arguments

    def __new__(cls, *arguments: Any, **named: Any) -> "Placeholder":
        """Make an object of whatever arguments."""
        return super().__new__(cls)

    def __setstate__(self, state: Any) -> None:
        """Keep the attributes."""
        if isinstance(state, dict):
            self.__dict__.update(state)


class Fitted(NamedTuple):
    """The tensors of a file that belong to a net.

    Attributes:
        tensors: The tensors by the net's own names.
        notes: Lines about the part of the file that was taken, and names that were passed over.
    """

    tensors: dict[str, Tensor]
    notes: list[str]


def state_dicts(path: Path) -> dict[str, dict[str, Tensor]]:
    """Find all nets of a file.

    Args:
        path: A file of safetensors or of `torch.save`.

    Returns:
        Tensors by name, by the keys that lead to them, such as `model_state_dict`; the likeliest
        first. The key of the file's own top is empty.

    Raises:
        BadInput: The file is absent, cannot be read without running code, or holds no net.
    """
    if path.suffix == SAFE:
        tensors, meta = weights.load(path)
        return {"": _tied_again(tensors, meta.get(TIED))}
    found = dict(_nets(_content(path), ""))
    for tensors in found.values():
        _check_sizes(path, tensors)
    if not found:
        raise BadInput(
            f"{path}: found no tensors by name, expected a net's state dict; save it by "
            "torch.save(net.state_dict(), ...)"
        )
    return {key: found[key] for key in sorted(found, key=lambda key: _rank(key, found[key]))}


def convert(path: Path, output: Path, key: str | None = None) -> Fitted:
    """Write the tensors of a file's net as safetensors.

    Tied tensors are written under each of their names, and which names are tied is recorded: a net
    that has only one of the names can still start from the file.

    Args:
        path: The file.
        output: The file to write.
        key: The keys that lead to the net; None if there is no doubt.

    Returns:
        The tensors and the notes of `chosen`.

    Raises:
        BadInput: As `chosen`; or a tensor holds NaN, or the file cannot be written.
    """
    net = chosen(path, key)
    weights.check_no_nan(path, net.tensors)
    files.prepare(output)
    second_names = _ties(net.tensors)
    weights.save(output, net.tensors, {TIED: second_names} if second_names else {})
    return net


def _ties(tensors: Mapping[str, Tensor]) -> dict[str, str]:
    """The second names of tensors, with the first name of each."""
    first_names: dict[Any, str] = {}
    second_names = {}
    for name, tensor in tensors.items():
        memory = (tensor.data_ptr(), tensor.shape, tensor.stride())
        first_name = first_names.setdefault(memory, name)
        if first_name != name and tensor.numel():
            second_names[name] = first_name
    return second_names


def _tied_again(tensors: dict[str, Tensor], second_names: Any) -> dict[str, Tensor]:
    """Give the names that a converted file records as tied the same tensor, if they are equal."""
    if not isinstance(second_names, Mapping):
        return tensors
    for name, first_name in second_names.items():
        is_known = isinstance(first_name, str) and name in tensors and first_name in tensors
        if is_known and torch.equal(tensors[name], tensors[first_name]):
            tensors[name] = tensors[first_name]
    return tensors


def _content(path: Path) -> Any:
    """The content of a file of `torch.save`, with placeholders for all but tensors."""
    input_files.check_regular(path)
    input_files.check_archive(path)
    if _is_torchscript(path):
        raise BadInput(
            f"{path}: is TorchScript, expected a file of tensors; save net.state_dict() by "
            "torch.save"
        )
    try:
        stand_ins: list[Any] = [
            (type(name.rpartition(".")[2], (Placeholder,), {}), name)
            for name in torch.serialization.get_unsafe_globals_in_checkpoint(path)
        ]
    except (ValueError, RuntimeError, pickle.UnpicklingError):  # an older form, or no such file
        stand_ins = []
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror or error})") from error
    try:
        with torch.serialization.safe_globals(stand_ins):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a broken file raises many kinds
        raise BadInput(
            f"{path}: cannot be read without running its code ({in_one_line(error)}), expected a "
            "file of tensors; save it by torch.save(net.state_dict(), ...)"
        ) from error


def _is_torchscript(path: Path) -> bool:
    """Whether a file is a program that `torch.jit.save` wrote: it has a part for constants."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def _check_sizes(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Raise `BadInput` if tensors are views that repeat a few numbers very often."""
    size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    input_files.check_unpacked(path, size, path.stat().st_size)


def _nets(content: Any, key: str) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """The mappings of names to tensors in a file's content, each with its keys."""
    if isinstance(content, Placeholder):
        if "_modules" in vars(content):
            yield key, dict(_module_tensors(content, ""))
            return
        content = vars(content)
    if not isinstance(content, Mapping):
        return
    tensors = {}
    for name, value in content.items():
        if isinstance(name, str) and isinstance(value, Tensor):
            tensors[name] = value.detach()
    if tensors:
        yield key, tensors
    for name, value in content.items():
        if isinstance(name, str) and not any(part in name.lower() for part in NO_NETS):
            yield from _nets(value, f"{key}.{name}" if key else name)


def _module_tensors(module: Any, prefix: str) -> Iterator[tuple[str, Tensor]]:
    """The state dict of a module that was saved as a whole."""
    content = vars(module)
    passing = content.get("_non_persistent_buffers_set", ())
    for kind in ("_parameters", "_buffers"):
        for name, tensor in (content.get(kind) or {}).items():
            if isinstance(tensor, Tensor) and name not in passing:
                yield f"{prefix}{name}", tensor.detach()
    for name, part in (content.get("_modules") or {}).items():
        if isinstance(part, Placeholder):
            yield from _module_tensors(part, f"{prefix}{name}.")


def _rank(key: str, tensors: Mapping[str, Tensor]) -> tuple[bool, int, int]:
    """A number that is smaller for likelier nets: more than numbers, known key, fewest keys."""
    last = key.rpartition(".")[2]
    only_numbers = all(tensor.dim() == 0 for tensor in tensors.values())
    place = NETS.index(last) if last in NETS else len(NETS) * bool(key)
    return only_numbers, place, key.count(".")


def chosen(path: Path, key: str | None = None) -> Fitted:
    """Choose the net of a file whose architecture is not known.

    Args:
        path: The file.
        key: The keys that lead to the net; None if there is no doubt.

    Returns:
        Its tensors, without what wrappers of PyTorch add to their names.

    Raises:
        BadInput: As `state_dicts`; or the key is unknown, or none is given and there are several
            nets of which none has a usual key.
    """
    found = state_dicts(path)
    keys = ", ".join(repr(name) for name in found)
    if key is None:
        first, *others = found
        if others and _rank(first, found[first])[:2] == _rank(others[0], found[others[0]])[:2]:
            raise BadInput(f"{path}: found nets {keys}, expected one; choose it by --key")
        key = first
    elif key not in found:
        raise BadInput(f"{path}: found no net {key!r}, allowed: {keys}")
    tensors = _without_wrappers(found[key])
    return Fitted(tensors, _notes(path, key, found))


def _without_wrappers(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors by names without what `torch.compile` and parallel training add."""
    plain = {name.replace(WRAPPER, ""): tensor for name, tensor in tensors.items()}
    while plain and all(name.startswith(PARALLEL) for name in plain):
        plain = {name.removeprefix(PARALLEL): tensor for name, tensor in plain.items()}
    return plain


def fitted(path: Path, expected: Mapping[str, Tensor]) -> Fitted:
    """Choose the tensors of a file that belong to a net.

    Args:
        path: The file.
        expected: The state dict of the net.

    Returns:
        The tensors of the net that fits best, by the net's names: a prefix that the file's program
        adds to all of them, such as `model.`, is taken off.

    Raises:
        BadInput: As `state_dicts`.
    """
    found = state_dicts(path)
    best = Fitted({}, [])
    best_matches = -1
    for key, all_tensors in found.items():
        tensors = _without_wrappers(all_tensors)
        prefix, matches = _prefix(tensors, expected)
        if matches > best_matches:
            best_matches = matches
            best = Fitted(_below(tensors, prefix), _notes(path, key, found, prefix, tensors))
    copies = _second_names(best.tensors, expected)
    if not copies:
        return best
    own = {name: tensor for name, tensor in best.tensors.items() if name not in copies}
    note = f"{path}: passed over {', '.join(copies[:SHOWN])}, second names of tensors of the net"
    return Fitted(own, [*best.notes, note])


def _second_names(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> list[str]:
    """The names that the net does not have, of tensors that it has under another name."""
    of_the_net = {
        (tensor.data_ptr(), tensor.shape) for name, tensor in tensors.items() if name in expected
    }
    return [
        name
        for name, tensor in tensors.items()
        if name not in expected and (tensor.data_ptr(), tensor.shape) in of_the_net
    ]


def _prefix(tensors: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> tuple[str, int]:
    """The prefix without which most names are expected, the shortest of equals, and their number.

    Names match if their tensors have the expected shape as well.
    """
    prefixes = {"": 0}
    for name in tensors:
        parts = name.split(".")
        for depth in range(1, len(parts)):
            prefixes[".".join(parts[:depth]) + "."] = 0
    for prefix in prefixes:
        for name, tensor in _below(tensors, prefix).items():
            prefixes[prefix] += name in expected and expected[name].shape == tensor.shape
    best = max(prefixes, key=lambda prefix: (prefixes[prefix], -len(prefix)))
    return best, prefixes[best]


def _below(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix, by the rest of their names."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }


def _notes(
    path: Path,
    key: str,
    found: Mapping[str, Mapping[str, Tensor]],
    prefix: str = "",
    tensors: Mapping[str, Tensor] | None = None,
) -> list[str]:
    """Lines about the part of a file that was taken; none if it is the whole file."""
    notes = []
    others = [repr(name) for name in found if name != key]
    if key:
        notes.append(f"{path}: took the net {key!r}")
    if others:
        notes.append(f"{path}: passed over {', '.join(others)}")
    if prefix:
        notes.append(f"{path}: took the tensors of {prefix}*")
        outside = [name for name in tensors or {} if not name.startswith(prefix)]
        if outside:
            names = ", ".join(outside[:SHOWN])
            notes.append(f"{path}: passed over {len(outside)} tensors ({names})")
    return notes
