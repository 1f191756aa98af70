"""The files of each named target of a study."""

from collections.abc import Sequence

from selcn.report.tables.data_sets import EXTERNAL_TABLES, targets_of_tables
from selcn.report.viewer_data.subsets import shown_sets, subsets_of
from selcn.workflow.inputs.run import CRATE, RUN_FILES
from selcn.workflow.paths import REPORT, expand
from selcn.workflow.study import Study

CURVES = {"none": "11", "seg": "12", "lae": "13"}
"""Number of the thesis's figure of training curves of the cells with each mask."""


def figures_of(study: Study) -> list[str]:
    """Return the thesis's figures that show data, and the reliability diagrams, by name."""
    numbers = ["03", "05", "06", "08", "09", "10", *(CURVES[mask] for mask in study.cells_by_mask)]
    return [f"figure-{number}" for number in numbers] + [f"reliability-{mask}" for mask in study.cells_by_mask]


def targets_of(study: Study) -> dict[str, list[str]]:
    """Return the files of each named target of a study."""
    results = "results/{protocol}"

    def of_protocols(paths: str | Sequence[str], **values: object) -> list[str]:
        return expand(paths, protocol=study.protocols, **values)

    def tables(*names: str) -> list[str]:
        # Both, so that a study made before there was HTML gets it: without its metadata no other change is noticed.
        return of_protocols([f"{results}/tables/{{table}}.{kind}" for kind in ("md", "html")], table=names)

    def numbered(*numbers: str) -> list[str]:
        return tables(*(f"table-{number}" for number in numbers))

    subsets = subsets_of(study.roles, study.names)
    backbones = numbered("backbones") if study.backbones else []
    searches = {"protocol": study.search.protocols, "search": study.search.names}
    tables_of_sets = {name: numbered(*numbers) for name, numbers in targets_of_tables(study.roles).items()}
    search_figures = expand(f"{results}/figures/search/{{search}}.png", **searches)
    all_tables = [table for tables_of_stage in study.tables.values() for table in tables_of_stage]
    external = {dataset: tables(*(f"{table}-{dataset}" for table in EXTERNAL_TABLES)) for dataset in study.further_sets}
    sources = [f"results/leakfree/tables/sources.{kind}" for kind in ("md", "html") if study.source_cells]
    return {
        "hair": expand("results/hair/{dataset}/manifest.parquet", dataset=study.datasets),
        "masks": of_protocols(f"{results}/masks/{{dataset}}/manifest.parquet", dataset=study.datasets),
        "symmetry": of_protocols(f"{results}/symmetry/{{model}}/metrics.json", model=study.models_like_symmetry)
        + backbones,
        "cams": of_protocols([f"{results}/cams/{dataset}/{source}/cams.parquet" for dataset, source in study.cams]),
        **tables_of_sets,
        **external,
        "lesion": of_protocols(f"{results}/lesion/{study.lesion_set}/{{cell}}/metrics.json", cell=study.cells)
        + tables_of_sets["lesion"],
        "tables": numbered(*all_tables)
        + tables("comparisons", "answers", "subgroups", "audit", "hair", "label-audit", "label-costs", "epochs")
        + backbones
        + [table for tables_of_set in external.values() for table in tables_of_set]
        + sources
        + [f"results/lesions/detection.{kind}" for kind in ("md", "html")],
        "sources": sources,
        "figures": of_protocols(f"{results}/figures/{{figure}}.png", figure=figures_of(study))
        + (of_protocols(f"{results}/figures/shams.png") if study.sham_masks else [])
        + of_protocols(f"{results}/figures/doubtful-labels.png")
        + ["results/lesions/near-duplicates.png"]
        + search_figures,
        "search": expand(f"{results}/search/{{search}}/best.yaml", **searches) + search_figures,
        "report": [
            f"{REPORT}/index.html",
            f"{REPORT}/galleries.js",
            f"{REPORT}/selection.parquet",
            *of_protocols([f"{REPORT}/{subset.script('{protocol}')}.js" for subset in subsets]),
            *expand(f"{REPORT}/sheets/{{dataset}}/manifest.parquet", dataset=shown_sets(subsets)),
            *RUN_FILES,
            CRATE,
        ],
        "tensorboard": of_protocols("results/tensorboard/{protocol}/manifest.parquet"),
    }
