"""The registry of claims, their evidence and findings, and the verdict over several seeds."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
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
ALL_SEEDS = 0  # stands for the seed of a finding across all seeds


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
        error_rates: The error rates (n1, n2) computed so far; `lookup.error_rate` fills it.
    """

    counts: Mapping[str, Table]
    cctm: Mapping[str, Table]
    grams: Mapping[str, Table]
    surfaces: Mapping[str, Table]
    settings: Claims
    planes: dict[tuple[str, str, str], Surface] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    error_rates: dict[Surface, Array] = field(
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
        """The evidence of each seed alone, in the order of the seeds."""
        seeds: set[int] = set()
        for kind in KINDS:
            for table in self.tables(kind):
                seeds.add(table.run["seed"])
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
    selected: dict[str, Table] = {}
    for stem, table in tables.items():
        if table.run.get("seed") == seed:
            selected[stem] = table
    return selected


class Finding(NamedTuple):
    """The answer of a claim function.

    Attributes:
        held: Whether the statement holds.
        measured: A short text with the numbers that were measured.
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
        sentence: The claim as a sentence.
        verdict: One of `VERDICTS`: `holds`, `fails`, `not measured`.
        measured: The measured numbers as a text, or the reason why nothing was measured.
        paper: The paper's numbers, or the place where it makes the claim.
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
        sentence: The claim as a sentence.
        paper: The paper's numbers, or the place where it makes the claim.
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
        is_majority = 2 * held > len(findings)
        numbers = _numbers(list(findings.values()))
        return Verdict(
            id=self.id,
            sentence=self.sentence,
            verdict=HOLDS if is_majority else FAILS,
            measured=_measured_text(findings, held),
            paper=self.paper,
            held=held,
            seeds=len(findings),
            **numbers,
        )

    def _findings(self, evidence: Evidence) -> dict[int, Finding]:
        """The finding on each seed that has data; if none has, the finding across all seeds."""
        findings: dict[int, Finding] = {}
        if len(evidence.by_seed) > 1:
            findings = self._findings_by_seed(evidence.by_seed)
        if not findings:
            findings[ALL_SEEDS] = self._finding(evidence)
        return findings

    def _findings_by_seed(self, by_seed: Mapping[int, Evidence]) -> dict[int, Finding]:
        """The finding on each seed that has data."""
        findings: dict[int, Finding] = {}
        for seed, evidence in by_seed.items():
            with suppress(NotMeasured):
                findings[seed] = self._finding(evidence)
        return findings

    def _finding(self, evidence: Evidence) -> Finding:
        """The finding in Python's own types; raises `NotMeasured` if its figure is not finite."""
        finding = self.find(evidence)
        if not np.isfinite(finding.figure):
            raise NotMeasured(f"{finding.measured} (nothing varies)")
        return finding._replace(
            held=bool(finding.held),
            figure=float(finding.figure),
        )


CLAIMS: dict[str, Claim] = {}  # by id, in the paper's order


def claim(name: str, sentence: str, paper: str = "", *, exhibit: str) -> Callable[[Find], Find]:
    """Decorator: register a claim function in `CLAIMS`.

    Args:
        name: The claim's name.
        sentence: The claim as a sentence.
        paper: The paper's numbers, or the place where it makes the claim.
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
    return [registered.check(evidence) for registered in CLAIMS.values()]


def _numbers(findings: Sequence[Finding]) -> dict[str, float | None]:
    """The numbers of a single finding, or the mean figure of several."""
    if len(findings) > 1:
        figures = [finding.figure for finding in findings]
        return {"figure": float(np.mean(figures))}
    (finding,) = findings
    return {name: getattr(finding, name) for name in NUMBERS}


def _measured_text(findings: Mapping[int, Finding], held: int) -> str:
    """The text of a single finding, or the texts of several, seed by seed."""
    if len(findings) == 1:
        (finding,) = findings.values()
        return finding.measured
    texts = [f"{held} of {len(findings)} seeds"]
    for seed, finding in findings.items():
        texts.append(f"seed {seed}: {finding.measured}")
    return "; ".join(texts)
