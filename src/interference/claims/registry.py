"""The registry of claims: what a claim may look at, what it returns, and how seeds are counted."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from interference.io.tables import Table
from interference.params import Claims
from interference.surfaces import Surface
from interference.vocabulary import Array

KINDS = ("counts", "cctm", "grams", "surfaces")
HOLDS = "holds"
FAILS = "fails"
NOT_MEASURED = "not measured"
VERDICTS = (HOLDS, FAILS, NOT_MEASURED)
NUMBERS = ("figure", "low", "high", "p")  # the fields of a finding that are numbers


class NotMeasured(Exception):
    """Raised by a claim that lacks a table, or whose tables leave the answer open.

    The message gives the reason.
    """


@dataclass(frozen=True)
class Evidence:
    """The tables and thresholds that claims are checked with.

    All tables belong to runs of the study; `evidence.gather(..., external=False)` selects them.

    Attributes:
        counts: Tables of confusion counts by epoch, by their file's stem.
        cctm: Tables of confusion counts of the final weights, by their file's stem.
        grams: Tables of the class gradients' dot products, by their file's stem.
        surfaces: Tables of interference planes, by their file's stem.
        settings: The group `claims` of the parameters: set-ups and thresholds.
        planes: The planes that were read so far, by run, pair and scale; `lookup.plane` fills it.
        mistake_rates: The mistake rates (n1, n2) computed so far; `lookup.mistake_rate` fills it.
    """

    counts: Mapping[str, Table]
    cctm: Mapping[str, Table]
    grams: Mapping[str, Table]
    surfaces: Mapping[str, Table]
    settings: Claims
    planes: dict[tuple[str, str, str], Surface] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    mistake_rates: dict[Surface, Array] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def tables(self, kind: str) -> list[Table]:
        """The tables of one of the `KINDS` that have rows.

        The counts table of a run without epochs has none.
        """
        by_stem: Mapping[str, Table] = getattr(self, kind)
        return [table for table in by_stem.values() if len(table.frame)]

    @cached_property
    def by_seed(self) -> dict[int, "Evidence"]:
        """The evidence of each seed by itself, in the order of the seeds."""
        seeds = {table.run["seed"] for kind in KINDS for table in self.tables(kind)}
        return {seed: self._of_seed(seed) for seed in sorted(seeds)}

    def _of_seed(self, seed: int) -> "Evidence":
        return replace(
            self,
            counts=_of_seed(self.counts, seed),
            cctm=_of_seed(self.cctm, seed),
            grams=_of_seed(self.grams, seed),
            surfaces=_of_seed(self.surfaces, seed),
        )


def _of_seed(tables: Mapping[str, Table], seed: int) -> dict[str, Table]:
    return {stem: table for stem, table in tables.items() if table.run.get("seed") == seed}


class Finding(NamedTuple):
    """The answer of a claim function.

    Attributes:
        held: Whether the statement holds.
        measured: A few words with the numbers that were measured.
        figure: The number behind the answer.
        low: The lower end of its 95 % interval, if it has one.
        high: The upper end of its 95 % interval, if it has one.
        p: Its p-value, if it has one.
    """

    held: bool
    measured: str
    figure: float
    low: float | None = None
    high: float | None = None
    p: float | None = None


@dataclass(frozen=True)
class Verdict:
    """The verdict on one claim.

    Attributes:
        id: The claim's name.
        sentence: The claim in words.
        verdict: One of `VERDICTS`: `holds`, `fails`, `not measured`.
        measured: What was measured, or why nothing was.
        paper: What the paper says.
        figure: The number behind the verdict; the mean over the seeds if there are several.
        low: The lower end of its 95 % interval, if it has one.
        high: The upper end of its 95 % interval, if it has one.
        p: Its p-value, if it has one.
        held: The number of seeds on which the claim holds.
        seeds: The number of seeds on which it was measured; it holds if it holds on most.
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


Find = Callable[[Evidence], Finding]


@dataclass(frozen=True)
class Claim:
    """A statement about the study's runs, with the function that tests it.

    Attributes:
        id: The claim's name.
        sentence: The claim in words.
        paper: What the paper says, or where.
        exhibit: The exhibit under which REPRODUCTION.md shows it: an `id` of its `EXHIBITS`.
        find: Measures the claim; raises `NotMeasured` if it cannot.
    """

    id: str
    sentence: str
    paper: str
    exhibit: str
    find: Find

    def check(self, evidence: Evidence) -> Verdict:
        """Check the claim.

        Args:
            evidence: The tables and thresholds.

        Returns:
            The verdict; `not measured` if `find` raises `NotMeasured`.

        Raises:
            BadInput: If a table lacks some of its cells.
        """
        try:
            findings = self._findings(evidence)
        except NotMeasured as reason:
            return Verdict(self.id, self.sentence, NOT_MEASURED, str(reason), self.paper)
        held = sum(finding.held for finding in findings.values())
        return Verdict(
            id=self.id,
            sentence=self.sentence,
            verdict=HOLDS if 2 * held > len(findings) else FAILS,
            measured=_measured(findings, held),
            paper=self.paper,
            held=held,
            seeds=len(findings),
            **_numbers(list(findings.values())),
        )

    def _findings(self, evidence: Evidence) -> dict[int, Finding]:
        """The finding on each seed that has one; if no seed has one, the finding across seeds."""
        findings = {}
        if len(evidence.by_seed) > 1:
            for seed, own in evidence.by_seed.items():
                try:
                    findings[seed] = _checked(self.find(own))
                except NotMeasured:
                    continue
        return findings or {0: _checked(self.find(evidence))}


CLAIMS: dict[str, Claim] = {}  # by id, in the paper's order


def claim(name: str, sentence: str, paper: str = "", *, exhibit: str) -> Callable[[Find], Find]:
    """Decorator: register a claim function in `CLAIMS`.

    Args:
        name: The claim's name.
        sentence: The claim in words.
        paper: What the paper says, or where.
        exhibit: The exhibit under which REPRODUCTION.md shows it: an `id` of its `EXHIBITS`.

    Returns:
        A decorator that returns the function unchanged.
    """

    def register(find: Find) -> Find:
        CLAIMS[name] = Claim(name, sentence, paper, exhibit, find)
        return find

    return register


def check_all(evidence: Evidence) -> list[Verdict]:
    """Check every claim, in the paper's order.

    Args:
        evidence: The tables and thresholds.

    Returns:
        One verdict a claim.

    Raises:
        BadInput: If a table lacks some of its cells.
    """
    return [each.check(evidence) for each in CLAIMS.values()]


def _checked(finding: Finding) -> Finding:
    """The finding in Python's own types; raises `NotMeasured` if its figure is not finite."""
    if not np.isfinite(finding.figure):
        raise NotMeasured(f"{finding.measured} (nothing varies)")
    return finding._replace(held=bool(finding.held), figure=float(finding.figure))


def _numbers(findings: list[Finding]) -> dict[str, float | None]:
    """The numbers of a single finding, or the mean figure of several."""
    if len(findings) == 1:
        return {name: getattr(findings[0], name) for name in NUMBERS}
    return {"figure": float(np.mean([finding.figure for finding in findings]))}


def _measured(findings: Mapping[int, Finding], held: int) -> str:
    """What was measured, seed by seed if there are several."""
    if len(findings) == 1:
        return next(iter(findings.values())).measured
    return f"{held} of {len(findings)} seeds; " + _by_seed(findings.items())


def _by_seed(findings: Iterable[tuple[int, Finding]]) -> str:
    return "; ".join(f"seed {seed}: {finding.measured}" for seed, finding in findings)
