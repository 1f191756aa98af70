"""Uses of trained models: the images that each was applied to, and those that it was trained on."""

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from selcn.design.cam_sources import MADE_UP, ORACLES, SHAMS, SHUFFLED, is_oracle, symmetry_model_of
from selcn.design.cells import split_cell
from selcn.design.datasets import LESION, SEGMENTATION, SYMMETRY, set_of
from selcn.design.trained_networks import ALL_FOLDS, TrainedNetwork
from selcn.evaluation.leakage import ModelUse, oracle_artifact
from selcn.storage.artifacts import read_arrow, read_json, read_table
from selcn.storage.cam_table import GIVER


class LeakError(RuntimeError):
    """The leakfree protocol leaks."""


def ids_of(path: str) -> pd.Series:
    """Return the image ids of a table."""
    return read_arrow(path).column("image_id").to_pandas().astype(str)


class Trained:
    """The ids that every network was trained on.

    Parameters
    ----------
    networks, paths
        The networks, and a table of each one's training images.
    """

    def __init__(self, networks: Iterable[TrainedNetwork], paths: Iterable[str]) -> None:
        self._ids = {net: ids_of(path).drop_duplicates() for net, path in zip(networks, paths, strict=True)}

    def of(self, network: TrainedNetwork) -> pd.Series:
        """Return what a network saw; fold `ALL_FOLDS` stands for those of all folds together."""
        if network.fold != ALL_FOLDS:
            return self._ids[network]
        return pd.concat([ids for net, ids in self._ids.items() if net._replace(fold=ALL_FOLDS) == network])


def by_fold(
    path: str, network: TrainedNetwork, trained: Trained, column: str = "image_id"
) -> Iterator[tuple[pd.Series, pd.Series]]:
    """Yield, for each fold's network, the images of a manifest that it was applied to and what it was trained on."""
    table = read_arrow(path).select([column, "fold"]).to_pandas().drop_duplicates()
    for fold, rows in table.groupby("fold"):
        yield rows[column].reset_index(drop=True), trained.of(network._replace(fold=int(fold)))


def applications(inputs, params) -> Iterator[ModelUse]:
    """Yield every use of every model of a protocol.

    Parameters
    ----------
    inputs
        An audit's inputs: `selected` (the chosen architecture), and lists of files `splits`, `trained`, `masks`,
        `counts`, `cams`, `lesion_cams` and `predictions`.
    params
        Under the same names what each file is of. `trained`, `counts`: the network; `splits`, `masks`: the data set;
        `cams`: the data set and the CAM source; `lesion_cams`: a network of the cell and seed; `predictions`: the
        network and the subset.
    """
    trained = Trained(params.trained, inputs.trained)
    segmentation = TrainedNetwork(
        "segmentation", set_of(SEGMENTATION), read_json(inputs.selected)["architecture"], ALL_FOLDS
    )
    for dataset, path in zip(params.masks, inputs.masks, strict=True):
        for ids, seen in by_fold(path, segmentation, trained):
            yield ModelUse("mask", segmentation.dataset, dataset, ids, seen)
    for network, path in zip(params.counts, inputs.counts, strict=True):
        for subset, rows in read_table(path).groupby("subset"):
            ids = rows["image_id"].reset_index(drop=True)
            yield ModelUse("segmentation scores", network.dataset, subset, ids, trained.of(network))
    splits = dict(zip(params.splits, inputs.splits, strict=True))
    for (dataset, source), path in zip(params.cams, inputs.cams, strict=True):
        # The networks that are given the label have rows of their own.
        if source in (*MADE_UP, *ORACLES):
            continue
        network = segmentation if source == "mask" else symmetry_network_of(source)
        artifact = f"sham: {source}" if source in SHAMS else "symmetry CAM"
        for ids, seen in by_fold(path, network, trained):
            yield ModelUse(artifact, network.dataset, dataset, ids, seen)
        if source == SHUFFLED:
            for ids, seen in by_fold(path, network, trained, GIVER):
                yield ModelUse(f"{artifact}, giver", network.dataset, dataset, ids, seen)
            yield from sides_of_givers(path, dataset, splits)
    for network, path in zip(params.lesion_cams, inputs.lesion_cams, strict=True):
        for ids, seen in by_fold(path, network, trained):
            yield ModelUse(_artifact_of(network, "lesion CAM"), network.dataset, segmentation.dataset, ids, seen)
    for (network, subset), path in zip(params.predictions, inputs.predictions, strict=True):
        artifact = _artifact_of(network, f"{network.stage} prediction")
        yield ModelUse(artifact, network.dataset, subset, ids_of(path), trained.of(network))


def without_sources(predictions: Iterable[str], trained: Iterable[str], dataset: str) -> Iterator[ModelUse]:
    """Yield the uses of lesion networks that were trained without a source: each predicts that source's images.

    Parameters
    ----------
    predictions, trained
        For each cell the predictions and the training images of these networks; columns source, fold, image_id.
    dataset
        The data set that they were trained on.
    """
    for path, ids in zip(predictions, trained, strict=True):
        seen = read_table(ids).groupby(["source", "fold"])["image_id"]
        for network, rows in read_table(path).groupby(["source", "fold"])["image_id"]:
            yield ModelUse("lesion prediction, source left out", dataset, "sources", rows, seen.get_group(network))


def _artifact_of(network: TrainedNetwork, artifact: str) -> str:
    """Return what a network produced; that of an oracle control by the control's name."""
    oracle = network.stage == "lesion" and is_oracle(network.model)
    return oracle_artifact(split_cell(network.model)[1]) if oracle else artifact


def sides_of_givers(path: str, dataset: str, splits: Mapping[str, str]) -> Iterator[ModelUse]:
    """Yield what the lesion networks could learn of test images from CAMs of other lesions.

    Such a CAM must come from the image's own side of the split: no network is trained with the CAM of a test image, and
    no test image is given the CAM of a lesion that networks are trained on.

    Parameters
    ----------
    path
        The CAM table of the sham control `shuffled` on `dataset`.
    splits
        The split table of each data set.
    """
    given = read_arrow(path).select(["image_id", GIVER]).to_pandas().drop_duplicates()
    trained_on = _with_role(splits[set_of(LESION)], ["pool"])
    tested, developed = _with_role(splits[dataset], ["test", "official_test"]), _with_role(splits[dataset], ["pool"])
    givers_of_tested, givers_of_developed = (
        given.loc[given["image_id"].isin(ids), GIVER].reset_index(drop=True) for ids in (tested, developed)
    )
    for ids, seen in ((givers_of_tested, trained_on), (tested, givers_of_developed)):
        if len(ids) and len(seen):
            yield ModelUse(f"sham: {SHUFFLED}, side of the split", set_of(LESION), dataset, ids, seen)


def symmetry_network_of(source: str) -> TrainedNetwork:
    """Return the symmetry model, of all folds, whose CAMs a source is made of."""
    model = symmetry_model_of(source)
    if model is None:
        raise ValueError(f"CAM source {source}: made by an unknown network; name it in symmetry_model_of")
    return TrainedNetwork("symmetry", set_of(SYMMETRY), model, ALL_FOLDS)


def _with_role(path: str, roles: list[str]) -> pd.Series:
    table = read_table(path)
    return table.loc[table["role"].isin(roles), "image_id"].drop_duplicates().reset_index(drop=True)
