"""Damaged files: noticed whatever they are, never used, and made again by the same command."""

import re
import shutil
from pathlib import Path

import pytest

from damage import damaged
from selcn.storage.checksums import FOLDER, fault_of
from studies import CELL

pytestmark = pytest.mark.workflow


def kinds_of(study) -> dict[str, Path]:
    """One file of every kind that the jobs of the thesis's protocol declared."""
    results = study.directory / "results"
    files = [place.parents[1] / place.name for place in sorted(results.rglob(f"{FOLDER}/*"))]
    files = [path for path in files if path.relative_to(results).parts[0] not in ("leakfree", "lesions")]
    names = {path: re.sub(r"(fold|shard|seed)-\d+", r"\1", path.relative_to(results).as_posix()) for path in files}
    names = {path: re.sub(r"ham10000|symderm|isic2019|isic2016", "dataset", name) for path, name in names.items()}
    return {name: path for path, name in names.items()}


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.unlink()  # a second name of it would change as well
    path.write_bytes(content)


def test_twenty_cuts_and_twenty_flips_of_every_kind_of_file_are_noticed(study):
    kinds = kinds_of(study)
    assert len(kinds) > 25
    for name, path in kinds.items():
        assert fault_of(path) is None, name
        for wrong in damaged(path.read_bytes()):
            path.unlink()
            path.write_bytes(wrong)
            assert fault_of(path) is not None, name


def test_verify_names_every_damage_and_the_same_command_makes_it_again(study, finished):
    results, kinds = study.directory / "results", kinds_of(study)
    pictures = [results / "hair/ham10000/images", results / "thesis/masks/ham10000/seg"]
    work = sorted((study.directory / "work/train_lesion_ham10000").rglob("best.pt"))[0]
    broken = [*kinds.values(), *(sorted(folder.iterdir())[0] for folder in pictures), work]
    assert study.snakemake("verify").returncode == 0
    for path in broken:
        flip(path)
    result = study.snakemake("verify")
    assert result.returncode != 0
    unnamed = [path for path in broken if str(path.relative_to(study.directory)) not in result.stdout]
    assert not unnamed
    assert f"{len(broken)} damaged files were set aside" in result.stdout
    study.run(CELL)
    assert (study.directory / CELL).read_bytes() == (finished.directory / CELL).read_bytes()
    assert study.snakemake("verify").returncode == 0


def test_a_job_names_the_damaged_input_and_the_same_command_makes_it_again(study, finished):
    model = study.directory / "results/thesis/symmetry/lae/fold-0/best.pt"
    # A failing disk damages a file under all its names. Fold 1 is whole and is not trained again.
    work = study.directory / "work/train_symmetry/thesis/symmetry/lae/fold-0"
    for path in (model, *work.glob("*/outputs/best.pt")):
        flip(path)
    shutil.rmtree(study.directory / "results/thesis/cams/isic2019")
    shutil.rmtree(study.directory / "work/compute_cams")
    result = study.snakemake(CELL)
    assert result.returncode != 0
    assert "results/thesis/symmetry/lae/fold-0/best.pt: its SHA-256 is" in result.stdout
    study.run(CELL, str(model.relative_to(study.directory)))
    log = (study.directory / "logs/train_symmetry/thesis/lae.log").read_text()
    assert re.findall(r"is damaged|already finished", log) == ["is damaged", "already finished"]
    assert (study.directory / CELL).read_bytes() == (finished.directory / CELL).read_bytes()


def test_a_photograph_that_changed_is_named_with_what_to_do(study):
    photograph = sorted((study.directory / "data/isic2019").rglob("*.jpg"))[0]
    flip(photograph)
    result = study.snakemake("verify")
    assert result.returncode != 0
    assert f"{photograph.name}: its bytes have changed" in result.stdout
    assert "--forcerun index_dataset" in result.stdout
