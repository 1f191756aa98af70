"""Files on disk: artifacts and their checksums, row arrays, shards, CAM tables."""
