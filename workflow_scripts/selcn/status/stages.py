"""Files of the stages around the trainings: which there are, of which there will be."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from selcn.evaluation.failures import failure_in
from selcn.storage.artifacts import DamagedArtifactError
from selcn.workflow.named_targets import targets_of
from selcn.workflow.paths import expand, numbers
from selcn.workflow.study import Study

Counts = Mapping[str, Mapping[str, tuple[int, int]]]
"""For each stage, by data set or protocol: the number of its files that there are, and of all."""

SHARED = "shared"
"""Stands for the protocols in the column of files that belong to all of them."""


def data_stages(study: Study) -> dict[str, dict[str, list[str]]]:
    """Return the files of the stages before the protocols part, by data set."""

    def of_shards(pattern: str) -> dict[str, list[str]]:
        return {
            dataset: expand(pattern, dataset=dataset, shard=numbers(range(shards)))
            for dataset, shards in study.shards.items()
        }

    return {
        "index": {dataset: [f"results/data/{dataset}/index.parquet"] for dataset in study.datasets},
        "hair removal": of_shards("results/hair/{dataset}/shard-{shard}/manifest.parquet"),
        "packing": of_shards("results/packed/{dataset}/shard-{shard}/manifest.parquet"),
        "keypoints": of_shards("results/lesions/keypoints/{dataset}/shard-{shard}/manifest.parquet"),
    }


def protocol_stages(study: Study) -> dict[str, dict[str, list[str]]]:
    """Return the files of the other stages, by protocol; what belongs to all protocols under `SHARED`."""
    targets, results = targets_of(study), "results/{protocol}"
    stages = {
        "splits": _of(study, f"{results}/splits/{{dataset}}.parquet", dataset=study.datasets),
        "near-duplicates": [
            *expand("results/lesions/matches/part-{part}/matches.parquet", part=study.wildcards["part"]),
            "results/lesions/pairs.parquet",
        ],
        "search workers": expand(
            f"{results}/search/{{search}}/worker-{{worker}}.parquet",
            protocol=study.search.protocols,
            search=study.search.names,
            worker=study.wildcards["worker"],
        ),
        "masks": [
            path
            for dataset, shards in study.gpu_shards.items()
            for path in _of(
                study,
                f"{results}/masks/{dataset}/shard-{{shard}}/manifest.parquet",
                shard=numbers(range(shards)),
            )
        ],
        "frozen features": _of(
            study, f"{results}/features/{{dataset}}/{{mask}}/features.npy", dataset=study.encoded_sets, mask=study.masks
        ),
        "CAMs": targets["cams"],
        "evaluations": evaluations(study),
        # Each is also there as HTML.
        "tables": [path for path in targets["tables"] if path.endswith(".md")],
        "figures": targets["figures"],
        "report": targets["report"],
    }
    return {name: _by_protocol(study, paths) for name, paths in stages.items() if paths}


def evaluations(study: Study) -> list[str]:
    """Return the metrics of every symmetry model and lesion cell."""
    return _of(study, "results/{protocol}/symmetry/{model}/metrics.json", model=study.models_like_symmetry) + [
        path
        for dataset, cells in study.cells_of.items()
        for path in _of(study, f"results/{{protocol}}/lesion/{dataset}/{{cell}}/metrics.json", cell=cells)
    ]


def failed_networks(study: Study, folder: Path) -> dict[str, str]:
    """Return the evaluated models and cells that failed, by their folder below results/, each with the reason."""
    reasons = {path: _failure(folder / path) for path in evaluations(study)}
    return {
        path.removeprefix("results/").removesuffix("/metrics.json"): reason
        for path, reason in reasons.items()
        if reason
    }


def _failure(metrics: Path) -> str | None:
    """Return why a model failed, or why its metrics cannot be read; None of one that did not or is not evaluated."""
    try:
        return failure_in(metrics)
    except FileNotFoundError:
        return None
    except DamagedArtifactError as error:
        return str(error)


def _of(study: Study, pattern: str, **values: object) -> list[str]:
    return expand(pattern, protocol=study.protocols, **values)


def _by_protocol(study: Study, paths: Iterable[str]) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {protocol: [] for protocol in [*study.protocols, SHARED]}
    for path in paths:
        part = path.split("/")[1]
        columns[part if part in study.protocols else SHARED].append(path)
    return {column: found for column, found in columns.items() if found}


def counts(stages: Mapping[str, Mapping[str, list[str]]], folder: Path) -> Counts:
    """Return how many files of each stage a study's folder has, and how many there will be."""
    return {
        stage: {
            column: (sum((folder / path).exists() for path in paths), len(paths)) for column, paths in columns.items()
        }
        for stage, columns in stages.items()
    }
