"""The accuracy of every run while it trains."""

from interference.report.section import Section
from interference.study import Study

HTML = """<p>Accuracy after each epoch. <span class="how">{online}As mistakes on a logarithmic scale the late epochs can
be told apart. Drag to zoom, double-click to see all.</span></p>
<div class="controls"></div><div class="drawn"></div>"""
ONLINE = """Predictions made while training are those before each update, on augmented images and in train mode, so that
early on they may lie below the test accuracy. """


def section(study: Study) -> Section | None:
    """The section, None where no run has recorded an epoch; its counts are the CCTM's."""
    runs = [run for run, table in study.of_runs("counts").items() if len(table.frame)]
    online = ONLINE * any("train_online" in found and study.by_run[run].run["setup"].get("epochs")
                          for run, found in study.recorded.items())
    return Section("Training", HTML.format(online=online), "curves", {"runs": runs}) if runs else None
