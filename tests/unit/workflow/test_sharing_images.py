"""The shards of one division of a data set that may have images of a shard of another division."""

from hypothesis import given
from hypothesis import strategies as st

from selcn.storage.shards import shard_of
from selcn.workflow.inputs.images import sharing_images


@given(st.text(min_size=1), st.integers(1, 24), st.integers(1, 24))
def test_an_image_lies_in_one_of_the_shards_that_share_images_with_its_other_shard(image_id, shards, others):
    sharing = sharing_images(shard_of(image_id, shards), shards, others)
    assert shard_of(image_id, others) in sharing
    assert set(sharing) <= set(range(others))


def test_shards_of_multiples_share_no_more_images_than_they_must():
    assert [list(sharing_images(shard, 2, 6)) for shard in (0, 1)] == [[0, 2, 4], [1, 3, 5]]
    assert [list(sharing_images(shard, 4, 2)) for shard in range(4)] == [[0], [1], [0], [1]]
    assert list(sharing_images(0, 2, 3)) == [0, 1, 2]
