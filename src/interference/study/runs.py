"""Orders and labels the runs of a study: their net, their set-up, the source of an exhibit."""

import json
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


def net_label(run: Mapping[str, Any]) -> str:
    """The shown name of a run's net.

    Args:
        run: The run's resolved parameters, as its tables hold them.
    """
    return NETS.get(run["net"], str(run["net"]))


def setup_label(run: Mapping[str, Any]) -> str:
    """A run's set-up: its learning rate and schedule, or `given` if the pipeline did not train it.

    Args:
        run: The run's resolved parameters.
    """
    setup = run["setup"]
    return f"lr {setup['lr']:g} {setup['schedule']}" if setup.get("epochs") else GIVEN


def headed(title: str, run: Mapping[str, Any]) -> str:
    """A title with the set-up of a run, if the pipeline trained it.

    Args:
        title: The title of a figure of runs of one set-up.
        run: The resolved parameters of one of them.
    """
    return f"{title}, {setup_label(run)}" if run["setup"].get("epochs") else title


def run_label(run: Mapping[str, Any]) -> str:
    """A run's net and set-up, or its name if it was trained elsewhere.

    Args:
        run: The run's resolved parameters.
    """
    return f"{net_label(run)}, {setup_label(run)}" if run["setup"] else str(run["name"])


def names(
    tables: Sequence[Table], label: Callable[[Mapping[str, Any]], str] = run_label
) -> list[str]:
    """Label runs so that no two labels are equal.

    Args:
        tables: A table of each run.
        label: Labels a run by its resolved parameters.

    Returns:
        A label a run. Runs with equal labels, such as those of several seeds, have their names
        added in brackets.
    """
    labels = [label(table.run) for table in tables]
    unique = []
    for own, table in zip(labels, tables, strict=True):
        is_shared = labels.count(own) > 1
        unique.append(f"{own} ({table.run['name']})" if is_shared else own)
    return unique


def source(runs: Sequence[Mapping[str, Any]], *more: str) -> str:
    """The source of an exhibit: its runs, their seeds if they are known, and the data set.

    Args:
        runs: The resolved parameters of the runs.
        more: Further facts, which distinguish the exhibit from similar ones.

    Returns:
        The facts with dots between them.
    """
    noun = "run" if len(runs) == 1 else "runs"
    facts = [f"{noun} {', '.join(run['name'] for run in runs)}"]
    seeds = sorted({run["seed"] for run in runs} - {None})
    if seeds:
        facts.append(f"seed {', '.join(map(str, seeds))}")
    return " · ".join([*facts, data_set(runs[0]), *more])


def ordered(tables: Mapping[str, Table]) -> list[Table]:
    """Sort tables by their run: the largest learning rate first, then by net in the paper's order.

    Args:
        tables: A table of each run.

    Returns:
        The tables; runs from elsewhere, whose set-up is not known, come last.
    """

    def position(table: Table) -> tuple[Any, ...]:
        net = table.run["net"]
        setup = table.run["setup"] or {"lr": 0, "schedule": ""}
        rank = [*NETS, net].index(net)
        return -setup["lr"], setup["schedule"], rank, net, table.run["name"]

    return sorted(tables.values(), key=position)


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
    recorded = [(table, set(table.frame["split"].unique())) for table in ordered(counts)]
    after_epochs = [
        (table, splits) for table, splits in recorded if splits & {"train_augmented", "train"}
    ]
    for table, splits in after_epochs or recorded:
        split = next((split for split in TRAINING_FIRST if split in splits), None)
        if split:
            yield table, split


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
        for key in ("name", "seed", "optim", "counts"):
            settings.pop(key, None)
        groups.setdefault(json.dumps(settings, sort_keys=True), []).append(table)
    return list(groups.values())


def by_setup(tables: Sequence[Table]) -> Iterator[tuple[str, list[Table]]]:
    """Group tables by the set-up of their runs.

    Args:
        tables: A table of each run.

    Yields:
        Each set-up's name with its tables, in the order of their first tables.
    """
    for setup in dict.fromkeys(table.run["optim"] for table in tables):
        yield setup, [table for table in tables if table.run["optim"] == setup]
