import pytest

from services.ingest.forms.ids import decimal_id, free_id


@pytest.mark.parametrize(("text", "id_"), [("0042", "42"), ("0", "0"), ("4.2", None), ("-1", None), ("9" * 19, None)])
def test_a_whole_number_has_one_form(text: str, id_: str | None) -> None:
    assert decimal_id(text) == id_


@pytest.mark.parametrize(("text", "id_"), [("007", "007"), ("x" * 129, None), ("a\0b", None)])
def test_a_free_id_stays_as_it_stands(text: str, id_: str | None) -> None:
    assert free_id(text) == id_
