"""A lesion network's inputs from files: each sample with its own CAM or features, turned as its image is."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from selcn.data.variants import VARIANTS, vary_array
from selcn.networks.lesion import LesionSettings
from selcn.networks.settings import InputSettings, TrainingSettings
from selcn.storage.artifacts import write_table
from selcn.storage.cam_table import MissingCamError, write_cams
from selcn.training.images import gather
from selcn.training.lesion import CellImages, lesion_inputs
from selcn.training.samples import Samples

CPU = torch.device("cpu")
IDS, SIDE = ["a", "b", "c"], 4
INPUT = InputSettings(SIDE, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
PAIRS = [(name, variant) for name in IDS for variant in VARIANTS]


def settings_of(augmentation: str = "none", frozen: bool = False) -> LesionSettings:
    training = TrainingSettings(batch_size=4, learning_rate=1e-3, weight_decay=0.0, augmentation=augmentation)
    return LesionSettings("none", frozen, INPUT, training, dropout=0.0)


def samples_of(rows: pd.DataFrame, order: list[int]) -> Samples:
    table = pd.DataFrame([PAIRS[number] for number in order], columns=["image_id", "variant"])
    return Samples.locate(table.assign(label="nv", subset="train"), rows)


@pytest.fixture
def files(tmp_path):
    """Grey images whose CAMs are the images themselves, each variant's its own, and features that number the pairs."""
    images = np.random.default_rng(0).integers(0, 256, (len(IDS), SIDE, SIDE), dtype=np.uint8)
    images[:, 0, 0] = 255
    np.save(tmp_path / "images.npy", np.repeat(images[..., None], 3, axis=-1))
    write_table(pd.DataFrame({"image_id": IDS}), tmp_path / "rows.parquet")
    # The rows of neither table are in the order of the samples.
    order = np.random.default_rng(1).permutation(len(PAIRS))
    pairs = pd.DataFrame([PAIRS[number] for number in order], columns=["image_id", "variant"])
    cams = np.stack([vary_array(images[IDS.index(name)], variant) for name, variant in pairs.to_numpy()]) / 255
    write_cams(pairs.assign(predicted="", empty=False, fold=0), cams.astype(np.float16), tmp_path / "cams.parquet")
    write_table(pairs, tmp_path / "features.parquet")
    np.save(tmp_path / "features.npy", order[:, None, None, None].astype(np.float16))
    return SimpleNamespace(
        images=[str(tmp_path / "images.npy")],
        features=str(tmp_path / "features.npy"),
        features_rows=str(tmp_path / "features.parquet"),
        **{name: str(tmp_path / f"{name}.parquet") for name in ("rows", "cams")},
    )


def batch_of(files, order, settings, generator: torch.Generator | None = None, cell: str = "cls-none_sym-none"):
    images = CellImages.open(cell, files, settings.freeze_encoder)
    inputs = lesion_inputs(images, samples_of(images.rows, order), settings, CPU)
    return inputs.batch(torch.arange(len(order)), generator)[0]


def test_each_variant_has_the_cam_of_its_own(files):
    images, cams = batch_of(files, [5, 0, 11, 3, 2, 1], settings_of())
    assert torch.equal(cams, images[:, 0].half().float())
    assert len(np.unique(cams.numpy(), axis=0)) == 6


def test_a_cam_turns_with_its_augmented_image(files):
    order = [*range(len(PAIRS))] * 4
    generator = torch.Generator().manual_seed(0)
    images, cams = batch_of(files, order, settings_of("dihedral"), generator)
    assert torch.equal(cams, images[:, 0].half().float())
    plain, _ = batch_of(files, order, settings_of("dihedral"))
    assert torch.equal(plain, batch_of(files, order, settings_of())[0]), "without a generator nothing is turned"
    turned = (images != plain).flatten(1).any(1)
    assert turned.float().mean() > 0.5, "most of the images must be turned"


def test_frozen_features_are_those_of_the_sample_s_variant(files):
    order = [7, 0, 11, 4, 4]
    features, cams = batch_of(files, order, settings_of(frozen=True))
    assert features.flatten().tolist() == order
    assert torch.equal(cams, batch_of(files, order, settings_of())[1])


def test_a_cell_without_cams_gets_none(files):
    (features,) = batch_of(files, [2], settings_of(frozen=True), cell="cls-none_sym-off")
    assert features.item() == 2


def test_images_turn_alike_with_and_without_cams(files):
    order, settings = [*range(len(PAIRS))], settings_of("dihedral")
    generators = [torch.Generator().manual_seed(0) for _ in range(2)]
    (alone,) = batch_of(files, order, settings, generators[0], "cls-none_sym-off")
    assert torch.equal(alone, batch_of(files, order, settings, generators[1])[0])


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("cell", ["cls-none_sym-off", "cls-none_sym-none"])
def test_every_array_of_a_batch_is_read_ahead_by_the_samples_rows(files, cell, frozen):
    order, settings = [9, 0, 6, 6], settings_of(frozen=frozen)
    images = CellImages.open(cell, files, frozen)
    sources = lesion_inputs(images, samples_of(images.rows, order), settings, CPU).sources()
    read = [gather(array, rows, CPU) for array, rows in sources]
    if frozen:
        assert read[0].flatten().tolist() == order
    else:
        packed = np.load(files.images[0])
        assert np.array_equal(read[0], packed[[IDS.index(PAIRS[number][0]) for number in order]])
    cams = batch_of(files, order, settings, cell=cell)[1:]
    assert [part.float().tolist() for part in read[1:]] == [cam.tolist() for cam in cams]


def test_row_numbers_lie_with_the_arrays(files, monkeypatch):
    # A device of another kind than the CPU, on which there is nothing to compute.
    device = torch.device("meta")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda place: (10**9, 10**9))
    images = CellImages.open("cls-none_sym-none", files, frozen=True)
    inputs = lesion_inputs(images, samples_of(images.rows, [2, 3]), settings_of(frozen=True), device)
    arrays = (inputs.features, inputs.feature_rows, inputs.cams, inputs.samples.rows)
    assert [array.device for array in arrays] == [device] * 4


def test_a_sample_without_a_cam_is_named_with_the_file(files):
    write_cams(
        pd.DataFrame({"image_id": ["a"], "variant": "original", "predicted": "", "empty": False, "fold": 0}),
        np.zeros((1, SIDE, SIDE), np.float16),
        files.cams,
    )
    with pytest.raises(MissingCamError, match=r"cams\.parquet: no CAM of a \(vflip\)"):
        batch_of(files, [0, 1], settings_of())
