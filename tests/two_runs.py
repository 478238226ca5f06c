"""Two runs on the same images, one of which mends 15 cats and breaks 9 dogs."""

import numpy as np

from interference import record_predictions
from interference.external.record import Record


def records(third: str, index: bool = True) -> list[Record]:
    """The runs `old` and `new` on 140 images of cat, dog and a third class.

    Args:
        third: The name of the third class, as which the new run predicts the dogs that it breaks.
        index: Whether the images have numbers, by which they are matched.
    """
    numbers = np.arange(140)
    label = np.repeat(["cat", "dog", third], [60, 60, 20])
    predictions = {
        "old": np.where(numbers < 15, "dog", label),
        "new": np.where((numbers >= 60) & (numbers < 69), third, label),
    }
    classes = ("cat", "dog", third)
    return [
        record_predictions(
            label, predicted, name=name, classes=classes, index=numbers if index else None
        )
        for name, predicted in predictions.items()
    ]
