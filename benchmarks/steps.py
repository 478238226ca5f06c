"""The steps that a study's tables go through, each in a process of its own.

    python -m benchmarks.steps FOLDER STEP

prints the CPU seconds of the step and of reading its tables, the peak memory before and after in
GiB, and the number of rows read. Nothing here imports torch, so that the memory is that of the
step.
"""

import json
import re
import resource
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import typer

import stages  # noqa: F401, the checkout's own src
from interference import claims, confusion, params
from interference.confusion import by_epoch, dance
from interference.io import tables
from interference.io.tables import Table
from interference.reporting import figures, report
from interference.reporting.figures import theme

Tables = Mapping[str, Mapping[str, Table]]
KINDS = ("counts", "cctm", "grams", "surfaces")


def splits(study_tables: Tables) -> list[tuple[Table, str]]:
    """Every split of every run."""
    return [
        (table, split)
        for table in study_tables["counts"].values()
        for split in table.frame["split"].unique()
    ]


def cctm(study_tables: Tables) -> None:
    for table, split in splits(study_tables):
        confusion.cctm(by_epoch.training_counts(table, split)[1])


def notes(study_tables: Tables) -> None:
    for table, split in splits(study_tables):
        rates = confusion.cctm(by_epoch.training_counts(table, split)[1])
        for label in range(len(table.classes)):
            dance.notes(rates, label)


def pairs(study_tables: Tables) -> None:
    for table in study_tables["counts"].values():
        dance.pairs_by_split(table)


def check(study_tables: Tables) -> None:
    epochs = max(table.run["setup"]["epochs"] for table in study_tables["counts"].values())
    settings = replace(params.load(Path("params.yaml")).claims, epochs=epochs)
    claims.check_all(claims.Evidence(**study_tables, settings=settings))


def draw(study_tables: Tables) -> dict[str, float]:
    """The seconds of every kind of figure, drawn and in both forms."""
    seconds: dict[str, float] = {}
    started = time.process_time()
    for name, figure in figures.draw(**study_tables):
        theme.to_svg(figure)
        theme.to_png(figure)
        kind, now = name.partition("-")[0], time.process_time()
        seconds[kind], started = seconds.get(kind, 0) + now - started, now
    return seconds


def page(study_tables: Tables) -> None:
    runs = list(dict.fromkeys(table.run["name"] for table in study_tables["counts"].values()))
    report.html(report.Study("a study", runs, **study_tables))


STEPS: dict[str, tuple[tuple[str, ...], Callable[[Tables], dict[str, float] | None]]] = {
    "read": ((*KINDS, "predictions"), lambda study_tables: None),
    "cctm": (("counts",), cctm),
    "notes": (("counts",), notes),
    "dance": (("counts",), pairs),
    "claims": (KINDS, check),
    "figures": (KINDS, draw),
    "report": ((*KINDS, "predictions"), page),
}


def peak() -> float:
    """The most memory that this process has held, GiB; on Linux without what its parent held
    before.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s*(\d+) kB", status.read_text())[1]) / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main(folder: Path, step: str) -> None:
    """Do one step with the tables of a study."""
    kinds, work = STEPS[step]
    idle, started = peak(), time.process_time()
    study_tables = {kind: tables.read_folder(folder / kind, kind) for kind in kinds}
    reading = time.process_time() - started
    parts = work(study_tables)
    rows = sum(len(table.frame) for group in study_tables.values() for table in group.values())
    print(
        json.dumps(
            {
                "rows": rows,
                "reading": reading,
                "seconds": time.process_time() - started - reading,
                "idle_gib": idle,
                "peak_gib": peak(),
                "parts": parts or {},
            }
        )
    )


if __name__ == "__main__":
    typer.run(main)
