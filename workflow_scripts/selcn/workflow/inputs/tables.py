"""Input files of the thesis's tables 5 to 15 and of the tables of further metrics."""

from collections.abc import Iterable, Sequence

from selcn.design.cells import MASKS, WITHOUT_CAMS, cell_of
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.paths import Files
from selcn.workflow.study import Study

MODEL_1, MODEL_3 = cell_of("none", WITHOUT_CAMS), cell_of("none", "seg")

SYMMETRY_SETS = ["ham10000", "symderm"]
DATASETS = {
    "05": ["ham10000"],
    "10": [*SYMMETRY_SETS, "isic2019"],
    "unfamiliar": [*SYMMETRY_SETS, "isic2019"],
    **{table: [*SYMMETRY_SETS, "isic2016"] for table in ("13", "14", "15")},
}
"""The data sets that a table's numbers depend on, where these are not HAM10000 and SymDerm."""

MASKED = {
    **{table: [] for table in ("05", "11", "malignancy")},
    **{table: ["symderm"] for table in ("06a", "06b")},
    **{table: ["symderm", "isic2016"] for table in ("13", "14")},
}
"""The data sets whose masked images a table's numbers depend on, where these are not the ones above."""


def metrics_files(study: Study) -> dict[str, dict[str, str]]:
    """Return our values of each table: the file of each model, in the table's order."""

    def symmetry(name: str, models: Iterable[str]) -> dict[str, str]:
        return {model: f"results/{{protocol}}/symmetry/{model}/{name}" for model in models}

    def lesion(name: str, dataset: str = "ham10000", cells: Iterable[str] | None = None) -> dict[str, str]:
        cells = cells or study.cells_of[dataset]
        return {cell: f"results/{{protocol}}/lesion/{dataset}/{cell}/{name}" for cell in cells}

    # Each architecture's network of fold 0, as in the thesis, and its ensemble.
    ensembles = [f"{name}-ensemble" for name in study.architectures] if study.has_ensemble else []
    folders = {name: f"{name}/fold-0" for name in study.architectures} | {name: name for name in ensembles}
    models, cells, isic2016 = study.symmetry_models, lesion("metrics.json"), lesion("metrics.json", "isic2016")
    return {
        "05": {name: f"results/{{protocol}}/segmentation/{folder}/metrics.json" for name, folder in folders.items()},
        **dict.fromkeys(("06a", "06b"), symmetry("metrics.json", models)),
        "07": symmetry("localisation.json", MASKS),
        "malignancy": symmetry("metrics.json", ["malignancy"]),
        **dict.fromkeys(("08a", "08b", "10", "measures", "unfamiliar"), cells),
        "09": lesion("localisation.json"),
        "11": lesion("metrics.json", cells=[MODEL_1]),
        "12": lesion("metrics.json", cells=[MODEL_3]),
        "13": isic2016,
        "14": isic2016,
        "15": lesion("localisation.json", "isic2016"),
    }


def table_models(study: Study, tables: Sequence[str]) -> dict[str, list[str]]:
    """Return the models of some tables, in the order of their files of metrics."""
    metrics = metrics_files(study)
    return {table: list(metrics[table]) for table in tables}


def table_datasets(tables: Sequence[str]) -> dict[str, list[str]]:
    """Return the data sets that the numbers of some tables depend on, in the order of their summaries."""
    return {table: DATASETS.get(table, SYMMETRY_SETS) for table in tables}


def masked_datasets(tables: Sequence[str]) -> dict[str, list[str]]:
    """Return the data sets whose masked images the numbers of some tables depend on, in the order of their masks."""
    return {table: MASKED.get(table, datasets) for table, datasets in table_datasets(tables).items()}


def masks_of(datasets: Iterable[str]) -> list[str]:
    """Return the masks' manifests of some data sets."""
    return [f"results/{{protocol}}/masks/{dataset}/manifest.parquet" for dataset in datasets]


def table_files(results: ResultInputs, tables: Sequence[str]) -> Files:
    """Return the files that some tables are made from, named by the table."""
    metrics, datasets, masked = metrics_files(results.study), table_datasets(tables), masked_datasets(tables)
    named: Files = {}
    for table in tables:
        named[f"metrics_{table}"] = list(metrics[table].values())
        named[f"summaries_{table}"] = [f"results/data/{dataset}/summary.json" for dataset in datasets[table]]
        named[f"masks_{table}"] = masks_of(masked[table])
        named[f"thesis_{table}"] = results.thesis_values(table)
    return named
