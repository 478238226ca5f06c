"""The types of parameters, each with a description of its allowed values for error messages."""

from collections.abc import Callable, Collection, Hashable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from interference.datasets import DATASETS, FITS, INTERPOLATIONS
from interference.nets import IMPORTED, NETS
from interference.vocabulary import BATCH_NORMS, SCALES, SPLITS

OPTIMIZERS = ("sgd", "adamw")
SCHEDULES = ("constant", "cosine", "triangle", "step", "one_cycle")
PAPER_SETUPS = ("small_lr", "big_lr", "anneal_lr")  # Section 3, in the order of their accuracies
DOTTED_PATH = r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$"
WEIGHTS = (".safetensors", ".pt", ".pth", ".ckpt", ".bin", ".tar", ".th")
CONVERT = "interference convert IN.pt OUT.safetensors"


def _requires(test: Callable[[Any], Any]) -> AfterValidator:
    """A validator that refuses a value of the right type if a test fails."""

    def validator(value: Any) -> Any:
        if not test(value):
            raise ValueError
        return value

    return AfterValidator(validator)


def _among(allowed: Collection[str]) -> AfterValidator:
    """A validator that accepts one of the allowed names."""
    return _requires(lambda name: name in allowed)


def _some_of(allowed: Collection[str]) -> AfterValidator:
    """A validator that accepts a list of allowed names, none twice.

    It is one validator, because before 2.12 pydantic keeps only the last of several that a field of
    a group has.
    """

    def are_some(names: Collection[str]) -> bool:
        return _has_none_twice(names) and set(names) <= set(allowed)

    return _requires(are_some)


def _has_none_twice(values: Collection[Hashable]) -> bool:
    """Whether there are values, and each is there once."""
    return 0 < len(values) == len(set(values))


def _list_as_tuple(value: Any) -> Any:
    """Convert a list to a tuple, as frozen groups need it; leave any other value unchanged."""
    if isinstance(value, list):
        return tuple(value)
    return value


def _listed(names: Collection[str]) -> str:
    """Names with commas between them."""
    return ", ".join(names)


OF_FULL_BRIGHTNESS = "as a fraction of full brightness: at most 1; divide numbers up to 255 by 255"
LIST = BeforeValidator(_list_as_tuple)
NONE_TWICE = _requires(_has_none_twice)
RISING = _requires(lambda values: list(values) == sorted(set(values)))
LOWER_FIRST = _requires(lambda window: window[0] <= window[1])
NET_NAMES = (*NETS, IMPORTED)

MOST = 10**9  # of every whole number; more is a slip, and would fail hours later

# Numbers. An int is accepted as a float. true, infinity and NaN are refused.

Positive = Annotated[float, Field(gt=0, description="a number above 0")]
NotNegative = Annotated[float, Field(ge=0, description="a number of at least 0")]
Fraction = Annotated[float, Field(ge=0, lt=1, description="a number from 0 to 1, 1 left out")]
FromZero = Annotated[
    int, Field(ge=0, le=MOST, description="a whole number of at least 0 and at most 10^9")
]
FromOne = Annotated[
    int, Field(ge=1, le=MOST, description="a whole number of at least 1 and at most 10^9")
]
FromTwo = Annotated[
    int, Field(ge=2, le=MOST, description="a whole number of at least 2 and at most 10^9")
]
OddFromThree = Annotated[
    int,
    Field(ge=3, le=MOST, description="an odd whole number of at least 3 and at most 10^9"),
    _requires(lambda points: points % 2),
]
Edge = Annotated[
    Literal["auto"] | Annotated[float, Field(gt=0)], Field(description="a number above 0, or auto")
]
Flag = Annotated[bool, Field(description="true, false")]
Sample = Annotated[
    Literal["all"] | Annotated[int, Field(gt=0, le=MOST)],
    Field(description="all, or a whole number of images a class"),
]
Side = Annotated[int, Field(gt=0, le=10_000)]  # of an image, in pixels
Padding = Annotated[
    int, Field(ge=0, le=10_000, description="a whole number of at least 0 and at most 10000")
]
Size = Annotated[
    Side | Annotated[tuple[Side, Side], LIST] | None,
    Field(description="a whole number of pixels, or a list of height and width"),
]

TestFraction = Annotated[
    Annotated[float, Field(gt=0, lt=1)] | None,
    Field(description="a number between 0 and 1, the fraction of each class that is tested"),
]

# Names.

DataName = Annotated[str, _among(DATASETS), Field(description=_listed(DATASETS))]
Fit = Annotated[Annotated[str, _among(FITS)] | None, Field(description=_listed(FITS))]
Interpolation = Annotated[
    Annotated[str, _among(INTERPOLATIONS)] | None, Field(description=_listed(INTERPOLATIONS))
]
NetName = Annotated[str, _among(NET_NAMES), Field(description=_listed(NET_NAMES))]
Schedule = Annotated[str, _among(SCHEDULES), Field(description=_listed(SCHEDULES))]
Optimizer = Annotated[
    Annotated[str, _among(OPTIMIZERS)] | None, Field(description=_listed(OPTIMIZERS))
]
BatchNorm = Annotated[str, _among(BATCH_NORMS), Field(description=_listed(BATCH_NORMS))]
Split = Annotated[str, _among(SPLITS), Field(description=_listed(SPLITS))]
SweptSplit = Annotated[Literal["train", "test"], Field(description="train, test")]
SetupName = Annotated[str, Field(min_length=1, description="the name of a set-up")]
RunsNet = Annotated[str, Field(min_length=1, description="a net of the runs")]
RawPath = Annotated[str, Field(min_length=1)]
DottedPath = Annotated[str, Field(pattern=DOTTED_PATH)]
Output = Annotated[int, Field(ge=0)] | Annotated[str, Field(min_length=1)]
WeightsFile = Annotated[str, _requires(lambda file: file.endswith(WEIGHTS))]

# Lists.

Means = Annotated[
    tuple[Annotated[float, Field(ge=0, le=1)], ...],
    LIST,
    Field(min_length=1, description=f"a list of numbers, one a channel, {OF_FULL_BRIGHTNESS}"),
]
Deviations = Annotated[
    tuple[Annotated[float, Field(gt=0, le=1)], ...],
    LIST,
    Field(
        min_length=1, description=f"a list of numbers above 0, one a channel, {OF_FULL_BRIGHTNESS}"
    ),
]
ClassNames = Annotated[
    Annotated[tuple[Annotated[str, Field(min_length=1)], ...], LIST, NONE_TWICE] | None,
    Field(description="a list of the names of all classes, in the order of the net's logits"),
]
Splits = Annotated[
    tuple[str, ...],
    LIST,
    _some_of(SPLITS),
    Field(description=f"a list out of {_listed(SPLITS)}, none twice"),
]
Scales = Annotated[
    tuple[str, ...],
    LIST,
    _some_of(SCALES),
    Field(description=f"a list out of {_listed(SCALES)}, none twice"),
]
Runs = Annotated[
    tuple[str, ...],
    LIST,
    NONE_TWICE,
    Field(description="a list of at least one run, none twice"),
]
Pairs = Annotated[
    tuple[str, ...],
    LIST,
    NONE_TWICE,
    Field(description="a list of at least one pair, none twice"),
]
Milestones = Annotated[
    Annotated[tuple[Annotated[int, Field(ge=1, le=MOST)], ...], LIST, Field(min_length=1), RISING]
    | None,
    Field(description="a list of epochs from 1 on, in ascending order"),
]
ClassWeights = Annotated[
    Literal["balanced"] | Annotated[tuple[Positive, ...], LIST, Field(min_length=2)] | None,
    Field(description="balanced, or a list of numbers above 0, one a class"),
]
Patterns = Annotated[
    Annotated[tuple[Annotated[str, Field(min_length=1)], ...], LIST, NONE_TWICE] | None,
    Field(description="a list of patterns of tensor names, such as fc.* or *.bias"),
]
Window = Annotated[
    tuple[float, float],
    LIST,
    LOWER_FIRST,
    Field(description="a list of two numbers, the lower first"),
]
Epochs = Annotated[
    tuple[int, int],
    LIST,
    LOWER_FIRST,
    Field(description="a list of two whole numbers, the lower first"),
]
