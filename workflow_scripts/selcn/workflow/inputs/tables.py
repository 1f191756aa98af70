"""Input files of the thesis's tables 5 to 15 and of the tables of further metrics."""

from collections.abc import Iterable, Sequence

from selcn.design.cells import MASKS, WITHOUT_CAMS, cell_of
from selcn.report.tables.data_sets import datasets_of, like, masked_sets_of, tables_of
from selcn.report.tables.specs import SPECS
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.paths import Files
from selcn.workflow.study import Study

SOURCES = {"folds": "metrics.json", "localisation": "localisation.json"}
"""The evaluation's file, by the source of a table's values."""

MODEL_1, MODEL_3 = cell_of("none", WITHOUT_CAMS), cell_of("none", "seg")


def metrics_files(study: Study) -> dict[str, dict[str, str]]:
    """Return our values of each table: the file of each model, in the table's order."""

    def symmetry(name: str, models: Iterable[str]) -> dict[str, str]:
        return {model: f"results/{{protocol}}/symmetry/{model}/{name}" for model in models}

    def lesion(name: str, dataset: str = study.lesion_set, cells: Iterable[str] | None = None) -> dict[str, str]:
        cells = cells or study.cells_of[dataset]
        return {cell: f"results/{{protocol}}/lesion/{dataset}/{cell}/{name}" for cell in cells}

    # Each architecture's network of fold 0, as in the thesis, and its ensemble.
    ensembles = [f"{name}-ensemble" for name in study.architectures] if study.has_ensemble else []
    folders = {name: f"{name}/fold-0" for name in study.architectures} | {name: name for name in ensembles}
    # Tables of the data sets with networks of their own: their cells on validation and test sets, and localisation.
    own: dict[str, dict[str, str]] = {}
    for dataset in study.roles["lesion"][1:]:
        for table in tables_of(dataset):
            own[table] = lesion(SOURCES[SPECS[like(table)].source], dataset)
    models, cells = study.symmetry_models, lesion("metrics.json")
    return {
        "05": {name: f"results/{{protocol}}/segmentation/{folder}/metrics.json" for name, folder in folders.items()},
        **dict.fromkeys(("06a", "06b"), symmetry("metrics.json", models)),
        "07": symmetry("localisation.json", MASKS),
        "malignancy": symmetry("metrics.json", ["malignancy"]),
        **dict.fromkeys(("08a", "08b", "10", "measures", "unfamiliar"), cells),
        "09": lesion("localisation.json"),
        "11": lesion("metrics.json", cells=[MODEL_1]),
        "12": lesion("metrics.json", cells=[MODEL_3]),
        **own,
    }


def table_models(study: Study, tables: Sequence[str]) -> dict[str, list[str]]:
    """Return the models of some tables, in the order of their files of metrics."""
    metrics = metrics_files(study)
    return {table: list(metrics[table]) for table in tables}


def table_datasets(study: Study, tables: Sequence[str]) -> dict[str, list[str]]:
    """Return the data sets that the numbers of some tables depend on, in the order of their summaries."""
    return {table: datasets_of(table, study.roles) for table in tables}


def masked_datasets(study: Study, tables: Sequence[str]) -> dict[str, list[str]]:
    """Return the data sets whose masked images the numbers of some tables depend on, in the order of their masks."""
    return {table: masked_sets_of(table, study.roles) for table in tables}


def masks_of(datasets: Iterable[str]) -> list[str]:
    """Return the masks' manifests of some data sets."""
    return [f"results/{{protocol}}/masks/{dataset}/manifest.parquet" for dataset in datasets]


def table_files(results: ResultInputs, tables: Sequence[str]) -> Files:
    """Return the files that some tables are made from, named by the table."""
    study = results.study
    metrics, datasets, masked = metrics_files(study), table_datasets(study, tables), masked_datasets(study, tables)
    named: Files = {}
    for table in tables:
        named[f"metrics_{table}"] = list(metrics[table].values())
        named[f"summaries_{table}"] = [f"results/data/{dataset}/summary.json" for dataset in datasets[table]]
        named[f"masks_{table}"] = masks_of(masked[table])
        named[f"thesis_{table}"] = results.thesis_values(table)
    return named
