import pytest

from shared.names import person_id


@pytest.mark.parametrize("name", ["Agnès Varda", " agnès  varda", "AGNÈS VARDA", "\tAgnès Varda\n"])
def test_a_person_has_one_id_however_the_name_is_written(name: str) -> None:
    assert person_id(name) == "name:agnès varda"
