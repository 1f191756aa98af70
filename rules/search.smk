# Search hyper-parameters (section 5.2, figure 7a): one study per network or cell, shared by several workers. A worker is
# a job that can be interrupted and resumed; the number of trials is that of all workers together. Only the protocols
# that search have these rules (`search.protocol`).

SEARCHING = "|".join(study.search.protocols)


rule search_segmentation:
    input:
        **images.packed(study.segmentation_set),
        truth=images.true_masks(study.segmentation_set),
        splits=f"results/{{protocol}}/splits/{study.segmentation_set}.parquet",
        weights=networks.encoder_weights,
    output:
        trials="results/{protocol}/search/segmentation/{architecture}/worker-{worker}.parquet",
    log:
        "logs/search_segmentation/{protocol}/{architecture}/worker-{worker}.log",
    wildcard_constraints:
        protocol=SEARCHING,
    conda:
        "../envs/torch.yaml"
    threads: config["segmentation"]["training"]["torch_threads"]
    resources:
        **gpu_job(mem_mb=16000, runtime=240),
    params:
        **networks.search_params("segmentation"),
        code=code_of("search_segmentation.py"),
    message:
        "Search the hyper-parameters of segmentation {wildcards.architecture}, worker {wildcards.worker}"
    script:
        "../workflow_scripts/search_segmentation.py"


rule search_symmetry:
    input:
        unpack(networks.symmetry_inputs),
        splits=f"results/{{protocol}}/splits/{study.symmetry_set}.parquet",
        weights=networks.symmetry_weights,
        selected=networks.selected_for_search,
    output:
        trials="results/{protocol}/search/symmetry/{model}/worker-{worker}.parquet",
    log:
        "logs/search_symmetry/{protocol}/{model}/worker-{worker}.log",
    wildcard_constraints:
        protocol=SEARCHING,
    conda:
        "../envs/torch.yaml"
    threads: config["symmetry"]["training"]["torch_threads"]
    resources:
        **gpu_job(mem_mb=8000, runtime=120),
    params:
        **networks.search_params("symmetry"),
        code=code_of("search_symmetry.py"),
    message:
        "Search the hyper-parameters of symmetry {wildcards.model}, worker {wildcards.worker}"
    script:
        "../workflow_scripts/search_symmetry.py"


# The lesion network's search on each of its data sets; on the first it is named after the network.
for network, dataset in study.search.lesion_sets.items():

    rule:
        name:
            f"search_{network}"
        input:
            unpack(networks.searched_images(dataset)),
            splits=f"results/{{protocol}}/splits/{dataset}.parquet",
            weights=networks.lesion_weights,
        output:
            trials=f"results/{{protocol}}/search/{network}/{{cell}}/worker-{{worker}}.parquet",
        log:
            f"logs/search_{network}/{{protocol}}/{{cell}}/worker-{{worker}}.log",
        wildcard_constraints:
            protocol=SEARCHING,
        conda:
            "../envs/torch.yaml"
        threads: config["lesion"]["training"]["torch_threads"]
        resources:
            **gpu_job(mem_mb=16000, runtime=480),
        params:
            **networks.search_params(network),
            lesion_dataset=dataset,
            classes=study.declarations[dataset].classes,
            code=code_of("search_lesion.py"),
        message:
            f"Search the hyper-parameters of {network} {{wildcards.cell}}, worker {{wildcards.worker}}"
        script:
            "../workflow_scripts/search_lesion.py"


rule summarise_search:
    input:
        trials=expand(
            "results/{protocol}/search/{search}/worker-{worker}.parquet",
            worker=study.wildcards["worker"],
            allow_missing=True,
        ),
    output:
        trials="results/{protocol}/search/{search}/trials.csv",
        best="results/{protocol}/search/{search}/best.yaml",
        importances="results/{protocol}/search/{search}/importances.json",
    log:
        "logs/summarise_search/{protocol}/{search}.log",
    wildcard_constraints:
        protocol=SEARCHING,
    conda:
        "../envs/torch.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=5),
    params:
        trials=config["search"]["trials"],
        space=networks.search_space,
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
        figure=report(
            "results/{protocol}/figures/search/{search}.png",
            **marked("search", "search", cell="{search}", figure="7a: Search"),
        ),
        svg="results/{protocol}/figures/search/{search}.svg",
    log:
        "logs/draw_search/{protocol}/{search}.log",
    wildcard_constraints:
        protocol=SEARCHING,
    conda:
        "../envs/report.yaml"
    resources:
        **cpu_job(mem_mb=1000, runtime=10),
    params:
        demo=study.demo,
        searched=results.searched_network,
        score=results.searched_score,
        code=code_of("draw_search.py"),
    message:
        "Draw the search of {wildcards.search}"
    script:
        "../workflow_scripts/draw_search.py"
