"""A failed network: its cell is marked with the reason, and everything else is evaluated, compared and shown."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from jobs import run_script
from score_files import THESIS, rows_of
from selcn.data.predictions import fault_of
from selcn.evaluation.failures import failure_of_networks
from selcn.storage.artifacts import read_json, read_table, write_table
from selcn.storage.cam_table import write_cams
from simulated_files import CLASSES, Images, networks_of

OFF, CAM, ZEROS, MASKED = "cls-none_sym-off", "cls-none_sym-none", "cls-none_sym-zeros", "cls-seg_sym-off"
CELLS, MODELS = [OFF, CAM, ZEROS, MASKED], ["none", "seg", "lae"]
SOURCES = {CAM: "none"}
PARTS = {"metrics": "metrics.json", "localisation": "localisation.parquet", "summary": "localisation.json"}
TABLES = {
    "08b": ("metrics", CELLS),
    "09": ("summary", CELLS),
    "measures": ("metrics", CELLS),
    "06b": ("metrics", MODELS),
    "07": ("summary", MODELS),
}
PROBABILITIES = [f"prob_{name}" for name in CLASSES]
CONSTANT = "constant logits, the same prediction for every image"
INFINITE = "predictions that are not finite"


def constant(table: pd.DataFrame) -> pd.DataFrame:
    """Predictions of logits that are the same for every image."""
    return table.assign(**dict.fromkeys(PROBABILITIES, np.float32(1 / 7)))


def diverged(table: pd.DataFrame) -> pd.DataFrame:
    """Predictions of a network whose weights are no numbers."""
    return table.assign(**dict.fromkeys(PROBABILITIES, np.float32(np.nan)))


@dataclass(frozen=True)
class Study:
    """A small study in a folder, some of whose networks (cell or model, fold) failed."""

    folder: Path
    failed: dict
    images: dict[str, Images]

    def file(self, name: str, of: str) -> Path:
        """Return the path of a file of a cell or model."""
        return self.folder / of / name

    def predictions(self, of: str, subset: str) -> list[Path]:
        """Return the paths of the predictions of two folds of a cell or model."""
        return [self.file(f"fold-{fold}/predictions/{subset}.parquet", of) for fold in range(2)]

    def write(self, of: str) -> None:
        """Write the predictions and the CAMs of a cell or model; of ISIC2019 there is no image."""
        images = self.images["symderm" if of in MODELS else "ham10000"]
        for place, subset in enumerate(("validation", "test", "isic2019")):
            for fold, path in enumerate(self.predictions(of, subset)):
                table = images.predicted(0.7, np.random.default_rng([place, fold, *of.encode()]))
                table = self.failed.get((of, fold), lambda made: made)(table.assign(logsumexp=np.float32(0)))
                write_table(table.iloc[:0] if subset == "isic2019" else table, path)
        ids, generator = self.images["ham10000"].image_id, np.random.default_rng([*of.encode()])
        frame = pd.DataFrame({"image_id": ids, "variant": "original", "predicted": "nv", "empty": False, "fold": 0})
        write_cams(frame, generator.random((len(ids), 4, 4)).astype(np.float16), self.file("seed-1/cams.parquet", of))

    def maps(self, of: str) -> dict[str, object]:
        """Return what the CAMs of a cell or model are scored by."""
        truth, rows = [self.folder / "masks.npy"], self.folder / "rows.parquet"
        return {"cams": self.file("seed-1/cams.parquet", of), "truth": truth, "rows": rows, "lesions": []}

    def evaluate_model(self, model: str) -> None:
        inputs = {subset: self.predictions(model, subset) for subset in ("validation", "test")}
        metrics = {"metrics": self.file("metrics.json", model)}
        run_script("evaluate_symmetry", self.folder, inputs, metrics)
        outputs = {
            "localisation": self.file(PARTS["localisation"], model),
            "summary": self.file(PARTS["summary"], model),
        }
        run_script(
            "localise_cams", self.folder, self.maps(model) | metrics, outputs, {"localisation": {}}, {"mask": model}
        )

    def evaluate_cell(self, cell: str) -> None:
        model = SOURCES.get(cell, "")
        inputs = {subset: self.predictions(cell, subset) for subset in ("validation", "test", "isic2019")}
        inputs |= self.maps(cell) | {"source": self.file("metrics.json", model) if model else []}
        outputs = {part: self.file(name, cell) for part, name in PARTS.items()}
        params = {"localisation": {}, "networks": networks_of([cell], {cell: [1]}, 2), "source": model}
        params |= {"testset": "isic2019"}
        outputs |= {"cams": self.file("cams.parquet", cell)}
        run_script("evaluate_lesion", self.folder, inputs, outputs, params, {"lesion_dataset": "ham10000"})

    def every(self, part: str, names: list[str]) -> list[Path]:
        """Return the paths of one part of the evaluations of some cells or models."""
        return [self.file(PARTS[part], name) for name in names]

    def compare(self) -> None:
        tested = {
            kind: [path for name in names for path in self.predictions(name, "test")]
            for kind, names in (("lesion", CELLS), ("symmetry", MODELS))
        }
        mapped = {"lesion": self.every("localisation", CELLS), "symmetry": self.every("localisation", MODELS)}
        networks = {
            "lesion": networks_of(CELLS, {cell: [1] for cell in CELLS}, 2),
            "symmetry": networks_of(MODELS, None, 2, "symmetry"),
        }
        evaluated = {"metrics": self.every("metrics", [*CELLS, *MODELS])}
        params = {"draws": 50, "exchanges": 500, "alpha": 0.05, "seed": 1, "evaluated": [*CELLS, *MODELS]}
        params |= {"demo": False, "remarks": [], "masked": [], "cells": CELLS, "symmetry_models": MODELS}
        params |= {"patients": []}
        tables = {}
        for kind, files in (("predictions", tested), ("localisation", mapped)):
            tables[kind] = self.folder / f"{kind}.parquet"
            inputs = files | evaluated | {"groups": self.folder / "groups.parquet", "patients": []}
            run_script(f"compare_{kind}", self.folder, inputs, {"comparisons": tables[kind]}, params | networks)
        outputs = {kind: self.folder / f"comparisons.{kind}" for kind in ("csv", "md", "html")}
        outputs |= {"answers": self.folder / "answers.md", "answers_html": self.folder / "answers.html"}
        inputs = tables | evaluated | {"masks": []}
        run_script("write_comparisons", self.folder, inputs, outputs, params, {"protocol": "leakfree"})

    def write_tables(self) -> None:
        inputs = {f"metrics_{table}": self.every(*of_table) for table, of_table in TABLES.items()}
        for table in TABLES:
            inputs |= {f"summaries_{table}": [], f"masks_{table}": []}
            inputs[f"thesis_{table}"] = [] if table == "measures" else THESIS / f"table-{table}.csv"
        none = {table: [] for table in TABLES}
        params = {"tables": list(TABLES), "models": {table: names for table, (_, names) in TABLES.items()}}
        params |= {"datasets": none, "masked": none, "demo": False, "remarks": []}
        outputs = {kind: [self.folder / f"table-{table}.{kind}" for table in TABLES] for kind in ("csv", "md", "html")}
        run_script("write_tables", self.folder, inputs, outputs, params, {"protocol": "thesis"})

    def metrics(self, name: str, file: str = "metrics.json") -> dict:
        return read_json(self.file(file, name))

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()


def evaluate(folder: Path, failed: dict) -> Study:
    """Run every script from the evaluations to tables and answers."""
    generator = np.random.default_rng(0)
    images = {name: Images.drawn(name, 40, 60, generator) for name in ("ham10000", "symderm")}
    write_table(pd.concat([of_dataset.groups() for of_dataset in images.values()]), folder / "groups.parquet")
    ids = images["ham10000"].image_id
    write_table(pd.DataFrame({"image_id": ids, "has_mask": True}), folder / "rows.parquet")
    np.save(folder / "masks.npy", np.tile(np.eye(8, dtype=np.uint8), (len(ids), 1, 1)))
    study = Study(folder, failed, images)
    for name in (*MODELS, *CELLS):
        study.write(name)
    for model in MODELS:
        study.evaluate_model(model)
    for cell in CELLS:
        study.evaluate_cell(cell)
    study.compare()
    study.write_tables()
    return study


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The study without a failed network."""
    return evaluate(tmp_path_factory.mktemp("sound"), {})


def pairs_of(study: Study, kind: str) -> set[tuple[str, str]]:
    table = read_table(study.folder / f"{kind}.parquet")
    return set(zip(table["cell"], table["reference"], strict=True))


ALL_PAIRS = {(CAM, OFF), (CAM, ZEROS), (ZEROS, OFF), (MASKED, OFF), ("seg", "none"), ("lae", "none")}


@pytest.mark.parametrize(
    ("failed", "reasons"),
    [
        pytest.param({(ZEROS, 1): constant}, {ZEROS: f"seed 1, fold 1: {CONSTANT}"}, id="one fold of a sham control"),
        pytest.param({(MASKED, 0): diverged}, {MASKED: f"seed 1, fold 0: {INFINITE}"}, id="one fold diverged"),
        pytest.param(
            {(OFF, 0): constant, (OFF, 1): diverged},
            {OFF: f"seed 1, fold 0: {CONSTANT}; seed 1, fold 1: {INFINITE}"},
            id="both folds of the reference",
        ),
        pytest.param(
            {("none", 1): constant},
            {
                "none": f"fold 1: {CONSTANT}",
                CAM: f"CAMs of symmetry model none, which failed (fold 1: {CONSTANT})",
            },
            id="the symmetry model behind CAMs",
        ),
    ],
)
def test_all_but_the_failed_is_made(tmp_path, sound, failed, reasons):
    study = evaluate(tmp_path, failed)
    for name in (*CELLS, *MODELS):
        for file in ("metrics.json", "localisation.json"):
            found = study.metrics(name, file)
            assert found.pop("failed", None) == reasons.get(name)
            if name not in reasons:
                assert found == sound.metrics(name, file)
    for kind in ("predictions", "localisation"):
        assert pairs_of(study, kind) == {pair for pair in ALL_PAIRS if not {*pair} & {*reasons}}
    for table, (_, names) in TABLES.items():
        text, before = study.text(f"table-{table}.md"), sound.text(f"table-{table}.md")
        of_table = [name for name in names if name in reasons]
        for name in of_table:
            label = f"Symmetry model {name}" if name in MODELS else name
            assert f"- {label} failed: {reasons[name]}." in text
        lines = [line for line in rows_of(text) if any(entry.startswith("failed") for entry in line)]
        # The further metrics are of two sets of images.
        assert len(lines) == len(of_table) * (2 if table == "measures" else 1)
        if not of_table:
            assert text == before


def test_a_sound_study_compares_every_pair_and_speaks_of_no_failure(sound):
    assert pairs_of(sound, "predictions") == pairs_of(sound, "localisation") == ALL_PAIRS
    assert not [path for path in sound.folder.glob("*.md") if "failed" in path.read_text()]


def test_tables_comparisons_and_answers_say_what_failed(tmp_path):
    study = evaluate(tmp_path, {(ZEROS, 1): constant, ("seg", 0): diverged})
    line = next(row for row in rows_of(study.text("table-08b.md")) if row[2] == "sham control: zeros")
    assert line[3:] == ["failed"] * 5
    symmetry = next(row for row in rows_of(study.text("table-06b.md")) if row[1] == "segmentation mask")
    assert symmetry[3].startswith("failed (")
    assert symmetry[3].endswith(", –)")
    reason = f"{ZEROS} failed: seed 1, fold 1: {CONSTANT}."
    holm = "Holm's correction is over the comparisons that were made; these do not count."
    of_cams = (
        "**Not compared, because a network failed: 2 pairs:** model 2 (no mask, CAMs: no mask) vs. sham control: zeros "
        "(no mask); sham control: zeros (no mask) vs. model 1 (no mask, no CAMs). "
        f"{reason} {holm}"
    )
    of_masks = (
        "**Not compared, because a network failed: 1 pair:** model 3 (segmentation mask) vs. model 2 (no mask). "
        f"Symmetry model seg failed: fold 0: {INFINITE}. {holm}"
    )
    questions = study.text("answers.md").split("\n## ")[1:]
    assert [of_cams in text for text in questions] == [True, True, False, False]
    assert [of_masks in text for text in questions] == [False, False, True, True]
    text = study.text("comparisons.md")
    assert "## Left out" in text
    assert "3 pairs:** " in text
    # A family has no more than the comparisons that were made: of two symmetry models one remains, by four metrics.
    table = read_table(study.folder / "predictions.parquet")
    family = table[table["question"] == "symmetry_masks"]
    assert family["cell"].tolist() == ["lae"] * 4
    assert family["p_adjusted"].max() <= min(1, 4 * family["p"].max())


def test_a_study_of_failed_networks_alone_has_tables_and_says_that_nothing_was_compared(tmp_path):
    study = evaluate(tmp_path, {(name, 0): constant for name in (*CELLS, *MODELS)})
    assert read_table(study.folder / "predictions.parquet").empty
    assert study.text("answers.md").count("Nothing was compared. **Not compared, because a network failed") == 4
    assert len([row for row in rows_of(study.text("table-08b.md")) if row[3].startswith("failed")]) == 4


def test_a_network_fails_only_where_it_gives_every_image_the_same_or_no_number():
    table = Images.drawn("ham10000", 20, 30, np.random.default_rng(0)).predicted(0.7, np.random.default_rng(1))
    assert fault_of(table) is None
    assert fault_of(constant(table)) == CONSTANT
    assert fault_of(diverged(table)) == INFINITE
    one = table.copy()
    one.loc[3, "prob_mel"] = np.nan
    assert fault_of(one) == INFINITE
    # Always the same class, with other probabilities: bad, but no failure.
    always = constant(table).assign(prob_nv=np.linspace(0.5, 0.9, len(table)))
    assert fault_of(always) is None
    # A network after a few epochs at a low learning rate.
    barely = constant(table)
    barely["prob_nv"] *= 1 + 5e-6 * np.linspace(0, 1, 30)
    assert fault_of(barely) is None
    # A single image says nothing.
    assert fault_of(constant(table).iloc[:1]) is None
    assert fault_of(constant(table).iloc[:0]) is None
    # Rounding of single precision.
    rounded = constant(table)
    rounded[PROBABILITIES] *= 1 + 6e-8 * np.random.default_rng(2).standard_normal((30, 7))
    assert fault_of(rounded) == CONSTANT
    assert failure_of_networks({"validation": [table], "test": [one]}, ["fold 0"]) == f"fold 0: {INFINITE}"


def test_a_segmentation_network_that_finds_no_lesion_is_no_failure(tmp_path):
    counts = pd.DataFrame({"image_id": ["a", "b"], "subset": "test", "tp": 0, "fp": 0, "fn": [5, 9], "tn": 91})
    write_table(counts, tmp_path / "counts.parquet")
    outputs = {"metrics": tmp_path / "metrics.json"}
    run_script("evaluate_segmentation", tmp_path, {"counts": tmp_path / "counts.parquet"}, outputs)
    assert read_json(outputs["metrics"])["test"]["dice"] == 0
