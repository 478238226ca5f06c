"""The section on the accuracy of every run during its training."""

from dataclasses import dataclass

from interference.reporting.report.section import Section
from interference.study.study import Study


@dataclass(frozen=True)
class Curves:
    """The facts of the section's template.

    Attributes:
        online: Whether some run that was trained here counted the predictions made while training.
    """

    online: bool


def section(study: Study) -> Section | None:
    """The section on the training curves; its script reads the counts of the CCTM's section.

    Args:
        study: The study.

    Returns:
        The section, or None if no run recorded an epoch.
    """
    runs = [run for run, table in study.of_runs("counts").items() if len(table.frame)]
    if not runs:
        return None
    online = any(
        "train_online" in splits and study.by_run[run].run["setup"].get("epochs")
        for run, splits in study.recorded.items()
    )
    return Section("Training", "curves.html", Curves(online), "curves", {"runs": runs})
