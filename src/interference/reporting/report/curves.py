"""The accuracy of every run while it trains."""

from dataclasses import dataclass

from interference.reporting.report.section import Section
from interference.study.study import Study


@dataclass(frozen=True)
class Curves:
    """What the section shows; `online` says whether any run counted its predictions while it trained."""

    online: bool


def section(study: Study) -> Section | None:
    """The section, None where no run has recorded an epoch; its counts are the CCTM's."""
    runs = [run for run, table in study.of_runs("counts").items() if len(table.frame)]
    if not runs:
        return None
    online = any(
        "train_online" in splits and study.by_run[run].run["setup"].get("epochs")
        for run, splits in study.recorded.items()
    )
    return Section("Training", "curves.html", Curves(online), "curves", {"runs": runs})
