"""Look-ups for claims: a set-up's tables, a net's plane, recalls and notes.

Each function returns what a claim needs, or raises `NotMeasured` with the reason why it is absent.
"""

import numpy as np

from interference import confusion, surfaces
from interference.claims.registry import Evidence, NotMeasured
from interference.classes import Classes
from interference.confusion import by_epoch, dance
from interference.io.tables import Table
from interference.params import Setup
from interference.surfaces import Surface
from interference.vocabulary import Array

PLANES = ("cat-dog", "automobile-truck", "horse-ship")  # Section 3


def setup_of(evidence: Evidence, name: str) -> Setup:
    """The set-up of this study that stands for one of the paper's.

    Args:
        evidence: The tables and thresholds.
        name: The paper's name: `small_lr`, `big_lr` or `anneal_lr`.

    Returns:
        The set-up's name in the study, its learning rate and its schedule.

    Raises:
        NotMeasured: If `claims.setups` does not name it.
    """
    setup = evidence.settings.setups.get(name)
    if setup is None:
        raise NotMeasured(f"claims.setups names no {name}")
    return setup


def setup_tables(evidence: Evidence, kind: str, setup: str) -> list[Table]:
    """The tables of all runs under one of the paper's set-ups.

    Args:
        evidence: The tables and thresholds.
        kind: `counts`, `cctm`, `grams` or `surfaces`.
        setup: The paper's name of the set-up.

    Returns:
        The tables of `claims.net` first, then by net and seed.

    Raises:
        NotMeasured: If there is no such run.
    """
    wanted = setup_of(evidence, setup)
    matching = [table for table in evidence.tables(kind) if _is_under(table, wanted)]
    if not matching:
        raise NotMeasured(
            f"{kind}: no run under {wanted.optim} with lr {wanted.lr}, {wanted.schedule}"
        )
    first_net = evidence.settings.net

    def order(table: Table) -> tuple[bool, str, int, str]:
        run = table.run
        return run["net"] != first_net, run["net"], run["seed"], run["name"]

    return sorted(matching, key=order)


def _is_under(table: Table, wanted: Setup) -> bool:
    run = table.run
    own = (run["optim"], run["setup"]["lr"], run["setup"]["schedule"])
    return own == (wanted.optim, wanted.lr, wanted.schedule)


def net_table(evidence: Evidence, kind: str, setup: str, net: str = "") -> Table:
    """The table of a net under a set-up, of its lowest seed.

    Args:
        evidence: The tables and thresholds.
        kind: `counts`, `cctm`, `grams` or `surfaces`.
        setup: The paper's name of the set-up.
        net: The net; `claims.net` if empty.

    Returns:
        The table.

    Raises:
        NotMeasured: If there is no such run.
    """
    wanted = net or evidence.settings.net
    for table in setup_tables(evidence, kind, setup):
        if table.run["net"] == wanted:
            return table
    raise NotMeasured(f"{kind}: no run of {wanted} under {setup}")


def anneal_cctms(evidence: Evidence) -> dict[str, Table]:
    """The cctm table of every run under anneal-lr.

    Args:
        evidence: The tables and thresholds.

    Returns:
        The tables by the run's name, those of `claims.net` first.

    Raises:
        NotMeasured: If there is no such run.
    """
    tables = setup_tables(evidence, "cctm", "anneal_lr")
    return {table.run["name"]: table for table in tables}


def labels(classes: Classes, *keys: str) -> list[int]:
    """The label numbers of classes.

    Args:
        classes: The classes of the data set.
        keys: The classes' keys, such as `automobile`.

    Returns:
        One number a key.

    Raises:
        NotMeasured: If the data set lacks one of them.
    """
    missing = [key for key in keys if not classes.has(key)]
    if missing:
        raise NotMeasured(f"the data have no class {', '.join(missing)}")
    return [classes.index(key) for key in keys]


def counts_on_test(evidence: Evidence, setup: str, net: str = "") -> tuple[Table, Array]:
    """The confusion counts of a net on the test set.

    Args:
        evidence: The tables and thresholds.
        setup: The paper's name of the set-up.
        net: The net; `claims.net` if empty.

    Returns:
        The net's cctm table, and its test counts (C, C).

    Raises:
        NotMeasured: If there is no such run.
    """
    table = net_table(evidence, "cctm", setup, net)
    return table, by_epoch.test_counts(table)


def cctm_on_test(evidence: Evidence, run: str) -> Array:
    """The CCTM of a run on the test set.

    Args:
        evidence: The tables and thresholds.
        run: The run's name.

    Returns:
        Rates (C, C), row = true class.

    Raises:
        NotMeasured: If the run has no cctm table.
    """
    for table in evidence.cctm.values():
        if table.run.get("name") == run:
            return confusion.cctm(by_epoch.test_counts(table))
    raise NotMeasured(f"cctm: none of {run}")


def plane(evidence: Evidence, run: str, pair: str, scale: str = "raw") -> Surface:
    """A run's plane of a pair of classes; each plane is read once.

    Args:
        evidence: The tables and thresholds.
        run: The run's name.
        pair: The keys of the two classes, such as `cat-dog`.
        scale: The scale of the directions.

    Returns:
        The plane with the pair's first class along axis 0, whichever way round it was swept.

    Raises:
        NotMeasured: If the plane was not swept, or the data set lacks a class.
    """
    key = (run, pair, scale)
    if key not in evidence.planes:
        evidence.planes[key] = _read_plane(evidence, run, pair, scale)
    return evidence.planes[key]


def _read_plane(evidence: Evidence, run: str, pair: str, scale: str) -> Surface:
    for table in _swept(evidence, run, scale):
        first, second = labels(table.classes, *pair.split("-"))
        for part in surfaces.planes(table):
            if surfaces.pair_of(part) == (first, second):
                return surfaces.from_table(part)
            if surfaces.pair_of(part) == (second, first):
                return surfaces.swapped(surfaces.from_table(part))
    raise NotMeasured(f"surfaces: no {scale} {pair} of {run}")


def planes_at(evidence: Evidence, run: str, scale: str) -> list[Surface]:
    """Every plane of a run at a scale.

    Args:
        evidence: The tables and thresholds.
        run: The run's name.
        scale: The scale of the directions.

    Returns:
        The planes, table by table.
    """
    tables = _swept(evidence, run, scale)
    return [surfaces.from_table(part) for table in tables for part in surfaces.planes(table)]


def _swept(evidence: Evidence, run: str, scale: str) -> list[Table]:
    """The surface tables of a run at a scale."""
    return [
        table
        for table in evidence.surfaces.values()
        if table.run.get("name") == run and table.meta.get("scale") == scale
    ]


def net_plane(
    evidence: Evidence, setup: str, pair: str, net: str = "", scale: str = "raw"
) -> Surface:
    """The plane of a pair of classes around a net under a set-up.

    Args:
        evidence: The tables and thresholds.
        setup: The paper's name of the set-up.
        pair: The keys of the two classes, such as `cat-dog`.
        net: The net; `claims.net` if empty.
        scale: The scale of the directions.

    Returns:
        The plane with the pair's first class along axis 0.

    Raises:
        NotMeasured: If the plane was not swept, or the data set lacks a class.
    """
    run = net_table(evidence, "surfaces", setup, net).run["name"]
    return plane(evidence, run, pair, scale)


def mistake_rate(evidence: Evidence, surface: Surface) -> Array:
    """The mistake rate over a plane; each is computed once.

    Args:
        evidence: Keeps the rates that were computed before.
        surface: The plane.

    Returns:
        Rates (n1, n2), percent.
    """
    if surface not in evidence.mistake_rates:
        evidence.mistake_rates[surface] = surfaces.mistake_rate(surface)
    return evidence.mistake_rates[surface]


def training_counts(evidence: Evidence) -> tuple[Table, Array, Array]:
    """The confusion counts of `claims.net` by epoch, under anneal-lr and on `claims.split`.

    Args:
        evidence: The tables and thresholds.

    Returns:
        The counts table, the epochs (epochs,), and the counts (epochs, C, C).

    Raises:
        NotMeasured: If there is no such run, or the split was not recorded.
    """
    table = net_table(evidence, "counts", "anneal_lr")
    split = evidence.settings.split
    if split not in table.frame["split"].unique():
        raise NotMeasured(f"{table.run['name']}: counts of {split} were not recorded")
    epochs, counts = by_epoch.training_counts(table, split)
    return table, epochs, counts


def notes(evidence: Evidence, key: str, *others: str) -> tuple[Array, Array, list[int]]:
    """The dancing notes of a class while `claims.net` trains under anneal-lr.

    Args:
        evidence: The tables and thresholds.
        key: The key of the class.
        others: The keys of other classes.

    Returns:
        The epochs (epochs,), the class's note at each epoch (epochs,), and the label numbers of the
        other classes.

    Raises:
        NotMeasured: If the training was not recorded, or the data set lacks a class.
    """
    table, epochs, counts = training_counts(evidence)
    row, *rest = labels(table.classes, key, *others)
    cctm = confusion.cctm(counts)
    return epochs, dance.notes(cctm, row, evidence.settings.note), rest


def note_shares(evidence: Evidence, key: str, *others: str) -> list[float]:
    """The share of epochs in which the note of a class is each of some other classes.

    Args:
        evidence: The tables and thresholds.
        key: The key of the class.
        others: The keys of the other classes.

    Returns:
        One share, 0 to 1, for each of the others.

    Raises:
        NotMeasured: If the training was not recorded, or the data set lacks a class.
    """
    _, played, rest = notes(evidence, key, *others)
    return [float((played == label).mean()) for label in rest]


def last_epoch(evidence: Evidence, key: str, *others: str) -> int:
    """The last epoch at which a class has a note.

    Args:
        evidence: The tables and thresholds.
        key: The key of the class.
        others: The keys of the classes whose notes count; without any, all notes count.

    Returns:
        The epoch; 0 if the class never has a note.

    Raises:
        NotMeasured: If the training was not recorded, or the data set lacks a class.
    """
    epochs, played, rest = notes(evidence, key, *others)
    counted = np.isin(played, rest) if others else played != dance.NONE
    return int(epochs[counted].max(initial=0))


def check_paper_length(evidence: Evidence) -> None:
    """Check that the training is as long as the paper's, since some claims name epochs of it.

    Args:
        evidence: The tables and thresholds.

    Raises:
        NotMeasured: The training has another length, or there is no such run.
    """
    run = net_table(evidence, "counts", "anneal_lr").run
    epochs = run["setup"]["epochs"]
    expected = evidence.settings.epochs
    if epochs != expected:
        raise NotMeasured(f"{run['name']}: {epochs} epochs, the check's window is for {expected}")


def recalls(evidence: Evidence, *keys: str) -> list[Array]:
    """The training recalls of classes by epoch, of `claims.net` under anneal-lr.

    Args:
        evidence: The tables and thresholds.
        keys: The keys of the classes.

    Returns:
        Recalls (epochs,) in percent, one array a class.

    Raises:
        NotMeasured: If the training was not recorded, or the data set lacks a class.
    """
    table, _, counts = training_counts(evidence)
    by_class = by_epoch.recalls(confusion.cctm(counts))  # (epochs, C)
    return [by_class[:, label] for label in labels(table.classes, *keys)]
