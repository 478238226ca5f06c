"""The registry of claims, their evidence, and the verdict on one seed or several."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np

from interference.claims import rules
from interference.claims.rules import (
    NOT_MEASURED,
    OPEN,
    Bounds,
    Finding,
    NotMeasured,
    Undecided,
)
from interference.io.tables import Table
from interference.params import Claims
from interference.surfaces import Surface
from interference.vocabulary import Array

KINDS = ("counts", "cctm", "grams", "surfaces", "predictions")
NUMBERS = ("figure", "low", "high", "p")  # the fields of a finding that are numbers
PREDICTORS = "predictors"  # the family of scores that tell which classes interfere
ALL_SEEDS = 0  # stands for the seed of a finding across all seeds
MOST_SEEDS = 20  # whose findings a text gives one by one


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
        flat_fractions: The flat areas measured so far, as fractions of their planes;
            `bounds.flat_fraction` fills it.
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
    flat_fractions: dict[Surface, Bounds] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def tables(self, kind: str) -> list[Table]:
        """The tables of one of the `KINDS` that have rows.

        The counts table of a run without epochs has none.
        """
        by_stem: Mapping[str, Table] = getattr(self, kind)
        return [table for table in by_stem.values() if table.rows]

    def tables_by_seed(self) -> dict[int, dict[str, dict[str, Table]]]:
        """The tables of each seed that has rows: by seed, in order, then by kind and stem."""
        by_seed: dict[int, dict[str, dict[str, Table]]] = {}
        with_rows: set[int] = set()
        for kind in KINDS:
            by_stem: Mapping[str, Table] = getattr(self, kind)
            for stem, table in by_stem.items():
                seed: int = table.run["seed"]
                by_kind = by_seed.setdefault(seed, {name: {} for name in KINDS})
                by_kind[kind][stem] = table
                if table.rows:
                    with_rows.add(seed)
        return {seed: by_seed[seed] for seed in sorted(with_rows)}

    def with_tables(self, tables: Mapping[str, Mapping[str, Table]]) -> "Evidence":
        """The same settings with other tables, which are given by kind and stem."""
        return replace(
            self,
            counts=tables["counts"],
            cctm=tables["cctm"],
            grams=tables["grams"],
            surfaces=tables["surfaces"],
            predictions=tables["predictions"],
        )


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
        return _checked([self], evidence)[0]

    def finding(self, evidence: Evidence) -> Finding:
        """Measure the claim on the evidence of one seed.

        Args:
            evidence: The tables and thresholds.

        Returns:
            The finding in Python's own types; it is open if the data cannot decide.

        Raises:
            NotMeasured: The study lacks a table that the claim needs, or its figure is not finite.
            BadInput: A table lacks some of its cells.
        """
        return rules.or_open(self._finding, evidence)

    def verdict(self, findings: Mapping[int, Finding], evidence: Evidence) -> Verdict:
        """The verdict on the findings of several seeds, or on all evidence at once.

        Args:
            findings: The finding on each seed that has data, by seed; empty to measure the claim on
                the evidence as a whole.
            evidence: The tables and thresholds.

        Raises:
            BadInput: If a table lacks some of its cells.
        """
        try:
            findings = findings or {ALL_SEEDS: self._finding(evidence)}
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
    verdicts = _checked(list(CLAIMS.values()), evidence)
    families = {registered.family for registered in CLAIMS.values() if registered.family}
    for family in sorted(families):
        verdicts = corrected(verdicts, family)
    return verdicts


def _checked(registered: Sequence[Claim], evidence: Evidence) -> list[Verdict]:
    """The verdict on each of some claims, seed by seed if the evidence has several.

    All claims are measured on a seed before the next seed, so that its tables are read once.
    """
    findings: dict[str, dict[int, Finding]] = {own.id: {} for own in registered}
    by_seed = evidence.tables_by_seed()
    if len(by_seed) > 1:
        for seed, tables in by_seed.items():
            of_seed = evidence.with_tables(tables)
            for own in registered:
                with suppress(NotMeasured):
                    findings[own.id][seed] = own.finding(of_seed)
    return [own.verdict(findings[own.id], evidence) for own in registered]


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
    """The text of a single finding, or the text of a finding on several seeds, seed by seed.

    It lists at most `MOST_SEEDS`, since it is a cell of a page's table.
    """
    if len(findings) == 1:
        return finding.measured
    texts = [f"holds on {_holding(findings.values())} of {len(findings)} seeds"]
    if finding.measured:
        texts.append(finding.measured)
    for seed in list(findings)[:MOST_SEEDS]:
        texts.append(f"seed {seed}: {findings[seed].measured}")
    if len(findings) > MOST_SEEDS:
        texts.append(f"{len(findings) - MOST_SEEDS} more seeds are not listed")
    return "; ".join(texts)
