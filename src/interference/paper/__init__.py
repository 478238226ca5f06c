"""The paper's own numbers, and the rule by which one of our runs may stand beside them.

`accuracy.csv` is the table of Section 3 with the tolerance of each number, `recall.csv` Table 1 in the paper's two
versions, a and b.
"""

import csv
from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Any

SETUPS = {  # Section 3: the learning rate and its schedule
    "small_lr": {"lr": 0.0001, "schedule": "constant"},
    "big_lr": {"lr": 0.01, "schedule": "constant"},
    "anneal_lr": {"lr": 0.1, "schedule": "cosine"},
}
ALWAYS = {
    "momentum": 0.9,
    "weight_decay": 0.0005,
    "batch_size": 128,
    "epochs": 200,
}  # Section 3: under every set-up
EXTRAS = ("nesterov", "label_smoothing")  # what the paper has none of
DATA = {"name": "cifar10", "crop": 4, "flip": True, "resize": None}
RECALLED = "anneal_lr"  # Section 3: the set-up of Table 1

TOLERANCE = 1.7  # points by which a recall may leave the range of the two versions ...
TOLERANCES = {"cat": 2.5}  # ... and what this class may

INTERFERED = "googlenet"  # Appendix 2: the net of Table 2
INTERFERERS = {
    "airplane": 3,
    "automobile": 1,
    "bird": 5,
    "truck": 1,
}  # how many classes are above 0.005 in a row

Run = Mapping[str, Any]  # the resolved parameters of a run, as its tables hold them


def setup(run: Run) -> str | None:
    """The paper's name of a run's set-up, one of `SETUPS`; None where a setting that the paper states is another.

    The net and the seed are free. A training from given weights is none of the paper's.
    """
    optim = run["setup"]
    more = "init" in run or any(optim.get(name) for name in EXTRAS)
    if more or not (_agrees(optim, ALWAYS) and _agrees(run["data"], DATA)):
        return None
    return next((name for name, own in SETUPS.items() if _agrees(optim, own)), None)


def _agrees(found: Mapping[str, Any], stated: Mapping[str, Any]) -> bool:
    return all(found.get(name) == value for name, value in stated.items())


def accuracies() -> dict[tuple[str, str], tuple[float, float]]:
    """The test accuracy in percent and its tolerance in points, by net and set-up (Section 3)."""
    return {
        (row["net"], row["setup"]): (float(row["test_accuracy"]), float(row["tolerance"]))
        for row in _rows("accuracy")
    }


def accuracy_of(run: Run) -> tuple[float, float] | None:
    """The paper's test accuracy in percent for a run, and its tolerance in points; None where it has none."""
    name = setup(run)
    return None if name is None else accuracies().get((run["net"], name))


def recalls() -> dict[tuple[str, str], dict[str, float]]:
    """The recall of each class in percent, by class key, of each version of Table 1 ("a", "b") and net."""
    return {
        (row.pop("version"), row.pop("net")): {key: float(value) for key, value in row.items()}
        for row in _rows("recall")
    }


def recalls_of(run: Run) -> dict[str, dict[str, float]]:
    """The paper's recalls for a run by version and class key, percent; empty where it has none."""
    if setup(run) != RECALLED:
        return {}
    return {version: found for (version, net), found in recalls().items() if net == run["net"]}


def recall_ranges(net: str) -> dict[str, tuple[float, float]]:
    """The range in percent, by class key, that the two versions of a net's Table 1 span, widened by its tolerance.

    Empty for a net that the paper has not.
    """
    versions = [found for (_, name), found in recalls().items() if name == net]
    both = {key: [found[key] for found in versions] for key in (versions[0] if versions else ())}
    slack = {key: TOLERANCES.get(key, TOLERANCE) for key in both}
    return {
        key: (round(min(found) - slack[key], 1), round(max(found) + slack[key], 1))
        for key, found in both.items()
    }


def _rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one of the paper's tables."""
    with resources.files(__name__).joinpath(f"{name}.csv").open(encoding="utf-8") as file:
        yield from csv.DictReader(file)
