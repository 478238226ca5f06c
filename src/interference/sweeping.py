"""The walk over an interference plane: the confusion counts and losses of the net at every point."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from interference import plane, tolerance
from interference.ego import Gradient
from interference.folded import Folded
from interference.images import Images
from interference.machine import Machine, machine
from interference.params import Data, Grid
from interference.prediction import Prepare, plain, predict
from interference.recalibration import recalibrated

Cells = tuple[np.ndarray, np.ndarray]  # counts and summed losses, (C, C) each


@dataclass(frozen=True)
class Plane:
    """What is done at every point of a plane, how far it reaches, how its images are normalised, and their classes.

    Without `data` the images are as the net sees them.
    """

    grid: Grid
    edge: float
    data: Data | None
    classes: int

    @property
    def thetas(self) -> np.ndarray:
        """The values of theta_1 and of theta_2, (points,)."""
        return plane.axis(self.grid.points, self.edge)

    def prepare(self, device: torch.device) -> Prepare:
        """What makes images on a device the net's inputs."""
        return plain(self.data, device) if self.data else lambda inputs: inputs


def rows(net: nn.Module, directions: tuple[Gradient, Gradient], images: Images, wide: Plane, here: Machine,
         wanted: Iterable[int]) -> Iterator[tuple[int, list[Cells]]]:
    """Rows of the plane that two directions span: i, and what the net says at every j of that row.

    i runs along theta_1, the pair's first class; j along theta_2. With a tolerance a point may stop before the last
    image, so that `images` are to be in random order (`tolerance.spread`).
    """
    folded, prepare, thetas, grid = Folded(net, here), wide.prepare(here.device), wide.thetas, wide.grid

    def ask(first: int, last: int) -> Cells:
        part = Images(images.pixels[first:last], images.labels[first:last])
        return predict(folded, part, prepare, here).cells(wide.classes)

    def statistics() -> AbstractContextManager[object]:
        if grid.batch_norm == "frozen":
            return nullcontext()
        return recalibrated(net, map(prepare, torch.split(images.pixels, here.batch)), here)

    def point() -> Cells:
        with statistics():
            folded.refresh()
            if grid.tolerance == 0:
                return ask(0, len(images))
            return tolerance.measured(ask, len(images), grid.points**2, grid.tolerance)

    with plane.walking(net, *directions) as move:
        for i in wanted:
            row = []
            for theta in thetas:
                move(float(thetas[i]), float(theta))
                row.append(point())
            yield i, row


def alone(net: nn.Module, first: Gradient, second: Gradient, images: Images, wide: Plane, device: str, precision: str,
          i: int) -> list[Cells]:
    """One row, by a worker of a cluster: what it is given lies on the CPU, and is not its to change."""
    here = machine(device, precision)
    for tensor in (*net.parameters(), *net.buffers()):
        tensor.data = tensor.data.clone()  # what a cluster shares is read-only
    net.to(here.device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    one, other = ({name: tensor.to(here.device) for name, tensor in each.items()} for each in (first, second))
    return next(rows(net, (one, other), images.to(here.device), wide, here, [i]))[1]
