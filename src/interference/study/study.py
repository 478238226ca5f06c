"""A study as a page shows it: its tables by kind, its verdicts, and what is known of its making."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interference import confusion, surfaces
from interference.classes import Classes
from interference.confusion import by_epoch, clustering
from interference.confusion.by_epoch import late_mean
from interference.io.tables import Table, read_images
from interference.params import Params
from interference.study import provenance, select
from interference.surfaces import Surface
from interference.vocabulary import RANDOM, SCALES, Array

if TYPE_CHECKING:
    from interference.claims import Verdict

Tables = Mapping[str, Table]

MANY = 20  # classes; of more, a view shows all without numbers and in groups, or some of them and says which


@dataclass(frozen=True)
class Folders:
    """Where a study's tables lie: a folder of parquet files a kind, and what a page may show beside.

    Attributes:
        counts: Counts after each epoch, a file a run.
        cctm: Counts of the final weights, a file a run.
        grams: Dot products of class gradients, a file a run.
        surfaces: Swept planes and lines.
        predictions: Every image's predictions, a file a run; None for a page that needs none.
        metrics: The stages' metrics, which hold their times; None where times are not shown.
        images: The file of the image table; None for a page that shows no image.
    """

    counts: Path
    cctm: Path
    grams: Path
    surfaces: Path
    predictions: Path | None = None
    metrics: Path | None = None
    images: Path | None = None

    @classmethod
    def below(cls, study: Path) -> "Folders":
        """The folders of a study in the places where dvc.yaml puts them."""
        data = study / "data"
        return cls(
            data / "counts",
            data / "cctm",
            data / "grams",
            data / "surfaces",
            data / "predictions",
            study / "metrics",
        )

    @property
    def tables(self) -> dict[str, Path]:
        """The folders of tables by kind."""
        tables = {
            "counts": self.counts,
            "cctm": self.cctm,
            "grams": self.grams,
            "surfaces": self.surfaces,
        }
        return tables if self.predictions is None else {**tables, "predictions": self.predictions}


@dataclass(frozen=True, eq=False)
class Study:
    """The tables of each kind by file stem, and `runs`, their order on the page.

    `verdicts` are those on the paper's claims. `images` (n, C, H, W) uint8 are the test images
    that the predictions count by index; None for a page that names images and shows none. `built` are words about the
    page's making, such as the commit, shown as they are. `spent` are the seconds of each part of a run and `swept`
    those of each file of surfaces, nan where they are not known.
    """

    title: str
    runs: Sequence[str]
    counts: Tables = field(default_factory=dict)
    cctm: Tables = field(default_factory=dict)
    grams: Tables = field(default_factory=dict)
    surfaces: Tables = field(default_factory=dict)
    predictions: Tables = field(default_factory=dict)
    verdicts: Sequence["Verdict"] = ()
    images: Array | None = None
    built: Mapping[str, Any] = field(default_factory=dict)
    spent: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    swept: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def gather(
        cls,
        settings: Params,
        folders: Folders,
        *,
        title: str | None = None,
        verdicts: Sequence["Verdict"] = (),
        built: Mapping[str, Any] | None = None,
    ) -> "Study":
        """The study that some parameters describe, read from its folders.

        Args:
            settings: The study's parameters; tables of other runs and settings are left out.
            folders: Where the tables lie.
            title: The page's title; the data set's name where it is None.
            verdicts: The verdicts on the claims, as `claims.read` gives them.
            built: Facts about the making of the page.

        Raises:
            BadInput: Where a folder is absent or a table is unreadable.
        """
        tables = select.gather(settings, external=True, **folders.tables)
        return cls(
            title=settings.data.title if title is None else title,
            runs=select.runs(settings, tables),
            **tables,
            verdicts=verdicts,
            images=None if folders.images is None else read_images(folders.images, "test")[0],
            built=built or {},
            spent=provenance.spent(folders.metrics, settings.runs, tables["surfaces"]),
            swept=provenance.swept(folders.metrics, tables["surfaces"]),
        )

    def of_runs(self, kind: str) -> dict[str, Table]:
        """The tables of one kind that are one a run, by run, in the runs' order."""
        known = {table.run["name"]: table for table in getattr(self, kind).values()}
        return {run: known[run] for run in self.runs if run in known}

    @property
    def by_run(self) -> dict[str, Table]:
        """A table of each run that has one, for its parameters and its making."""
        found = {**self.of_runs("surfaces"), **self.of_runs("cctm"), **self.of_runs("counts")}
        return {run: found[run] for run in self.runs if run in found}

    @property
    def classes(self) -> Classes:
        """The classes of the study, none where no run has a table."""
        return next((table.classes for table in self.by_run.values()), Classes((), ()))

    @property
    def many(self) -> bool:
        """Whether there are more classes than numbers and names would be legible of."""
        return len(self.classes) > MANY

    @cached_property
    def order(self) -> list[int]:
        """The classes so ordered that those that interfere on the test sets of all runs stand side by side."""
        found = [by_epoch.test_counts(table) for table in self.of_runs("cctm").values()]
        if not found:
            return list(range(len(self.classes)))
        return [
            label
            for group in clustering.interfering(confusion.cctm(np.sum(found, 0)))
            for label in group
        ]

    @cached_property
    def recorded(self) -> dict[str, dict[str, tuple[Array, Array]]]:
        """The epochs and counts (epochs, C, C) of every split that a run recorded while it trained, by run."""
        return {
            run: {
                split: by_epoch.training_counts(table, split)
                for split in table.frame["split"].unique()
            }
            for run, table in self.of_runs("counts").items()
        }

    @cached_property
    def planes(self) -> list[Surface]:
        """The planes of the runs by scale, by pair and in the runs' order, each once.

        A pair may be swept alone and among others, and either way round: it is shown as it first comes.
        """
        found: dict[tuple[str, str, frozenset[int]], Surface] = {}
        ways: dict[frozenset[int], tuple[int, int]] = {}
        for plane in self._swept(surfaces.planes):
            pair = frozenset(plane.pair)
            upright = ways.setdefault(pair, plane.pair) == plane.pair
            found.setdefault(
                (plane.scale, plane.run, pair), plane if upright else surfaces.swapped(plane)
            )
        scales, pairs = list(SCALES), list(ways.values())
        return sorted(
            found.values(), key=lambda plane: (scales.index(plane.scale), pairs.index(plane.pair))
        )

    @cached_property
    def lines(self) -> list[Surface]:
        """The ego models of the runs by scale and in the runs' order; a random direction is no class's own."""
        found = [line for line in self._swept(surfaces.lines) if line.scale != RANDOM]
        return sorted(found, key=lambda line: list(SCALES).index(line.scale))

    def accuracies(self, run: str) -> tuple[float, float]:
        """A run's final test accuracy, percent, and its `late_mean`; nan where there is none."""
        if "test" in self.recorded.get(run, {}):
            epochs = confusion.accuracy(self.recorded[run]["test"][1])
            return float(epochs[-1]), late_mean(epochs)
        cctm = self.of_runs("cctm").get(run)
        return math.nan if cctm is None else float(
            confusion.accuracy(by_epoch.test_counts(cctm))
        ), math.nan

    def _swept(self, parts: Callable[[Table], list[Table]]) -> Iterator[Surface]:
        """The planes or the lines of all tables of the runs, in the runs' order."""
        for run in self.runs:
            for table in self.surfaces.values():
                if table.run["name"] == run:
                    yield from map(surfaces.from_table, parts(table))


def settings(table: Table) -> tuple[Any, ...]:
    """The learning rate, the schedule, the last epoch and the seed of a table's run, None where they are not known.

    Of a run from elsewhere only that epoch may be.
    """
    setup, run = table.run["setup"], table.run
    recorded = "epoch" in table.frame and len(table.frame)
    last = table.frame["epoch"].max() if recorded else setup.get("epochs")
    if not setup:
        return None, None, last, None
    return f"{setup['lr']:g}", setup["schedule"], last, run["seed"]
