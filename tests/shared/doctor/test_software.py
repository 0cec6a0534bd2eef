"""What is installed is told, and a torch that does not work is found."""

import pytest

from shared.doctor import software
from shared.doctor.findings import Level
from shared.doctor.software import check_software


@pytest.mark.slow
def test_what_is_installed_here_works() -> None:
    found = list(check_software())

    assert [finding.level for finding in found] == [Level.WELL, Level.WELL]
    assert "on Python 3.11" in found[0].what
    assert "dgl 1.1.3 work" in found[1].what


def test_a_torch_that_can_not_be_imported_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(software, "_TRY_TORCH", "raise ImportError('libcudart.so is missing')")

    found = list(check_software())[-1]

    assert found.level is Level.WRONG
    assert "can't be used: ImportError: libcudart.so is missing" in found.what


def test_one_that_takes_too_long_or_kills_its_process_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(software, "_TRY_TORCH", "import os; os.abort()")
    assert "ended with status -6" in list(check_software())[-1].what

    monkeypatch.setattr(software, "_TRY_TORCH", "import time; time.sleep(60)")
    monkeypatch.setattr(software, "_TORCH_SECONDS", 0.5)
    assert "can't be imported within 0.5 s" in list(check_software())[-1].what


def test_where_the_trainer_is_not_installed_it_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    version = software._version
    monkeypatch.setattr(software, "_version", lambda package: None if package == "dgl" else version(package))

    assert [finding.level for finding in check_software()] == [Level.WELL, Level.WELL]
