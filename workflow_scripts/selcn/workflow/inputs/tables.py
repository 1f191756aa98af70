"""Input files of the thesis's tables 5 to 15 and of the tables of further metrics."""

from collections.abc import Sequence

from selcn.design.cells import MASKS, WITHOUT_CAMS, cell_of
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.paths import Files, expand
from selcn.workflow.study import Study

SEGMENTATION = "results/{protocol}/segmentation/{architecture}"
SYMMETRY = "results/{protocol}/symmetry/{model}"
LESION = "results/{protocol}/lesion/{dataset}/{cell}"
MODEL_1, MODEL_3 = cell_of("none", WITHOUT_CAMS), cell_of("none", "seg")

SYMMETRY_SETS = ["ham10000", "symderm"]
DATASETS = {
    "05": ["ham10000"],
    "10": [*SYMMETRY_SETS, "isic2019"],
    "unfamiliar": [*SYMMETRY_SETS, "isic2019"],
    **{table: [*SYMMETRY_SETS, "isic2016"] for table in ("13", "14", "15")},
}
"""The data sets that a table's numbers depend on, where these are not HAM10000 and SymDerm."""


def metrics_files(study: Study) -> dict[str, list[str]]:
    """Return the files of our side of each table."""

    def lesion(name: str, dataset: str = "ham10000", cells: Sequence[str] | None = None) -> list[str]:
        return expand(f"{LESION}/{name}", dataset=dataset, cell=cells or study.cells_of[dataset])

    # Each architecture's network of fold 0, as in the thesis, and its ensemble.
    segmentation = [f"{SEGMENTATION}/fold-0/metrics.json"]
    segmentation += [f"{SEGMENTATION}-ensemble/metrics.json"] if study.has_ensemble else []
    symmetry = expand(f"{SYMMETRY}/metrics.json", model=study.symmetry_models)
    cells, isic2016 = lesion("metrics.json"), lesion("metrics.json", "isic2016")
    return {
        "05": expand(segmentation, architecture=study.architectures),
        "06a": symmetry,
        "06b": symmetry,
        "07": expand(f"{SYMMETRY}/localisation.json", model=MASKS),
        "malignancy": expand(f"{SYMMETRY}/metrics.json", model="malignancy"),
        **dict.fromkeys(("08a", "08b", "10", "measures", "unfamiliar"), cells),
        "09": lesion("localisation.json"),
        "11": lesion("metrics.json", cells=[MODEL_1]),
        "12": lesion("metrics.json", cells=[MODEL_3]),
        "13": isic2016,
        "14": isic2016,
        "15": lesion("localisation.json", "isic2016"),
    }


def table_files(results: ResultInputs, tables: Sequence[str]) -> Files:
    """Return the files that some tables are made from, named by the table."""
    metrics = metrics_files(results.study)
    named: Files = {}
    for table in tables:
        named[f"metrics_{table}"] = metrics[table]
        named[f"summaries_{table}"] = expand(
            "results/data/{dataset}/summary.json", dataset=DATASETS.get(table, SYMMETRY_SETS)
        )
        named[f"thesis_{table}"] = results.thesis_values(table)
    return named
