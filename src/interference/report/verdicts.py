"""The claims: a row each, with its verdict, what was measured and what the paper says."""

from html import escape

from interference.claims import Verdict
from interference.report.section import Section
from interference.report.words import shown
from interference.study import Study

MARKS = {"holds": "&#10003;", "fails": "&#10007;", "not measured": "&#8211;"}
HEADS = ("claim", "verdict", "measured", "paper")


def section(study: Study) -> Section | None:
    """How many claims hold, and a row a claim; a choice of verdicts is the script's. None where none was checked."""
    if not study.verdicts:
        return None
    found = [verdict.verdict for verdict in study.verdicts]
    summary = ", ".join(f"{found.count(word)} {words}" for word, words in
                        (("holds", "hold"), ("fails", "fail"), ("not measured", "are not measured")))
    head = "".join(f'<th scope="col">{name}</th>' for name in HEADS)
    rows = "".join(map(_row, study.verdicts))
    return Section("Claims", (
        f"<p>Of {len(found)} claims checked, {summary}. A claim that fails is a finding, not an error; "
        'one that is not measured lacks a run or a table that it needs.</p><div class="controls"></div>'
        f'<table class="claims"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'), "claims")


def _row(verdict: Verdict) -> str:
    """A row of the claims' table; its cells name their columns for narrow screens."""
    name = verdict.verdict.replace(" ", "-")
    pill = f'<span class="pill {name}">{MARKS[verdict.verdict]} {verdict.verdict}</span>'
    return (f'<tr data-verdict="{name}"><td data-head="claim"><code>{escape(verdict.id)}</code> '
            f'{escape(verdict.sentence)}</td><td data-head="verdict">{pill}</td>'
            f'<td data-head="measured">{shown(verdict.measured)}</td>'
            f'<td data-head="paper">{shown(verdict.paper)}</td></tr>')
