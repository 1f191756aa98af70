"""Each row of the benchmarks runs, and its peer gives the same output within a stated tolerance."""

import json
import math
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from torchvision.datasets import ImageFolder
from torchvision.transforms import v2

from benchmarks import CLONE
from benchmarks.__main__ import main
from benchmarks.allocations import peak_megabytes
from benchmarks.bench import Bench
from benchmarks.ceilings import Ceiling, measure_ceilings
from benchmarks.packed import pack, packed_pixels
from benchmarks.photographs import Photographs, draw_photographs, find_photographs
from benchmarks.rows import cam_size, grad_cam, hair, job_start, memory, rank_loss, reading, training
from benchmarks.running import ROWS
from benchmarks.settings import lesion_settings, symmetry_settings
from selcn.data.hair.black_hat import BlackHatSettings
from selcn.data.hair.removal import remove_hair
from selcn.data.images import read_image
from selcn.storage.artifacts import sha256_of
from selcn.storage.cam_table import load_cams
from selcn.training.images import vary_batch


@pytest.fixture(scope="module")
def photographs(tmp_path_factory) -> Photographs:
    return Photographs(tuple(draw_photographs(tmp_path_factory.mktemp("photographs"), 3)), "drawn")


@pytest.fixture
def bench(photographs, tmp_path) -> Bench:
    """Return a quick run; threads are set back afterwards."""
    threads = torch.get_num_threads(), cv2.getNumThreads()
    ceiling = Ceiling("1 thread", 1e9, 1e9)
    yield Bench(photographs, {"one": ceiling, "all": ceiling}, tmp_path, quick=True)
    torch.set_num_threads(threads[0])
    cv2.setNumThreads(threads[1])


def scaled(maps):
    """Stretch maps (N, h, w) to 0..1, an image at a time."""
    lowest = maps.min((1, 2), keepdims=True)
    return (maps - lowest) / (maps.max((1, 2), keepdims=True) - lowest)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, marks=pytest.mark.workflow if row in ("planning", "study_cost", "grid") else ())
        for row in sorted({*ROWS["cpu"], *ROWS["cuda"]})
    ],
)
def test_every_row_has_lines_of_finite_figures(row, bench):
    lines = list(import_module(f"benchmarks.rows.{row}").measure(bench))
    assert lines
    for line in lines:
        assert line.peer
        assert len(line.peer) == len(line.ours)
        values = [*line.ours, *line.peer, *([line.floor] if line.floor else [])]
        assert all(math.isfinite(value) and value > 0 for value in values), line


def test_hair_removal_gives_the_usual_scripts_pixels_to_the_bit_and_less_the_jpegs_loss_in_its_files(bench):
    files, usual = list(bench.photographs.files), bench.folder / "usual"
    hair.usual_script(files, usual)
    ours = hair.the_rule(hair.write_index(files, bench.folder / "index.parquet"), bench.folder / "rule", 2)
    for number, file in enumerate(files):
        theirs = cv2.imread(str(usual / f"{number:04d}.png"), cv2.IMREAD_COLOR_RGB)
        clean, _ = remove_hair(read_image(file, sha256_of(file)), BlackHatSettings(**hair.SETTINGS))
        np.testing.assert_array_equal(clean, theirs)
        written = cv2.imread(str(ours / f"{number:04d}.jpg"), cv2.IMREAD_COLOR_RGB)
        assert np.abs(written.astype(int) - theirs).mean() < 3  # grey levels of 255


def test_packed_rows_are_the_decoded_and_resized_files_to_the_bit(bench):
    files = bench.photographs.files
    images, order = pack(files, 3, 64, bench.folder / "images.npy"), torch.tensor([2, 0, 1])
    ours, theirs = next(reading.from_rows(images, order)), next(reading.from_files(files, 64, order))
    assert torch.equal(ours, theirs)


def test_the_rank_losses_and_their_gradients_are_equal():
    prob, target = rank_loss.sample(3, 24)
    losses = [loss(prob, target) for loss in (rank_loss.rank_loss, rank_loss.double_loop, rank_loss.broadcast)]
    gradients = [torch.autograd.grad(loss, prob)[0] for loss in losses] + [rank_loss.literal(prob.detach(), target)]
    for loss in losses[1:]:
        torch.testing.assert_close(loss, losses[0], atol=1e-6, rtol=0)
    for gradient in gradients[1:]:
        torch.testing.assert_close(gradient, gradients[0], atol=1e-7, rtol=0)


def test_a_peak_is_what_was_held_at_once():
    def run():
        first = torch.zeros(1 << 20)  # 4 MB
        second = first + 1
        del first
        return second * 2

    assert peak_megabytes(run) == pytest.approx(8, rel=0.05)


def test_maps_equal_those_of_pytorch_grad_cam_to_1e_4_once_both_are_stretched_alike(bench):
    size = 128
    settings = symmetry_settings(size).input
    pixels = packed_pixels(bench.photographs.files, 3, settings, bench.folder / "images.npy", "cpu")
    network, rows = grad_cam.network_of(size, "cpu"), torch.arange(3)
    ours = torch.cat(grad_cam.our_maps(network, pixels, rows, 2)).numpy()
    theirs = np.concatenate(grad_cam.their_maps(network, pixels, rows, 3))
    assert ours.max() == 1
    upsampled = np.stack([cv2.resize(cam, (size, size)) for cam in ours])
    np.testing.assert_allclose(scaled(upsampled), scaled(theirs), atol=1e-4)


def test_the_cache_holds_the_maps_to_half_precision(tmp_path):
    maps = np.random.default_rng(1).random((6, 5, 5))
    path = tmp_path / "cams.parquet"
    assert cam_size.write_table_of(maps, path) == path.stat().st_size
    frame, cams = load_cams(path)
    assert len(frame) == 6
    np.testing.assert_allclose(cams, maps, atol=5e-4)
    assert cam_size.write_files_of(maps, 32, tmp_path / "cam.npy") == 6 * (32 * 32 * 4 + 128)


def test_the_peers_network_is_ours(bench):
    settings = lesion_settings(64, 2, 1)
    settings = type(settings)(**vars(settings) | {"encoder": "test_efficientnet"})
    loop, rows = training.our_loop(bench.photographs.files, settings, bench.folder / "images.npy", "cpu")
    theirs = training.Theirs(settings, "cpu")
    encoder, last = loop.network.encoder.state_dict(), loop.network.head.classifier[-1]
    classifier = {"classifier.weight": last.weight.detach(), "classifier.bias": last.bias.detach()}
    theirs.model.load_state_dict(encoder | classifier)
    (images,), labels = loop.task.batch(rows[:3], None)
    loop.network.eval()
    theirs.model.eval()
    losses = loop.task.loss(loop.network(images), labels), theirs.criterion(theirs.model(images), labels)
    torch.testing.assert_close(losses[0], losses[1], atol=1e-5, rtol=0)
    gradients = [
        torch.autograd.grad(loss, network.conv_stem.weight)[0]
        for loss, network in zip(losses, (loop.network.encoder, theirs.model), strict=True)
    ]
    torch.testing.assert_close(gradients[0], gradients[1], atol=1e-5, rtol=1e-4)


def test_the_kept_batch_is_the_first(bench):
    settings = lesion_settings(64, 2, 1)
    settings = type(settings)(**vars(settings) | {"encoder": "test_efficientnet"})
    loop, rows = training.our_loop(bench.photographs.files, settings, bench.folder / "images.npy", "cpu")
    kept = training.kept_batch(loop, rows, settings)
    (images,), labels = loop.task.batch(rows[:2], None)
    (again,), same = kept.task.batch(rows[4:6], None)
    assert torch.equal(again, images)
    assert torch.equal(same, labels)


def test_the_loaders_images_are_ours_within_four_grey_levels_in_the_mean(bench):
    size, files = 64, bench.photographs.files
    folder = training.write_folders(files, bench.folder / "files")
    dataset = ImageFolder(str(folder), v2.Compose([v2.Resize((size, size)), v2.PILToTensor()]))
    theirs = {Path(path).name: image for (path, _), (image, _) in zip(dataset.samples, dataset, strict=True)}
    packed = pack(files, 3, size, bench.folder / "images.npy")
    for number in range(3):
        ours = torch.from_numpy(packed[number]).permute(2, 0, 1)
        assert (ours.float() - theirs[f"{number:04d}.jpg"].float()).abs().mean() < 4


def test_the_peers_turns_are_our_variants():
    image = torch.arange(3 * 4 * 4).view(3, 4, 4)
    for code, turn in enumerate(training.TURNS):
        assert torch.equal(turn(image), vary_batch(image[None], torch.tensor([code]))[0])


def test_the_loader_gives_as_many_batches_as_asked_for(bench):
    folder = training.write_folders(bench.photographs.files, bench.folder / "files")
    batches = list(training.their_loader(folder, lesion_settings(64, 2, 1), 3, "cpu"))
    assert [tuple(images.shape) for images, _ in batches] == [(2, 3, 64, 64)] * 3


def test_a_scripts_imports_are_its_first_lines():
    assert (
        "from selcn.storage.artifacts import read_arrow, write_table"
        in job_start.imports_of("join_shards").splitlines()
    )
    assert "snakemake" not in job_start.imports_of("train_lesion")


def test_the_packed_rows_of_the_memorys_row_are_all_there(tmp_path):
    memory.prepare(tmp_path, 5)
    memory.pack(tmp_path)
    packed = np.load(tmp_path / "results/packed/ham10000/shard-0/images.npy")
    assert packed.shape == (5, memory.SIZE, memory.SIZE, 3)
    assert np.ptp(packed, axis=0).max() == 0


def test_ceilings_are_of_one_thread_and_of_all():
    ceilings = measure_ceilings(quick=True)
    assert ceilings["one"].what == "1 thread, float32"
    assert min(min(ceiling.operations, ceiling.bytes) for ceiling in ceilings.values()) > 0


def test_real_photographs_are_taken_where_they_are(tmp_path, monkeypatch):
    monkeypatch.setenv("SELCN_REAL_DATA", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="unset SELCN_REAL_DATA"):
        find_photographs(tmp_path, 2)
    place = tmp_path / "ham10000_600x450/HAM10000_images_part_1"
    place.mkdir(parents=True)
    (place / "a.jpg").touch()
    assert find_photographs(tmp_path, 2) == Photographs((place / "a.jpg",), "1 photographs of HAM10000, 600x450")


def test_the_command_writes_a_table_and_its_values(tmp_path):
    command = [sys.executable, "-m", "benchmarks", "--quick", "--rows", "cam_size", str(tmp_path)]
    result = subprocess.run(command, cwd=CLONE, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "README.md").read_text() == result.stdout.removesuffix("\n")
    (line,) = json.loads((tmp_path / "bench.json").read_text())["rows"]["cam_size"]
    assert line["gains"][0] > 1


def refusal_of(arguments, monkeypatch, capsys):
    """Give the command arguments that it refuses, and return what it says."""
    monkeypatch.setattr(sys, "argv", ["benchmarks", *arguments])
    with pytest.raises(SystemExit) as refused:
        main()
    assert refused.value.code == 2
    return capsys.readouterr().err


def test_an_unknown_row_is_refused(monkeypatch, capsys):
    said = refusal_of(["--rows", "hare"], monkeypatch, capsys)
    assert "unknown rows hare; expected some of hair" in said


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_where_there_is_no_gpu_its_rows_are_refused(monkeypatch, capsys):
    said = refusal_of(["--quick", "--device", "cuda"], monkeypatch, capsys)
    assert "--device cuda: torch.cuda.is_available() is False" in said
