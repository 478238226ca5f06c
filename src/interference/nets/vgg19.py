"""VGG19 of Simonyan and Zisserman (2015) for small images.

It is their configuration E with batch norm and a single linear layer:

    image -> 2 x conv 64 -> pool -> 2 x conv 128 -> pool -> 4 x conv 256 -> pool
          -> 4 x conv 512 -> pool -> 4 x conv 512 -> pool -> mean over positions -> linear -> logits

Every conv is 3 x 3 with a bias, and batch norm and ReLU follow it. Each pool halves the side, so
that a 32 x 32 image becomes a single position with 512 channels. Smaller images are not possible.
"""

from torch import nn
from torchvision.models.vgg import cfgs, make_layers


def build(classes: int, channels: int) -> nn.Module:
    """VGG19 with batch norm: (n, channels, H, W) -> logits (n, classes).

    It has 20,040,522 parameters for CIFAR-10.
    """
    features = make_layers(cfgs["E"], batch_norm=True)  # (n, 3, H, W) -> (n, 512, H / 32, W / 32)
    features[0] = nn.Conv2d(channels, 64, kernel_size=3, padding=1)
    return nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes))
