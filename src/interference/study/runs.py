"""Orders and labels the runs of a study: their net, their set-up, the source of an exhibit."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from interference.io.tables import Table, data_set
from interference.vocabulary import TRAINING_FIRST

GIVEN = "given"  # the label of the set-up of a run that was not trained by the pipeline
NETS = {  # the paper's nets, as it writes them
    "vgg19": "VGG19",
    "resnet18": "ResNet18",
    "googlenet": "GoogLeNet",
    "dla": "DLA",
}
# The set-up of a run from elsewhere; it sorts after all known set-ups.
UNKNOWN_SETUP: Mapping[str, Any] = {"lr": 0, "schedule": ""}
AFTER_EPOCHS = ("train_augmented", "train")  # splits of training images, counted after each epoch
FREE = ("name", "seed", "optim", "counts")  # the settings in which repeats of a run may differ

Run = Mapping[str, Any]  # the resolved parameters of a run, as its tables hold them


def net_label(run: Run) -> str:
    """The shown name of a run's net.

    Args:
        run: The run's resolved parameters, as its tables hold them.
    """
    net = run["net"]
    return NETS.get(net, str(net))


def setup_label(run: Run) -> str:
    """A run's set-up: its learning rate and schedule, or `given` if the pipeline did not train it.

    Another optimiser than SGD is named as well.

    Args:
        run: The run's resolved parameters.
    """
    if not _is_trained(run):
        return GIVEN
    setup = run["setup"]
    optimizer = setup.get("optimizer", "sgd")
    prefix = "" if optimizer == "sgd" else f"{optimizer} "
    return f"{prefix}lr {setup['lr']:g} {setup['schedule']}"


def headed(title: str, run: Run) -> str:
    """A title with the set-up of a run, if the pipeline trained it.

    Args:
        title: The title of a figure of runs of one set-up.
        run: The resolved parameters of one of them.
    """
    if not _is_trained(run):
        return title
    return f"{title}, {setup_label(run)}"


def _is_trained(run: Run) -> bool:
    """Whether the pipeline trained a run."""
    return bool(run["setup"].get("epochs"))


def run_label(run: Run) -> str:
    """A run's net and set-up, or its name if it was trained elsewhere.

    Args:
        run: The run's resolved parameters.
    """
    if not run["setup"]:
        return str(run["name"])
    return f"{net_label(run)}, {setup_label(run)}"


def names(tables: Sequence[Table], label: Callable[[Run], str] = run_label) -> list[str]:
    """Label runs so that no two labels are equal.

    Args:
        tables: A table of each run.
        label: Labels a run by its resolved parameters.

    Returns:
        A label a run. Runs with equal labels, such as those of several seeds, have their names
        added in brackets.
    """
    labels = [label(table.run) for table in tables]
    times = Counter(labels)
    unique: list[str] = []
    for own, table in zip(labels, tables, strict=True):
        if times[own] > 1:
            unique.append(f"{own} ({table.run['name']})")
        else:
            unique.append(own)
    return unique


def source(runs: Sequence[Run], *more: str) -> str:
    """The source of an exhibit: its runs, their seeds if they are known, and the data set.

    Args:
        runs: The resolved parameters of the runs.
        more: Further facts, which distinguish the exhibit from similar ones.

    Returns:
        The facts with dots between them.
    """
    noun = "run" if len(runs) == 1 else "runs"
    run_names = ", ".join(run["name"] for run in runs)
    facts = [f"{noun} {run_names}"]
    known_seeds = {run["seed"] for run in runs} - {None}
    if known_seeds:
        seeds = ", ".join(str(seed) for seed in sorted(known_seeds))
        facts.append(f"seed {seeds}")
    facts.append(data_set(runs[0]))
    facts.extend(more)
    return " · ".join(facts)


def ordered(tables: Mapping[str, Table]) -> list[Table]:
    """Sort tables by their run: the largest learning rate first, then by net in the paper's order.

    Args:
        tables: A table of each run.

    Returns:
        The tables; runs from elsewhere, whose set-up is not known, come last.
    """
    return sorted(tables.values(), key=_position)


def _position(table: Table) -> tuple[Any, ...]:
    """The place of a table among others, as a key to sort by."""
    run = table.run
    setup = run["setup"] or UNKNOWN_SETUP
    net = run["net"]
    rank = [*NETS, net].index(net)
    return -setup["lr"], setup["schedule"], rank, net, run["name"]


def drawn(counts: Mapping[str, Table]) -> Iterator[tuple[Table, str]]:
    """Choose the runs whose training is drawn, and the split that shows it best.

    The best splits are predictions of training images after each epoch, all by the same weights. If
    any run has them, only such runs are drawn. Otherwise a run is drawn from the predictions that
    were made while training, or else from those of test images.

    Args:
        counts: The confusion counts by epoch of each run.

    Yields:
        The table and the split of each run that is drawn.
    """
    best_splits = [(table, _best_split(table)) for table in ordered(counts)]
    splits = {split for _, split in best_splits}
    only_after_epochs = not splits.isdisjoint(AFTER_EPOCHS)
    for table, split in best_splits:
        if split is None:
            continue
        if split in AFTER_EPOCHS or not only_after_epochs:
            yield table, split


def _best_split(table: Table) -> str | None:
    """The recorded split that shows a training best; None if a table has no rows."""
    recorded = set(table.frame["split"].unique())
    for split in TRAINING_FIRST:
        if split in recorded:
            return split
    return None


def repeats(tables: Sequence[Table]) -> list[list[Table]]:
    """Group the tables of runs that differ only by name and seed.

    Args:
        tables: A table of each run.

    Returns:
        The groups, in the order of their first tables.
    """
    groups: dict[str, list[Table]] = {}
    for table in tables:
        settings = dict(table.run)
        for key in FREE:
            settings.pop(key, None)
        group = json.dumps(settings, sort_keys=True)
        groups.setdefault(group, []).append(table)
    return list(groups.values())


def by_setup(tables: Sequence[Table]) -> Iterator[tuple[str, list[Table]]]:
    """Group tables by the set-up of their runs.

    Args:
        tables: A table of each run.

    Yields:
        Each set-up's name with its tables, in the order of their first tables.
    """
    groups: dict[str, list[Table]] = {}
    for table in tables:
        setup = table.run["optim"]
        groups.setdefault(setup, []).append(table)
    yield from groups.items()
