"""The tests. Their rooms mirror the rooms of the package; scenarios/ crosses all of them."""
