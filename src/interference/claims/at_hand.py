"""What is at hand for a claim: the tables of a set-up, a net of it, a plane, recalls and notes; or why it is not."""

import numpy as np

from interference import by_epoch, confusion, dance, surfaces
from interference.claims.judging import Evidence, NotMeasured
from interference.classes import Classes
from interference.params import Setup
from interference.surfaces import Surface
from interference.tables import Table
from interference.vocabulary import Array

PLANES = ("cat-dog", "automobile-truck", "horse-ship")  # Section 3


def tables(evidence: Evidence, kind: str, setup: str) -> list[Table]:
    """The tables of runs under one of the paper's set-ups: those of `settings.net` first, then by net and seed."""
    wanted = setup_of(evidence, setup)
    found = [table for table in evidence.current(kind)
             if (table.run["optim"], table.run["setup"]["lr"], table.run["setup"]["schedule"])
             == (wanted.optim, wanted.lr, wanted.schedule)]
    if not found:
        raise NotMeasured(f"{kind}: no run under {wanted.optim} with lr {wanted.lr}, {wanted.schedule}")
    return sorted(found, key=lambda table: (table.run["net"] != evidence.settings.net, table.run["net"],
                                            table.run["seed"], table.run["name"]))


def setup_of(evidence: Evidence, name: str) -> Setup:
    """What the study has in place of one of the paper's set-ups."""
    found = evidence.settings.setups.get(name)
    if found is None:
        raise NotMeasured(f"claims.setups names no {name}")
    return found


def of_net(evidence: Evidence, kind: str, setup: str, net: str = "") -> Table:
    """The table of a net under a set-up, of the lowest seed; of `settings.net` unless told."""
    wanted = net or evidence.settings.net
    for table in tables(evidence, kind, setup):
        if table.run["net"] == wanted:
            return table
    raise NotMeasured(f"{kind}: no run of {wanted} under {setup}")


def anneal(evidence: Evidence) -> dict[str, Table]:
    """The cctm table of every run under anneal_lr, by the run's name, `settings.net` first."""
    return {table.run["name"]: table for table in tables(evidence, "cctm", "anneal_lr")}


def labels(classes: Classes, *names: str) -> list[int]:
    """The label numbers of classes by name."""
    lacking = [name for name in names if not classes.has(name)]
    if lacking:
        raise NotMeasured(f"the data have no class {', '.join(lacking)}")
    return [classes.index(name) for name in names]


def counts_on_test(evidence: Evidence, setup: str, net: str = "") -> tuple[Table, Array]:
    """A net's cctm table under a set-up and its test counts (C, C)."""
    table = of_net(evidence, "cctm", setup, net)
    return table, by_epoch.test_counts(table)


def cctm_on_test(evidence: Evidence, run: str) -> Array:
    """The test CCTM (C, C) of the run of that name."""
    for table in evidence.cctm.values():
        if table.run.get("name") == run:
            return confusion.cctm(by_epoch.test_counts(table))
    raise NotMeasured(f"cctm: none of {run}")


def plane(evidence: Evidence, run: str, pair: str, scale: str = "raw") -> Surface:
    """A run's surface over a pair, the pair's first class along axis 0 whichever way it was swept."""
    for table in evidence.surfaces.values():
        if table.run.get("name") != run or table.meta.get("scale") != scale:
            continue
        wanted = tuple(labels(table.classes, *pair.split("-")))
        for one in surfaces.planes(table):
            found = surfaces.pair_of(one)
            if wanted in (found, found[::-1]):
                surface = surfaces.from_table(one)
                return surface if found == wanted else surfaces.swapped(surface)
    raise NotMeasured(f"surfaces: no {scale} {pair} of {run}")


def net_plane(evidence: Evidence, setup: str, pair: str, net: str = "", scale: str = "raw") -> Surface:
    """The surface over a pair of a net under a set-up, of `settings.net` unless told."""
    return plane(evidence, of_net(evidence, "surfaces", setup, net).run["name"], pair, scale)


def training(evidence: Evidence) -> tuple[Table, Array, Array]:
    """The counts table of `settings.net` under anneal_lr, its epochs (epochs,) and counts (epochs, C, C)."""
    table, split = of_net(evidence, "counts", "anneal_lr"), evidence.settings.split
    if split not in table.frame["split"].unique():
        raise NotMeasured(f"{table.run['name']}: counts of {split} were not recorded")
    return table, *by_epoch.training_counts(table, split)


def notes(evidence: Evidence, of: str, *others: str) -> tuple[Array, Array, list[int]]:
    """The epochs, the notes of a class at each, both (epochs,), and the label numbers of other classes."""
    table, epochs, counts = training(evidence)
    row, *rest = labels(table.classes, of, *others)
    return epochs, dance.notes(confusion.cctm(counts), row, evidence.settings.note), rest


def note_shares(evidence: Evidence, of: str, *others: str) -> list[float]:
    """The share of all epochs, 0 to 1, in which the note of a class is each of the others."""
    _, played, rest = notes(evidence, of, *others)
    return [float((played == label).mean()) for label in rest]


def last_epoch(evidence: Evidence, of: str, *others: str) -> int:
    """The last epoch at which the note of a class is one of the others, or any where none is given; 0 where never."""
    epochs, played, rest = notes(evidence, of, *others)
    found = epochs[np.isin(played, rest) if others else played != dance.NONE]
    return int(found[-1]) if len(found) else 0


def of_paper_length(evidence: Evidence) -> None:
    """Raise `NotMeasured` unless the run has as many epochs as the paper's, for which the check's window is meant."""
    run, wanted = of_net(evidence, "counts", "anneal_lr").run, evidence.settings.epochs
    if run["setup"]["epochs"] != wanted:
        raise NotMeasured(f"{run['name']}: {run['setup']['epochs']} epochs, the check's window is for {wanted}")


def recalls(evidence: Evidence, *names: str) -> list[Array]:
    """The training recalls (epochs,) of classes, percent."""
    table, _, counts = training(evidence)
    return [by_epoch.recalls(confusion.cctm(counts))[:, label] for label in labels(table.classes, *names)]
