"""The paper's claims, checked on the tables of a study: one function a claim, without torch.

The verdict on a claim is *holds*, *fails*, *open*, *partly* or *not measured*. A claim is open if
the tables cannot decide it, and not measured if it needs a run or a table that is absent; the
verdict then gives the reason. The rules are the same for every claim and stand in `rules`.

A claim is checked on the runs under the training configuration (set-up) that the paper names. Runs
with another learning rate or schedule are left out. The net `claims.net` stands for the paper's
VGG19; the paper's other nets have their own names.

The class losses of Figure 5 are the error rates of the classes. Planes are swept at the paper's
scale, `raw`, unless a claim is about scales.
"""

# These modules register the claims, in the paper's order.
from interference.claims import recognition, errors_of_classes, people  # isort: skip
from interference.claims import minima, plane_shapes, flat_areas  # isort: skip
from interference.claims import class_losses, predictors  # isort: skip
from interference.claims import training, moments, runs_of_notes  # isort: skip
from interference.claims.registry import CLAIMS, Claim, Evidence, Verdict, check_all
from interference.claims.rules import NOT_MEASURED, VERDICTS, Finding, NotMeasured, Undecided
from interference.claims.verdicts_csv import COLUMNS, as_frame, as_metrics, as_plot, read

__all__ = [
    "CLAIMS",
    "COLUMNS",
    "NOT_MEASURED",
    "VERDICTS",
    "Claim",
    "Evidence",
    "Finding",
    "NotMeasured",
    "Undecided",
    "Verdict",
    "as_frame",
    "as_metrics",
    "as_plot",
    "check_all",
    "class_losses",
    "errors_of_classes",
    "flat_areas",
    "minima",
    "moments",
    "people",
    "plane_shapes",
    "predictors",
    "read",
    "recognition",
    "runs_of_notes",
    "training",
]
