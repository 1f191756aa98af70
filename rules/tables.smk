# The thesis's tables 5 to 15: our value, the thesis's, and the difference (sections 5.3 and 5.4); and tables of further
# metrics. One job per stage writes the tables made from the same files.

from selcn.workflow.inputs.tables import masked_datasets, table_datasets, table_files, table_models

for stage, tables in study.tables.items():

    rule:
        name:
            f"write_{stage}_tables"
        input:
            **table_files(results, tables),
        output:
            csv=expand("results/{protocol}/tables/table-{table}.csv", table=tables, allow_missing=True),
            md=expand("results/{protocol}/tables/table-{table}.md", table=tables, allow_missing=True),
            html=[
                report(f"results/{{protocol}}/tables/table-{table}.html", **marked_table(table, study.roles))
                for table in tables
            ],
        log:
            f"logs/write_{stage}_tables/{{protocol}}.log",
        conda:
            "../envs/report.yaml"
        resources:
            **cpu_job(mem_mb=500, runtime=5),
        params:
            **study.told,
            tables=tables,
            models=table_models(study, tables),
            datasets=table_datasets(study, tables),
            masked=masked_datasets(study, tables),
            demo=study.demo,
            remarks=results.remarks(stage),
            code=code_of("write_tables.py"),
        message:
            f"Write the {stage} tables"
        script:
            "../workflow_scripts/write_tables.py"


# A training that the limit of epochs stopped may not have reached its lowest validation loss.
rule write_epochs:
    input:
        histories=results.histories,
    output:
        csv="results/{protocol}/tables/epochs.csv",
        md="results/{protocol}/tables/epochs.md",
        html=report("results/{protocol}/tables/epochs.html", **marked_table("epochs")),
    log:
        "logs/write_epochs/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=500, runtime=5),
    params:
        **study.told,
        demo=study.demo,
        networks=results.trained_networks,
        limits=results.epoch_limits,
        code=code_of("write_epochs.py"),
    message:
        "Write the table of epochs"
    script:
        "../workflow_scripts/write_epochs.py"
