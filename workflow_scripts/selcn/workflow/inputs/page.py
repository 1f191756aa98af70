"""Input functions of the report's page: its files, and in the same order what each is of."""

from collections.abc import Mapping
from dataclasses import dataclass

from selcn.report.html.drawings import drawing_of, path_of
from selcn.report.tables.data_sets import EXTERNAL_TABLES
from selcn.workflow.inputs.tables import metrics_files
from selcn.workflow.named_targets import figures_of
from selcn.workflow.paths import REPORT, Files, fill
from selcn.workflow.study import Study

LISTS = tuple(f"results/lesions/{name}" for name in ("detection.csv", "detection.md", "pairs-to-judge.csv"))
"""What the page links to of the search for images of one lesion."""

SHEET = "results/lesions/contact-sheet.pdf"
"""The pairs to judge, with images."""


@dataclass(frozen=True)
class PageInputs:
    """Input functions of the page of one study."""

    study: Study

    @property
    def photographs(self) -> bool:
        """Whether the page may show images of the data sets."""
        return self.study.config["report"]["photographs"]

    def tables(self) -> list[tuple[str, str]]:
        """Return protocol and name of every table of the study."""
        numbers = [number for numbers in self.study.tables.values() for number in numbers]
        names = [f"table-{number}" for number in [*numbers, *(["backbones"] if self.study.backbones else [])]]
        names += ["comparisons", "subgroups", "audit", "hair", "label-audit", "label-costs", "epochs"]
        names += [f"{table}-{dataset}" for dataset in self.study.further_sets for table in EXTERNAL_TABLES]
        return self._of_protocols(names)

    def texts(self) -> list[tuple[str, str]]:
        """Return protocol and name of every text: the tables' Markdown and the answers."""
        return [*self.tables(), *self._of_protocols(["answers"])]

    def figures(self) -> list[tuple[str, str]]:
        """Return protocol and name of every figure; the protocol is "" for a figure of all."""
        names = [*figures_of(self.study), "doubtful-labels"]
        names += ["shams"] if self.study.sham_masks else []
        searched = [(protocol, f"search/{name}") for protocol, name in self.searches()]
        once = [(protocol, name) for protocol, name in self._of_protocols(names) if self._is_shown(protocol, name)]
        return [*once, *searched, ("", "near-duplicates")]

    def _is_shown(self, protocol: str, name: str) -> bool:
        """Return whether a figure is shown in a protocol: the first alone if it is the same in all."""
        return protocol == self.study.protocols[0] or not drawing_of(name).common

    def searches(self) -> list[tuple[str, str]]:
        """Return protocol and name of every search for hyper-parameters."""
        return [(protocol, name) for protocol in self.study.search.protocols for name in self.study.search.names]

    def splits(self) -> list[tuple[str, str]]:
        """Return protocol and data set of every split table."""
        return self._of_protocols(self.study.datasets)

    def ensembles(self) -> list[str]:
        """Return the protocols whose masks are an ensemble's; in leakfree each image has an out-of-fold network's."""
        return [name for name in self.study.protocols if self.study.has_ensemble and name != "leakfree"]

    def evaluated(self) -> list[tuple[str, str, str]]:
        """Return protocol, table and model of every evaluation that a table shows."""
        return [
            (protocol, f"table-{table}", model)
            for protocol in self.study.protocols
            for table, models in self._metrics().items()
            for model in models
        ]

    def _metrics(self) -> Mapping[str, Mapping[str, str]]:
        found = metrics_files(self.study)
        shown = {table: found[table] for tables in self.study.tables.values() for table in tables}
        backbones = {name: f"results/{{protocol}}/backbones/{name}/metrics.json" for name in self.study.backbones}
        return shown | ({"backbones": backbones} if backbones else {})

    def _of_protocols(self, names: list[str]) -> list[tuple[str, str]]:
        return [(protocol, name) for protocol in self.study.protocols for name in names]

    def files(self) -> Files:
        """Return the input files, by name."""
        metrics = self._metrics()
        searched = [f"results/{protocol}/search/{name}" for protocol, name in self.searches()]
        return {
            "tables": [f"results/{protocol}/tables/{name}.csv" for protocol, name in self.tables()],
            "texts": [f"results/{protocol}/tables/{name}.md" for protocol, name in self.texts()],
            "figures": [f"results/{path_of(*figure)}" for figure in self.figures()],
            "indices": [f"results/data/{dataset}/index.parquet" for dataset in self.study.datasets],
            "summaries": [f"results/data/{dataset}/summary.json" for dataset in self.study.datasets],
            "rejected": [f"results/data/{dataset}/rejected.csv" for dataset in self.study.datasets],
            "splits": [f"results/{protocol}/splits/{dataset}.parquet" for protocol, dataset in self.splits()],
            "trials": [f"{folder}/trials.csv" for folder in searched],
            "importances": [f"{folder}/importances.json" for folder in searched],
            "detection": "results/lesions/detection.csv",
            "selected": [f"results/{protocol}/segmentation/selected.json" for protocol in self.study.protocols],
            "evaluated": [
                fill(metrics[table.removeprefix("table-")][model], {"protocol": protocol})
                for protocol, table, model in self.evaluated()
            ],
        }

    def charted(self) -> Files:
        """Return the input files that charts are drawn from, by name."""
        return {name: paths for name, paths in self.files().items() if name in ("tables", "splits")}

    def shown(self) -> dict[str, list]:
        """Return what the input files are of, under the name of each."""
        names = ("tables", "texts", "figures", "splits", "searches", "evaluated")
        return {name: getattr(self, name)() for name in names} | {"datasets": self.study.datasets}

    def copied(self) -> list[str]:
        """Return the input files that the page has copies of: tables, texts, and the figures that it may show."""
        files = self.files()
        figures = [
            path
            for (_, name), path in zip(self.figures(), files["figures"], strict=True)
            if self.photographs or not drawing_of(name).photographs
        ]
        judged = [*LISTS, *([SHEET] if self.photographs else [])]
        return [*files["tables"], *files["texts"], *files["trials"], *figures, *judged]

    def copies(self) -> list[str]:
        """Return the page's copies of these files, in the same order; of PNG figures as WebP."""
        copies = [path.replace("results/", f"{REPORT}/files/", 1) for path in self.copied()]
        return [f"{path.removesuffix('png')}webp" if path.endswith(".png") else path for path in copies]
