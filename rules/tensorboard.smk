# Training histories for TensorBoard, on request. The event files are beside the manifest, not declared outputs:
# TensorBoard would take the checksums of declared ones, which have their names, for event files too.


rule write_event_files:
    input:
        histories=results.histories,
    output:
        manifest="results/tensorboard/{protocol}/manifest.parquet",
    log:
        "logs/write_event_files/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=10),
    params:
        runs=results.trained_folders,
        code=code_of("write_event_files.py"),
    message:
        "Write the training histories for TensorBoard"
    script:
        "../workflow_scripts/write_event_files.py"
