"""Metrics of one lesion cell: mean and standard deviation over folds (tables 8, 10 to 14)."""

from selcn.artifacts import read_table, write_json
from selcn.evaluation import class_metrics_of_folds, classes_of, metrics_of_folds, tables_of
from selcn.job import job
from selcn.metrics import lesion_metrics


def main(snakemake) -> None:
    tables = {name: folds for name, folds in tables_of(snakemake.input.predictions).items() if len(folds[0])}
    if "isic2019" in tables:
        # SCC is none of the classes that these networks know.
        tables["isic2019"] = [table[table["label"].isin(classes_of(table))] for table in tables["isic2019"]]
        # ISIC2019 contains HAM10000, which these networks were trained on; only the rest is new to them.
        seen = set(read_table(snakemake.input.pool_rows)["image_id"])
        new = [table[~table["image_id"].isin(seen)] for table in tables["isic2019"]]
        tables |= {"isic2019_new": new} if len(new[0]) else {}
    metrics = {name: metrics_of_folds(folds, lesion_metrics) for name, folds in tables.items()}
    metrics["classes"] = {"test": class_metrics_of_folds(tables["test"])}
    metrics["images"] = {name: sum(map(len, folds)) // len(folds) for name, folds in tables.items()}
    write_json(metrics, snakemake.output.metrics)


with job(snakemake):  # noqa: F821
    main(snakemake)  # noqa: F821
