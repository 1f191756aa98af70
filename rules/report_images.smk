# The images of the report: galleries, the predictions behind its confusion matrices, and one sheet a selected image. All
# of it is data in scripts, the only files that a page opened from disk can load. The sheets of a data set are beside their
# manifest and no declared outputs: Snakemake would delete them before each job.

from selcn.workflow.paths import REPORT


rule write_galleries:
    input:
        **report_images.galleries(),
        indices=expand("results/data/{dataset}/index.parquet", dataset=study.datasets),
        hair=expand("results/hair/{dataset}/manifest.parquet", dataset=study.datasets),
        pairs="results/lesions/pairs.parquet",
        truth=images.true_masks(study.segmentation_set),
        rows=f"results/packed/{study.segmentation_set}/manifest.parquet",
    output:
        galleries=f"{REPORT}/galleries.js",
        selection=f"{REPORT}/selection.parquet",
    log:
        "logs/write_galleries.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=20),
    params:
        **config["report"],
        **study.told,
        cells=report_images.cells(study.lesion_set),
        datasets=study.datasets,
        ensemble=study.has_ensemble,
        localised=report_images.localised,
        protocols=study.protocols,
        shown=report_images.predictions_shown(),
        symmetry_models=study.symmetry_models,
        code=code_of("write_galleries.py"),
    message:
        "Write the galleries of the report and choose the images that have a sheet"
    script:
        "../workflow_scripts/write_galleries.py"


rule write_matrices:
    input:
        unpack(report_images.matrices),
        external=[f"results/{{protocol}}/splits/{dataset}.parquet" for dataset in study.roles["external"]],
        rows=f"results/packed/{study.segmentation_set}/manifest.parquet",
    output:
        [f"{REPORT}/{subset.script('{protocol}')}.js" for subset in report_images.subsets],
    log:
        "logs/write_matrices/{protocol}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=20),
    params:
        **study.told,
        shown=report_images.predictions_shown(),
        code=code_of("write_matrices.py"),
    message:
        "Write the predictions behind the confusion matrices of the {wildcards.protocol} protocol"
    script:
        "../workflow_scripts/write_matrices.py"


rule write_sheets:
    input:
        unpack(report_images.sheets),
        selection=f"{REPORT}/selection.parquet",
        index="results/data/{dataset}/index.parquet",
        hair="results/hair/{dataset}/manifest.parquet",
        groups="results/lesions/groups.parquet",
        pairs="results/lesions/pairs.parquet",
    output:
        manifest=f"{REPORT}/sheets/{{dataset}}/manifest.parquet",
    log:
        "logs/write_sheets/{dataset}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=30),
    params:
        **study.told,
        datasets=study.datasets,
        pack=config["pack"],
        photographs=config["report"]["photographs"],
        protocols=study.protocols,
        shown=report_images.sheets_shown,
        code=code_of("write_sheets.py"),
    message:
        "Write the sheets of {wildcards.dataset}'s selected images"
    script:
        "../workflow_scripts/write_sheets.py"
