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
        reduction: `none` for one loss per image, `sum` (class gradients) or `mean` (training).
        label_smoothing: The fraction of the target that is spread evenly over all classes. Only
            training steps use it. The recorded losses are without label smoothing.

    Returns:
        (n,) losses, or a scalar if they are summed or averaged.
    """
    return cross_entropy(logits, labels, reduction=reduction, label_smoothing=label_smoothing)
