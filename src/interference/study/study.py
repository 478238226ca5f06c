"""Gathers a study as a page shows it: its tables by kind, its verdicts, and how it was made."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interference import confusion, surfaces
from interference.classes import Classes
from interference.confusion import by_epoch, clustering, training_cells
from interference.confusion.by_epoch import late_mean
from interference.confusion.training_cells import TrainingCells
from interference.io.tables import Table, read_image_paths, read_images, read_notes
from interference.params import Params
from interference.study import confidence, provenance, select
from interference.study import overlap as overlaps
from interference.study.agreement import Agreement
from interference.study.comparison import Comparison
from interference.study.confidence import Confidence
from interference.study.groups import Groups
from interference.study.overlap import Overlap
from interference.study.subsets import Subsets
from interference.surfaces import Surface
from interference.vocabulary import RANDOM, SCALES, Array

if TYPE_CHECKING:
    from interference.claims import Verdict

Tables = Mapping[str, Table]

# The most classes that a view shows with all numbers and names. With more, it shows groups
# without numbers, or a choice, and says which.
MANY = 20
ON_A_SCREEN = 50  # the most classes whose whole matrix a usual screen shows


@dataclass(frozen=True)
class Folders:
    """The folders of a study's tables, one for each kind, and of further files that pages show.

    Attributes:
        counts: Counts after each epoch, a file a run.
        cctm: Counts of the final weights, a file a run.
        grams: Dot products of class gradients, a file a run.
        surfaces: Swept planes and lines.
        predictions: Every image's predictions, a file a run; None for a page that needs none.
        seconds: The times that the stages took; None where times are not shown.
        images: The file of the image table; None for a page that shows no image.
    """

    counts: Path
    cctm: Path
    grams: Path
    surfaces: Path
    predictions: Path | None = None
    seconds: Path | None = None
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
            data / "seconds",
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
        if self.predictions is not None:
            tables["predictions"] = self.predictions
        return tables


@dataclass(frozen=True, eq=False)
class Study:
    """The tables of a study, and the further facts that a page shows about it.

    Attributes:
        title: The page's title.
        runs: The runs in the order in which the page shows them.
        left_out: A sentence on the runs that the page leaves out; empty if there are none.
        counts: Counts after each epoch, by file stem, as are all tables.
        cctm: Counts of the final weights.
        grams: Dot products of class gradients.
        surfaces: Swept planes and lines.
        predictions: Every image's predictions.
        verdicts: The verdicts on the paper's claims.
        images: The test images (n, C, H, W) uint8, which predictions number by their position; None
            for a page that shows no image.
        image_paths: The paths of these images' files; [] if they are not known.
        thumbnails: Pictures (H, W, 3) uint8 of one size by the file of the image as predictions
            name it, in place of `images`.
        built: Facts about how the page was made, such as the commit, shown as they are.
        spent: The seconds of each part of each run, nan if they are unknown.
        swept: The seconds of each file of surfaces, nan if they are unknown.
        notes: Sentences on what was read, and what was left out or taken for granted.
        comparison: How the errors of one run differ from those of another; None if no two runs
            are compared.
        confidences: The confidences of the runs that have some.
        agreements: How far the runs agree with a reference.
        groups: The user's groups of classes; None for no groups.
        subsets: The subsets of the images of each run, if the user names columns of them.
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
    image_paths: Sequence[str] = ()
    thumbnails: Mapping[str, Array] = field(default_factory=dict)
    built: Mapping[str, Any] = field(default_factory=dict)
    spent: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    swept: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()
    left_out: str = ""
    comparison: Comparison | None = None
    confidences: Sequence[Confidence] = ()
    agreements: Sequence[Agreement] = ()
    groups: Groups | None = None
    subsets: Sequence[Subsets] = ()

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
            folders: The folders of the tables.
            title: The page's title; the data set's name if it is None.
            verdicts: The verdicts on the claims, as `claims.read` gives them.
            built: Facts about the making of the page.

        Raises:
            BadInput: If a folder is absent or a table is unreadable.
        """
        gathered = select.gather(settings, external=True, **folders.tables)
        shown = select.shown(settings, gathered)
        tables = shown.tables
        own_runs = [name for name in shown.runs if name in settings.runs]
        images = None
        image_paths: Sequence[str] = ()
        notes: Sequence[str] = ()
        if folders.images is not None:
            images, _ = read_images(folders.images, "test")
            image_paths = read_image_paths(folders.images, "test")
            notes = [f"{settings.data.title}: {note}" for note in read_notes(folders.images)]
        return cls(
            title=settings.data.title if title is None else title,
            runs=shown.runs,
            left_out=shown.note,
            **tables,
            verdicts=verdicts,
            images=images,
            image_paths=image_paths,
            thumbnails={},
            built=built or {},
            spent=provenance.spent(folders.seconds, own_runs, tables["surfaces"]),
            swept=provenance.swept(folders.seconds, tables["surfaces"]),
            notes=notes,
            comparison=None,
            confidences=confidence.of_tables(tables.get("predictions", {})),
            agreements=(),
            groups=None,
            subsets=(),
        )

    def of_runs(self, kind: str) -> dict[str, Table]:
        """The tables of a kind that has one table a run.

        Args:
            kind: The kind, such as `cctm`.

        Returns:
            The tables by run, in the order of the runs.
        """
        by_stem: Tables = getattr(self, kind)
        by_run = {table.run["name"]: table for table in by_stem.values()}
        return self._in_order(by_run)

    @property
    def by_run(self) -> dict[str, Table]:
        """A table of each run that has any; it holds the run's parameters and how it was made."""
        tables: dict[str, Table] = {}
        for kind in ("surfaces", "cctm", "counts"):  # a later kind replaces an earlier one
            tables.update(self.of_runs(kind))
        return self._in_order(tables)

    def _in_order(self, by_run: Mapping[str, Table]) -> dict[str, Table]:
        """Tables in the order of the runs; a run without a table is left out."""
        return {run: by_run[run] for run in self.runs if run in by_run}

    @property
    def versions(self) -> list[str]:
        """The versions of this package that made the runs' tables, each once."""
        versions: list[str] = []
        for table in self.by_run.values():
            version = table.meta.get("made_by", {}).get("interference")
            if version is not None and str(version) not in versions:
                versions.append(str(version))
        return versions

    @property
    def classes(self) -> Classes:
        """The classes of the study; no classes if no run has a table."""
        for table in self.by_run.values():
            return table.classes
        return Classes((), ())

    @property
    def many(self) -> bool:
        """Whether there are too many classes for their numbers and names to be legible."""
        return len(self.classes) > MANY

    @cached_property
    def order(self) -> list[int]:
        """The label numbers, sorted so that classes that interfere stand side by side.

        More than `ON_A_SCREEN` classes begin with the worst pair of the first run, so that a screen
        that holds a part of the matrix shows this pair. Its neighbours follow, and the classes
        before it come last.
        """
        tables = self.of_runs("cctm").values()
        if not tables:
            return list(range(len(self.classes)))
        counts = np.sum([by_epoch.test_counts(table) for table in tables], axis=0)  # (C, C)
        groups = clustering.interfering(confusion.cctm(counts))
        labels = list(chain.from_iterable(groups))
        if len(labels) <= ON_A_SCREEN:
            return labels
        rates = confusion.cctm(by_epoch.test_counts(next(iter(tables))))
        first, second, _ = confusion.ranked_pairs(rates, 1)[0]
        start = labels.index(first)
        others = [*labels[start:], *labels[:start]]
        return [first, second, *(label for label in others if label not in (first, second))]

    @cached_property
    def recorded(self) -> dict[str, dict[str, TrainingCells]]:
        """The counts after each epoch, by run and split."""
        recorded: dict[str, dict[str, TrainingCells]] = {}
        for run, table in self.of_runs("counts").items():
            recorded[run] = {}
            for split in table.frame["split"].unique():
                recorded[run][split] = training_cells.of_split(table, split)
        return recorded

    @cached_property
    def overlap(self) -> Overlap | None:
        """The errors that the runs share; None unless two or more runs share test images."""
        return overlaps.of_runs(self.of_runs("predictions"))

    @cached_property
    def planes(self) -> list[Surface]:
        """The planes of the runs, sorted by scale and pair and then in the order of the runs.

        If a run's pair was swept in several tables, the first one counts. A pair is shown in the
        orientation in which it comes first.
        """
        planes: dict[tuple[str, str, tuple[int, int]], Surface] = {}
        orientations: dict[frozenset[int], tuple[int, int]] = {}
        for plane in self._swept_parts(surfaces.planes):
            pair = orientations.setdefault(frozenset(plane.pair), plane.pair)
            shown = plane if plane.pair == pair else surfaces.swapped(plane)
            planes.setdefault((plane.scale, plane.run, pair), shown)
        pairs = list(orientations.values())

        def position(plane: Surface) -> tuple[int, int]:
            return _scale_rank(plane), pairs.index(plane.pair)

        return sorted(planes.values(), key=position)

    @cached_property
    def lines(self) -> list[Surface]:
        """The ego models of the runs, sorted by scale and then in the order of the runs.

        Lines along random directions are left out, since these belong to no class.
        """
        lines = self._swept_parts(surfaces.lines)
        of_classes = [line for line in lines if line.scale != RANDOM]
        return sorted(of_classes, key=_scale_rank)

    def accuracies(self, run: str) -> tuple[float, float]:
        """The test accuracies of a run.

        Args:
            run: The run.

        Returns:
            The final accuracy and its `late_mean`, in percent; nan if it is unknown.
        """
        recorded = self.recorded.get(run, {})
        if "test" in recorded:
            accuracy = recorded["test"].accuracy  # (epochs,)
            return float(accuracy[-1]), late_mean(accuracy)
        cctm = self.of_runs("cctm").get(run)
        if cctm is None:
            return math.nan, math.nan
        final = confusion.accuracy(by_epoch.test_counts(cctm))
        return float(final), math.nan

    def _swept_parts(self, parts: Callable[[Table], list[Table]]) -> Iterator[Surface]:
        """The planes or the lines of all tables of the runs, in the order of the runs."""
        for run in self.runs:
            for table in self.surfaces.values():
                if table.run["name"] == run:
                    yield from map(surfaces.from_table, parts(table))


def _scale_rank(surface: Surface) -> int:
    """The place of a surface's scale among `SCALES`."""
    return list(SCALES).index(surface.scale)


def is_given(table: Table) -> bool:
    """Whether the weights of a table's run come from a file and were not trained any further."""
    run = table.run
    return run["setup"].get("epochs") == 0 and run.get("init") is not None


def settings(table: Table) -> tuple[Any, ...]:
    """The training settings of a table's run.

    Args:
        table: A table of the run.

    Returns:
        The learning rate, the schedule, the last epoch and the seed; None if they are unknown, or
        without effect on weights that are not trained.
        For a run from elsewhere, only the last epoch may be known.
    """
    run = table.run
    setup = run["setup"]
    last = setup.get("epochs")
    if "epoch" in table.frame and len(table.frame):
        last = table.frame["epoch"].max()
    if not setup or is_given(table):
        return None, None, last, None
    rate = f"{setup['lr']:g}"
    return rate, setup["schedule"], last, run["seed"]
