"""The exhibits in the paper's order, then those that it has not, each with the claims that belong to it."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from interference.classes import DASH
from interference.reproduction import class_losses, minima, recognition, training
from interference.reproduction.markdown import plain
from interference.reproduction.page import Page
from interference.wording import listed

MARKS, NOT_MEASURED = {"holds": "✓", "fails": "✗"}, "not measured"
BEYOND = "Not in the paper"
PLACE = re.compile(r"((Fig\.|Table|Section|Introduction)[ \d.,]*)?")  # where, as the heading says


class Exhibit(NamedTuple):
    """An exhibit: its heading, what the page says of it, and what the claims say.

    `body` gives blocks of Markdown, the finding in a sentence first; none where the study has no `tables` for them,
    which the stages make.
    """

    heading: str
    body: Callable[[Page], list[str]]
    tables: str
    stages: str
    claims: Sequence[str] = ()


TESTED = "counts of trained nets on the test set", "train cctm"
RECORDED = "counts by epoch", "train"
SWEPT = "planes at the raw scale", "sweep"
EXHIBITS = (
    Exhibit("Fig. 1 and 8: what classes are taken for", recognition.cctms, *TESTED, (
        "cat-dog-top", "bottleneck", "symmetry", "resnet-less", "car-truck-googlenet", "car-truck-dla", "dla-less")),
    Exhibit("Table 1: recalls", recognition.recalls, *TESTED, ("recall-table", "recall-rank", "vgg-worst")),
    Exhibit("Section 3: accuracies", recognition.accuracies, *RECORDED, (
        "acc-table", "acc-order", "acc-net", "big-constant-poor")),
    Exhibit("Table 2: interfering classes", recognition.interfering, *TESTED, ("interferers", "plane-googlenet")),
    Exhibit("Fig. 2 to 4: minima over interference planes", minima.planes, *SWEPT, (
        "plateau", "cat-dog-sharp", "valley", "cat-over-dog", "ship-horse", "cut-135", "car-truck-resnet",
        "small-spike", "small-vgg-cliff", "lowland")),
    Exhibit("Fig. 2 to 4 at equal steps", minima.equal_steps, "planes of two set-ups at a scale of equal steps",
            "sweep", ("lowland-fair", "random-stochastic")),
    Exhibit("Fig. 5: class losses", class_losses.losses, *SWEPT, (
        "fig5-cat", "fig5-dog", "fig5-car", "fig5-truck", "fig5-car-ego", "fig5-sensitive", "fig5-metal-corner",
        "fig5-horse-deer", "fig5-shapes", "fig5-horse-shape")),
    Exhibit("Section 4.1: likeness of class losses", class_losses.likeness, *SWEPT, ("shapes-predict",)),
    Exhibit("Definition 1: ego models", class_losses.egos, "planes of the pairs `egos` at the raw scale", "sweep"),
    Exhibit("Fig. 6: the dance", training.dances, *RECORDED, ("dance", "mirror-late", "early-dance")),
    Exhibit("Fig. 7: dancing notes", training.notes, *RECORDED, (
        "dog-takes-over", "cat-outlasts", "car-truck-notes", "plane-truck-notes", "frog-cat", "horse-cat", "dog-legs",
        "metal-notes")),
    Exhibit(f"{BEYOND}: class gradients", class_losses.gradients, "dot products of class gradients", "ego cctm",
            ("cosine-predicts",)),
    Exhibit(f"{BEYOND}: all pairs that dance", training.all_pairs, *RECORDED),
)


def section(page: Page, exhibit: Exhibit, body: Sequence[str]) -> list[str]:
    """An exhibit's heading, what was measured or how it could be, and its claims."""
    return [f"## {exhibit.heading}", *(body or [f"**Not measured**: {lacking(exhibit)}"]), *_claims(page, exhibit)]


def lacking(exhibit: Exhibit) -> str:
    """What an exhibit that was not measured needs, and how that is made."""
    stages = [f"`{stage}`" for stage in exhibit.stages.split()]
    who = f"stages {listed(stages)} make" if len(stages) > 1 else f"stage {stages[0]} makes"
    return f"the study has no {exhibit.tables}. The {who} them, of what `params.yaml` asks for."


def _claims(page: Page, exhibit: Exhibit) -> list[str]:
    """An item a claim that was measured, and one for all that were not."""
    found, whose = verdicts(page, exhibit), "known" if exhibit.heading.startswith(BEYOND) else "the paper"
    lacking = [one for one in found if one["verdict"] == NOT_MEASURED]
    items = [_claim(one, whose) for one in found if one not in lacking]
    return ["\n".join([*items, *([_not_measured(lacking)] if lacking else [])])] if found else []


def _claim(one: Mapping[str, Any], whose: str) -> str:
    """A claim in a line: its verdict, its sentence, what was measured, and what it stands beside: whose it is."""
    beside = "" if PLACE.fullmatch(one["paper"]) else f"; *{whose}*: {plain(one['paper'])}"
    return (f"- {MARKS[one['verdict']]} **{one['verdict']}**: {_sentence(one)}. *Measured*: "
            f"{plain(one['measured'])}{beside}.")


def _sentence(one: Mapping[str, Any]) -> str:
    return f"{plain(one['sentence'])} (`{one['id']}`)"


def _not_measured(lacking: Sequence[Mapping[str, Any]]) -> str:
    """Claims that were not measured, and every reason once."""
    reasons = dict.fromkeys(plain(reason) for one in lacking for reason in str(one["measured"]).split("; "))
    return (f"- {DASH} **{NOT_MEASURED}**: {'; '.join(map(_sentence, lacking))}. *Why*: {'; '.join(reasons)}.")


def verdicts(page: Page, exhibit: Exhibit) -> list[Mapping[str, Any]]:
    """The verdicts on an exhibit's claims, in its order."""
    known = {one["id"]: one for one in page.study.verdicts}
    return [known[name] for name in exhibit.claims if name in known]


def is_beyond(one: Mapping[str, Any]) -> bool:
    """Whether a claim is not the paper's, as its sentence then says."""
    return f"({BEYOND.lower()})" in one["sentence"]


def tally(found: Sequence[Mapping[str, Any]]) -> str | None:
    """`2 hold, 1 fails`; None of no claims."""
    words = [str(one["verdict"]) for one in found]
    each = {"holds": "holds" if words.count("holds") == 1 else "hold",
            "fails": "fails" if words.count("fails") == 1 else "fail", NOT_MEASURED: NOT_MEASURED}
    return ", ".join(f"{words.count(word)} {said}" for word, said in each.items() if word in words) or None
