"""The order of a study's runs, and what a reader sees of a run: its net, its set-up, where an exhibit comes from."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from interference.io.tables import Table, data_set
from interference.vocabulary import TRAINING_FIRST

GIVEN = "given"  # in place of a set-up, of a run that was not trained here
NETS = {
    "vgg19": "VGG19",
    "resnet18": "ResNet18",
    "googlenet": "GoogLeNet",
    "dla": "DLA",
}  # the paper's words


def net_label(run: Mapping[str, Any]) -> str:
    """The shown name of a run's net."""
    return NETS.get(run["net"], str(run["net"]))


def setup_label(run: Mapping[str, Any]) -> str:
    """A run's set-up in words: its learning rate and schedule, where it was trained here."""
    setup = run["setup"]
    return f"lr {setup['lr']:g} {setup['schedule']}" if setup.get("epochs") else GIVEN


def headed(title: str, run: Mapping[str, Any]) -> str:
    """A title of runs of one set-up, which it names where they were trained here."""
    return f"{title}, {setup_label(run)}" if run["setup"].get("epochs") else title


def run_label(run: Mapping[str, Any]) -> str:
    """A run's net and set-up in words; of a run from elsewhere, its name."""
    return f"{net_label(run)}, {setup_label(run)}" if run["setup"] else str(run["name"])


def names(
    tables: Sequence[Table], label: Callable[[Mapping[str, Any]], str] = run_label
) -> list[str]:
    """A label a run; runs that would be labelled alike, such as those of several seeds, get their names beside."""
    plain = [label(table.run) for table in tables]
    return [
        f"{words} ({table.run['name']})" if plain.count(words) > 1 else words
        for words, table in zip(plain, tables, strict=True)
    ]


def source(runs: Sequence[Mapping[str, Any]], *more: str) -> str:
    """Where an exhibit comes from: its runs, their seeds where they are known, the data set, and what else tells it
    from its like.
    """
    seeds = sorted({run["seed"] for run in runs} - {None})
    names = ("run " if len(runs) == 1 else "runs ") + ", ".join(run["name"] for run in runs)
    known = [f"seed {', '.join(map(str, seeds))}"] if seeds else []
    return " · ".join((names, *known, data_set(runs[0]), *more))


def ordered(tables: Mapping[str, Table]) -> list[Table]:
    """Tables of runs by set-up, the largest learning rate first, and then by net in the paper's order.

    Runs from elsewhere, whose set-up is not known, come last.
    """

    def position(table: Table) -> tuple[Any, ...]:
        net, setup = table.run["net"], table.run["setup"] or {"lr": 0, "schedule": ""}
        return -setup["lr"], setup["schedule"], [*NETS, net].index(net), net, table.run["name"]

    return sorted(tables.values(), key=position)


def drawn(counts: Mapping[str, Table]) -> Iterator[tuple[Table, str]]:
    """The runs that recorded training best, each with the split that it is drawn from.

    Best are predictions of training images made after an epoch by one and the same net; where no run has them, those
    made on the way, and of a run that has neither, those of test images.
    """
    recorded = [(table, set(table.frame["split"].unique())) for table in ordered(counts)]
    after = [(table, splits) for table, splits in recorded if splits & {"train_augmented", "train"}]
    for table, splits in after or recorded:
        split = next((split for split in TRAINING_FIRST if split in splits), None)
        if split:
            yield table, split


def repeats(tables: Sequence[Table]) -> list[list[Table]]:
    """The tables of runs that differ by name and seed alone, together, in their order."""

    def settings(table: Table) -> str:
        free = ("name", "seed", "optim", "counts")
        return json.dumps(
            {key: value for key, value in table.run.items() if key not in free}, sort_keys=True
        )

    return [
        [table for table in tables if settings(table) == each]
        for each in dict.fromkeys(map(settings, tables))
    ]


def by_setup(tables: Sequence[Table]) -> Iterator[tuple[str, list[Table]]]:
    """The tables of each set-up, in their order, with the set-up's name."""
    for setup in dict.fromkeys(table.run["optim"] for table in tables):
        yield setup, [table for table in tables if table.run["optim"] == setup]
