"""Batches of network input from packed arrays, bit-identical to a computation item by item."""

import numpy as np
import pytest
import torch

from selcn.data.variants import VARIANTS, vary_array
from selcn.networks.settings import InputSettings
from selcn.storage.row_arrays import RowFile
from selcn.training.ahead import ReadAhead
from selcn.training.images import BoxMasks, Pixels, augment, gather, place_of, resized, vary_batch
from selcn.training.residency import resident

CPU = torch.device("cpu")
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
MASKS = (RNG.random((5, 8, 8)) > 0.5).astype(np.uint8)


def pixels(masks=None, size=8):
    settings = InputSettings(size, (0.5, 0.4, 0.3), (0.2, 0.1, 0.5))
    return Pixels(torch.from_numpy(IMAGES), None if masks is None else torch.from_numpy(masks), settings, CPU)


def test_variants_of_a_batch_are_those_of_its_images():
    rows, codes = torch.tensor([0, 1, 2, 3, 4]), torch.tensor([0, 1, 2, 3, 3])
    raw = pixels().raw(rows, codes)
    for k in range(5):
        expected = vary_array(IMAGES[k], VARIANTS[codes[k]])
        assert np.array_equal(raw[k].permute(1, 2, 0).numpy(), expected)


def test_masks_turn_with_their_images_and_masked_pixels_are_black_before_normalisation():
    rows, codes = torch.tensor([4, 0, 2, 1]), torch.tensor([0, 1, 2, 3])
    batch = pixels(MASKS).batch(rows, codes)
    for k, (row, code) in enumerate(zip(rows, codes, strict=True)):
        image = vary_array(IMAGES[row] * MASKS[row][..., None], VARIANTS[code]) / 255
        expected = (image - np.array([0.5, 0.4, 0.3])) / np.array([0.2, 0.1, 0.5])
        assert np.allclose(batch[k].permute(1, 2, 0).numpy(), expected, atol=1e-5)


def test_unknown_variants_are_refused():
    with pytest.raises(ValueError, match="unknown variant 'turned'"):
        vary_array(IMAGES[0], "turned")


def test_each_variant_is_its_own_and_keeps_the_pixels():
    seen = {vary_array(IMAGES[0], variant).tobytes() for variant in VARIANTS}
    assert len(seen) == 4
    for variant in VARIANTS:
        assert np.array_equal(np.sort(vary_array(IMAGES[0], variant), axis=None), np.sort(IMAGES[0], axis=None))


def test_halving_averages():
    batch = torch.arange(16.0).view(1, 1, 4, 4)
    assert resized(batch, 4) is batch
    assert resized(torch.full((1, 1, 8, 8), 3.0), 4).allclose(torch.tensor(3.0))
    assert resized(batch, 2).mean() == pytest.approx(batch.mean())


def test_augmentation_turns_everything_of_an_item_alike():
    images = torch.rand(64, 3, 6, 6)
    first, second = augment("dihedral", torch.Generator().manual_seed(1), images, images[:, :1].clone())
    assert torch.equal(first[:, :1], second)
    assert not torch.equal(first, images)
    turned = {tuple((first[k] == images[k].rot90(r, (-2, -1))).all().item() for r in range(4)) for k in range(64)}
    assert len(turned) == 5  # the four turns, and what only a flip reaches
    again, _ = augment("dihedral", torch.Generator().manual_seed(1), images, images[:, :1].clone())
    assert torch.equal(again, first)


def test_no_augmentation_leaves_batches_alone():
    images = torch.rand(2, 3, 4, 4)
    (same,) = augment("none", torch.Generator(), images)
    assert same is images
    with pytest.raises(ValueError, match="blur"):
        augment("blur", torch.Generator(), images)


def test_rows_of_a_file_are_those_of_its_array(tmp_path):
    np.save(tmp_path / "a.npy", IMAGES)
    array = resident(RowFile(tmp_path / "a.npy"), CPU)
    rows = torch.tensor([len(IMAGES) - 1, 0, 0])
    assert np.array_equal(gather(array, rows, CPU).numpy(), IMAGES[rows.numpy()])


class OnGpu(torch.Tensor):
    """A tensor that says it is on a GPU."""

    is_cuda = True


def test_rows_of_an_array_on_a_gpu_are_those_of_the_array():
    rows = torch.tensor([3, 0, 3])
    found = gather(torch.from_numpy(IMAGES).as_subclass(OnGpu), rows, CPU)
    assert np.array_equal(found.numpy(), IMAGES[rows.numpy()])


def test_vary_batch_works_on_maps_without_channels():
    maps = torch.rand(4, 5, 5)
    out = vary_batch(maps, torch.tensor([0, 1, 2, 3]))
    assert torch.equal(out[1], maps[1].flip(0))
    assert torch.equal(out[3], maps[3].rot90(1, (0, 1)))


def varied_one_by_one(batch, codes):
    turns = (lambda x: x, lambda x: x.flip(-2), lambda x: x.flip(-1), lambda x: x.rot90(1, (-2, -1)))
    return torch.stack([turns[code](item) for item, code in zip(batch, codes.tolist(), strict=True)])


def augmented_one_by_one(generator, *batches):
    turns = torch.randint(4, (len(batches[0]),), generator=generator)
    flips = torch.randint(2, (len(batches[0]),), generator=generator).bool()
    out = []
    for batch in batches:
        items = [item.rot90(int(turn), (-2, -1)) for item, turn in zip(batch, turns, strict=True)]
        out.append(torch.stack([x.flip(-1) if flip else x for x, flip in zip(items, flips, strict=True)]))
    return out


@pytest.mark.parametrize("size", [8, 6])
@pytest.mark.parametrize("masks", [None, MASKS])
def test_network_input_is_that_of_images_turned_one_by_one_to_the_bit(masks, size):
    rows, codes = torch.tensor([4, 0, 2, 1, 1, 3]), torch.tensor([3, 1, 2, 0, 3, 2])
    images = torch.from_numpy(IMAGES)[rows].permute(0, 3, 1, 2).float()
    if masks is not None:
        images = images * torch.from_numpy(masks)[rows][:, None]
    expected = varied_one_by_one(images, codes).contiguous(memory_format=torch.channels_last)
    given = pixels(masks, size)
    raw = given.raw(rows, codes)
    assert torch.equal(raw, expected)
    assert raw.is_contiguous(memory_format=torch.channels_last)
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in (given.settings.mean, given.settings.std))
    assert torch.equal(given.network_input(raw), (resized(expected, size) / 255 - mean) / std)


@pytest.mark.parametrize("shape", [(6, 3, 7, 7), (6, 1, 4, 4), (6, 5, 5)])
def test_variants_in_one_gather_are_those_one_by_one_in_every_layout(shape):
    batch, codes = torch.randn(shape), torch.tensor([3, 3, 0, 2, 1, 0])
    assert torch.equal(vary_batch(batch, codes), varied_one_by_one(batch, codes))
    if len(shape) == 4:
        laid_out = batch.contiguous(memory_format=torch.channels_last)
        assert torch.equal(vary_batch(laid_out, codes), varied_one_by_one(batch, codes))
    assert vary_batch(batch[:0], codes[:0]).shape == (0, *shape[1:])


def test_augmentation_in_one_gather_draws_and_turns_as_one_by_one():
    images, cams = torch.randn(64, 3, 6, 6).contiguous(memory_format=torch.channels_last), torch.rand(64, 1, 3, 3)
    ours, theirs = torch.Generator().manual_seed(7), torch.Generator().manual_seed(7)
    for _ in range(2):
        expected = augmented_one_by_one(theirs, images, cams)
        for found, other in zip(augment("dihedral", ours, images, cams), expected, strict=True):
            assert torch.equal(found, other)
    assert torch.equal(ours.get_state(), theirs.get_state())


@pytest.mark.parametrize(("free", "fits"), [(2 * IMAGES.nbytes, True), (2 * IMAGES.nbytes - 2, False)])
def test_an_array_lies_on_the_device_where_it_takes_at_most_half_of_the_free_memory(monkeypatch, free, fits):
    # A device of another kind than the CPU, on which there is nothing to compute.
    device = torch.device("meta")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda place: (free, 10 * free))
    array = resident(IMAGES, device)
    assert isinstance(array, ReadAhead) != fits
    if fits:
        assert (array.device, array.shape) == (device, IMAGES.shape)


def test_a_box_ends_before_its_last_row_and_column():
    expected = np.zeros((2, 8, 8), np.uint8)
    expected[0, 2:5, 1:4] = expected[1, 0:8, 6:7] = 1
    masks = BoxMasks(torch.tensor([[6, 0, 7, 8], [1, 2, 4, 5]]), 8)
    assert np.array_equal(masks.of(torch.tensor([1, 0])), expected)


def test_row_numbers_lie_on_the_cpu_where_an_array_is_read_row_by_row(tmp_path):
    np.save(tmp_path / "a.npy", IMAGES)
    file, tensor = RowFile(tmp_path / "a.npy"), torch.from_numpy(IMAGES)
    elsewhere = torch.empty(5, device="meta")
    assert place_of(elsewhere, BoxMasks(elsewhere, 8), None) == elsewhere.device
    for other in (file, tensor, ReadAhead(file, CPU)):
        assert place_of(elsewhere, other) == CPU
