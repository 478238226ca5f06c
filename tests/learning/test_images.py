import pytest
import torch
from torch import Tensor
from torchvision.transforms import Normalize
from torchvision.transforms import functional as reference

from interference.errors import BadInput
from interference.learning.images import (
    Images,
    augment,
    draw_shifts,
    normalise,
    shifted,
    stratified,
)

MEAN, STD = (0.1, 0.4, 0.7), (0.2, 0.3, 0.5)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def noise(*shape: int) -> Tensor:
    return torch.randint(256, shape, dtype=torch.uint8, generator=seeded(9))


def test_images_of_a_class_are_that_classs_in_order() -> None:
    images = Images(noise(5, 3, 4, 6), torch.tensor([2, 0, 2, 1, 2]))
    chosen = images.of_class(2)
    assert len(chosen) == 3
    assert torch.equal(chosen.pixels, images.pixels[[0, 2, 4]])
    assert chosen.labels.tolist() == [2, 2, 2]


def test_taking_keeps_pixels_and_labels_together() -> None:
    images = Images(noise(5, 3, 4, 6), torch.arange(5))
    taken = images.take(torch.tensor([3, 1])).to("cpu")
    assert torch.equal(taken.pixels, images.pixels[[3, 1]])
    assert taken.labels.tolist() == [3, 1]


def test_normalise_is_torchvisions_in_channels_last() -> None:
    pixels = noise(4, 3, 5, 7)
    normalised = normalise(pixels, MEAN, STD)
    expected = Normalize(MEAN, STD)(pixels.double() / 255)
    torch.testing.assert_close(normalised.double(), expected, rtol=1e-6, atol=1e-6)
    assert normalised.dtype == torch.float32
    assert normalised.is_contiguous(memory_format=torch.channels_last)


def test_normalise_takes_tensors_as_it_takes_sequences() -> None:
    pixels = noise(2, 3, 5, 7)
    assert torch.equal(
        normalise(pixels, torch.tensor(MEAN), torch.tensor(STD)), normalise(pixels, MEAN, STD)
    )


def test_normalise_wants_one_value_a_channel() -> None:
    with pytest.raises(
        BadInput, match="mean: found 3 values, allowed: one for each of the images' 1 channels"
    ):
        normalise(noise(2, 1, 5, 7), MEAN, STD)


@pytest.mark.parametrize("crop", [0, 2])
@pytest.mark.parametrize("flip", [False, True])
def test_augmentation_is_torchvisions_pad_crop_and_flip_at_the_drawn_places(
    crop: int, flip: bool
) -> None:
    pixels = noise(40, 3, 5, 7)
    draws = draw_shifts(40, crop, flip, seeded(1)).T.tolist()
    padded = reference.pad(pixels, [crop])
    cuts = [
        reference.crop(image, top, left, 5, 7)
        for image, (top, left, _) in zip(padded, draws, strict=True)
    ]
    mirrored = draw_shifts(40, crop, flip, seeded(1))[2]
    expected = [
        reference.hflip(cut) if mirror else cut for cut, mirror in zip(cuts, mirrored, strict=True)
    ]
    assert torch.equal(augment(pixels, crop, flip, seeded(1)), torch.stack(expected))


def test_augmentation_by_nothing_changes_nothing() -> None:
    pixels = noise(4, 3, 5, 7)
    assert torch.equal(augment(pixels, 0, False, seeded()), pixels)


def test_augmentation_keeps_uint8_and_is_channels_last_from_either_layout() -> None:
    pixels = noise(4, 3, 5, 7)
    first = augment(pixels, 2, True, seeded())
    second = augment(pixels.contiguous(memory_format=torch.channels_last), 2, True, seeded())
    assert torch.equal(first, second)
    assert first.dtype == torch.uint8
    assert first.is_contiguous(memory_format=torch.channels_last)


def test_shifts_reach_every_place_and_mirror_half_of_the_images() -> None:
    tops, lefts, mirrored = draw_shifts(2000, 1, True, seeded())
    assert set(zip(tops.tolist(), lefts.tolist(), strict=True)) == {
        (i, j) for i in range(3) for j in range(3)
    }
    assert 0.45 < mirrored.float().mean() < 0.55


def test_a_full_shift_leaves_black_where_the_image_left() -> None:
    pixels = noise(1, 2, 3, 4)
    moved = shifted(pixels, 1, torch.tensor([[2], [2], [0]]))
    assert torch.equal(moved[:, :, :-1, :-1], pixels[:, :, 1:, 1:])
    assert not moved[:, :, -1].any()
    assert not moved[:, :, :, -1].any()


def test_stratified_takes_as_many_of_each_class_and_all_of_a_smaller_one() -> None:
    labels = torch.tensor([4, 0, 4, 1, 4, 0, 0, 4])
    indices = stratified(labels, 2, seeded())
    assert labels[indices].bincount(minlength=5).tolist() == [2, 1, 0, 0, 2]
    assert indices.tolist() == sorted(set(indices.tolist()))


def test_stratified_choices_differ_between_generators() -> None:
    labels = torch.arange(2).repeat(500)
    assert not torch.equal(stratified(labels, 50, seeded(0)), stratified(labels, 50, seeded(1)))
