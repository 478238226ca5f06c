"""Images are resized as the scripts of torchvision and timm do it."""

import numpy as np
import pytest
from PIL import Image
from torchvision import transforms

from interference.datasets import Resizing

RANDOM = np.random.default_rng(0)
SIZES = [(40, 80), (80, 41), (33, 33), (70, 50)]


def picture(size: tuple[int, int]) -> Image.Image:
    return Image.fromarray(RANDOM.integers(0, 255, (*size, 3), dtype=np.uint8))


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "nearest", "lanczos"])
@pytest.mark.parametrize("size", SIZES)
def test_a_centre_crop_is_torchvisions(size: tuple[int, int], interpolation: str):
    image = picture(size)
    mode = transforms.InterpolationMode(interpolation)
    theirs = transforms.Compose([transforms.Resize(32, mode), transforms.CenterCrop(24)])
    ours = Resizing((24, 24), "crop", 32, interpolation)
    assert np.array_equal(np.asarray(ours(image)), np.asarray(theirs(image)))


@pytest.mark.parametrize("size", SIZES)
def test_a_centre_crop_is_timms(size: tuple[int, int]):
    data = pytest.importorskip("timm.data")
    image = picture(size)
    theirs = data.create_transform(24, interpolation="bicubic", crop_pct=0.875)
    ours = Resizing((24, 24), "crop", int(24 / 0.875), "bicubic")
    resized = transforms.Compose(theirs.transforms[:2])(image)
    assert np.array_equal(np.asarray(ours(image)), np.asarray(resized))


def test_borders_keep_the_whole_image_and_its_proportions():
    image = Image.new("RGB", (80, 40), (200, 100, 50))
    pixels = np.asarray(Resizing((32, 32), "pad")(image))
    assert pixels.shape == (32, 32, 3)
    assert (pixels[8:24] == (200, 100, 50)).all()
    assert not pixels[:8].any()
    assert not pixels[24:].any()


def test_a_crop_of_unequal_sides_is_filled():
    for size in SIZES:
        image = Image.new("L", size, 9)
        pixels = np.asarray(Resizing((20, 30), "crop")(image))
        assert pixels.shape == (20, 30)
        assert (pixels == 9).all()


@pytest.mark.parametrize(
    ("resizing", "text"),
    [
        (Resizing(), "images keep their size"),
        (Resizing((8, 9)), "height and width scaled to 8 x 9 (bilinear)"),
        (
            Resizing((8, 8), "crop", 10, "bicubic"),
            "shorter side scaled to 10 (bicubic), centre 8 x 8 cut out",
        ),
        (Resizing((8, 8), "pad"), "scaled to fit 8 x 8 (bilinear), black borders"),
    ],
)
def test_it_is_said_what_is_done(resizing: Resizing, text: str):
    assert str(resizing) == text
