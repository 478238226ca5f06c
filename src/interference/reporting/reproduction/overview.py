"""What ran and what came out, before the exhibits."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from interference import paper
from interference.io.tables import data_set
from interference.reporting.reproduction.exhibits import Exhibit, is_beyond, tally, verdicts
from interference.reporting.reproduction.markdown import anchor, number, plain, table
from interference.reporting.reproduction.page import Page
from interference.reporting.text import listed, plural
from interference.study import runs
from interference.study.study import settings

HEADS = (
    "run",
    "net",
    "in the place of",
    "learning rate",
    "schedule",
    "epochs",
    "seed",
    "test accuracy, %",
)
FIRST = "vgg19"  # the net that the paper shows where it shows one; here `claims.net`


def section(page: Page, bodies: Mapping[Exhibit, Sequence[str]]) -> list[str]:
    """The title, a paragraph, a row a run, and a row an exhibit."""
    return [
        f"# Reproduction: {plain(page.study.title)}",
        _what(page),
        table(HEADS, _runs(page)),
        _reading(page),
        "What was found, exhibit by exhibit:",
        _glance(page, bodies),
    ]


def _what(page: Page) -> str:
    """What was studied, what became of the claims, and whether it may stand beside the paper."""
    runs = [table.run for table in page.study.by_run.values()]
    nets, setups = ({run[key] for run in runs} for key in ("net", "optim"))
    lacking = [name for name in page.study.runs if name not in page.study.by_run]
    return (
        f"{plural(len(runs), 'run')} of {plural(len(nets), 'net')} under {plural(len(setups), 'set-up')} on "
        f"{plain(data_set(runs[0]))}, {len(page.study.classes)} classes, set beside the paper exhibit by exhibit. "
        f"{_claims(page)}{_fair(page)}{_nets(page, nets)}{_not_run(lacking)} Every figure is computed from the "
        "study's tables; the paper's are those of its text."
    )


def _claims(page: Page) -> str:
    found, beyond = tally(page.study.verdicts), sum(map(is_beyond, page.study.verdicts))
    some = f", {beyond} of them not in the paper," * bool(beyond)
    return (
        f"Of {plural(len(page.study.verdicts), 'claim')}{some} **{found}**; one that fails is a finding, not an "
        "error. "
        if found
        else "No claim was checked. "
    )


def _fair(page: Page) -> str:
    """How many runs are under the paper's own settings, which alone are compared with its numbers."""
    runs = [table.run for table in page.study.by_run.values()]
    own = sum(paper.setup(run) is not None for run in runs)
    if not own:
        return (
            "No run is under the paper's own settings: this is no reproduction of its numbers, but the paper's "
            "questions put to other runs. No table sets its accuracies or recalls beside ours."
        )
    return f"{own} of {plural(len(runs), 'run')} are under the paper's own settings, and are compared with its numbers."


def _nets(page: Page, nets: Collection[str]) -> str:
    """What stands in the place of the paper's VGG19, where it is another net, and which of its nets are absent."""
    own = page.settings.net
    place = (
        ""
        if own == FIRST
        else f" {_named(own)} (`claims.net`) stands where the paper has {runs.NETS[FIRST]}."
    )
    lacking = [words for net, words in runs.NETS.items() if net not in nets]
    return place + (
        f" Without {listed(lacking)} claims on several nets are judged on the nets that there are, or "
        "not measured."
        if lacking
        else ""
    )


def _named(net: str) -> str:
    return plain(runs.net_label({"net": net}))


def _reading(page: Page) -> str:
    """Which runs a verdict reads, and how chance comes into it."""
    return (
        f"How to read a verdict: unless its sentence names other set-ups it is of the runs under anneal-lr, and of "
        f"{_named(page.settings.net)} alone where its sentence is about one net. Of a correlation over pairs of "
        f"classes, p is of relabelled classes, and the claim goes by p, which must be below {page.settings.p:g}; "
        "its interval leaves out one class at a time. The correlation of a dance, over epochs, goes by its "
        "interval, of blocks of epochs. A difference goes by its sign alone: where its interval includes zero, it "
        "is *not beyond chance*. *The paper* is what the paper says of its own runs."
    )


def _not_run(lacking: list[str]) -> str:
    return f" Not run: {', '.join(f'`{name}`' for name in lacking)}." if lacking else ""


def _runs(page: Page) -> Iterator[list[str | None]]:
    for one in runs.ordered(page.study.by_run):
        run, place = one.run, page.place(one.run)
        final, _ = page.study.accuracies(run["name"])
        known = (None if value is None else plain(value) for value in settings(one))
        setup = place and plain(place.replace("_", "-")) + ", other settings" * (
            place != paper.setup(run)
        )
        yield [f"`{run['name']}`", plain(runs.net_label(run)), setup, *known, number(final, 2)]


def _glance(page: Page, bodies: Mapping[Exhibit, Sequence[str]]) -> str:
    """A row an exhibit: its finding, and what became of its claims."""
    rows = [
        (
            f"[{one.heading}]({anchor(one.heading)})",
            body[0] if body else "not measured",
            tally(verdicts(page, one)),
        )
        for one, body in bodies.items()
    ]
    return table(("exhibit", "finding", "claims"), rows)
