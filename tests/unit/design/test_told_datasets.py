"""What a process is told of its study's data sets."""

import pytest

from declared import DECLARED
from selcn.design.datasets import DATASETS, ROLES, set_of, tell_datasets


def test_a_data_set_that_a_job_was_not_told_is_refused_with_what_its_rule_needs():
    with pytest.raises(KeyError, match=r"clinic is none of the data sets .* \(ham10000, .*\): its rule needs .*told"):
        DATASETS["clinic"]
    tell_datasets({}, {})
    with pytest.raises(KeyError, match=r"lesion is none of .* \(none\)"):
        set_of("lesion")
    assert DATASETS.get("clinic", "clinic") == "clinic"


@pytest.mark.parametrize("test", ["first", "second"])
def test_what_one_test_tells_the_next_does_not_know(test):
    assert list(DATASETS) == list(DECLARED)
    assert ROLES["further"] == []
    tell_datasets({"clinic": "Our clinic"}, {"further": ["clinic"]})
    assert dict(DATASETS) == {"clinic": "Our clinic"}
