"""The groups of params.yaml as frozen dataclasses.

The fields of a group are its keys, and their types check its values.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import dataclass as plain_dataclass
from os.path import normpath
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, JsonValue
from pydantic.dataclasses import dataclass

from interference.classes import Classes
from interference.datasets import DATASETS, DrawnTest, Resizing
from interference.errors import one_of
from interference.params.fields import (
    CONVERT,
    WEIGHTS,
    BatchNorm,
    ClassNames,
    ClassWeights,
    DataName,
    Deviations,
    DottedPath,
    Edge,
    Epochs,
    Fit,
    Flag,
    Fraction,
    FromOne,
    FromTwo,
    FromZero,
    Interpolation,
    Means,
    Milestones,
    NetName,
    NotNegative,
    OddFromThree,
    Optimizer,
    Output,
    Padding,
    Pairs,
    Patterns,
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
    TestFraction,
    WeightsFile,
    Window,
)
from interference.thresholds import EPSILON, NOTE

CHECKED = ConfigDict(
    extra="forbid",  # unknown keys are errors
    strict=True,  # true and text are not numbers; an int is accepted as a float
    allow_inf_nan=False,
    defer_build=True,  # a fast import: the validator of a group is built at its first use
)


@dataclass(frozen=True, config=CHECKED)
class Data:
    """The data set, its normalisation and its augmentation.

    Attributes:
        name: The name of the data set.
        mean: The mean of each channel, of pixels from 0 to 1.
        std: The standard deviation of each channel, of pixels from 0 to 1.
        crop: The padding of the random crop in pixels; 0 for no crop.
        flip: Whether images are mirrored at random.
        path: The path of the user's own data, relative to the raw folder.
        resize: The side, or height and width, to which every image is resized. The key is not
            called `size`, since DVC's run cache ignores keys of that name.
        fit: How images of other proportions are resized, see `datasets.Resizing`; None to stretch.
        shorter_side: For the fit `crop`, the length of the shorter side before the cut.
        interpolation: The method of resampling; None for bilinear.
        classes: The names of all classes in label order, for the user's own data; None for the
            order of the data set.
        test: The fraction of each class of a folder that is drawn as test images; None where the
            folder has test images.
        test_seed: The seed of this draw; None for 0.
        label: The column of the labels of parquet files; None for its usual names.
        bits: 16 to read images of 16 bits a channel by their upper 8 bits; None to refuse them.
    """

    name: DataName
    mean: Means
    std: Deviations
    crop: Padding = 4
    flip: Flag = True
    path: Annotated[RawPath | None, Field(description="a path, seen from the raw folder")] = None
    resize: Size = None
    fit: Fit = None
    shorter_side: Annotated[
        int | None, Field(gt=0, description="a whole number of pixels, for the fit crop")
    ] = None
    interpolation: Interpolation = None
    classes: ClassNames = None
    test: TestFraction = None
    test_seed: Annotated[int | None, Field(ge=0, description="a whole number of at least 0")] = None
    label: Annotated[
        str | None, Field(min_length=1, description="the name of a column of parquet files")
    ] = None
    bits: Annotated[Literal[16] | None, Field(description="16, or no such key for 8")] = None

    @property
    def resizing(self) -> Resizing:
        """How images are brought to one size."""
        return Resizing(
            self.sides,
            self.fit or "stretch",
            self.shorter_side,
            self.interpolation or "bilinear",
        )

    @property
    def drawn_test(self) -> DrawnTest | None:
        """How test images are drawn from the training images; None if the data set has some."""
        return DrawnTest(self.test, self.test_seed or 0) if self.test else None

    @property
    def sides(self) -> tuple[int, int] | None:
        """Height and width of the resized images; None if images keep their size."""
        if isinstance(self.resize, int):
            return self.resize, self.resize
        return self.resize

    def place(self, raw: Path) -> Path:
        """The folder or file of the data: the raw folder itself, or `path` below it."""
        path = raw / (self.path or "")
        return Path(normpath(path))

    @property
    def source(self) -> dict[str, Any]:
        """The keys that determine the images: those that are set, but for how the net sees them."""
        of_the_net = ("mean", "std", "crop", "flip")
        return {key: value for key, value in _set_keys(self).items() if key not in of_the_net}

    @property
    def title(self) -> str:
        """The data set for readers: `cifar10`, `folder birds`."""
        if self.path is None:
            return self.name
        return f"{self.name} {self.path}"


@dataclass(frozen=True, config=CHECKED)
class Optim:
    """A training configuration (set-up): the optimiser, the learning rate over time and the loss.

    Attributes:
        lr: The full learning rate.
        schedule: The schedule of the learning rate.
        momentum: The momentum of SGD, or AdamW's beta_1.
        weight_decay: The weight decay of every parameter.
        batch_size: The number of images in a batch.
        epochs: The number of epochs.
        nesterov: Whether the momentum is Nesterov's.
        label_smoothing: The fraction of the target that is spread evenly over all classes.
        warmup: The fraction of the steps in which the learning rate rises.
        optimizer: The optimiser; None for SGD.
        milestones: The epochs after which the schedule `step` multiplies the rate by `gamma`.
        gamma: This factor; None for 0.1.
        class_weights: The weight of each class in the loss, or `balanced` for weights inversely
            proportional to the number of training images; None for equal weights.
        loss: A function from logits and labels to the loss of a batch, as
            package.module:function; None for the cross-entropy.
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
    optimizer: Optimizer = None
    milestones: Milestones = None
    gamma: Annotated[
        Annotated[float, Field(gt=0, le=1)] | None,
        Field(description="a number above 0 and at most 1"),
    ] = None
    class_weights: ClassWeights = None
    loss: Annotated[
        DottedPath | None, Field(description="a function as package.module:function")
    ] = None

    def to_json(self) -> dict[str, Any]:
        """The configuration as JSON values, without the keys that are None."""
        values: dict[str, Any] = json.loads(json.dumps(_set_keys(self)))
        return values


@dataclass(frozen=True, config=CHECKED)
class Run:
    """A run: one training of a net.

    Attributes:
        net: The name of the net; `imported` for a net of another package.
        optim: The name of the training configuration (set-up).
        seed: The seed of every random choice.
        counts: The splits whose confusion counts are recorded.
        factory: The function or class that builds an imported net.
        args: The arguments of the factory.
        init: A file of initial weights; None for random weights.
        output: Where an imported net's output holds the logits: a position or a name; None for a
            tensor of logits, or an object that holds them as `logits`.
        fresh: Patterns of tensors that `init` does not set, such as a new last layer.
        freeze: Patterns of parameters that are not trained and do not move.
    """

    net: NetName
    optim: SetupName
    seed: FromZero
    counts: Splits
    factory: Annotated[
        DottedPath | None, Field(description="a function as package.module:function")
    ] = None
    args: Annotated[
        Mapping[str, JsonValue] | None,
        Field(description="a mapping of the factory's arguments to JSON values"),
    ] = None
    init: Annotated[
        WeightsFile | None,
        Field(
            description=f"a file of weights, {', '.join(f'*{end}' for end in WEIGHTS)}; one net of "
            f"several in a checkpoint becomes a file by {CONVERT} --key NAME"
        ),
    ] = None
    output: Annotated[
        Output | None,
        Field(description="the position of the logits in a tuple, or their key or attribute"),
    ] = None
    fresh: Patterns = None
    freeze: Patterns = None

    @property
    def shown(self) -> str:
        """The name of the net in tables.

        For an imported net it is the package and those arguments that are text.
        """
        if self.factory is None:
            return self.net
        package, *_, function = re.split("[.:]", self.factory)
        arguments = self.args or {}
        texts = [value for value in arguments.values() if isinstance(value, str)]
        details = texts or [function]
        return " ".join([package, *details])


@dataclass(frozen=True, config=CHECKED)
class Ego:
    """Class gradients.

    Attributes:
        images: The training images of each class whose mean gradient is computed.
    """

    images: Sample


@dataclass(frozen=True, config=CHECKED)
class Grid:
    """The points of an interference plane, and how the net is evaluated at each.

    Attributes:
        points: The number of points along each axis.
        split: The images that each point is evaluated on, `train` or `test`.
        images: All of them, or the number of images of each class.
        batch_norm: The batch-norm statistics: those of w* (`frozen`), or new ones at each point
            (`recalibrated`).
        tolerance: Above 0, a point stops at a sample that gives its error rate to within this
            fraction (see `landscape.adaptive_sampling`).
        decide: Above 0, a point stops as soon as its error rate is known to lie above that of w* by
            at most this many percentage points, or by more (see `confusion.flat_test`); points
            next to the border of the two go on to the tolerance, or to the last image.
        flat_cells: Where the edge is found (`sweep.edge` auto) or a plane zoomed: the number of
            cells that its flat part spans along the narrower axis.
        zoom: Whether a plane that is more than twice as wide as its flat part needs gets a zoom: a
            narrower plane around w*, in the same table.
    """

    points: OddFromThree
    split: SweptSplit
    images: Sample
    batch_norm: BatchNorm = "frozen"
    tolerance: Fraction = 0.0
    decide: NotNegative = 0.0
    flat_cells: FromTwo = 8
    zoom: Flag = False


@dataclass(frozen=True, config=CHECKED)
class Sweep:
    """The planes that are swept.

    Attributes:
        runs: The runs whose nets are swept.
        pairs: The pairs of classes.
        scales: The scales of the directions.
        grid: The points of each plane.
        edge: The largest theta, by scale and training configuration (set-up); `auto` to find it for
            each table of planes.
    """

    runs: Runs
    pairs: Pairs
    scales: Scales
    grid: Annotated[Grid, Field(description="a mapping")]
    edge: Annotated[
        Mapping[str, Mapping[str, Edge]],
        Field(description="a number above 0, or auto, for each scale and set-up"),
    ]


@dataclass(frozen=True, config=CHECKED)
class Setup:
    """A training configuration that stands for one of the paper's.

    Claims about it are checked only if its rate and schedule are those stated here.

    Attributes:
        optim: The name of the training configuration (set-up).
        lr: Its learning rate.
        schedule: Its schedule.
    """

    optim: SetupName
    lr: Positive
    schedule: Schedule


@dataclass(frozen=True, config=CHECKED)
class Claims:
    """The net and the training configurations that stand for the paper's, and the thresholds.

    Figures, report and pages use `epsilon` and `note` as well.

    Attributes:
        net: The net that stands for the paper's VGG19.
        setups: What stands for the paper's training configurations, by the paper's name.
        split: The split whose recalls and notes are read.
        epochs: The length of the paper's training. A claim with a window of epochs is measured
            only on runs of this length.
        p: The permutation p below which a correlation decides.
        recall_cells: The fraction of Table 1's cells that must lie within their tolerance.
        bottleneck: The fraction of all errors in the rows of CAT and DOG.
        car_truck_googlenet: The rate of CAR predicted as TRUCK by GoogLeNet; the paper's is 0.025.
        car_truck_dla: The same rate for DLA; the paper's is 0.018.
        plane_truck: The rate of PLANE predicted as TRUCK; the paper's is 0.006.
        symmetric: The largest asymmetry index of a nearly symmetric matrix. At 1/3, a pair has on
            average two errors in one direction for each error in the other.
        epsilon: The most percentage points of the error rate above w* that count as flat.
        plateau: The percentage points around the rate of guessing that belong to a plateau.
        plateau_share: The fraction of the plane that a plateau covers, in one piece.
        lowland: The fraction of the plane that a large flat area covers.
        near: The degrees around 135 that count as near.
        valley: How many times as long as wide a narrow valley is, in weight space.
        spike: The fraction of the plane that is flat at most where the net lies in a spike.
        draws: The number of random planes that are compared.
        spread: Random planes differ where their standard deviation is at least this fraction of
            their mean.
        little: A rise is little beside another of which it is at most this fraction.
        note: The fraction of a class's images that a dancing note exceeds (Section 4.2).
        takeover: The epochs in which DOG takes over; the paper's epoch is 118.
        alike: The number of epochs between two last notes that count as alike.
        rare: The number of epochs of a note that is hardly ever there.
        often: The fraction of the epochs in which a frequent note is there.
        hold: The fraction of the epochs in which a note is there at all.
        humans: Whether the votes of CIFAR-10H are read as a reference beside the nets.
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
    symmetric: Fraction = 0.333
    epsilon: NotNegative = EPSILON
    plateau: NotNegative = 1.0
    plateau_share: Fraction = 0.05
    lowland: Fraction = 0.1
    near: NotNegative = 30.0
    valley: NotNegative = 2.0
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
    humans: Flag = False


@plain_dataclass(frozen=True)
class Params:
    """The content of params.yaml; `setups` are all top-level groups other than these five.

    Without claims, `claims: none`, `checks_claims` is false, and `claims` holds the thresholds of
    figures and report.
    """

    data: Data
    setups: Mapping[str, Optim]
    runs: Mapping[str, Run]
    ego: Ego
    sweep: Sweep
    claims: Claims
    checks_claims: bool = True

    @property
    def classes(self) -> Classes | None:
        """The classes of the data set; None if only its images determine them."""
        dataset = DATASETS[self.data.name]
        return dataset.classes

    def run(self, name: str) -> Run:
        """A run by its name.

        Args:
            name: The name of the run.

        Raises:
            BadInput: The run is unknown.
        """
        if name not in self.runs:
            raise one_of("run", name, self.runs)
        return self.runs[name]

    def resolved(self, name: str) -> dict[str, Any]:
        """The resolved parameters of a run as JSON values, which each of its tables stores.

        Optional keys that are not in the file are left out, and `net` is the name in tables.

        Args:
            name: The name of the run.

        Raises:
            BadInput: The run is unknown.
        """
        run = self.run(name)
        setup = self.setups[run.optim]
        whole = {
            "name": name,
            **_set_keys(run),
            "net": run.shown,
            "setup": setup.to_json(),
            "data": _set_keys(self.data),
        }
        resolved: dict[str, Any] = json.loads(json.dumps(whole))
        return resolved


def _set_keys(group: Any) -> dict[str, Any]:
    """The fields of a group that are not None."""
    values = asdict(group)
    return _without_none(values)


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    """The entries of a mapping that are not None."""
    return {key: value for key, value in values.items() if value is not None}
