"""Holds a study with its labels, names and measurements, as every exhibit of the page uses them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from interference.claims.lookup import PLANES, plays
from interference.io.tables import Table
from interference.params import Claims
from interference.reporting.reproduction.markdown import Pictures, escape_markdown
from interference.study import runs
from interference.study.study import Study
from interference.surfaces import Surface, flatness
from interference.surfaces.setup_comparison import Measured
from interference.vocabulary import SCALES

RAW = "raw"  # the paper's scale


@dataclass(frozen=True, eq=False)
class Page:
    """A study as the page shows it; all names and labels are escaped for Markdown.

    Attributes:
        study: The study.
        settings: The thresholds of its claims.
        pictures: Its figures.
    """

    study: Study
    settings: Claims
    pictures: Pictures

    def ordered(self, kind: str) -> list[Table]:
        """The tables of a kind that has one table a run, sorted as in the figures.

        Args:
            kind: The kind of table, such as `cctm`.
        """
        return runs.ordered(self.study.of_runs(kind))

    @cached_property
    def labels(self) -> list[str]:
        """The label of each class."""
        return [escape_markdown(label) for label in self.study.classes.labels]

    @cached_property
    def names(self) -> dict[str, str]:
        """The shown name of each run: its net and its training configuration."""
        tables = runs.ordered(self.study.by_run)
        return _names_by_run(tables, runs.names(tables))

    def nets(self, names: Iterable[str]) -> dict[str, str]:
        """The shown nets of some runs that share a training configuration.

        Args:
            names: The runs.

        Returns:
            The net of each run, by run.
        """
        tables = [self.study.by_run[run] for run in names]
        return _names_by_run(tables, runs.names(tables, runs.net_label))

    def place(self, run: Mapping[str, Any]) -> str | None:
        """The set-up of the paper whose role a run's set-up plays, by the claims' settings.

        Args:
            run: The run's resolved parameters.

        Returns:
            The paper's name of the set-up, such as `anneal_lr`; None if it plays no role.
        """
        for name, setup in self.settings.setups.items():
            if plays(run, setup):
                return name
        return None

    @cached_property
    def planes(self) -> list[Surface]:
        """Every plane, scale by scale; within a scale the paper's planes first, in its order."""
        scales = list(SCALES)

        def position(plane: Surface) -> tuple[int, int]:
            pair = self.study.classes.joined(plane.pair)
            rank = PLANES.index(pair) if pair in PLANES else len(PLANES)
            return scales.index(plane.scale), rank

        return sorted(self.study.planes, key=position)

    @cached_property
    def measured(self) -> list[Measured]:
        """Every plane with its flatness, by the claims' tolerance `epsilon`."""
        measured = []
        for plane in self.planes:
            run = self.study.by_run[plane.run].run
            flat = flatness.measure(plane, self.settings.epsilon)
            measured.append(Measured(run, plane, flat))
        return measured

    @cached_property
    def main_run(self) -> str:
        """The run that is shown where the paper shows only one.

        It is the run of `settings.net` under anneal-lr, or else the first run.
        """
        ordered = [table.run for table in runs.ordered(self.study.by_run)]
        for run in ordered:
            if run["net"] == self.settings.net and self.place(run) == "anneal_lr":
                return str(run["name"])
        return str(ordered[0]["name"])


def _names_by_run(tables: Iterable[Table], names: Iterable[str]) -> dict[str, str]:
    """The escaped names of runs, by run."""
    return {
        table.run["name"]: escape_markdown(name) for table, name in zip(tables, names, strict=True)
    }
