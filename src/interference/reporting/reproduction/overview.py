"""Writes the top of the page: the runs, how to read the verdicts, a line for each exhibit."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from interference import paper
from interference.claims import rules
from interference.io.tables import data_set
from interference.reporting.reproduction.exhibits import Exhibit, is_beyond, tally, verdicts
from interference.reporting.reproduction.markdown import anchor, escape_markdown, number, table
from interference.reporting.reproduction.page import Page
from interference.reporting.text import listed, plural
from interference.study import runs
from interference.study.study import settings

HEADS = (
    "run",
    "net",
    "in the role of",
    "learning rate",
    "schedule",
    "epochs",
    "seed",
    "test accuracy, %",
)
PAPER_NET = "vgg19"  # the net that the paper shows where it shows only one


def section(page: Page, bodies: Mapping[Exhibit, Sequence[str]]) -> list[str]:
    """Write the top of the page.

    Args:
        page: The page.
        bodies: The blocks of each exhibit.

    Returns:
        Blocks of Markdown: the title, a summary, a table of the runs, how to read the verdicts, and
        a table of the exhibits.
    """
    return [
        f"# Reproduction: {escape_markdown(page.study.title)}",
        _summary(page),
        table(HEADS, _runs(page)),
        *_how_to_read(page),
        "The findings, exhibit by exhibit:",
        _findings(page, bodies),
    ]


def _trained(page: Page) -> list[Mapping[str, Any]]:
    """The resolved parameters of the runs that have a table."""
    return [table.run for table in page.study.by_run.values()]


def _summary(page: Page) -> str:
    """What was run, the number of claims by verdict, and what may be compared with the paper."""
    trained = _trained(page)
    nets = {run["net"] for run in trained}
    setups = {run["optim"] for run in trained}
    sentences = [
        f"This page sets {plural(len(trained), 'run')} beside the paper, exhibit by exhibit: "
        f"{plural(len(nets), 'net')} under {plural(len(setups), 'training configuration')} on "
        f"{escape_markdown(data_set(trained[0]))}, {len(page.study.classes)} classes.",
        *_claims(page),
        *_comparability(page),
        *_roles(page, nets),
        *_missing_runs(page),
        *([page.study.left_out] if page.study.left_out else []),
        "The study's numbers are computed from its tables; the paper's are copied from its text.",
    ]
    return " ".join(sentences)


def _claims(page: Page) -> list[str]:
    checked = page.study.verdicts
    counts = tally(checked)
    if not counts:
        return ["No claim was checked."]
    beyond = sum(map(is_beyond, checked))
    ours = f", {beyond} of them not in the paper" if beyond else ""
    return [
        f"It lists {plural(len(checked), 'claim')}{ours}: **{counts}**.",
        "A claim that fails is a finding, not an error.",
    ]


def _comparability(page: Page) -> list[str]:
    """The number of runs under the paper's own settings, whose numbers are compared."""
    trained = _trained(page)
    alike = sum(paper.setup(run) is not None for run in trained)
    if alike:
        verb = "uses" if alike == 1 else "use"
        return [
            f"{alike} of {plural(len(trained), 'run')} {verb} the paper's own settings; only "
            "their accuracies and recalls are compared with the paper's."
        ]
    return [
        "No run uses the paper's own settings. This page therefore checks the paper's claims on "
        "other runs; it does not reproduce the paper's numbers, and it compares no accuracy or "
        "recall with them."
    ]


def _roles(page: Page, nets: Collection[str]) -> Iterator[str]:
    """The net that stands in for the paper's VGG19, and the paper's nets without a run."""
    own = page.settings.net
    if own != PAPER_NET:
        yield (
            f"The net {_net_label(own)} (`claims.net` in `params.yaml`) plays the role of the "
            f"paper's {runs.NETS[PAPER_NET]}."
        )
    missing = [label for net, label in runs.NETS.items() if net not in nets]
    if missing:
        yield (
            f"The study has no runs of {listed(missing)}; claims about several nets are checked on "
            "the nets that have runs; they hold partly at best."
        )


def _net_label(net: str) -> str:
    return escape_markdown(runs.net_label({"net": net}))


def _missing_runs(page: Page) -> list[str]:
    missing = [f"`{name}`" for name in page.study.runs if name not in page.study.by_run]
    return [f"Not run: {', '.join(missing)}."] if missing else []


def _how_to_read(page: Page) -> list[str]:
    """Which runs a verdict is about, and how each kind of number is tested."""
    lines = [
        "Class b *interferes* with class a if images of a are predicted as b. The CCTM holds "
        "these fractions, with a row for each true class and a column for each predicted class.",
        "A claim is about the runs under anneal-lr unless its sentence names other training "
        "configurations (set-ups). A claim about one net is about "
        f"{_net_label(page.settings.net)} alone.",
        "*Open*: the study cannot decide. An interval includes zero, a flat area has fewer than "
        f"{rules.LEAST_CELLS} cells of the grid or is cut off by the plane's edge, a class is lost "
        "on the plane, training configurations have different numbers of epochs, or a training has "
        f"fewer than {rules.LEAST_EPOCHS} epochs for a claim about notes and dances.",
        "*Partly*: the sentence is about several nets, planes or seeds; it holds on some of them "
        "and fails on none, and the others are absent or open.",
        "A correlation over pairs of classes is tested by permuting the classes. The claim "
        f"is open unless p is below {page.settings.p:g}. The 95 % interval is a jackknife, "
        "which leaves out one class at a time.",
        "A correlation over epochs (the dance) is judged by its 95 % interval, from a bootstrap "
        "over blocks of epochs.",
        "A difference is judged by its 95 % interval, never by its sign alone. Several differences "
        "in one sentence are one family, whose p-values Holm's rule corrects.",
        "With several seeds, differences are taken within each seed and judged by Student's "
        "interval of their mean.",
        "*The paper* introduces what the paper reports for its own runs.",
    ]
    return ["How to read a verdict:", "\n".join(f"- {line}" for line in lines)]


def _runs(page: Page) -> Iterator[list[str | None]]:
    """The cells of each run in the table of runs."""
    for counts in runs.ordered(page.study.by_run):
        run = counts.run
        accuracy, _ = page.study.accuracies(run["name"])
        optimiser = [
            None if value is None else escape_markdown(value) for value in settings(counts)
        ]
        yield [
            f"`{run['name']}`",
            escape_markdown(runs.net_label(run)),
            _role(page, run),
            *optimiser,
            number(accuracy, 2),
        ]


def _role(page: Page, run: Mapping[str, Any]) -> str | None:
    """The paper's set-up whose role a run's plays, and whether other settings differ."""
    place = page.place(run)
    if not place:
        return place
    label = escape_markdown(place.replace("_", "-"))
    return label if place == paper.setup(run) else f"{label}, other settings"


def _findings(page: Page, bodies: Mapping[Exhibit, Sequence[str]]) -> str:
    """A table of the exhibits: the first sentence of each, and its claims by verdict."""
    rows = []
    for exhibit, body in bodies.items():
        link = f"[{exhibit.heading}]({anchor(exhibit.heading)})"
        finding = body[0] if body else "not measured"
        rows.append((link, finding, tally(verdicts(page, exhibit))))
    return table(("exhibit", "finding", "claims"), rows)
