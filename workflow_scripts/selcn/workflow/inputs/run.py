"""Input functions of the run's record, cards and RO-Crate."""

from collections.abc import Mapping
from dataclasses import dataclass

from selcn.report.tables.data_sets import test_table
from selcn.workflow.inputs.results import ResultInputs
from selcn.workflow.paths import REPORT, Files, expand
from selcn.workflow.study import Study

RUN = f"{REPORT}/run"
CRATE = "results/ro-crate-metadata.json"
RUN_FILES = [
    f"{RUN}/{name}" for name in ("run.json", "jobs.parquet", "configuration.yaml", "model-card.md", "data-card.md")
]
"""The record of a run and its cards."""

_WITHOUT_EFFECT = ("allow_cpu", "jobs_per_gpu", "save_every", "group_writable", "images", "predict")
"""Keys of the configuration that change no result of the study."""


@dataclass(frozen=True)
class RunInputs:
    """Input functions of what describes the whole run of one study, in all its protocols."""

    results: ResultInputs

    @property
    def study(self) -> Study:
        """The study's lists."""
        return self.results.study

    @staticmethod
    def settings(config: Mapping) -> dict:
        """Return a configuration without the keys that change no result."""
        return {key: value for key, value in config.items() if key not in _WITHOUT_EFFECT}

    def label_tables(self, wildcards) -> Files:
        """Return every data set's label tables, named `labels_<dataset>`."""
        return {f"labels_{dataset}": self.results.images.label_tables_of(dataset) for dataset in self.study.datasets}

    def of_clone(self, path: str) -> str:
        """Return the path of one of the workflow's own files."""
        return self.results.images.from_clone(path)

    def template(self, name: str) -> str:
        """Return the path of a card's template, which is no part of the code's digest."""
        return self.of_clone(f"workflow_scripts/selcn/report/run/templates/{name}")

    def of_datasets(self, name: str) -> list[str]:
        """Return a file of every data set's index."""
        return expand(f"results/data/{{dataset}}/{name}", dataset=self.study.datasets)

    # The model card: files, and in the same order what each is of.

    def model_tables(self) -> list[str]:
        """Return the tables that the model card shows values of."""
        return [f"results/{protocol}/tables/{name}.csv" for protocol, name in self.shown_tables()]

    def shown_tables(self) -> list[tuple[str, str]]:
        """Return protocol and name of these tables."""
        roles = self.study.roles
        numbers = ["05", "06b", "08b", "09", *(["10"] if roles["external"] else []), "measures"]
        numbers += map(test_table, roles["lesion"][1:])
        names = [*(f"table-{number}" for number in numbers), "subgroups", "comparisons", "audit"]
        return [(protocol, name) for protocol in self.study.protocols for name in names]

    def metrics(self) -> list[str]:
        """Return the files that say whether a cell or symmetry model failed."""
        folders = {dataset: f"lesion/{dataset}" for dataset in self.study.cells_of}
        return [
            f"results/{protocol}/{folders.get(dataset, 'symmetry')}/{model}/metrics.json"
            for protocol, dataset, model in self.evaluated()
        ]

    def evaluated(self) -> list[tuple[str, str, str]]:
        """Return protocol, training data set and name of every symmetry model and ablation cell."""
        models = {self.study.symmetry_set: self.study.models_like_symmetry, **self.study.cells_of}
        return [
            (protocol, dataset, model)
            for protocol in self.study.protocols
            for dataset, names in models.items()
            for model in names
        ]

    # The data card.

    def splits(self) -> list[str]:
        """Return every split table."""
        return [f"results/{protocol}/splits/{dataset}.parquet" for protocol, dataset in self.split_datasets()]

    def split_datasets(self) -> list[tuple[str, str]]:
        """Return protocol and data set of every split table."""
        return [(protocol, dataset) for protocol in self.study.protocols for dataset in self.study.datasets]

    # The RO-Crate.

    def outputs(self, targets: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """Return the results that the RO-Crate describes, by kind, given the files of the named targets."""
        tables = targets["tables"]
        # answers.md alone is no table.
        values = [
            f"{path.removesuffix('md')}csv"
            for path in tables
            if path.endswith(".md") and not path.endswith("/answers.md")
        ]
        return {
            "tables": [*tables, *values],
            "figures": targets["figures"],
            "metrics": self.metrics(),
            "report": [path for path in targets["report"] if path not in (CRATE, f"{RUN}/configuration.yaml")],
        }
