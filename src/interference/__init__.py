"""Class interference: which classes a deep classifier confuses with each other.

Interference also shows in the loss surface of a net and in its training. The names in `__all__` are
the library. A name is imported when it is first used, so that `import interference` alone imports
neither torch nor pandas nor matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from interference.version import __version__ as __version__

if TYPE_CHECKING:
    from interference.api.agreement import agreement
    from interference.api.analyses import comparison, confidence, shared_errors
    from interference.api.gradients import class_gradients, gradient_cosines, surface
    from interference.api.loggers import to_mlflow, to_tensorboard, to_wandb
    from interference.api.plots import plot_cctm, plot_notes, plot_surface
    from interference.api.rates import cctm, dancing_notes
    from interference.api.report import report
    from interference.errors import BadInput
    from interference.external.lightning_callback import LightningCounts
    from interference.external.predictions import read_predictions, record_predictions
    from interference.external.record import Record
    from interference.external.torchmetrics_metric import ConfusionCounts
    from interference.external.trainer_callback import TrainerCounts
    from interference.surfaces import Surface, class_mistake_rates, mistake_rate

__all__ = [
    "BadInput",
    "ConfusionCounts",
    "LightningCounts",
    "Record",
    "Surface",
    "TrainerCounts",
    "agreement",
    "cctm",
    "class_gradients",
    "class_mistake_rates",
    "comparison",
    "confidence",
    "dancing_notes",
    "gradient_cosines",
    "mistake_rate",
    "plot_cctm",
    "plot_notes",
    "plot_surface",
    "read_predictions",
    "record_predictions",
    "report",
    "shared_errors",
    "surface",
    "to_mlflow",
    "to_tensorboard",
    "to_wandb",
]

_HOMES = {  # the module of each name
    "agreement": "api.agreement",
    **dict.fromkeys(("comparison", "confidence", "shared_errors"), "api.analyses"),
    **dict.fromkeys(("class_gradients", "gradient_cosines", "surface"), "api.gradients"),
    **dict.fromkeys(("to_mlflow", "to_tensorboard", "to_wandb"), "api.loggers"),
    **dict.fromkeys(("plot_cctm", "plot_notes", "plot_surface"), "api.plots"),
    **dict.fromkeys(("cctm", "dancing_notes"), "api.rates"),
    "report": "api.report",
    **dict.fromkeys(("read_predictions", "record_predictions"), "external.predictions"),
    **dict.fromkeys(("Surface", "class_mistake_rates", "mistake_rate"), "surfaces.surface"),
    "BadInput": "errors",
    "ConfusionCounts": "external.torchmetrics_metric",
    "LightningCounts": "external.lightning_callback",
    "Record": "external.record",
    "TrainerCounts": "external.trainer_callback",
}
_MODULES = {  # modules of other packages that `from interference import tables` finds too
    "dance": "confusion.dance",
    "flatness": "surfaces.flatness",
    "tables": "io.tables",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{_MODULES[name]}")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{_HOMES[name]}")
    except ModuleNotFoundError as error:
        missing = import_module(f"{__name__}.extras").hint(error)
        if missing is None:
            raise
        raise ImportError(f"{name}: {missing}", name=error.name) from error
    member = getattr(module, name)
    globals()[name] = member
    return member


def __dir__() -> list[str]:
    names = {*globals(), *__all__}
    return sorted(names)
