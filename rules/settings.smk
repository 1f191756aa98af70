# Settings files of the training rules: the search's best values or the configured ones, and with
# `symmetry.backbone: auto` the selected backbone. Also the pre-trained weights.


rule write_settings:
    input:
        selected=networks.selected_for_settings,
        best=networks.search_best,
    output:
        settings="results/{protocol}/settings/{settings}.yaml",
    log:
        "logs/write_settings/{protocol}/{settings}.log",
    conda:
        "../envs/images.yaml"
    resources:
        **cpu_job(mem_mb=500, runtime=5),
    params:
        settings=networks.settings_to_write,
        code=code_of("write_settings.py"),
    message:
        "Write the settings of {wildcards.settings}"
    script:
        "../workflow_scripts/write_settings.py"


# On a cluster this runs beside Snakemake, where there is internet access.
localrules:
    fetch_weights,


rule fetch_weights:
    input:
        file=networks.weights_file,
    output:
        weights="results/weights/{weights}.safetensors",
    log:
        "logs/fetch_weights/{weights}.log",
    conda:
        "../envs/torch.yaml"
    resources:
        **cpu_job(mem_mb=2000, runtime=30),
    params:
        source=networks.weights_source,
        starting=networks.starting_from,
        seed=config["split"]["seed"],
        code=code_of("fetch_weights.py"),
    message:
        "Provide the pre-trained weights of {wildcards.weights}"
    script:
        "../workflow_scripts/fetch_weights.py"
