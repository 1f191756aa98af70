"""Checks of the configuration beyond its schema."""

from collections.abc import Collection, Mapping, Sequence

from selcn.design.cam_sources import SYMMETRY_MODELS, control_masks
from selcn.design.cells import CELLS
from selcn.evaluation.comparisons.families import fewest_permutations, largest_family
from selcn.evaluation.comparisons.pairs import lesion_pairs, oracle_pairs, symmetry_pairs
from selcn.workflow.cells import cells_of_study, cells_refusal
from selcn.workflow.configured_paths import paths_refusal
from selcn.workflow.seeds import seeds_refusal


def refusal(config: Mapping) -> str | None:
    """Return what is wrong with a configuration that the schema accepts, and what to do; None where nothing is.

    Parameters
    ----------
    config
        A configuration of `selcn.workflow.configured_paths.with_paths`.
    """
    return (
        paths_refusal(config)
        or backbone_refusal(config["symmetry"], config["weights"])
        or weights_refusal("lesion.encoder", config["lesion"]["encoder"], config["weights"])
        or weights_refusal("segmentation.weights", config["segmentation"]["weights"], config["weights"])
        or ensemble_refusal(config["segmentation"]["ensemble"]["folds"], config["lesion"]["folds"])
        or search_refusal(config["search"]["space"])
        or share_refusal(config["protocols"], config["split"]["test_share"])
        or cells_refusal(config["lesion"])
        or seeds_refusal(config["lesion"])
        or oracle_refusal(config["lesion"])
        or sources_refusal(config["lesion"], config["protocols"])
        or duplicates_refusal(config["duplicates"])
        or comparisons_refusal(config)
        or predict_refusal(config)
    )


def searches_refusal(networks: Sequence[str], searchable: Collection[str], datasets: Mapping) -> str | None:
    """Return which network of `search.networks` the study does not have, and what to do; None where it has all.

    Parameters
    ----------
    searchable
        The networks that it has.
    datasets
        This section of the configuration: a data set that it leaves out, which is null, may be named.
    """
    unknown = [network for network in networks if network not in searchable and datasets.get(network, "") is not None]
    if not unknown:
        return None
    return (
        f"search.networks names {unknown[0]}, which is no network of this study; expected some of "
        f"{', '.join(searchable)}: correct it"
    )


def duplicates_refusal(settings: Mapping) -> str | None:
    """Return why the thresholds of near-duplicates contradict each other, and what to do; None where they do not."""
    if settings["doubtful"] <= settings["certain"]:
        return None
    return (
        f"duplicates.doubtful is {settings['doubtful']}, above duplicates.certain, {settings['certain']}; set it to at "
        "most as many agreeing features"
    )


def predict_refusal(config: Mapping) -> str | None:
    """Return why images cannot be predicted as configured, and what to do; None where they can or there are none."""
    if config["images"] is None:
        return None
    settings = config["predict"]
    usable = [cell for cell in cells_of_study(config["lesion"]) if cell in CELLS]
    unknown = [cell for cell in settings["cells"] if cell not in usable]
    if unknown:
        return (
            f"predict.cells has {unknown[0]}, which cannot predict new images; name some of the thesis's cells that "
            f"the study has: {', '.join(usable)}"
        )
    if settings["protocol"] not in config["protocols"]:
        return (
            f"predict.protocol is {settings['protocol']}, which protocols does not have: {config['protocols']}; set it "
            "to one of them"
        )
    return None


def comparisons_refusal(config: Mapping) -> str | None:
    """Return why no difference between cells could be told, however large, and what to do; None where one could."""
    settings, cells = config["comparisons"], cells_of_study(config["lesion"])
    pairs = [*lesion_pairs(cells), *symmetry_pairs(SYMMETRY_MODELS), *oracle_pairs(cells)]
    question, comparisons = largest_family(pairs)
    least = fewest_permutations(comparisons, settings["alpha"])
    if settings["exchanges"] >= least:
        return None
    return (
        f"comparisons.exchanges is {settings['exchanges']}, too few for the {comparisons} comparisons of {question}: "
        f"after Holm's correction none could fall below comparisons.alpha, {settings['alpha']}; set "
        f"comparisons.exchanges to {least} or more"
    )


def oracle_refusal(lesion: Mapping) -> str | None:
    """Return which masks' oracle controls have nothing to be compared with, and what to do; None where all have."""
    oracle, sham = control_masks(lesion["oracle"]), control_masks(lesion["sham"])
    alone = [mask for mask in oracle if mask not in sham]
    if not alone:
        return None
    return (
        f"lesion.oracle has the masks {oracle}, lesion.sham {sham}; oracle controls are compared with the sham control "
        f"zeros of the same mask: add {alone} to lesion.sham, or remove it from lesion.oracle"
    )


def sources_refusal(lesion: Mapping, protocols: Sequence[str]) -> str | None:
    """Return why cells cannot be trained without a source, and what to do; None where they can."""
    cells = lesion["leave_source_out"]
    unknown = [cell for cell in cells if cell not in cells_of_study(lesion)]
    if unknown:
        return (
            f"lesion.leave_source_out has {unknown[0]}, which is no cell of this study; name cells such as "
            "cls-none_sym-off, and sham and oracle controls only where lesion.sham and lesion.oracle train them"
        )
    if cells and "leakfree" not in protocols:
        return (
            f"lesion.leave_source_out has {cells}, but only the leakfree protocol leaves sources out; add leakfree to "
            "protocols, or empty lesion.leave_source_out"
        )
    return None


def share_refusal(protocols: Sequence[str], share: float) -> str | None:
    """Return why lesions cannot be divided into such a test set, and what to do; None where they can."""
    parts = round(1 / share)
    if "leakfree" not in protocols or (parts > 1 and abs(1 / parts - share) < 0.005):
        return None
    return (
        f"split.test_share is {share}, but the leakfree protocol divides lesions into equal parts, of which one is the "
        f"test set; set it to {1 / max(2, parts):.4g}, or another fraction of 1, or leave leakfree out of protocols"
    )


def ensemble_refusal(folds: int, pool_folds: int) -> str | None:
    """Return why an ensemble cannot be of so many folds, and what to do; None where it can."""
    if folds <= pool_folds:
        return None
    return (
        f"segmentation.ensemble.folds is {folds}, but the development set has {pool_folds} folds (lesion.folds); set "
        f"it to {pool_folds} or less"
    )


def search_refusal(space: Mapping) -> str | None:
    """Return which range of `search.space` is none, and what to do; None where each is one."""
    for name, values in space.items():
        if isinstance(values, Mapping) and not values["low"] < values["high"]:
            return (
                f"search.space.{name} goes from {values['low']} to {values['high']}; set `low` to less than `high`, or "
                "leave the hyper-parameter out of the space"
            )
    return None


def backbone_refusal(symmetry: Mapping, weights: Mapping) -> str | None:
    """Return why a configuration's backbones cannot be had, and what to do; None where they can.

    Parameters
    ----------
    symmetry, weights
        These sections of the configuration.
    """
    backbone, backbones = symmetry["backbone"], symmetry["backbones"]
    if backbone == "auto" and not backbones:
        return (
            "symmetry.backbone is auto, but symmetry.backbones is empty; name there the networks to choose from, or "
            "one network in symmetry.backbone"
        )
    named = [("symmetry.backbones", name) for name in backbones]
    if backbone != "auto":
        named.append(("symmetry.backbone", backbone))
    return next(filter(None, (weights_refusal(key, name, weights) for key, name in named)), None)


def weights_refusal(key: str, name: str | None, weights: Mapping) -> str | None:
    """Return why the weights of a network that a key names cannot be had, and what to do; None where they can.

    Parameters
    ----------
    name
        The network; None asks for no weights.
    weights
        This section of the configuration.
    """
    if name is None or name in weights:
        return None
    return (
        f"{key} names {name}, but weights has no such key; add weights: {{{name}: hub}}, or random or a file in place "
        "of hub"
    )
