"""What ran and what came out, before the exhibits."""

from collections.abc import Iterator, Mapping, Sequence

from interference import paper
from interference.figures import style
from interference.reproduction.exhibits import Exhibit, tally, verdicts
from interference.reproduction.markdown import anchor, number, plain, table
from interference.reproduction.page import Page
from interference.study import settings
from interference.tables import data_set
from interference.wording import plural

HEADS = ("run", "net", "in the place of", "learning rate", "schedule", "epochs", "seed", "test accuracy, %")


def section(page: Page, bodies: Mapping[Exhibit, Sequence[str]]) -> list[str]:
    """The title, a paragraph, a row a run, and a row an exhibit."""
    return [f"# Reproduction: {plain(page.study.title)}", _what(page), table(HEADS, _runs(page)),
            "What was found, exhibit by exhibit:", _glance(page, bodies)]


def _what(page: Page) -> str:
    """What was studied, what became of the claims, and whether it may stand beside the paper."""
    runs = [table.run for table in page.study.by_run.values()]
    nets, setups = ({run[key] for run in runs} for key in ("net", "optim"))
    lacking = [name for name in page.study.runs if name not in page.study.by_run]
    return (f"{plural(len(runs), 'run')} of {plural(len(nets), 'net')} under {plural(len(setups), 'set-up')} on "
            f"{plain(data_set(runs[0]))}, {len(page.study.classes)} classes, set beside the paper exhibit by exhibit. "
            f"{_claims(page)}{_fair(page)}{_not_run(lacking)} Every figure is computed from the study's tables; the "
            "paper's are those of its text.")


def _claims(page: Page) -> str:
    found = tally(page.study.verdicts)
    return (f"Of {plural(len(page.study.verdicts), 'claim')} of the paper's **{found}**; one that fails is a finding, "
            "not an error. " if found else "No claim was checked. ")


def _fair(page: Page) -> str:
    """How many runs are under the paper's own settings, which alone are compared with its numbers."""
    runs = [table.run for table in page.study.by_run.values()]
    own = sum(paper.setup(run) is not None for run in runs)
    if not own:
        return "No run is under the paper's own settings, so that none of its numbers is compared with ours."
    return f"{own} of {plural(len(runs), 'run')} are under the paper's own settings, and are compared with its numbers."


def _not_run(lacking: list[str]) -> str:
    return f" Not run: {', '.join(f'`{name}`' for name in lacking)}." if lacking else ""


def _runs(page: Page) -> Iterator[list[str | None]]:
    for one in style.ordered(page.study.by_run):
        run, place = one.run, page.place(one.run)
        final, _ = page.study.accuracies(run["name"])
        known = (None if value is None else plain(value) for value in settings(one))
        setup = place and plain(place.replace("_", "-")) + ", other settings" * (place != paper.setup(run))
        yield [f"`{run['name']}`", plain(style.net_label(run)), setup, *known, number(final, 2)]


def _glance(page: Page, bodies: Mapping[Exhibit, Sequence[str]]) -> str:
    """A row an exhibit: its finding, and what became of its claims."""
    rows = [(f"[{one.heading}]({anchor(one.heading)})", body[0] if body else "not measured",
             tally(verdicts(page, one))) for one, body in bodies.items()]
    return table(("exhibit", "finding", "claims"), rows)
