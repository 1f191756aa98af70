# The thesis's tables 5 to 15: our value, the thesis's, and the difference (sections 5.3 and 5.4); and tables of further
# measures.

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


rule write_tables:
    input:
        metrics=lambda wildcards: TABLE_METRICS[wildcards.table],
        summaries=table_summaries,
        thesis=thesis_values,
    output:
        csv="results/{protocol}/tables/table-{table}.csv",
        md="results/{protocol}/tables/table-{table}.md",
    log:
        "logs/write_tables/{protocol}/table-{table}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=500, runtime=5),
    params:
        demo=bool(config["demo"]),
        remarks=table_remarks,
        code=code_of("write_tables.py"),
    message:
        "Write table {wildcards.table}"
    script:
        "../workflow_scripts/write_tables.py"
