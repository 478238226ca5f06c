"""VGG19 for small images: configuration E of Simonyan and Zisserman (2015) with batch norm and a single linear layer.

    image -> 2 x conv 64 -> pool -> 2 x conv 128 -> pool -> 4 x conv 256 -> pool -> 4 x conv 512 -> pool
          -> 4 x conv 512 -> pool -> mean over what is left -> linear -> logits

Every conv is 3 x 3 with a bias, then batch norm and ReLU. Each pool halves the side, so an image of 32 x 32 ends as
one position of 512 channels, and 32 is the smallest side.
"""

from torch import nn
from torchvision.models.vgg import cfgs, make_layers


def build(classes: int, channels: int) -> nn.Module:
    """VGG19 with batch norm: (n, channels, H, W) -> logits (n, classes); 20,040,522 parameters for CIFAR-10."""
    features = make_layers(cfgs["E"], batch_norm=True)  # (n, 3, H, W) -> (n, 512, H / 32, W / 32)
    features[0] = nn.Conv2d(channels, 64, kernel_size=3, padding=1)
    return nn.Sequential(features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, classes))
