"""A trained net as its file describes it: the module, its run, its classes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from interference import nets, weights
from interference.classes import Classes
from interference.errors import BadInput
from interference.machine import Machine
from interference.params import Data
from interference.tables import run_metadata


@dataclass(frozen=True)
class Trained:
    """A net in eval mode, the resolved parameters of its run, and the classes it tells apart."""

    module: nn.Module
    run: dict[str, Any]
    classes: Classes

    @property
    def name(self) -> str:
        """The run's name."""
        return str(self.run["name"])

    @property
    def data(self) -> Data:
        """How the net's images are normalised, as it was trained."""
        return Data(**self.run["data"])

    def meta(self, here: Machine) -> dict[str, Any]:
        """The metadata of every table that is measured on this net."""
        return run_metadata(self.classes, self.run, here.made_by())


def load(path: Path, device: torch.device, classes: Classes) -> Trained:
    """The net of a file that the train stage wrote, on a device, channels-last, in eval mode.

    Raises `BadInput` where the file is unreadable, lacks its run, holds NaN or fits no such net, where its classes are
    not `classes`, those of the images at hand, or where the factory of an imported net is not here (`nets.imported`).
    """
    tensors, meta = weights.load(path)
    if "run" not in meta or "classes" not in meta:
        raise BadInput(f"{path}: its metadata lacks the run or the classes; expected a file that the train stage wrote")
    if tuple(meta["classes"]) != classes.keys:
        raise BadInput(f"{path}: classes {', '.join(meta['classes'])}, but the images' are {', '.join(classes.keys)}")
    module = nets.of_run(meta["run"], len(classes), len(meta["run"]["data"]["mean"]))
    weights.restore(module, tensors, path)
    module.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    return Trained(module, meta["run"], classes)
