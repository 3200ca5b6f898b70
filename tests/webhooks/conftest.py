"""What the tests of the sender share: an authority for encrypted receivers."""

from __future__ import annotations

import pytest

from tests.webhooks.certificates import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Vouches for receivers on this machine."""
    return Authority(tmp_path_factory.mktemp("authority"))
