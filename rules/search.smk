# Search for hyper-parameters (section 5.2, figure 7a): one study a network, or a cell, with many workers. A worker is a
# job of its own, safe to kill; the number of trials is that of all workers together.


rule search_segmentation:
    input:
        **packed("ham10000"),
        truth=true_masks("ham10000"),
        splits="results/{protocol}/splits/ham10000.parquet",
        weights=encoder_weights,
    output:
        trials="results/{protocol}/search/segmentation/{architecture}/worker-{worker}.parquet",
    log:
        "logs/search_segmentation/{protocol}/{architecture}/worker-{worker}.log",
    conda:
        "../envs/torch.yaml"
    threads: config["segmentation"]["training"]["torch_threads"]
    resources:
        **gpu_job(mem_mb=16000, runtime=240),
    params:
        **search_params("segmentation"),
        code=code_of("search_segmentation.py"),
    message:
        "Search the hyper-parameters of segmentation {wildcards.architecture}, worker {wildcards.worker}"
    script:
        "../workflow_scripts/search_segmentation.py"


rule search_symmetry:
    input:
        unpack(symmetry_masks),
        **packed("symderm"),
        splits="results/{protocol}/splits/symderm.parquet",
        weights=symmetry_weights,
        selected=lambda wildcards: selected_backbone("symmetry", wildcards.protocol),
    output:
        trials="results/{protocol}/search/symmetry/{model}/worker-{worker}.parquet",
    log:
        "logs/search_symmetry/{protocol}/{model}/worker-{worker}.log",
    conda:
        "../envs/torch.yaml"
    threads: config["symmetry"]["training"]["torch_threads"]
    resources:
        **gpu_job(mem_mb=8000, runtime=120),
    params:
        **search_params("symmetry"),
        code=code_of("search_symmetry.py"),
    message:
        "Search the hyper-parameters of symmetry {wildcards.model}, worker {wildcards.worker}"
    script:
        "../workflow_scripts/search_symmetry.py"


rule search_lesion:
    input:
        unpack(lambda wildcards: lesion_input(wildcards.cell, wildcards.protocol, "ham10000")),
        splits="results/{protocol}/splits/ham10000.parquet",
        weights=[] if FROZEN else f"results/weights/{ENCODER}.safetensors",
    output:
        trials="results/{protocol}/search/lesion/{cell}/worker-{worker}.parquet",
    log:
        "logs/search_lesion/{protocol}/{cell}/worker-{worker}.log",
    conda:
        "../envs/torch.yaml"
    threads: config["lesion"]["training"]["torch_threads"]
    resources:
        **gpu_job(mem_mb=16000, runtime=480),
    params:
        **search_params("lesion"),
        code=code_of("search_lesion.py"),
    message:
        "Search the hyper-parameters of lesion {wildcards.cell}, worker {wildcards.worker}"
    script:
        "../workflow_scripts/search_lesion.py"


rule summarise_search:
    input:
        trials=expand(
            "results/{protocol}/search/{search}/worker-{worker}.parquet",
            worker=WILDCARDS["worker"],
            allow_missing=True,
        ),
    output:
        trials="results/{protocol}/search/{search}/trials.csv",
        best="results/{protocol}/search/{search}/best.yaml",
        importances="results/{protocol}/search/{search}/importances.json",
    log:
        "logs/summarise_search/{protocol}/{search}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=5),
    params:
        trials=config["search"]["trials"],
        space=search_space,
        code=code_of("summarise_search.py"),
    message:
        "Summarise the search of {wildcards.search}"
    script:
        "../workflow_scripts/summarise_search.py"


rule draw_search:
    input:
        trials="results/{protocol}/search/{search}/trials.csv",
        importances="results/{protocol}/search/{search}/importances.json",
    output:
        figure="results/{protocol}/figures/search/{search}.png",
    log:
        "logs/draw_search/{protocol}/{search}.log",
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=10),
    params:
        demo=DEMO,
        searched=lambda wildcards: " ".join(Path(wildcards.search).parts),
        score=lambda wildcards: "Validation " + ("Dice" if wildcards.search.startswith("seg") else "accuracy"),
        code=code_of("draw_search.py"),
    message:
        "Draw the search of {wildcards.search}"
    script:
        "../workflow_scripts/draw_search.py"
