"""ResNet18 for small images: that of He et al. (2016) with a stem that keeps the image's size.

    image -> conv 3 x 3, 64 -> 2 blocks of 64 -> 2 of 128, half the side -> 2 of 256, half -> 2 of 512, half
          -> mean over what is left -> linear -> logits

A block is conv - batch norm - ReLU - conv - batch norm, added to its input, then ReLU; where the size changes, the
input goes through a 1 x 1 conv and batch norm. ImageNet's stem (7 x 7, stride 2, max-pool) would leave 8 x 8 of a
32 x 32 image.
"""

from torch import nn
from torchvision.models.resnet import BasicBlock, ResNet


def build(classes: int, channels: int) -> nn.Module:
    """ResNet18: (n, channels, H, W) -> logits (n, classes); 11,173,962 parameters for CIFAR-10."""
    net: nn.Module = ResNet(BasicBlock, [2, 2, 2, 2], num_classes=classes)
    net.conv1 = nn.Conv2d(channels, 64, kernel_size=3, padding=1, bias=False)
    net.maxpool = nn.Identity()
    for layer in (
        net.modules()
    ):  # torchvision draws by Kaiming's rule; here every layer has PyTorch's default
        if isinstance(layer, nn.Conv2d | nn.BatchNorm2d | nn.Linear):
            layer.reset_parameters()
    return net
