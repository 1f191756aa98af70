"""Write the bundle of a lesion cell: weights, ONNX models, page, metadata, model card and checksums."""

import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import yaml

from selcn.data.duplicates.decisions import copies
from selcn.design.cells import CELLS
from selcn.design.datasets import DATASETS, ROLES, name_of_set
from selcn.evaluation.leakage import ImageRelations, audit, leaking
from selcn.evaluation.model_uses import applications
from selcn.jobs.job import job
from selcn.prediction.bundle import METADATA, Bundle, write_checksums
from selcn.prediction.calibrating import calibrated, metrics_of_mean, pooled_validation
from selcn.prediction.known_writing import known_part
from selcn.prediction.metadata import data_of, metadata_of
from selcn.prediction.onnx.cost import cost_of_onnx
from selcn.prediction.onnx.export import export_onnx
from selcn.prediction.onnx.precision import FULL
from selcn.prediction.unlike import write_unlike
from selcn.prediction.web.write import write_page
from selcn.prediction.writing import lesion_part, segmentation_part, symmetry_part
from selcn.report.run.cards import render
from selcn.report.run.terms import TERMS
from selcn.report.tables.render import write_text
from selcn.storage.artifacts import read_table, write_json
from selcn.training.packed import PackedImages

# Test images on which float16 or int8 is compared with float32.
COMPARED = 500


def main(snakemake, log) -> None:
    inputs, params = snakemake.input, snakemake.params
    folder = Path(snakemake.output.metadata).parent
    # Of a former bundle, whose networks may have had other names.
    shutil.rmtree(folder, ignore_errors=True)
    metadata = metadata_of(params.bundle, write_parts(snakemake, folder))
    metadata["unlike"] = write_unlike(
        Bundle(folder, metadata), Path(inputs.weights), PackedImages.open(inputs), read_table(inputs.splits[0])
    )
    metadata["onnx"] = export_onnx(Bundle(folder, metadata), params.precision)
    write_json(metadata, folder / METADATA)
    if params.libraries:
        write_page(folder, dict(zip(params.libraries, map(Path, inputs.libraries), strict=True)))
    uses = uses_of(inputs, params)
    write_card(snakemake, metadata, uses, folder)
    if params.precision != FULL:
        metadata["onnx"]["cost"] = cost_of_onnx(folder, *test_images(inputs, COMPARED))
        write_card(snakemake, metadata, uses, folder)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    log.info("%d networks, %.1f MB", len(list(folder.glob("weights/*"))), size / 1e6)


def write_parts(snakemake, folder: Path) -> dict[str, Any]:
    """Write weights and known images into the bundle's folder; return what `metadata_of` takes of them."""
    inputs, params, wildcards, told = snakemake.input, snakemake.params, snakemake.wildcards, snakemake.params.bundle
    validation = pooled_validation(told["networks"], list(map(read_table, inputs.validation)))
    temperature, thresholds = calibrated(validation, told["sensitivities"])
    # The demo's images are synthetic.
    terms = dict.fromkeys(DATASETS, "synthetic images, under the workflow's MIT licence") if params.demo else TERMS
    parts = {
        "cell": wildcards.cell,
        "protocol": wildcards.protocol,
        "version": yaml.safe_load(Path(inputs.citation).read_text())["version"],
        "demo": params.demo,
        "segmentation": segmentation_part(inputs, told, folder),
        "symmetry": symmetry_part(inputs, told, folder),
        "lesion": lesion_part(inputs, told, folder) | {"temperature": temperature},
        "thresholds": thresholds,
        "data": data_of(told["datasets"], inputs.indices, told["trained"], inputs.trained, terms),
        "metrics": metrics_of_mean(list(map(read_table, inputs.predictions)), temperature),
    }
    return parts | {"known": known_part(inputs, told, parts, folder)}


def uses_of(inputs, params) -> pd.DataFrame:
    """Return the audit of the uses of the bundle's networks."""
    relations = ImageRelations.of(read_table(inputs.groups), copies(read_table(inputs.pairs)))
    return audit(list(applications(inputs, SimpleNamespace(**params.uses))), relations)


def write_card(snakemake, metadata: dict[str, Any], uses: pd.DataFrame, folder: Path) -> None:
    """Write metadata and model card, and the checksums of all files."""
    facts = {
        "metadata": metadata,
        "model": 1 + CELLS.index(metadata["cell"]),
        "repository": yaml.safe_load(Path(snakemake.input.citation).read_text()).get("repository-code"),
        "uses": uses.to_dict("records"),
        "leaking": len(leaking(uses)),
        "page": bool(snakemake.params.libraries),
        "names": DATASETS,
        "sets": {role: name_of_set(role) for role in ROLES},
    }
    write_text(render(snakemake.input.template, facts), folder / "README.md")
    write_json(metadata, folder / METADATA)
    write_checksums(folder)


def test_images(inputs, count: int) -> tuple[np.ndarray, list[str]]:
    """Return packed test images, the first ones by id, and their labels."""
    packed, tested = PackedImages.open(inputs), read_table(inputs.predictions[0]).head(count)
    rows = pd.Index(packed.rows["image_id"]).get_indexer(tested["image_id"])
    return packed.images[rows], tested["label"].tolist()


with job(snakemake) as log:  # noqa: F821
    main(snakemake, log)  # noqa: F821
