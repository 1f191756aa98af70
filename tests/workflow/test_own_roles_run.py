"""A study without the thesis's data sets: 300 drawn images with tables, columns, classes and masks of their own."""

import pytest
import yaml

from own_data import CASES, DECLARATIONS, FURTHER, declare, write_tables
from selcn.storage.artifacts import read_json, read_table
from studies import Study, copy_project, made_once

pytestmark = pytest.mark.workflow

CELL = "results/thesis/lesion/clinic/cls-none_sym-off"
ESSENTIAL = (
    "results/thesis/masks/clinic/manifest.parquet",
    "results/thesis/symmetry/none/metrics.json",
    f"{CELL}/metrics.json",
    f"{CELL}/seed-42/fold-0/predictions/archive.parquet",
)
"""What the networks of every role make: masks, a symmetry model, a cell, and its predictions of the external set."""


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Study:
    """The study of four declared tables, in which the essential targets of every role are made."""

    def make(clone) -> Study:
        copy_project(clone)
        images = clone / "images"
        write_tables(images)
        config = yaml.safe_load((clone / "config/demo.yaml").read_text())
        for stage in ("segmentation", "symmetry", "lesion"):
            config[stage]["training"]["epochs"] = 1
        config["segmentation"] |= {"architectures": ["unet"], "ensemble": {"folds": 1, "flips": False}}
        config["symmetry"] |= {"backbone": "squeezenet1_0", "backbones": []}
        config |= {"demo": None, "data": {}, "datasets": declare(clone / "config", images), "search": {"trials": 0}}
        (clone / "config/own.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
        study = Study(clone, "own", ("config/own.yaml",))
        study.run(*ESSENTIAL)
        return study

    return made_once(tmp_path_factory, "own", make)


def test_declarations_have_about_twenty_lines():
    assert max(len(text.splitlines()) for text in DECLARATIONS.values()) <= 20


def test_all_resolves_where_every_role_is_taken_by_own_tables(own):
    jobs = own.jobs("all")
    # 12 cells and 4 sham controls without `malignancy`, of which one cell of the thesis's protocol is made.
    assert (jobs["train_lesion_clinic"], jobs["train_lesion_second"]) == (2 * 16 - 1, 2 * 12)
    assert jobs["write_second_tables"] == jobs["write_external_table"] == 2
    assert {"generate_demo_data", "read_diagnoses", "train_lesion_ham10000", "write_isic2016_tables"}.isdisjoint(jobs)


def test_the_index_has_the_table_s_labels_patients_skin_types_and_masks(own):
    index = read_table(own.directory / "results/data/clinic/index.parquet")
    assert index["label"].value_counts().to_dict() == dict.fromkeys(("nevus", "cancer", "keratosis"), CASES // 3)
    assert index["image_id"].str.startswith("clinic_B").all()
    assert (index["lesion_id"].nunique(), index["patient_id"].nunique()) == (CASES // 2, CASES // 6)
    assert set(index["skin_type"]) == {"I", "II", "III", "IV", "V", "VI"}
    assert index["mask_path"].str.contains("/outlines/m").all()
    assert index["age"].between(30, 80).all()


def test_every_image_gets_a_mask(own):
    assert len(read_table(own.directory / "results/thesis/masks/clinic/manifest.parquet")) == CASES


def test_the_symmetry_model_is_trained_on_the_same_images_by_another_label(own):
    predictions = read_table(own.directory / "results/thesis/symmetry/none/fold-0/predictions/test.parquet")
    assert set(predictions["label"]) == {"asymmetric", "symmetric"}
    index = read_table(own.directory / "results/data/clinic/index.parquet")
    assert set(predictions["image_id"]) <= set(index["image_id"])


def test_the_cell_has_the_declared_classes_and_predicts_the_external_set(own):
    metrics = read_json(own.directory / CELL / "metrics.json")
    assert set(metrics["classes"]["test"]) == {"nevus", "cancer", "keratosis"}
    external = read_table(own.directory / CELL / "seed-42/fold-0/predictions/archive.parquet")
    assert {f"prob_{name}" for name in ("nevus", "cancer", "keratosis")} <= set(external)
    assert external["label"].value_counts().to_dict() == dict.fromkeys(("nevus", "cancer", "keratoma"), FURTHER // 3)
