"""Writing of what a bundle needs to recognise images of its study."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.cluster import MiniBatchKMeans

from selcn.data.duplicates.images import Images, open_images, open_keypoints, read_manifests
from selcn.data.duplicates.keypoint_files import KeypointFiles
from selcn.data.duplicates.keypoints import LENGTH, Keypoints
from selcn.data.duplicates.pairs import canonical_id
from selcn.design.trained_networks import ALL_FOLDS, TrainedNetwork
from selcn.prediction.known import FEATURES, FILES, KNOWN
from selcn.prediction.known_copies import Traits
from selcn.prediction.known_features import COMPONENTS, STRONGEST, KnownFeatures, Projection, words_of
from selcn.storage.artifacts import read_table, write_json, write_table

BATCH = 256
FOLDS = ("segmentation_fold", "symmetry_fold")
# At most; of a small study so many that a list has a hundred keypoints.
WORDS, PER_WORD = 4096, 100
# Images, and descriptors of each, that components are chosen from; and keypoints that words are.
IMAGES, DESCRIPTORS, KEYPOINTS = 5000, 20, 100_000


def known_part(inputs, told: Mapping[str, Any], parts: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Write what a bundle needs to recognise images of its study, and return what its metadata says of it.

    Parameters
    ----------
    inputs
        The job's: `indices`, `groups`, `lesions`, `trained`, and packed images and keypoints named after the data sets.
    told
        See `selcn.workflow.inputs.bundles.BundleInputs.told`.
    parts
        The bundle's segmentation and symmetry, as its metadata has them.
    folder
        The bundle's.
    """
    known = told["known"]
    paths = dict(zip(told["datasets"], inputs.indices, strict=True))
    trained = [
        read_table(path)["image_id"]
        for network, path in zip(told["trained"], inputs.trained, strict=True)
        if in_bundle(network, parts)
    ]
    table = known_table(
        {dataset: read_table(paths[dataset]) for dataset in known["datasets"]},
        read_table(inputs.groups),
        trained,
        read_table(inputs.lesions) if inputs.lesions else None,
    )
    images = open_images(inputs, known["datasets"])
    keypoints = None
    if known["rephotographs"]:
        keypoints = open_keypoints(inputs, read_manifests(inputs, known["datasets"]))
    write_known(folder, table, images, keypoints, np.random.default_rng(known["seed"]))
    return {name: known[name] for name in ("distance", "certain", "rephotographs")}


def in_bundle(network: TrainedNetwork, parts: Mapping[str, Any]) -> bool:
    """Return whether a network is in a bundle: of its architecture and, of those of one stage, a fold that serves."""
    if network.stage == "lesion":
        return True
    part = parts[network.stage]
    return str(network.fold) in part["networks"] and part.get("architecture", network.model) == network.model


def known_table(
    indices: Mapping[str, pd.DataFrame],
    groups: pd.DataFrame,
    trained: Iterable[pd.Series],
    lesions: pd.DataFrame | None,
) -> pd.DataFrame:
    """Return the images of a study that a bundle recognises.

    Parameters
    ----------
    indices
        Of each data set that the bundle's networks are trained or tested on, the index; columns image_id and sha256.
    groups
        The lesion of each image of the study; columns dataset, image_id and group.
    trained
        Ids of the images that each of the bundle's networks was trained on.
    lesions
        Table of `selcn.data.splits.lesion_roles.assign_lesions`; None in a protocol without out-of-fold networks.

    Returns
    -------
    DataFrame
        Columns image_id, dataset, sha256, lesion, segmentation_fold, symmetry_fold (int8; -1 without `lesions`) and
        trained_on: whether a network was trained on an image of the lesion. Of equal files of one image in several data
        sets the first.

    Raises
    ------
    ValueError
        An image is not in `groups` or `lesions`.
    """
    images = pd.concat(
        [index[["image_id", "sha256"]].assign(dataset=name) for name, index in indices.items()], ignore_index=True
    )
    canonical = canonical_id(images["image_id"])
    images = images[~images.assign(canonical=canonical).duplicated(["canonical", "sha256"])]
    table = _joined(images, groups.rename(columns={"group": "lesion"}), ["lesion"], "groups.parquet")
    if lesions is None:
        table = table.assign(**dict.fromkeys(FOLDS, ALL_FOLDS)).astype(dict.fromkeys(FOLDS, "int8"))
    else:
        table = _joined(table, lesions, list(FOLDS), "lesions.parquet")
    seen = pd.concat([pd.Series([], dtype="str"), *trained]).drop_duplicates()
    developed = groups.loc[canonical_id(groups["image_id"]).isin(canonical_id(seen)), "group"]
    table["trained_on"] = table["lesion"].isin(developed)
    return table[["image_id", "dataset", "sha256", "lesion", *FOLDS, "trained_on"]]


def _joined(images: pd.DataFrame, table: pd.DataFrame, columns: list[str], name: str) -> pd.DataFrame:
    keys = ["dataset", "image_id"]
    joined = images.merge(table[keys + columns], on=keys, how="left", indicator=True)
    missing = joined.loc[joined["_merge"] == "left_only", "image_id"]
    if len(missing):
        raise ValueError(
            f"{name} lacks {len(missing)} images, such as {missing.iloc[0]}; delete it and run the same command again"
        )
    return joined.drop(columns="_merge")


def write_known(
    folder: Path, table: pd.DataFrame, images: Images, keypoints: KeypointFiles | None, rng: np.random.Generator
) -> None:
    """Write a bundle's files of the study's images: `KNOWN`, `FILES`, and `FEATURES` where keypoints are given.

    Parameters
    ----------
    folder
        The bundle's.
    table
        Of `known_table`.
    images, keypoints
        Packed images and keypoints of its data sets.
    """
    traits = traits_of(table, images)
    columns = {"hash": traits.hashes, "coarse": traits.coarse}
    written = pa.Table.from_pandas(table, preserve_index=False)
    for name, arrays in columns.items():
        rows = arrays.reshape(len(arrays), -1).view(np.uint8)
        written = written.append_column(name, pa.array([row.tobytes() for row in rows], pa.binary(rows.shape[1])))
    write_table(written, folder / KNOWN)
    write_json(known_files(table), folder / FILES)
    if keypoints is not None:
        # An image of several data sets once.
        own = np.flatnonzero(~canonical_id(table["image_id"]).duplicated())
        names = list(table.iloc[own][["dataset", "image_id"]].itertuples(index=False, name=None))
        features = fit_features(len(own), lambda number: keypoints.of(*names[number]), rng)
        replace(features, images=own.astype(np.int32)[features.images]).save(folder / FEATURES)


def known_files(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Return what the page and `predict.py` need of the study's images, by SHA-256; of equal files the first."""
    return {
        row.sha256: {
            "image": f"{row.dataset}/{row.image_id}",
            "trained_on": bool(row.trained_on),
            "segmentation_fold": int(row.segmentation_fold),
            "symmetry_fold": int(row.symmetry_fold),
        }
        for row in table.iloc[::-1].itertuples()
    }


def traits_of(table: pd.DataFrame, images: Images) -> Traits:
    """Return what copies of the images of a table share, in its order."""
    parts, order = [], []
    for dataset, (ids, packed) in images.items():
        ours = np.flatnonzero(table["dataset"] == dataset)
        rows = pd.Index(ids).get_indexer(table["image_id"].iloc[ours])
        parts += [Traits.of(packed[batch]) for batch in np.split(rows, range(BATCH, len(rows), BATCH)) if len(batch)]
        order.append(ours)
    every, back = Traits.joined(parts), np.argsort(np.concatenate(order))
    return Traits(every.hashes[back], every.coarse[back])


def fit_features(count: int, keypoints_of: Callable[[int], Keypoints], rng: np.random.Generator) -> KnownFeatures:
    """Choose components and words from the keypoints of known images, and list these by their words.

    Parameters
    ----------
    count, keypoints_of
        Number of images, and the keypoints of each.
    """
    projection = fit_projection((keypoints_of(number) for number in rng.permutation(count)[:IMAGES]), rng)
    reduced = [projection.reduce(keypoints_of(number)) for number in range(count)]
    components, points = (np.concatenate(part) for part in zip(*reduced, strict=True))
    images = np.repeat(np.arange(count, dtype=np.int32), [len(image.points) for image in reduced])
    words = fit_words(components, rng)
    nearest = np.concatenate([words_of(batch, words) for batch in np.array_split(components, count)])
    order = np.argsort(nearest, kind="stable")
    begins = np.searchsorted(nearest[order], np.arange(len(words) + 1))
    return KnownFeatures(projection, words, begins, components[order], points[order], images[order])


def fit_projection(images: Iterable[Keypoints], rng: np.random.Generator) -> Projection:
    """Return the principal components of some descriptors of some images."""
    chosen = (image.descriptors[:STRONGEST] for image in images)
    sampled = [descriptors[rng.permutation(len(descriptors))[:DESCRIPTORS]] for descriptors in chosen]
    descriptors = np.concatenate([np.empty((0, LENGTH)), *sampled])
    number = max(1, len(descriptors))
    mean = descriptors.sum(axis=0) / number
    variances, axes = np.linalg.eigh((descriptors - mean).T @ (descriptors - mean) / number)
    first = np.ascontiguousarray(axes[:, ::-1][:, :COMPONENTS], np.float32)
    # Four standard deviations of the first component fit 8 bits.
    step = max(4 * np.sqrt(variances[-1].clip(0)) / 127, 1e-6)
    return Projection(mean.astype(np.float32), first, np.array([step], np.float32))


def fit_words(components: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return the centres of clusters of components, int8 (K, C), as float32 (W, C); one of zeros without any."""
    count = min(WORDS, len(components) // PER_WORD)
    if count < 2:
        return np.zeros((1, components.shape[1]), np.float32)
    sampled = components[rng.permutation(len(components))[:KEYPOINTS]].astype(np.float32)
    clusters = MiniBatchKMeans(count, batch_size=4096, n_init=1, max_iter=10, random_state=int(rng.integers(2**31)))
    return clusters.fit(sampled).cluster_centers_.astype(np.float32)
