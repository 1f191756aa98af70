# The record of the run, its model card and data card, and its RO-Crate: enough for another to repeat the study.


rule record_run:
    input:
        unpack(run.label_tables),
        # What the job records is in logs/, which it reads undeclared; it runs after the jobs that these files need.
        made=[*targets["tables"], *targets["figures"]],
        indices=run.of_datasets("index.parquet"),
        summaries=run.of_datasets("summary.json"),
        defaults=run.of_clone("config.yaml"),
        lock=run.of_clone("envs/requirements.lock"),
    output:
        run=f"{RUN}/run.json",
        jobs=f"{RUN}/jobs.parquet",
        config=f"{RUN}/configuration.yaml",
    log:
        "logs/record_run.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=10),
    params:
        **study.told,
        datasets=study.datasets,
        demo=study.demo,
        protocols=study.protocols,
        settings=run.settings(config),
        code=code_of("record_run.py"),
    message:
        "Record the run"
    script:
        "../workflow_scripts/record_run.py"


rule describe_models:
    input:
        run=f"{RUN}/run.json",
        tables=run.model_tables(),
        metrics=run.metrics(),
        template=run.template("model-card.md.j2"),
        citation=run.of_clone("CITATION.cff"),
    output:
        card=f"{RUN}/model-card.md",
    log:
        "logs/describe_models.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=5),
    params:
        **study.told,
        cells=study.cells,
        # Under the name of each input, what its files are of.
        tables=run.shown_tables(),
        evaluated=run.evaluated(),
        code=code_of("describe_models.py"),
    message:
        "Write the model card"
    script:
        "../workflow_scripts/describe_models.py"


rule describe_data:
    input:
        run=f"{RUN}/run.json",
        indices=run.of_datasets("index.parquet"),
        summaries=run.of_datasets("summary.json"),
        rejected=run.of_datasets("rejected.csv"),
        pairs="results/lesions/pairs.parquet",
        splits=run.splits(),
        audit=f"results/{study.protocols[0]}/tables/audit.csv",
        template=run.template("data-card.md.j2"),
    output:
        card=f"{RUN}/data-card.md",
    log:
        "logs/describe_data.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=5),
    params:
        **study.told,
        balanced=[dataset for dataset, split in study.splits.items() if split["balance"]],
        datasets=study.datasets,
        same_labels=labels.same_labels,
        splits=run.split_datasets(),
        code=code_of("describe_data.py"),
    message:
        "Write the data card"
    script:
        "../workflow_scripts/describe_data.py"


rule package_run:
    input:
        **run.outputs(targets),
        run=f"{RUN}/run.json",
        config=f"{RUN}/configuration.yaml",
        workflow=run.of_clone("Snakefile"),
        citation=run.of_clone("CITATION.cff"),
    output:
        metadata=CRATE,
        workflow=f"{RUN}/Snakefile",
    log:
        "logs/package_run.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=500, runtime=10),
    params:
        kinds=list(run.outputs(targets)),
        code=code_of("package_run.py"),
    message:
        "Write the RO-Crate of the run"
    script:
        "../workflow_scripts/package_run.py"
