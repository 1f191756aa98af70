# The page of the report, and beside it copies of the tables and figures that it links to.

from selcn.report.html.digest import assets_digest
from selcn.workflow.inputs.page import PageInputs

page = PageInputs(study)


rule draw_charts:
    input:
        **page.charted(),
    output:
        charts="results/charts/charts.parquet",
    log:
        "logs/draw_charts.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=10),
    params:
        **study.told,
        tables=page.tables(),
        splits=page.splits(),
        code=code_of("draw_charts.py"),
    message:
        "Draw the charts of the report"
    script:
        "../workflow_scripts/draw_charts.py"


rule write_report:
    input:
        **page.files(),
        charts="results/charts/charts.parquet",
        pairs="results/lesions/pairs.parquet",
        galleries=f"{REPORT}/galleries.js",
        run=f"{RUN}/run.json",
        cards=[f"{RUN}/model-card.md", f"{RUN}/data-card.md"],
    output:
        page=f"{REPORT}/index.html",
        copies=page.copies(),
    log:
        "logs/write_report.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=10),
    params:
        **page.shown(),
        # Not in the script's digest, which follows imports.
        **study.told,
        assets=assets_digest(),
        cards=["Model card", "Data card"],
        copied=page.copied(),
        demo=study.demo,
        ensembles=page.ensembles(),
        files=lambda wildcards, output: str(Path(output.page).parent / "files"),
        protocols=study.protocols,
        code=code_of("write_report.py"),
    message:
        "Write the report"
    script:
        "../workflow_scripts/write_report.py"
