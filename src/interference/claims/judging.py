"""How a statement becomes a verdict: what it may look at, what it may answer, and how seeds are counted."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from interference.params import Claims
from interference.tables import Table

KINDS = ("counts", "cctm", "grams", "surfaces")


class NotMeasured(Exception):
    """What a claim needs is absent, or what is there leaves it open; the message says what."""


@dataclass(frozen=True)
class Evidence:
    """All that claims are judged by: tables by their file's stem, thresholds, and the names of the runs that count.

    Tables of other runs, left over from other parameters, are passed over.
    """

    counts: Mapping[str, Table]
    cctm: Mapping[str, Table]
    grams: Mapping[str, Table]
    surfaces: Mapping[str, Table]
    settings: Claims
    runs: frozenset[str]

    def current(self, kind: str) -> list[Table]:
        """The tables of one of the `KINDS` whose runs count; of a run without epochs there are no counts."""
        return [table for table in getattr(self, kind).values()
                if table.run.get("name") in self.runs and len(table.frame)]

    @property
    def seeds(self) -> list[int]:
        """The seeds of the runs that count."""
        return sorted({table.run["seed"] for kind in KINDS for table in self.current(kind)})

    def of_seed(self, seed: int) -> "Evidence":
        """The tables of the runs of one seed."""
        def own(found: Mapping[str, Table]) -> dict[str, Table]:
            return {stem: table for stem, table in found.items() if table.run.get("seed") == seed}
        return replace(self, counts=own(self.counts), cctm=own(self.cctm), grams=own(self.grams),
                       surfaces=own(self.surfaces))


class Finding(NamedTuple):
    """Whether a statement holds, what was measured in words, and its figure; with chance in it an interval or a p."""

    held: bool
    measured: str
    figure: float
    low: float | None = None
    high: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class Verdict:
    """What became of a claim: `verdict` is holds, fails or not measured; `measured` says what was found, or is absent.

    `figure` is the number behind it, `low` and `high` its 95 % interval or `p` its p-value where there is one, `paper`
    what the paper says. Of several seeds it was measured on, `seeds`, it holds where it holds for most, `held`; the
    figure is then their mean.
    """

    id: str
    sentence: str
    verdict: str
    measured: str
    paper: str
    figure: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    held: int = 0
    seeds: int = 0


COLUMNS = tuple(Verdict.__dataclass_fields__)
NUMBERS = ("figure", "low", "high", "p")
Find = Callable[[Evidence], Finding]
Check = Callable[[Evidence], Verdict]

CLAIMS: dict[str, Check] = {}  # in the paper's order


def claim(name: str, sentence: str, paper: str = "") -> Callable[[Find], Check]:
    """Enter a function that finds into `CLAIMS` as a check that answers with a verdict."""
    def enter(find: Find) -> Check:
        def check(evidence: Evidence) -> Verdict:
            try:
                found = _by_seed(find, evidence)
            except NotMeasured as reason:
                return Verdict(name, sentence, "not measured", str(reason), paper)
            held = sum(one.held for one in found.values())
            return Verdict(name, sentence, "holds" if 2 * held > len(found) else "fails", _words(found, held), paper,
                           held=held, seeds=len(found), **_numbers([*found.values()]))
        CLAIMS[name] = check
        return check
    return enter


def _by_seed(find: Find, evidence: Evidence) -> dict[int, Finding]:
    """What is found for every seed for which it can be had, or, where for none, across seeds."""
    found, seeds = {}, evidence.seeds
    for seed in seeds if len(seeds) > 1 else ():
        try:
            found[seed] = _finite(find(evidence.of_seed(seed)))
        except NotMeasured:
            continue
    return found or {0: _finite(find(evidence))}


def _finite(found: Finding) -> Finding:
    if not np.isfinite(found.figure):
        raise NotMeasured(f"{found.measured} (nothing varies)")
    return found._replace(held=bool(found.held), figure=float(found.figure))


def _numbers(found: list[Finding]) -> dict[str, float | None]:
    """A lone finding's numbers, or the mean figure of several."""
    if len(found) == 1:
        return {key: getattr(found[0], key) for key in NUMBERS}
    return {"figure": float(np.mean([one.figure for one in found]))}


def _words(found: Mapping[int, Finding], held: int) -> str:
    if len(found) == 1:
        return next(iter(found.values())).measured
    return f"{held} of {len(found)} seeds; " + "; ".join(f"seed {seed}: {one.measured}" for seed, one in found.items())


def check_all(evidence: Evidence) -> list[Verdict]:
    """The verdict on every claim, in the paper's order; raises `BadInput` where a table lacks some of its cells."""
    return [check(evidence) for check in CLAIMS.values()]


def as_metrics(verdicts: Iterable[Verdict]) -> dict[str, dict[str, str | float]]:
    """The verdicts as DVC compares them, by id: scalars only, a number left out where there is none.

    Of several seeds, how many there are and for how many it holds.
    """
    return {one.id: {"verdict": one.verdict}
            | {key: round(number, 6) for key in NUMBERS if (number := getattr(one, key)) is not None}
            | ({"held": one.held, "seeds": one.seeds} if one.seeds > 1 else {}) for one in verdicts}


def as_frame(verdicts: Iterable[Verdict]) -> pd.DataFrame:
    """The verdicts as a table, a row a claim."""
    return pd.DataFrame([asdict(one) for one in verdicts], columns=list(COLUMNS))
