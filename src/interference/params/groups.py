"""The groups of params.yaml as frozen dataclasses: fields are its keys, types check its values."""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import dataclass as plain_dataclass
from os.path import normpath
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, JsonValue
from pydantic.dataclasses import dataclass

from interference.classes import Classes
from interference.datasets import DATASETS
from interference.errors import one_of
from interference.params.fields import (
    CONVERT,
    WEIGHTS,
    BatchNorm,
    DataName,
    Deviations,
    Epochs,
    Factory,
    Flag,
    Fraction,
    FromOne,
    FromTwo,
    FromZero,
    Means,
    NetName,
    NotNegative,
    OddFromThree,
    Pairs,
    Positive,
    RawPath,
    Runs,
    RunsNet,
    Sample,
    Scales,
    Schedule,
    SetupName,
    Size,
    Split,
    Splits,
    SweptSplit,
    WeightsFile,
    Window,
)
from interference.thresholds import EPSILON, NOTE

CHECKED = ConfigDict(
    extra="forbid",  # no key that is unknown
    strict=True,  # true is no number, text is no number; an int is a float
    allow_inf_nan=False,
    defer_build=True,  # the import stays fast: a group's validator is built at its first use
)


@dataclass(frozen=True, config=CHECKED)
class Data:
    """The data set, its normalisation per channel (of pixels in 0..1), and its augmentation.

    `crop` is the zero padding of the random crop in pixels, `flip` the random horizontal flip.
    `path` says where data of one's own lie, seen from the raw folder; `resize` is the side, or
    height and width, that every image is given (not called size: DVC's run cache passes over keys
    of that name).
    """

    name: DataName
    mean: Means
    std: Deviations
    crop: FromZero = 4
    flip: Flag = True
    path: Annotated[RawPath | None, Field(description="a path, seen from the raw folder")] = None
    resize: Size = None

    @property
    def sides(self) -> tuple[int, int] | None:
        """Height and width that every image is given; None where images keep theirs."""
        return (self.resize, self.resize) if isinstance(self.resize, int) else self.resize

    def place(self, raw: Path) -> Path:
        """Where the data lie: the raw folder, or the path that is seen from it."""
        return Path(normpath(raw / (self.path or "")))

    @property
    def source(self) -> dict[str, Any]:
        """The keys that decide which images there are: name, path and size, those that are set."""
        keys = {"name": self.name, "path": self.path, "resize": self.resize}
        return {key: value for key, value in keys.items() if value is not None}

    @property
    def title(self) -> str:
        """The data set as readers see it: `cifar10`, `folder birds`."""
        return self.name if self.path is None else f"{self.name} {self.path}"


@dataclass(frozen=True, config=CHECKED)
class Optim:
    """A set-up of SGD.

    `warmup` is the share of the steps in which `triangle` rises; other schedules ignore it.
    """

    lr: Positive
    schedule: Schedule
    momentum: Fraction
    weight_decay: NotNegative
    batch_size: FromOne
    epochs: FromZero
    nesterov: Flag = False
    label_smoothing: Fraction = 0.0
    warmup: Fraction = 0.0


@dataclass(frozen=True, config=CHECKED)
class Run:
    """One training: a net, its set-up, its seed, and the splits whose counts are recorded.

    A net of another package is `imported`: its `factory` makes it of `args`. `init` names the
    weights from which the training starts, in place of random ones.
    """

    net: NetName
    optim: SetupName
    seed: FromZero
    counts: Splits
    factory: Annotated[
        Factory | None, Field(description="a function as package.module:function")
    ] = None
    args: Annotated[
        Mapping[str, JsonValue] | None,
        Field(description="a mapping of the factory's arguments to JSON values"),
    ] = None
    init: Annotated[
        WeightsFile | None,
        Field(
            description=f"a file of weights, *{WEIGHTS}; "
            f"a checkpoint of torch.save becomes one by {CONVERT}"
        ),
    ] = None

    @property
    def shown(self) -> str:
        """The name in tables; of an imported net the package and the arguments that are text."""
        if self.factory is None:
            return self.net
        package, *_, function = re.split("[.:]", self.factory)
        texts = [value for value in (self.args or {}).values() if isinstance(value, str)]
        return " ".join([package, *(texts or [function])])


@dataclass(frozen=True, config=CHECKED)
class Ego:
    """The training images of each class over which its gradient is the mean."""

    images: Sample


@dataclass(frozen=True, config=CHECKED)
class Grid:
    """An interference plane: points along each axis, and the images that each is evaluated on.

    `batch_norm` statistics are those of w* (`frozen`) or estimated at each point (`recalibrated`).
    Above 0 a point stops at a sample that gives the mistake rate to within `tolerance`, as a share
    (see `tolerance`).
    """

    points: OddFromThree
    split: SweptSplit
    images: Sample
    batch_norm: BatchNorm = "frozen"
    tolerance: Fraction = 0.0


@dataclass(frozen=True, config=CHECKED)
class Sweep:
    """The planes that are swept, and their reach: `edge[scale][set-up]` is the largest theta."""

    runs: Runs
    pairs: Pairs
    scales: Scales
    grid: Annotated[Grid, Field(description="a mapping")]
    edge: Annotated[
        Mapping[str, Mapping[str, Positive]],
        Field(description="a number above 0 for each scale and set-up"),
    ]


@dataclass(frozen=True, config=CHECKED)
class Setup:
    """The rate and schedule that a set-up must have for claims about it to be measured."""

    optim: SetupName
    lr: Positive
    schedule: Schedule


@dataclass(frozen=True, config=CHECKED)
class Claims:
    """The net and the set-ups that stand for the paper's, and the thresholds of the claims.

    `net` stands for the paper's VGG19. `epsilon` is in percentage points of the error rate and
    `note` is a share of a class's images; figures, report and pages read these two as well.
    """

    net: RunsNet
    setups: Annotated[
        Mapping[str, Setup], Field(description="a mapping: the paper's name -> set-up")
    ]
    split: Split = "train_augmented"
    epochs: FromOne = 200
    p: Fraction = 0.05
    recall_cells: Fraction = 0.9
    bottleneck: Window = (0.35, 0.46)
    car_truck_googlenet: Window = (0.012, 0.040)
    car_truck_dla: Window = (0.008, 0.030)
    plane_truck: Window = (0.0, 0.012)
    epsilon: NotNegative = EPSILON
    plateau: NotNegative = 1.0
    plateau_share: Fraction = 0.05
    lowland: Fraction = 0.1
    near: NotNegative = 30.0
    spike: Fraction = 0.05
    draws: FromTwo = 5
    spread: Fraction = 0.1
    little: Fraction = 0.5
    note: Fraction = NOTE
    takeover: Epochs = (100, 140)
    alike: FromZero = 10
    rare: FromZero = 8
    often: Fraction = 0.1
    hold: Fraction = 0.01


@plain_dataclass(frozen=True)
class Params:
    """The whole of params.yaml: `setups` are the top-level groups beside the five others."""

    data: Data
    setups: Mapping[str, Optim]
    runs: Mapping[str, Run]
    ego: Ego
    sweep: Sweep
    claims: Claims

    @property
    def classes(self) -> Classes | None:
        """The classes of the data set; None where only its images tell."""
        return DATASETS[self.data.name].classes

    def resolved(self, name: str) -> dict[str, Any]:
        """Everything that makes a run what it is, as JSON values; stored with each of its tables.

        Keys that the file leaves out are left out, and `net` is its shown name. Raises `BadInput`
        for an unknown run.
        """
        if name not in self.runs:
            raise one_of("run", name, self.runs)
        run = self.runs[name]
        whole = {
            "name": name,
            **_set_keys(run),
            "net": run.shown,
            "setup": asdict(self.setups[run.optim]),
            "data": _set_keys(self.data),
        }
        resolved: dict[str, Any] = json.loads(json.dumps(whole))
        return resolved


def _set_keys(group: Any) -> dict[str, Any]:
    """The fields of a group that are not None."""
    return {key: value for key, value in asdict(group).items() if value is not None}
