"""GoogLeNet of Szegedy et al. (2014) for small images: the stem keeps the size of the image.

    image -> conv 3 x 3, 192 -> 3a 3b -> pool -> 4a 4b 4c 4d 4e -> pool -> 5a 5b
          -> mean over positions -> linear -> logits

An inception block has four branches, whose outputs are stacked along the channels:

    1 x 1  |  1 x 1 -> 3 x 3  |  1 x 1 -> 3 x 3 -> 3 x 3  |  max over 3 x 3 -> 1 x 1

Every conv has a bias, and batch norm and ReLU follow it. Differences from the paper: two 3 x 3
convs replace the 5 x 5 conv; there is batch norm, but no local response normalisation, no dropout
and no auxiliary classifier; and ImageNet's stem is left out, since it would reduce a 32 x 32 image
to 4 x 4.
"""

import torch
from torch import nn

STEM = 192
# Output channels, from the paper's Table 1:
# 1 x 1 | before 3 x 3, 3 x 3 | before 5 x 5, 5 x 5 | after the pool.
STAGES = (
    (  # 3a 3b, at the full side
        (64, 96, 128, 16, 32, 32),
        (128, 128, 192, 32, 96, 64),
    ),
    (  # 4a 4b 4c 4d 4e, at half of it
        (192, 96, 208, 16, 48, 64),
        (160, 112, 224, 24, 64, 64),
        (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64),
        (256, 160, 320, 32, 128, 128),
    ),
    (  # 5a 5b, at a quarter
        (256, 160, 320, 32, 128, 128),
        (384, 192, 384, 48, 128, 128),
    ),
)


def build(classes: int, channels: int) -> nn.Module:
    """GoogLeNet: (n, channels, H, W) -> logits (n, classes).

    It has 6,166,250 parameters for CIFAR-10.
    """
    layers = [conv(channels, STEM, 3)]
    width = STEM
    for i, stage in enumerate(STAGES):
        if i > 0:  # (n, width, H, W) -> (n, width, H / 2, W / 2)
            layers.append(nn.MaxPool2d(3, stride=2, padding=1))
        for widths in stage:
            block = Inception(width, *widths)
            layers.append(block)
            width = block.outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes))


class Inception(nn.Module):
    """Four branches side by side: (n, inputs, H, W) -> (n, outputs, H, W).

    Attributes:
        outputs: The sum of the branches' output channels.
    """

    def __init__(
        self, inputs: int, direct: int, before3: int, three: int, before5: int, five: int, pool: int
    ) -> None:
        super().__init__()
        self.outputs = direct + three + five + pool
        self.one = conv(inputs, direct, 1)
        self.three = nn.Sequential(conv(inputs, before3, 1), conv(before3, three, 3))
        self.five = nn.Sequential(
            conv(inputs, before5, 1), conv(before5, five, 3), conv(five, five, 3)
        )
        self.pool = nn.Sequential(nn.MaxPool2d(3, stride=1, padding=1), conv(inputs, pool, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The outputs of the four branches, stacked along the channels."""
        return torch.cat([self.one(x), self.three(x), self.five(x), self.pool(x)], dim=1)


def conv(inputs: int, outputs: int, side: int) -> nn.Module:
    """A conv, batch norm and ReLU: (n, inputs, H, W) -> (n, outputs, H, W).

    The kernel has side x side elements, and the padding keeps the size of the image.
    """
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, padding=side // 2),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
