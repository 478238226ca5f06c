"""Cross-entropy, the one loss of this package.

The gradient, the training loss and the surfaces use the same cross-entropy.
"""

from torch import Tensor
from torch.nn.functional import cross_entropy


def losses(
    logits: Tensor, labels: Tensor, *, reduction: str = "none", label_smoothing: float = 0.0
) -> Tensor:
    """The cross-entropy of logits and labels, in nats.

    Args:
        logits: (n, C) float.
        labels: (n,) int64, from 0 to C - 1.
        reduction: `none` for a loss an image, `sum` (class gradients) or `mean` (training steps).
        label_smoothing: The share of the target that is spread evenly over all classes. Only
            training steps use it: what is recorded and swept is the plain cross-entropy.

    Returns:
        (n,) losses, or a scalar where they are reduced.
    """
    return cross_entropy(logits, labels, reduction=reduction, label_smoothing=label_smoothing)
