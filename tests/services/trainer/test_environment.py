import os

import pytest

from services.trainer.environment import share_cores


def test_what_is_set_in_the_environment_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)

    share_cores()

    assert os.environ["OMP_WAIT_POLICY"] == "active"
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
