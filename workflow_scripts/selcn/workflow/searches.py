"""The searches for hyper-parameters of a study, and the settings of its trainings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

_SINGLE = ("segmentation", "symmetry")


@dataclass(frozen=True)
class Searches:
    """A study's searches.

    Attributes
    ----------
    config
        The section `search` of the configuration.
    all_protocols
        The study's protocols.
    dataset_of
        The data set of each network that can be searched: `segmentation`, `symmetry`, `lesion` for the first lesion
        set's, and for each further one its name.
    models
        The models of each of these networks.
    """

    config: Mapping
    all_protocols: Sequence[str]
    dataset_of: Mapping[str, str]
    models: Mapping[str, Sequence[str]]

    @cached_property
    def networks(self) -> list[str]:
        """The networks whose hyper-parameters are searched; a data set stands for the lesion network on it."""
        networks = self.config["networks"] if self.config["trials"] else []
        return [network for network in networks if network in self.dataset_of]

    @cached_property
    def lesion_sets(self) -> dict[str, str]:
        """The data set of each search of the lesion network."""
        return {network: dataset for network, dataset in self.dataset_of.items() if network not in _SINGLE}

    @cached_property
    def datasets(self) -> list[str]:
        """The data sets that searches train on."""
        return sorted({self.dataset_of[network] for network in self.networks})

    def protocol_of(self, protocol: str) -> str:
        """Return the protocol whose searches give a protocol its hyper-parameters."""
        shared = self.config["protocol"]
        return shared if shared in self.all_protocols else protocol

    @cached_property
    def protocols(self) -> list[str]:
        """The protocols that search for hyper-parameters."""
        return [protocol for protocol in self.all_protocols if self.protocol_of(protocol) == protocol]

    @cached_property
    def baselines(self) -> dict[str, str]:
        """The model of each network that the thesis searches: its first; of symmetry models that without a mask."""
        return {network: models[0] for network, models in self.models.items()} | {"symmetry": "none"}

    @cached_property
    def names(self) -> list[str]:
        """`<network>/<model>` of every search."""
        return [
            f"{network}/{model}"
            for network in self.networks
            for model in (self.models[network] if self._by_cell else [self.baselines[network]])
        ]

    @cached_property
    def settings(self) -> list[str]:
        """The settings files: one a network, or where each cell has a search of its own one a model.

        A data set that is searched has its own; cells of the others use those of the lesion network.
        """
        names = ["backbones", *dict.fromkeys([*_SINGLE, "lesion", *self.networks])]
        return [name for name in names if name not in self.networks] + self.names if self._by_cell else names

    @property
    def _by_cell(self) -> bool:
        return self.config["scope"] == "cell"
