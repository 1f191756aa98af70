"""Masks and CAMs in GPU shards, each image by its fold's network."""

import threading
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from pandas.testing import assert_frame_equal
from torch import nn

from jobs import run_script
from selcn.cams.grad_cam import cam_of
from selcn.cams.symmetry import cams_by_fold
from selcn.design.trained_networks import TrainedNetwork
from selcn.jobs.parallel import beside_gpu
from selcn.jobs.signals import StopRequested
from selcn.masks.lae import lae_box
from selcn.masks.prediction import masks_by_fold
from selcn.masks.writing import write_masks
from selcn.networks.segmentation import SegmentationSettings, build_segmentation_network
from selcn.networks.settings import InputSettings
from selcn.networks.symmetry import SymmetrySettings, build_symmetry_network
from selcn.storage.artifacts import read_table, write_json, write_table
from selcn.storage.cam_table import load_cams
from selcn.storage.checksums import record
from selcn.storage.shards import shard_of
from selcn.training.images import Pixels
from selcn.training.samples import stage_samples

SIZE, FOLDS = 32, 2
IDS = [f"ISIC_{number:07d}" for number in range(14)]
# A batch of one, so that how images are divided into batches changes no bit.
TRAINING = {"batch_size": 1, "learning_rate": 1e-3, "weight_decay": 0.0}
SEGMENTATION = {"encoder": "tu-test_resnet", "rank_weight": 0.05, "input": {"size": SIZE}, "training": TRAINING}
SEGMENTATION["inference_batch_size"] = 1
SYMMETRY = {"backbone": "test_efficientnet", "dropout": 0.2, "input": {"size": SIZE}, "training": TRAINING}
SYMMETRY["inference_batch_size"] = 1
PACKED, MASKS = Path("results/packed/ham10000"), Path("results/leakfree/masks/ham10000")
CAMS = Path("results/leakfree/cams/ham10000/seg")


def pack(ids: list[str], shards: int) -> dict[str, list[str]]:
    """Write images, each drawn from its id, as packed shards; return the files as a job's inputs."""
    files: dict[str, list[str]] = {"images": [], "rows": []}
    for shard in range(shards):
        ours = [name for name in ids if shard_of(name, shards) == shard]
        images = [image_of(name) for name in ours]
        folder = PACKED / f"of-{shards}/shard-{shard}"
        rows = pd.DataFrame({"image_id": ours, "lesion_id": ours, "label": "nv", "sha256": [f"of {x}" for x in ours]})
        write_table(rows, folder / "manifest.parquet")
        np.save(folder / "images.npy", np.stack(images))
        files["images"].append(str(folder / "images.npy"))
        files["rows"].append(str(folder / "manifest.parquet"))
    return recorded(files)


def image_of(name: str) -> np.ndarray:
    coarse = np.random.default_rng(int(name[-4:])).integers(0, 256, (4, 4, 3), dtype=np.uint8)
    return cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)


def recorded(files: dict) -> dict:
    for paths in files.values():
        for path in [paths] if isinstance(paths, str | Path) else paths:
            record(path)
    return files


@pytest.fixture
def study(tmp_path, monkeypatch) -> dict[str, dict]:
    """Networks of two folds, which fold is applied to whose images, and the split table; inputs of both jobs."""
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    folder = Path("results/leakfree")
    files = {"segmentation": [], "symmetry": []}
    for fold in range(FOLDS):
        networks = {
            "segmentation": build_segmentation_network("unet", SegmentationSettings.from_config(SEGMENTATION), None),
            "symmetry": build_symmetry_network(SymmetrySettings.from_config(SYMMETRY), None),
        }
        for name, network in networks.items():
            path = folder / name / ("unet" if name == "segmentation" else "seg") / f"fold-{fold}/best.pt"
            path.parent.mkdir(parents=True)
            torch.save(network.state_dict(), path)
            files[name].append(str(path))
    lesions, splits = folder / "lesions.parquet", folder / "splits.parquet"
    write_lesions(IDS)
    variants = pd.DataFrame({"image_id": [*IDS[:5], *IDS], "variant": ["rot90"] * 5 + ["original"] * 14, "label": "nv"})
    write_table(variants, splits)
    write_json({"architecture": "unet"}, folder / "selected.json")
    (folder / "segmentation.yaml").write_text(yaml.safe_dump(SEGMENTATION))
    (folder / "symmetry.yaml").write_text(yaml.safe_dump(SYMMETRY))
    masks = {"selected": folder / "selected.json", "settings": folder / "segmentation.yaml", "lesions": lesions}
    cams = {"splits": splits, "settings": folder / "symmetry.yaml", "lesions": lesions}
    return {
        "masks": recorded(masks | {"models": files["segmentation"]}),
        "cams": recorded(cams | {"models": files["symmetry"], "predictions": []}),
    }


def write_lesions(ids: list[str]) -> None:
    folds = [int(name[-1]) % FOLDS for name in ids]
    table = {"dataset": "ham10000", "image_id": ids, "segmentation_fold": folds, "symmetry_fold": folds}
    path = Path("results/leakfree/lesions.parquet")
    write_table(pd.DataFrame(table).astype({"segmentation_fold": np.int8, "symmetry_fold": np.int8}), path)
    record(path)


def of_shard(shard: int, shards: int) -> dict[str, object]:
    return {"shard": shard, "shards": shards, "dataset": "ham10000", "key": "gpu_shards"}


def predict_shard(study, packed: dict, shard: int = 0, shards: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """Run the masks' job of one shard; return its manifest and its masks."""
    folder = MASKS / f"shard-{shard}"
    outputs = {"manifest": folder / "manifest.parquet", "masks": folder / "masks.npy"}
    params = {
        "settings": {"factor": 1.4, "empty_masks": "whole_image", "flips": False},
        "shard": of_shard(shard, shards),
    }
    params["networks"] = [TrainedNetwork("segmentation", "ham10000", "unet", fold) for fold in range(FOLDS)]
    run_script("predict_masks", Path(), study["masks"] | packed, outputs, params, {"dataset": "ham10000"})
    return read_table(outputs["manifest"]), np.load(outputs["masks"])


def compute_shard(study, packed: dict, shard: int = 0, shards: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """Run the CAMs' job of one shard, its images masked; return what it wrote."""
    folder = MASKS / f"shard-{shard}"
    masks = {"mask_rows": folder / "manifest.parquet", "masks": folder / "masks.npy"}
    outputs = {"cams": CAMS / f"shard-{shard}/cams.parquet"}
    wildcards = {"dataset": "ham10000", "cam_model": "seg"}
    params = {"shard": of_shard(shard, shards)}
    run_script("compute_cams", Path(), study["cams"] | packed | masks, outputs, params, wildcards)
    return load_cams(outputs["cams"])


def test_shards_of_gpu_stages_are_the_whole_in_parts_however_the_images_are_packed(study):
    one, three = pack(IDS, 1), pack(IDS, 3)
    manifest, masks = predict_shard(study, one)
    frame, cams = compute_shard(study, one)
    assert 0 < masks.mean() < 1
    assert manifest["fold"].tolist() == [int(name[-1]) % FOLDS for name in IDS]
    assert len(frame) == 14 + 5
    for shard in range(2):
        part, part_masks = predict_shard(study, three, shard, 2)
        ours = np.array([shard_of(name, 2) == shard for name in IDS])
        assert_frame_equal(part, manifest[ours].reset_index(drop=True))
        assert np.array_equal(part_masks, masks[ours])
        part, part_cams = compute_shard(study, three, shard, 2)
        ours = np.array([shard_of(name, 2) == shard for name in frame["image_id"]])
        assert_frame_equal(part, frame[ours].reset_index(drop=True))
        assert np.array_equal(part_cams, cams[ours])


def test_a_shard_is_handed_over_where_others_grow_and_where_images_are_packed_in_more_shards(study):
    predict_shard(study, pack(IDS, 1), 0, 2)
    compute_shard(study, pack(IDS, 1), 0, 2)
    more = next(name for name in (f"ISIC_1{number:06d}" for number in range(20)) if shard_of(name, 2) == 1)
    write_lesions([*IDS, more])
    packed = pack([*IDS, more], 3)
    for job in (predict_shard, compute_shard):
        job(study, packed, 0, 2)
    assert "no lesion found" not in Path("predict_masks.log").read_text()
    assert "CAMs" not in Path("compute_cams.log").read_text()
    assert [len(list(place.iterdir())) for place in Path("work").glob("*/*/*/*/**/shard-0")] == [1, 1]
    assert more in predict_shard(study, packed, 1, 2)[0]["image_id"].tolist()


def test_a_shard_without_images_names_the_key(study):
    empty = min(set(range(40)) - {shard_of(name, 40) for name in IDS})
    with pytest.raises(ValueError, match=rf"falls in shard {empty} of 40; reduce data\.ham10000\.gpu_shards"):
        predict_shard(study, pack(IDS, 1), empty, 40)


def pictures() -> dict[str, tuple[bytes, int]]:
    """What each picture holds, and which file it is."""
    return {path.name: (path.read_bytes(), path.stat().st_ino) for path in MASKS.glob("seg/*.png")}


def test_pictures_show_the_masks_and_only_those_that_changed_are_written_again(study):
    packed = pack(IDS, 1)
    manifest, masks = predict_shard(study, packed)
    for row, mask in zip(manifest.itertuples(), masks, strict=True):
        assert np.array_equal(cv2.imread(str(MASKS / row.seg_path), cv2.IMREAD_UNCHANGED), mask * 255)
        box = np.zeros_like(mask)
        box[row.y0 : row.y1, row.x0 : row.x1] = 255
        assert np.array_equal(cv2.imread(str(MASKS / row.lae_path), cv2.IMREAD_UNCHANGED), box)
    before = pictures()
    (MASKS / manifest["seg_path"][3]).unlink()
    (MASKS / manifest["lae_path"][5]).write_bytes(b"another")
    predict_shard(study, packed)
    after = pictures()
    assert {name: content for name, (content, _) in after.items()} == {name: x for name, (x, _) in before.items()}
    untouched = [name for name in before if name not in (f"{IDS[3]}.png", f"{IDS[5]}.png")]
    assert all(after[name] == before[name] for name in untouched)
    assert cv2.imread(str(MASKS / manifest["lae_path"][5]), cv2.IMREAD_UNCHANGED).shape == (SIZE, SIZE)


def test_a_picture_that_cannot_be_written_fails_the_job_with_its_own_message(study):
    MASKS.mkdir(parents=True)
    (MASKS / "lae").write_text("no folder")
    with pytest.raises(FileExistsError, match=r"masks/ham10000/lae"):
        predict_shard(study, pack(IDS, 1))
    assert "FileExistsError" in Path("predict_masks.log").read_text().splitlines()[-1]
    assert not list(MASKS.glob("shard-0/*"))
    assert not [path for path in Path("work").rglob("*") if path.is_file()]


def test_a_job_told_to_stop_while_pictures_are_written_leaves_no_array(tmp_path):
    def batches():
        yield np.arange(2), np.ones((2, 8, 8), bool)
        raise StopRequested(15)

    with pytest.raises(StopRequested):
        write_masks(batches(), IDS[:4], 8, lae_box, tmp_path / "masks.npy", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lae", "seg"]
    assert not [path for path in tmp_path.rglob(".*")]


def test_a_gpu_has_two_batches_in_hand_and_a_cpu_one_in_the_thread_that_hears_signals():
    together = threading.Barrier(2, timeout=60)

    def work(number: int) -> tuple[int, bool]:
        together.wait()
        return number, threading.current_thread() is threading.main_thread()

    assert list(beside_gpu(work, range(6), torch.device("cuda"))) == [(number, False) for number in range(6)]
    together = threading.Barrier(1)
    assert list(beside_gpu(work, range(6), torch.device("cpu"))) == [(number, True) for number in range(6)]


def test_an_error_beside_a_gpu_is_the_job_s():
    with pytest.raises(ZeroDivisionError):
        list(beside_gpu(lambda number: 1 // number, range(3, -40, -1), torch.device("cuda")))


@pytest.fixture
def pixels() -> Pixels:
    images = torch.from_numpy(np.stack([image_of(name) for name in IDS]))
    settings = InputSettings(SIZE, mean=(0.5, 0.5, 0.5), std=(1.0, 1.0, 1.0))
    return Pixels(images, None, settings, torch.device("cpu"))


ASSIGNED = np.random.default_rng(1).integers(0, 3, len(IDS)).astype(np.int8)


def test_each_mask_is_that_of_its_image_by_the_network_of_its_fold(pixels):
    torch.manual_seed(0)
    networks = {fold: [nn.Conv2d(3, 1, 5, padding=2)] for fold in range(3)}
    found = np.zeros((len(IDS), SIZE, SIZE), bool)
    for rows, masks in masks_by_fold(networks, ASSIGNED, pixels, 4, flips=False):
        found[rows] = masks
    for row, fold in enumerate(ASSIGNED):
        with torch.no_grad():
            expected = networks[int(fold)][0](pixels.batch(torch.tensor([row]), torch.tensor([0])))[0, 0] > 0
        assert (torch.from_numpy(found[row]) == expected).float().mean() > 0.999
    assert 0.1 < found.mean() < 0.9


def test_each_cam_is_that_of_its_image_by_the_network_of_its_fold(pixels):
    torch.manual_seed(0)

    def network() -> SimpleNamespace:
        head = nn.Sequential(nn.Conv2d(4, 2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        return SimpleNamespace(features=nn.Sequential(nn.Conv2d(3, 4, 8, stride=8), nn.ReLU()), classifier=head)

    networks = {fold: network() for fold in range(3)}
    rows = pd.DataFrame({"image_id": IDS, "label": "nv"})
    samples = stage_samples(rows.assign(variant="hflip")[::2], rows)
    folds = np.array([ASSIGNED[IDS.index(name)] for name in samples.table["image_id"]])
    frame, cams = cams_by_fold(networks, folds, pixels, samples, 4, ("asymmetric", "symmetric"))
    assert frame[["image_id", "variant"]].equals(samples.table[["image_id", "variant"]])
    assert frame["fold"].tolist() == folds.tolist()
    for place, fold in enumerate(folds):
        one = slice(place, place + 1)
        network = networks[int(fold)]
        activations = network.features(pixels.batch(samples.rows[one], samples.variants[one]))
        expected, _, logits = cam_of(network.classifier, activations)
        np.testing.assert_allclose(cams[place], expected[0].numpy(), atol=2e-3)
        assert frame["predicted"][place] == ("asymmetric", "symmetric")[int(logits.argmax())]
