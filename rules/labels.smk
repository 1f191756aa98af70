# Images whose label other evidence contradicts: a ranked list for people to look at, never a correction.

from selcn.workflow.inputs.labels import LabelInputs

labels = LabelInputs(results)


rule measure_appearance:
    input:
        **images.packed_of_all(),
    output:
        appearance="results/labels/appearance.parquet",
    log:
        "logs/measure_appearance.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=20),
    params:
        datasets=study.datasets,
        code=code_of("measure_appearance.py"),
    message:
        "Measure how unusual each image looks in its data set"
    script:
        "../workflow_scripts/measure_appearance.py"


rule audit_labels:
    input:
        **labels.files(),
        indices=expand("results/data/{dataset}/index.parquet", dataset=study.datasets),
        groups="results/lesions/groups.parquet",
        appearance="results/labels/appearance.parquet",
    output:
        ranking="results/{protocol}/labels/ranking.parquet",
        csv="results/{protocol}/tables/label-audit.csv",
        md="results/{protocol}/tables/label-audit.md",
        html=report("results/{protocol}/tables/label-audit.html", **marked_table("label-audit")),
        costs_csv="results/{protocol}/tables/label-costs.csv",
        costs_md="results/{protocol}/tables/label-costs.md",
        costs_html=report("results/{protocol}/tables/label-costs.html", **marked_table("label-costs")),
    log:
        "logs/audit_labels/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=4000, runtime=30),
    params:
        **config["label_audit"],
        **study.told,
        demo=study.demo,
        datasets=study.datasets,
        encoded=labels.encoded(),
        same_labels=labels.same_labels,
        # Under the name of each input, what its files are of.
        predictions=labels.predicted(),
        metrics=labels.evaluated(),
        tested=labels.tested(),
        code=code_of("audit_labels.py"),
    message:
        "Rank doubtful labels in the {wildcards.protocol} protocol"
    script:
        "../workflow_scripts/audit_labels.py"


rule draw_doubtful_labels:
    input:
        **images.packed_of_all(),
        ranking="results/{protocol}/labels/ranking.parquet",
    output:
        figure=report(
            "results/{protocol}/figures/doubtful-labels.png",
            **marked("doubtful-labels", "data", figure="doubtful-labels: Doubtful labels"),
        ),
    log:
        "logs/draw_doubtful_labels/{protocol}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=10),
    params:
        **study.told,
        demo=study.demo,
        datasets=study.datasets,
        code=code_of("draw_doubtful_labels.py"),
    message:
        "Draw the most doubtful labels"
    script:
        "../workflow_scripts/draw_doubtful_labels.py"
