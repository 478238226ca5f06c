"""A trained net and the content of its file: the module, the facts of its run, its classes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from interference import nets
from interference.classes import Classes
from interference.errors import BadInput
from interference.io import weights
from interference.io.tables import run_metadata
from interference.params import Data
from interference.params.run_facts import RunFacts
from interference.runtime.device import Machine


@dataclass(frozen=True)
class Trained:
    """A trained net.

    Attributes:
        module: The net, in eval mode.
        facts: The resolved parameters of its run.
        classes: The classes of its logits, in label order.
    """

    module: nn.Module
    facts: RunFacts
    classes: Classes

    @property
    def name(self) -> str:
        """The run's name."""
        return self.facts.name

    @property
    def data(self) -> Data:
        """How the net's training images were augmented and normalised."""
        return self.facts.data

    @property
    def file_names(self) -> list[str]:
        """The names of its parameters in files, those of its own package, in their order."""
        return [nets.own_name(name) for name, _ in self.module.named_parameters()]

    def meta(self, machine: Machine) -> dict[str, Any]:
        """The metadata of a table that a machine computes from this net."""
        return run_metadata(self.classes, self.facts.to_json(), machine.made_by())


def load(path: Path, device: torch.device, classes: Classes) -> Trained:
    """Load a net that the train stage wrote.

    Args:
        path: The file of the net.
        device: The device for the net.
        classes: The classes of the images that it will predict.

    Returns:
        The net on the device, channels-last, in eval mode.

    Raises:
        BadInput: The file is unreadable, lacks its run, holds NaN, does not fit the net of its run,
            or has other classes; or the factory of an imported net is not installed.
    """
    tensors, meta = weights.load(path)
    if "run" not in meta or "classes" not in meta:
        raise BadInput(
            f"{path}: its metadata lacks the run or the classes; expected a file that the train "
            "stage wrote"
        )
    if tuple(meta["classes"]) != classes.keys:
        raise BadInput(
            f"{path}: classes {', '.join(meta['classes'])}, but the images' are "
            f"{', '.join(classes.keys)}"
        )
    try:
        facts = RunFacts.from_json(meta["run"])
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    module = nets.of_run(meta["run"], len(classes), len(facts.data.mean))
    weights.restore(nets.own_module(module), tensors, path)
    module.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    return Trained(module, facts, classes)
