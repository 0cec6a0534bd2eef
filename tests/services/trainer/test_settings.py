from pathlib import Path

import pytest

from services.trainer.settings import TrainerSettings
from shared.errors import InvalidInputError
from shared.settings import load


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARQUEE_DATA_DIR", "/var/lib/marquee")
    monkeypatch.setenv("MARQUEE_BASELINE_MEMORY_GB", "1.5")

    settings = load(TrainerSettings)

    assert settings.checkpoints == Path("/var/lib/marquee/checkpoints")
    assert settings.baseline_memory_bytes == 1_500_000_000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MARQUEE_THREADS", "0"),
        ("MARQUEE_DEVICE", "tpu"),
        ("MARQUEE_GATE_TOLERANCE", "1"),
        ("MARQUEE_PROCESSES", "0"),
        ("MARQUEE_PROCESSES", "65"),
    ],
)
def test_values_that_do_not_fit_are_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(InvalidInputError, match=name):
        load(TrainerSettings)
