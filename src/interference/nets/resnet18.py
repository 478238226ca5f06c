"""ResNet18 of He et al. (2016) for small images: the stem keeps the size of the image.

    image -> conv 3 x 3, 64 -> 2 blocks of 64 -> 2 of 128, half the side -> 2 of 256, half
          -> 2 of 512, half -> mean over positions -> linear -> logits

A block is conv - batch norm - ReLU - conv - batch norm, added to its input, then ReLU. If the size
changes, a 1 x 1 conv and batch norm are applied to the input before the sum. ImageNet's stem
(7 x 7, stride 2, max-pool) would reduce a 32 x 32 image to 8 x 8.
"""

from torch import nn
from torchvision.models.resnet import BasicBlock, ResNet


def build(classes: int, channels: int) -> nn.Module:
    """ResNet18: (n, channels, H, W) -> logits (n, classes).

    It has 11,173,962 parameters for CIFAR-10.
    """
    net: nn.Module = ResNet(BasicBlock, [2, 2, 2, 2], num_classes=classes)
    net.conv1 = nn.Conv2d(channels, 64, kernel_size=3, padding=1, bias=False)
    net.maxpool = nn.Identity()
    # Replace torchvision's Kaiming initialisation by PyTorch's default of each layer.
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
            layer.reset_parameters()
    return net
