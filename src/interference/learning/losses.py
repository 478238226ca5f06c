"""Cross-entropy, the loss of this package.

Training steps, recorded predictions, class gradients and surfaces all compute it by `losses`, from
logits in float32 (float64 for the class gradients of a float64 net). They differ in the call:

* A training step averages over its batch, in train mode and on augmented images. It alone smooths
  the labels, weighs the classes or minimises a loss of the user's, if the training configuration
  says so (`training_loss`). The losses that it records are the plain cross-entropy.
* Predictions and surfaces (`prediction.predict`) keep the loss of each image, in eval mode and
  without augmentation. The split `train_augmented` has augmented images.
* Class gradients (`class_gradients.mean_gradient`) sum over the images of a class and divide by
  their number, in eval mode, without augmentation and without autocast.
"""

from torch import Tensor
from torch.nn.functional import cross_entropy


def losses(
    logits: Tensor,
    labels: Tensor,
    *,
    reduction: str = "none",
    label_smoothing: float = 0.0,
    weight: Tensor | None = None,
) -> Tensor:
    """The cross-entropy of logits and labels, in nats.

    Args:
        logits: (n, C) float.
        labels: (n,) int64, from 0 to C - 1.
        reduction: `none` for one loss per image, `sum` (class gradients) or `mean` (training).
        label_smoothing: The fraction of the target that is spread evenly over all classes. Only
            training steps use it. The recorded losses are without label smoothing.
        weight: (C,) the weight of each class. Only training steps use it; their mean is divided by
            the weights of the labels. None for equal weights.

    Returns:
        (n,) losses, or a scalar if they are summed or averaged.
    """
    return cross_entropy(
        logits, labels, weight=weight, reduction=reduction, label_smoothing=label_smoothing
    )
