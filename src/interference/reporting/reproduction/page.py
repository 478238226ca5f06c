"""What every exhibit of the page may look at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from interference.claims.lookup import PLANES
from interference.io.tables import Table
from interference.params import Claims
from interference.reporting.reproduction.markdown import Pictures, plain
from interference.study import runs
from interference.study.study import Study
from interference.surfaces import Surface, flatness
from interference.surfaces.setup_comparison import Measured
from interference.vocabulary import SCALES

RAW = "raw"  # the paper's scale


@dataclass(frozen=True, eq=False)
class Page:
    """A study, the thresholds of its claims, and its pictures."""

    study: Study
    settings: Claims
    pictures: Pictures

    def ordered(self, kind: str) -> list[Table]:
        """The tables of one kind that are one a run, as figures order them: by learning rate and net."""
        return runs.ordered(self.study.of_runs(kind))

    @cached_property
    def labels(self) -> list[str]:
        """The classes in words."""
        return [plain(label) for label in self.study.classes.labels]

    @cached_property
    def names(self) -> dict[str, str]:
        """Every run in words: its net and its set-up."""
        tables = runs.ordered(self.study.by_run)
        return {
            table.run["name"]: plain(words)
            for table, words in zip(tables, runs.names(tables), strict=True)
        }

    def nets(self, names: Iterable[str]) -> dict[str, str]:
        """Runs of one set-up in words: their nets."""
        tables = [self.study.by_run[run] for run in names]
        labels = runs.names(tables, runs.net_label)
        return {
            table.run["name"]: plain(words) for table, words in zip(tables, labels, strict=True)
        }

    def place(self, run: Mapping[str, Any]) -> str | None:
        """The paper's name of the set-up in whose place a run's is; None where it is in none's."""
        own = run["optim"], run["setup"].get("lr"), run["setup"].get("schedule")
        return next(
            (
                name
                for name, wanted in self.settings.setups.items()
                if (wanted.optim, wanted.lr, wanted.schedule) == own
            ),
            None,
        )

    @cached_property
    def planes(self) -> list[Surface]:
        """Every plane, of each scale the paper's first and in its order."""

        def order(plane: Surface) -> tuple[int, int]:
            name = self.study.classes.joined(plane.pair)
            return [*SCALES].index(plane.scale), PLANES.index(name) if name in PLANES else len(
                PLANES
            )

        return sorted(self.study.planes, key=order)

    @cached_property
    def measured(self) -> list[Measured]:
        """How flat every plane is, by the claims' rule."""
        return [
            Measured(
                self.study.by_run[plane.run].run,
                plane,
                flatness.measure(plane, self.settings.epsilon),
            )
            for plane in self.planes
        ]

    @cached_property
    def foremost(self) -> str:
        """The run that the paper draws where it draws one: of `settings.net` under anneal-lr, or the first there is."""
        order = [table.run for table in runs.ordered(self.study.by_run)]
        wanted = [
            run
            for run in order
            if (run["net"], self.place(run)) == (self.settings.net, "anneal_lr")
        ]
        return str((wanted or order)[0]["name"])
