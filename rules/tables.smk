# The thesis's tables 5 to 15: our value, the thesis's, and the difference (sections 5.3 and 5.4); and tables of further
# measures. A job a stage writes the tables that are made from the same files.

SYMMETRY = "results/{protocol}/symmetry"
LESION = "results/{protocol}/lesion"
MODEL_1, MODEL_3 = "cls-none_sym-off", "cls-none_sym-seg"

# The columns of table 5: each architecture's network of fold 0, as in the thesis, and its ensemble.
SEGMENTATION_MODELS = [f"{SEGMENTATION_FOLD}/metrics.json"]
if ENSEMBLE:
    SEGMENTATION_MODELS.append(f"{SEGMENTATION_ENSEMBLE}/metrics.json")

# The files of our side of each table, and the data sets that its numbers depend on.
TABLE_METRICS = {
    "05": expand(SEGMENTATION_MODELS, architecture=ARCHITECTURES, segmentation_fold=0, allow_missing=True),
    "06a": expand(f"{SYMMETRY}/{{model}}/metrics.json", model=SYMMETRY_MODELS, allow_missing=True),
    "07": expand(f"{SYMMETRY}/{{mask}}/localisation.json", mask=MASKS, allow_missing=True),
    "08a": expand(f"{LESION}/ham10000/{{cell}}/metrics.json", cell=CELLS, allow_missing=True),
    "09": expand(f"{LESION}/ham10000/{{cell}}/localisation.json", cell=CELLS, allow_missing=True),
    "11": [f"{LESION}/ham10000/{MODEL_1}/metrics.json"],
    "12": [f"{LESION}/ham10000/{MODEL_3}/metrics.json"],
    "13": expand(f"{LESION}/isic2016/{{cell}}/metrics.json", cell=CELLS_OF["isic2016"], allow_missing=True),
    "15": expand(f"{LESION}/isic2016/{{cell}}/localisation.json", cell=CELLS_OF["isic2016"], allow_missing=True),
}
TABLE_METRICS |= {"malignancy": [f"{SYMMETRY}/malignancy/metrics.json"]}
TABLE_METRICS |= {"06b": TABLE_METRICS["06a"], "14": TABLE_METRICS["13"]}
TABLE_METRICS |= {table: TABLE_METRICS["08a"] for table in ("08b", "10", "measures", "unfamiliar")}
TABLE_DATASETS = {
    "05": ["ham10000"],
    "06a": ["ham10000", "symderm"],
    "06b": ["ham10000", "symderm"],
    "07": ["ham10000", "symderm"],
    "10": ["ham10000", "symderm", "isic2019"],
    "unfamiliar": ["ham10000", "symderm", "isic2019"],
    "13": ["ham10000", "symderm", "isic2016"],
    "14": ["ham10000", "symderm", "isic2016"],
    "15": ["ham10000", "symderm", "isic2016"],
}


def table_files(tables):
    """The files that some tables are made from, named by the table."""
    named = {}
    for table in tables:
        named[f"metrics_{table}"] = TABLE_METRICS[table]
        datasets = TABLE_DATASETS.get(table, ["ham10000", "symderm"])
        named[f"summaries_{table}"] = expand("results/data/{dataset}/summary.json", dataset=datasets)
        named[f"thesis_{table}"] = thesis_values(table)
    return named


for stage, tables in TABLES.items():

    rule:
        name:
            f"write_{stage}_tables"
        input:
            **table_files(tables),
        output:
            csv=expand("results/{protocol}/tables/table-{table}.csv", table=tables, allow_missing=True),
            md=expand("results/{protocol}/tables/table-{table}.md", table=tables, allow_missing=True),
        log:
            f"logs/write_{stage}_tables/{{protocol}}.log",
        conda:
            "../envs/report.yaml"
        resources:
            **cpu_job(mem_mb=500, runtime=5),
        params:
            tables=tables,
            demo=bool(config["demo"]),
            remarks=segmentation_remarks if stage == "segmentation" else config["remarks"],
            code=code_of("write_tables.py"),
        message:
            f"Write the {stage} tables"
        script:
            "../workflow_scripts/write_tables.py"
