"""The registry of claims, their evidence, and the verdict on one seed or several."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from interference.claims import rules
from interference.claims.rules import NOT_MEASURED, OPEN, Finding, NotMeasured, Undecided
from interference.io.tables import Table
from interference.params import Claims
from interference.surfaces import Surface
from interference.vocabulary import Array

KINDS = ("counts", "cctm", "grams", "surfaces", "predictions")
NUMBERS = ("figure", "low", "high", "p")  # the fields of a finding that are numbers
PREDICTORS = "predictors"  # the family of scores that tell which classes interfere
ALL_SEEDS = 0  # stands for the seed of a finding across all seeds


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
        predictions: Tables of every image's prediction, by their file's stem. Nets are compared
            image by image if it has the tables of both, and as if on different images otherwise.
        humans: How many people chose each class for each test image (images, C), as
            `datasets.humans` reads it; None if people are no reference.
        planes: The planes that were read so far, by run, pair and scale; `lookup.plane` fills it.
        error_rates: The error rates (n1, n2) computed so far; `lookup.error_rate` fills it.
    """

    counts: Mapping[str, Table]
    cctm: Mapping[str, Table]
    grams: Mapping[str, Table]
    surfaces: Mapping[str, Table]
    settings: Claims
    predictions: Mapping[str, Table] = field(default_factory=dict)
    humans: Array | None = field(default=None, repr=False, compare=False)
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
            predictions=_of_seed(self.predictions, seed),
        )


def _of_seed(tables: Mapping[str, Table], seed: int) -> dict[str, Table]:
    selected: dict[str, Table] = {}
    for stem, table in tables.items():
        if table.run.get("seed") == seed:
            selected[stem] = table
    return selected


@dataclass(frozen=True)
class Verdict:
    """The verdict on one claim.

    Attributes:
        id: The claim's name.
        sentence: The claim as a sentence.
        verdict: One of `rules.VERDICTS`.
        measured: The measured numbers as a text, or the reason why the claim is open or was not
            measured.
        paper: The paper's numbers, or the place where it makes the claim.
        figure: The number behind the verdict; the mean over the seeds if there are several.
        low: The lower end of its 95 % interval, if it has one.
        high: The upper end of its 95 % interval, if it has one.
        p: Its p-value, if it has one.
        held: The number of seeds on which the claim holds, at least partly.
        seeds: The number of seeds on which it was measured.
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
        family: The family of claims whose p-values Holm's rule corrects together; empty if none.
    """

    id: str
    sentence: str
    paper: str
    exhibit: str
    find: Find
    family: str = ""

    def check(self, evidence: Evidence) -> Verdict:
        """Check the claim.

        Args:
            evidence: The tables and thresholds.

        Returns:
            The verdict; `not measured` if `find` raises `NotMeasured`, and `open` if it raises
            `Undecided`.

        Raises:
            BadInput: If a table lacks some of its cells.
        """
        try:
            findings = self._findings(evidence)
        except NotMeasured as reason:
            return Verdict(self.id, self.sentence, NOT_MEASURED, str(reason), self.paper)
        except Undecided as reason:
            return Verdict(self.id, self.sentence, OPEN, str(reason), self.paper)
        if len(findings) == 1:
            (finding,) = findings.values()
        else:
            finding = rules.across_seeds(findings)
        numbers = {name: _number(getattr(finding, name)) for name in NUMBERS}
        return Verdict(
            id=self.id,
            sentence=self.sentence,
            verdict=finding.verdict,
            measured=_measured_text(finding, findings),
            paper=self.paper,
            held=_holding(findings.values()),
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
                findings[seed] = rules.or_open(self._finding, evidence)
        return findings

    def _finding(self, evidence: Evidence) -> Finding:
        """The finding in Python's own types; raises `NotMeasured` if its figure is not finite."""
        finding = self.find(evidence)
        if finding.held is None:
            return finding._replace(figure=float(finding.figure))
        if not np.isfinite(finding.figure):
            raise NotMeasured(f"{finding.measured} (nothing varies)")
        return finding._replace(
            held=bool(finding.held),
            figure=float(finding.figure),
        )


CLAIMS: dict[str, Claim] = {}  # by id, in the paper's order


def claim(
    name: str, sentence: str, paper: str = "", *, exhibit: str, family: str = ""
) -> Callable[[Find], Find]:
    """Decorator: register a claim function in `CLAIMS`.

    Args:
        name: The claim's name.
        sentence: The claim as a sentence.
        paper: The paper's numbers, or the place where it makes the claim.
        exhibit: The exhibit under which REPRODUCTION.md shows it: an `id` of its `EXHIBITS`.
        family: The family of claims whose p-values are corrected together; empty if none.

    Returns:
        A decorator that returns the function unchanged.
    """

    def register(find: Find) -> Find:
        CLAIMS[name] = Claim(name, sentence, paper, exhibit, find, family)
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
    verdicts = [registered.check(evidence) for registered in CLAIMS.values()]
    families = {registered.family for registered in CLAIMS.values() if registered.family}
    for family in sorted(families):
        verdicts = corrected(verdicts, family)
    return verdicts


def corrected(verdicts: Sequence[Verdict], family: str) -> list[Verdict]:
    """Correct the p-values of a family of claims by Holm's rule.

    Args:
        verdicts: The verdicts on claims.
        family: The name of the family.

    Returns:
        The verdicts in the same order; one of the family whose corrected p is not below
        `rules.LEVEL` is open.
    """
    members = [
        verdict
        for verdict in verdicts
        if CLAIMS[verdict.id].family == family and verdict.p is not None
    ]
    if len(members) < 2:
        return list(verdicts)
    p_values = rules.holm([verdict.p for verdict in members if verdict.p is not None])
    by_id = dict(zip((verdict.id for verdict in members), p_values, strict=True))
    result: list[Verdict] = []
    for verdict in verdicts:
        if verdict.id in by_id:
            p = float(by_id[verdict.id])
            text = f"{rules.p_text(p)} by Holm over {len(members)} {family}"
            verdict = replace(
                verdict,
                verdict=verdict.verdict if p < rules.LEVEL else OPEN,
                measured=f"{verdict.measured}; {text}",
                p=p,
            )
        result.append(verdict)
    return result


def _number(number: float | None) -> float | None:
    """A number of a finding; None if it is not finite."""
    if number is None or not np.isfinite(number):
        return None
    return float(number)


def _holding(findings: Iterable[Finding]) -> int:
    """The number of findings that hold, at least partly."""
    return sum(bool(finding.held) for finding in findings)


def _measured_text(finding: Finding, findings: Mapping[int, Finding]) -> str:
    """The text of a single finding, or the text of a finding on several seeds, seed by seed."""
    if len(findings) == 1:
        return finding.measured
    texts = [f"holds on {_holding(findings.values())} of {len(findings)} seeds"]
    if finding.measured:
        texts.append(finding.measured)
    for seed, own in findings.items():
        texts.append(f"seed {seed}: {own.measured}")
    return "; ".join(texts)
