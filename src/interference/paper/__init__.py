"""The paper's own numbers, and whether a run is trained as the paper's nets are.

`accuracy.csv` is the table of Section 3 with the tolerance of each number. `recall.csv` is Table 1
in the paper's two versions, a and b.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from typing import Any

SETUPS = {  # Section 3: the learning rate and its schedule
    "small_lr": {"lr": 0.0001, "schedule": "constant"},
    "big_lr": {"lr": 0.01, "schedule": "constant"},
    "anneal_lr": {"lr": 0.1, "schedule": "cosine"},
}
ALWAYS = {  # Section 3: under every set-up
    "momentum": 0.9,
    "weight_decay": 0.0005,
    "batch_size": 128,
    "epochs": 200,
}
EXTRAS = ("nesterov", "label_smoothing", "warmup", "class_weights", "loss")  # the paper has none
DATA = {"name": "cifar10", "crop": 4, "flip": True, "resize": None}
RECALLED = "anneal_lr"  # Section 3: the set-up of Table 1

# The percentage points by which a recall may leave the range of the two versions of Table 1.
TOLERANCE = 1.7
TOLERANCES = {"cat": 2.5}  # classes with a tolerance of their own

INTERFERED = "googlenet"  # Appendix 2: the net of Table 2
INTERFERERS = {  # the number of classes above 0.005 in a row of Table 2
    "airplane": 3,
    "automobile": 1,
    "bird": 5,
    "truck": 1,
}

Run = Mapping[str, Any]  # the resolved parameters of a run, as its tables hold them


def setup(run: Run) -> str | None:
    """The paper's name of the set-up that a run is trained under.

    The net and the seed are free; a run that starts from given weights is not the paper's.

    Args:
        run: The run's resolved parameters.

    Returns:
        A name of `SETUPS`; None if a setting differs from the paper's.
    """
    optim = run["setup"]
    has_extras = any(optim.get(name) for name in EXTRAS)
    is_sgd = optim.get("optimizer", "sgd") == "sgd"
    if has_extras or not is_sgd or "init" in run:
        return None
    if not _has(optim, ALWAYS) or not _has(run["data"], DATA):
        return None
    for name, settings in SETUPS.items():
        if _has(optim, settings):
            return name
    return None


def _has(settings: Mapping[str, Any], expected: Mapping[str, Any]) -> bool:
    """Whether settings have all expected values; settings that are not expected are free."""
    own = {name: settings.get(name) for name in expected}
    return own == expected


def accuracies() -> dict[tuple[str, str], tuple[float, float]]:
    """The paper's test accuracies (Section 3).

    Returns:
        The accuracy in percent and its tolerance in percentage points, by net and set-up.
    """
    published: dict[tuple[str, str], tuple[float, float]] = {}
    for row in _rows("accuracy"):
        net_and_setup = (row["net"], row["setup"])
        published[net_and_setup] = (
            float(row["test_accuracy"]),
            float(row["tolerance"]),
        )
    return published


def accuracy_of(run: Run) -> tuple[float, float] | None:
    """The paper's test accuracy for a run.

    Args:
        run: The run's resolved parameters.

    Returns:
        The accuracy in percent and its tolerance in percentage points; None if the paper has none.
    """
    name = setup(run)
    if name is None:
        return None
    return accuracies().get((run["net"], name))


def recalls() -> dict[tuple[str, str], dict[str, float]]:
    """The paper's recalls (Table 1).

    Returns:
        The recall in percent by class key, for each version of the table (`a`, `b`) and each net.
    """
    published: dict[tuple[str, str], dict[str, float]] = {}
    for row in _rows("recall"):
        version = row.pop("version")
        net = row.pop("net")
        by_class = {key: float(recall) for key, recall in row.items()}
        published[version, net] = by_class
    return published


def recalls_of(run: Run) -> dict[str, dict[str, float]]:
    """The paper's recalls for a run.

    Args:
        run: The run's resolved parameters.

    Returns:
        The recall in percent by version of Table 1 and class key; empty if the paper has none.
    """
    if setup(run) != RECALLED:
        return {}
    return _recalls_of_net(run["net"])


def recall_ranges(net: str) -> dict[str, tuple[float, float]]:
    """The range that the two versions of Table 1 span, widened by the tolerance of each class.

    Args:
        net: The net.

    Returns:
        The lowest and the highest recall in percent by class key; empty if the paper lacks the net.
    """
    versions = list(_recalls_of_net(net).values())
    if not versions:
        return {}
    ranges: dict[str, tuple[float, float]] = {}
    for key in versions[0]:
        recalls = [by_class[key] for by_class in versions]
        tolerance = TOLERANCES.get(key, TOLERANCE)
        ranges[key] = _widened_range(recalls, tolerance)
    return ranges


def _widened_range(recalls: Sequence[float], tolerance: float) -> tuple[float, float]:
    lowest = min(recalls) - tolerance
    highest = max(recalls) + tolerance
    return round(lowest, 1), round(highest, 1)


def _recalls_of_net(net: str) -> dict[str, dict[str, float]]:
    """The recall in percent by version and class key; empty if the paper lacks the net."""
    published = recalls()
    by_version: dict[str, dict[str, float]] = {}
    for version, own_net in published:
        if own_net == net:
            by_version[version] = published[version, net]
    return by_version


def _rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one of the paper's tables."""
    folder = resources.files(__name__)
    table = folder.joinpath(f"{name}.csv")
    with table.open(encoding="utf-8") as file:
        yield from csv.DictReader(file)
