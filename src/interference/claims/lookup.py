"""Look-ups for claims: the tables of a training configuration (set-up), planes, recalls, notes.

A function raises `NotMeasured` with the reason if the study lacks the table that it looks up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interference import confusion, surfaces
from interference.claims import rules
from interference.claims.registry import Evidence
from interference.claims.rules import NotMeasured
from interference.classes import Classes
from interference.confusion import by_epoch, dance
from interference.io.tables import Table
from interference.params import Setup
from interference.surfaces import Surface
from interference.vocabulary import Array

RISING = ("triangle", "one_cycle")  # schedules that a warm-up is part of
PLANES = ("cat-dog", "automobile-truck", "horse-ship")  # Section 3
RESNET = "resnet18"


def setup_of(evidence: Evidence, name: str) -> Setup:
    """The training configuration (set-up) of this study that stands for one of the paper's.

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
        raise NotMeasured(f"claims.setups does not name {name}")
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
        NotMeasured: If the study has no such run.
    """
    required = setup_of(evidence, setup)
    tables = evidence.tables(kind)
    matching = [table for table in tables if plays(table.run, required)]
    if not matching:
        others = [table.run["setup"] for table in tables if _has_rate(table.run, required)]
        reason = ""
        if others:
            reason = f"; the claim is about SGD and cross-entropy, not {departure(others[0])}"
        raise NotMeasured(
            f"{kind}: no run under {required.optim} with lr {required.lr}, {required.schedule}"
            f"{reason}"
        )
    first_net = evidence.settings.net

    def position(table: Table) -> tuple[bool, str, int, str]:
        run = table.run
        net = run["net"]
        return net != first_net, net, run["seed"], run["name"]

    return sorted(matching, key=position)


def plays(run: Mapping[str, Any], setup: Setup) -> bool:
    """Whether a run's set-up stands for one of the paper's.

    It has the name, the learning rate and the schedule that `claims.setups` states, and trains by
    SGD with the plain cross-entropy.

    Args:
        run: The resolved parameters of the run.
        setup: An entry of `claims.setups`.
    """
    return _has_rate(run, setup) and not departure(run["setup"])


def departure(setup: Mapping[str, Any]) -> str:
    """The settings that make a training other than the paper's, whatever its rate and schedule.

    Label smoothing and Nesterov momentum are variants of the cross-entropy and of SGD, and the
    warm-up of a rising schedule is part of it.

    Args:
        setup: The resolved training configuration of a run.

    Returns:
        The settings as text; empty for SGD with the plain cross-entropy.
    """
    settings = []
    if setup.get("optimizer", "sgd") != "sgd":
        settings.append(str(setup["optimizer"]))
    if setup.get("warmup") and setup["schedule"] not in RISING:
        settings.append("a warm-up")
    for key in ("class_weights", "loss"):
        if key in setup:
            settings.append(f"{key} {setup[key]}")
    return ", ".join(settings)


def _has_rate(run: Mapping[str, Any], setup: Setup) -> bool:
    """Whether a run has the name, the learning rate and the schedule of a set-up."""
    own = run["setup"]
    settings = (run["optim"], own.get("lr"), own.get("schedule"))
    return settings == (setup.optim, setup.lr, setup.schedule)


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
        NotMeasured: If the study has no such run.
    """
    net = net or evidence.settings.net
    for table in setup_tables(evidence, kind, setup):
        if table.run["net"] == net:
            return table
    raise NotMeasured(f"{kind}: no run of {net} under {setup}")


def anneal_cctms(evidence: Evidence) -> dict[str, Table]:
    """The cctm table of every run under anneal-lr.

    Args:
        evidence: The tables and thresholds.

    Returns:
        The tables by the net, those of `claims.net` first; by the run's name if a net has several.

    Raises:
        NotMeasured: If the study has no such run.
    """
    tables = setup_tables(evidence, "cctm", "anneal_lr")
    return dict(zip(item_names(tables), tables, strict=True))


def item_names(tables: Sequence[Table]) -> list[str]:
    """The names under which the runs of some tables are compared: equal over the seeds.

    Args:
        tables: Tables of one kind.

    Returns:
        The net of each run, or the name of the run if a net has several.
    """
    nets = [table.run["net"] for table in tables]
    if len(set(nets)) == len(nets):
        return nets
    return [table.run["name"] for table in tables]


def paper_nets(evidence: Evidence, *others: str) -> list[str]:
    """The nets that a sentence of the paper is about: `claims.net` in place of VGG19, and others.

    Args:
        evidence: Holds the thresholds.
        others: The paper's other nets.

    Returns:
        Their names, `claims.net` first, each once.
    """
    names = [evidence.settings.net, *others]
    return list(dict.fromkeys(names))


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
        listed = ", ".join(missing)
        raise NotMeasured(f"the data have no class {listed}")
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
        NotMeasured: If the study has no such run.
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
            counts = by_epoch.test_counts(table)
            return confusion.cctm(counts)
    raise NotMeasured(f"cctm: no table of {run}")


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
    planes = evidence.planes
    key = (run, pair, scale)
    if key not in planes:
        planes[key] = _read_plane(evidence, run, pair, scale)
    return planes[key]


def _read_plane(evidence: Evidence, run: str, pair: str, scale: str) -> Surface:
    keys = pair.split("-")
    for table in _surface_tables(evidence, run, scale):
        first, second = labels(table.classes, *keys)
        for part in surfaces.planes(table):
            swept_pair = surfaces.pair_of(part)
            if swept_pair == (first, second):
                return surfaces.from_table(part)
            if swept_pair == (second, first):
                swept = surfaces.from_table(part)
                return surfaces.swapped(swept)
    raise NotMeasured(f"surfaces: no {pair} plane of {run} at scale {scale}")


def planes_at(evidence: Evidence, run: str, scale: str) -> list[Surface]:
    """Every plane of a run at a scale.

    Args:
        evidence: The tables and thresholds.
        run: The run's name.
        scale: The scale of the directions.

    Returns:
        The planes, table by table.
    """
    planes: list[Surface] = []
    for table in _surface_tables(evidence, run, scale):
        for part in surfaces.planes(table):
            pair = table.classes.joined(surfaces.pair_of(part))
            key = (run, pair, scale)
            if key not in evidence.planes:
                evidence.planes[key] = surfaces.from_table(part)
            planes.append(evidence.planes[key])
    return planes


def lines_of(evidence: Evidence, table: Table, scale: str) -> list[Surface]:
    """The ego models in a surfaces table; each is read once.

    Args:
        evidence: Keeps the lines that were read before.
        table: The table.
        scale: The scale of its directions.

    Returns:
        One line a class: its plane with itself.
    """
    lines: list[Surface] = []
    for part in surfaces.lines(table):
        pair = table.classes.joined(surfaces.pair_of(part))
        key = (table.run["name"], pair, scale)
        if key not in evidence.planes:
            evidence.planes[key] = surfaces.from_table(part)
        lines.append(evidence.planes[key])
    return lines


def _surface_tables(evidence: Evidence, run: str, scale: str) -> list[Table]:
    """The surface tables of a run at a scale."""
    tables: list[Table] = []
    for table in evidence.surfaces.values():
        is_of_run = table.run.get("name") == run
        if is_of_run and table.meta.get("scale") == scale:
            tables.append(table)
    return tables


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
    table = net_table(evidence, "surfaces", setup, net)
    return plane(evidence, table.run["name"], pair, scale)


def error_rate(evidence: Evidence, surface: Surface) -> Array:
    """The error rate over a plane; each is computed once.

    Args:
        evidence: Keeps the rates that were computed before.
        surface: The plane.

    Returns:
        Rates (n1, n2), percent.
    """
    rates = evidence.error_rates
    if surface not in rates:
        rates[surface] = surfaces.mistake_rate(surface)
    return rates[surface]


def check_rates(surface: Surface) -> None:
    """Check that the error rates are known over a whole plane, not only beside its flat area.

    Args:
        surface: The plane.

    Raises:
        Undecided: Its points were decided, most of them on few images.
    """
    if surface.test is not None:
        raise rules.Undecided(
            f"{surface.name}: points were decided on few images, so that their rates are coarse; a "
            "sweep with sweep.grid.decide: 0 measures them"
        )


def check_given_edge(surface: Surface) -> None:
    """Check that the edge of a plane was given, so that a fraction of the plane says something.

    Args:
        surface: The plane.

    Raises:
        Undecided: The sweep found the edge by how far the plane is flat.
    """
    if surface.found_edge:
        raise rules.Undecided(
            f"{surface.name}: the flat area gave the plane its edge (sweep.edge: auto), so that "
            "its fraction of the plane says nothing; a sweep with an edge in numbers measures it"
        )


def training_counts(evidence: Evidence, *keys: str) -> tuple[Table, Array, Array]:
    """The confusion counts of `claims.net` by epoch, under anneal-lr and on `claims.split`.

    Args:
        evidence: The tables and thresholds.
        keys: The keys of the classes that the claim is about.

    Returns:
        The counts table, the epochs (epochs,), and the counts (epochs, C, C).

    Raises:
        NotMeasured: If the study has no such run, the split was not recorded, or the data set lacks
            a class.
        Undecided: If the training is too short for a statement about notes or dances.
    """
    table = net_table(evidence, "counts", "anneal_lr")
    split = evidence.settings.split
    recorded = table.frame["split"].unique()
    if split not in recorded:
        raise NotMeasured(f"{table.run['name']}: counts of {split} were not recorded")
    labels(table.classes, *keys)
    epochs, counts = by_epoch.training_counts(table, split)
    rules.check_enough_epochs(table.run["name"], len(epochs))
    return table, epochs, counts


@dataclass(frozen=True, eq=False)
class Notes:
    """The dancing notes of a class by epoch.

    Attributes:
        classes: The classes of the data set.
        epochs: The epochs (epochs,).
        notes: The label number of the class's note at each epoch (epochs,), `dance.NONE` if it has
            none.
        is_told: Whether the images tell the note of each epoch from the next class, (epochs,) bool.
        is_clear: Whether its rate exceeds the notes' threshold beyond chance, (epochs,) bool.
    """

    classes: Classes
    epochs: Array
    notes: Array
    is_told: Array
    is_clear: Array

    def are(self, *keys: str) -> Array:
        """Whether the note at each epoch is one of some classes.

        Args:
            keys: The keys of the classes.

        Returns:
            One boolean an epoch (epochs,).

        Raises:
            NotMeasured: If the data set lacks one of the classes.
        """
        return np.isin(self.notes, labels(self.classes, *keys))

    def are_told(self, *keys: str) -> Array:
        """Whether the note at each epoch is one of some classes, beyond the chance of the images.

        Args:
            keys: The keys of the classes.

        Returns:
            Booleans (epochs,); false where the test does not tell the note from the next class.

        Raises:
            NotMeasured: If the data set lacks one of the classes.
        """
        are_told: Array = self.are(*keys) & self.is_told
        return are_told

    @property
    def told_text(self) -> str:
        """How many of the notes are told from the next class, such as `36 of 50 notes`."""
        told = int((self.exist & self.is_told).sum())
        return f"{told} of {self.exist.sum()} notes told from the next class"

    @property
    def exist(self) -> Array:
        """Whether the class has a note, at each epoch (epochs,)."""
        is_note: Array = self.notes != dance.NONE
        return is_note


def class_notes(evidence: Evidence, key: str, *others: str) -> Notes:
    """The dancing notes of a class while `claims.net` trains under anneal-lr.

    Args:
        evidence: The tables and thresholds.
        key: The key of the class.
        others: The keys of further classes that the claim is about.

    Returns:
        The notes by epoch.

    Raises:
        NotMeasured: If the training was not recorded, or the data set lacks a class.
        Undecided: If the training is too short.
    """
    table, epochs, counts = training_counts(evidence, key, *others)
    (label,) = labels(table.classes, key)
    cctm = confusion.cctm(counts)
    notes = dance.notes(cctm, label, evidence.settings.note)
    is_told = dance.told_apart(counts, label)
    is_clear = dance.clearly_notes(counts, label, evidence.settings.note)
    return Notes(table.classes, epochs, notes, is_told, is_clear)


def last_epochs(evidence: Evidence, key: str, *others: str) -> tuple[int, int]:
    """The last epoch at which a class has a note.

    Args:
        evidence: The tables and thresholds.
        key: The key of the class.
        others: The keys of the classes whose notes count; without any, all notes count.

    Returns:
        The epoch, and the last one whose note exceeds the threshold beyond the chance of the
        images; 0 if the class never has such a note.

    Raises:
        NotMeasured: If the training was not recorded, or the data set lacks a class.
    """
    notes = class_notes(evidence, key, *others)
    counted = notes.are(*others) if others else notes.exist
    last, last_clear = (
        int(notes.epochs[is_counted].max(initial=0))
        for is_counted in (counted, counted & notes.is_clear)
    )
    return last, last_clear


def check_paper_length(evidence: Evidence) -> None:
    """Check that the training is as long as the paper's, since some claims name epochs of it.

    Args:
        evidence: The tables and thresholds.

    Raises:
        NotMeasured: The training has another length or was cut, or the study has no such run.
    """
    table = net_table(evidence, "counts", "anneal_lr")
    run = table.run
    expected = evidence.settings.epochs
    epochs = min(run["setup"]["epochs"], int(table.frame["epoch"].max()))
    if (run["setup"]["epochs"], epochs) != (expected, expected):
        raise NotMeasured(f"{run['name']}: {epochs} epochs; the claim is about {expected} epochs")


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
    table, _, counts = training_counts(evidence, *keys)
    cctm = confusion.cctm(counts)  # (epochs, C, C)
    by_class = by_epoch.recalls(cctm)  # (epochs, C)
    return [by_class[:, label] for label in labels(table.classes, *keys)]
