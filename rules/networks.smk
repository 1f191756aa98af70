# What the rules of the networks share, as common.smk: their settings, the search for them, and pre-trained weights.


def network_settings(network):
    """What one training of a network depends on; on how many others there are beside it, it does not."""
    compared = network == "backbones"
    section = config["symmetry" if compared else network]
    left_out = ["folds", "seeds", "sham", "architectures", "ensemble", "backbones", *(["backbone"] if compared else [])]
    return {key: value for key, value in section.items() if key not in left_out}


def selected_backbone(network, protocol):
    """The choice of the symmetry network's backbone, where that is left to the comparison."""
    return f"results/{protocol}/backbones/selected.json" if BACKBONE_LEFT_OPEN and network == "symmetry" else []


def settings_of(network, protocol, model):
    """The file of what a model's training uses: one for the whole network, but where each cell has its own search."""
    # A sham that differed from model `none` in its settings would be no control.
    model = "none" if model == "malignancy" else model
    name = f"{network}/{model}" if f"{network}/{model}" in SETTINGS else network
    return f"results/{protocol}/settings/{name}.yaml"


def search_params(network):
    """What a search worker is given: what its trials depend on, and how many trials and workers there are."""
    search = config["search"]
    # A Dice loss has no class weights to be switched on or off.
    space = {
        key: search["space"][key] for key in search["space"] if (network, key) != ("segmentation", "weighted_loss")
    }
    own = {"space": space} | {key: search[key] for key in ("seed", "startup_trials", "warmup_epochs")}
    return {
        "settings": {"network": network_settings(network), "search": own},
        "trials": search["trials"],
        "workers": search["workers"],
    }


def search_space(wildcards):
    """The hyper-parameters of one search and where each may lie."""
    return search_params(Path(wildcards.search).parts[0])["settings"]["search"]["space"]


def search_best(wildcards):
    """The best trial of the search that a settings file is written from; nothing where there is none."""
    network, _, model = wildcards.settings.partition("/")
    if network not in SEARCHED:
        return []
    return f"results/{wildcards.protocol}/search/{network}/{model or BASELINES[network]}/best.yaml"


def weights_file(wildcards):
    """The file that the configuration names, where it names one that is there."""
    source = config["weights"][wildcards.weights]
    return from_clone(source) if source not in ("hub", "random") and (CLONE / source).is_file() else []


def weights_source(wildcards):
    """Where pre-trained weights come from: `hub`, `random`, or a file."""
    source = config["weights"][wildcards.weights]
    return source if source in ("hub", "random") else from_clone(source)


def encoder_weights(wildcards):
    """Pre-trained weights of the segmentation networks' encoder, where the configuration names any."""
    name = config["segmentation"]["weights"]
    return f"results/weights/{name}.safetensors" if name else []


def symmetry_masks(wildcards):
    """The masks that a symmetry model's input is laid under."""
    return masks_for(mask_of_model(wildcards.model), wildcards.protocol, "symderm")


def symmetry_weights(wildcards):
    """The pre-trained weights that a symmetry model may start from; nothing for the one from scratch."""
    if wildcards.model == "scratch-none":
        return []
    backbones = BACKBONES if BACKBONE_LEFT_OPEN else [config["symmetry"]["backbone"]]
    return expand("results/weights/{backbone}.safetensors", backbone=backbones)
