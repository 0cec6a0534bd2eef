"""A split of planted blocks, on which every model that learns finds all that is held out."""

import pytest

from services.trainer.comparing.material import Material
from services.trainer.data.fold import Fold
from services.trainer.data.split import Split


@pytest.fixture
def material(blocks: Fold) -> Material:
    return Material("blocks", Split(blocks, blocks, by_time=False))
