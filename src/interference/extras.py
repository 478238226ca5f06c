"""Optional packages: which extra of the project installs each, and the line that says so."""

# The extra that installs a package, by the name that is imported.
EXTRAS = {
    "torch": "train",
    "torchvision": "train",
    "safetensors": "train",
    "sklearn": "train",
    "dvc": "pipeline",
    "pyevtk": "export",
    "ray": "ray",
    "vl_convert": "offline",
    "timm": "nets",
    "torchmetrics": "torchmetrics",
    "lightning": "lightning",
    "transformers": "transformers",
    "wandb": "wandb",
    "tensorboard": "tensorboard",
    "mlflow": "mlflow",
}


def hint(error: ImportError) -> str | None:
    """The line that says how to install the package whose import failed.

    Args:
        error: The error of the import.

    Returns:
        The line; None for a package that no extra installs.
    """
    package = (error.name or "").split(".")[0]
    if package not in EXTRAS:
        return None
    extra = EXTRAS[package]
    return (
        f"{package} is not installed; install the extra '{extra}' of interference, "
        f"in a checkout by: pip install '.[{extra}]'"
    )
