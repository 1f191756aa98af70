"""Batches that are made on the GPU are the CPU's."""

import numpy as np
import pytest
import torch

from selcn.storage.row_arrays import RowFile
from selcn.training import residency
from selcn.training.ahead import ReadAhead, reading_ahead
from selcn.training.images import augment, gather, on, vary_batch
from selcn.training.residency import resident

CPU = torch.device("cpu")


@pytest.mark.parametrize("kind", ["resident", "box", "ahead"])
def test_masked_images_in_their_variants_are_the_cpu_s_to_the_bit(device, drawn, kind):
    ours, theirs = drawn.pixels(device, kind), drawn.pixels(CPU, "box" if kind == "box" else "resident")
    samples = drawn.samples
    for chosen in torch.arange(len(samples.rows)).split(32):
        rows, variants = samples.rows[chosen], samples.variants[chosen]
        found, expected = ours.raw(rows, variants), theirs.raw(rows, variants)
        assert found.device.type == device.type
        assert found.is_contiguous(memory_format=torch.channels_last)
        assert torch.equal(found.cpu(), expected)


@pytest.mark.parametrize("size", [48, 32, 64])
def test_network_input_is_the_cpu_s_within_rounding(device, drawn, size):
    rows, variants = drawn.samples.rows[:40], drawn.samples.variants[:40]
    found = drawn.pixels(device, "resident", size).batch(rows, variants).cpu()
    torch.testing.assert_close(found, drawn.pixels(CPU, "resident", size).batch(rows, variants), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", [(32, 3, 24, 24), (32, 1, 5, 5)])
def test_variants_and_augmentation_are_the_cpu_s_to_the_bit(device, shape):
    batch = torch.rand(shape, generator=torch.Generator().manual_seed(0))
    codes = torch.arange(32) % 4
    assert torch.equal(vary_batch(batch.to(device), codes.to(device)).cpu(), vary_batch(batch, codes))
    draws = [torch.Generator().manual_seed(3) for _ in range(2)]
    (found,), (expected,) = augment("dihedral", draws[0], batch.to(device)), augment("dihedral", draws[1], batch)
    assert torch.equal(found.cpu(), expected)


def test_whole_batches_are_the_cpu_s_whether_they_lie_on_the_gpu_or_are_read_ahead(device, drawn):
    split = list(torch.randperm(90, generator=torch.Generator().manual_seed(5)).split(16))
    batches = {}
    for where, kind in ((CPU, "resident"), (device, "resident"), (device, "ahead")):
        inputs, draws = drawn.inputs(where, kind), torch.Generator().manual_seed(3)
        assert inputs.samples.rows.device.type == ("cpu" if kind == "ahead" else where.type)
        task, place = drawn.task(inputs), inputs.samples.rows.device
        with reading_ahead(task.sources, split):
            made = [task.batch(on(place, chosen), draws) for chosen in split]
        batches[where.type, kind] = [(image.cpu(), cam.cpu(), code.cpu()) for (image, cam), code in made]
    gpu = batches[device.type, "resident"]
    for found, ahead, expected in zip(gpu, batches[device.type, "ahead"], batches["cpu", "resident"], strict=True):
        assert all(map(torch.equal, found, ahead))
        torch.testing.assert_close(found[0], expected[0], rtol=1e-4, atol=1e-4)
        assert all(map(torch.equal, found[1:], expected[1:]))


def test_arrays_lie_on_the_gpu_where_they_fit_and_are_read_ahead_where_not(device, drawn, tmp_path, monkeypatch):
    np.save(tmp_path / "images.npy", drawn.images)
    rows = torch.tensor([3, 50, 3])
    for array in (drawn.images, RowFile(tmp_path / "images.npy")):
        found = resident(array, device)
        assert found.device.type == device.type
        assert np.array_equal(gather(found, rows, device).cpu().numpy(), drawn.images[rows.numpy()])
    monkeypatch.setattr(residency, "RESIDENT_SHARE", 0)
    for array in (drawn.images, RowFile(tmp_path / "images.npy")):
        found = resident(array, device)
        assert isinstance(found, ReadAhead)
        assert np.array_equal(gather(found, rows, device).cpu().numpy(), drawn.images[rows.numpy()])
