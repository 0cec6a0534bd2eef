import pytest

from services.ingest.forms.records import decoded, last_record_end, split_quoted


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (b'1,"say ""hi""",x', [b"1", b'say "hi"', b"x"]),
        (b'"two\nlines",2', [b"two\nlines", b"2"]),
        (b'"open,2', None),
        (b'"closed"early,2', None),
        (b"caf\xe9,2", [b"caf\xe9", b"2"]),
    ],
)
def test_a_record_is_split_or_is_none(text: bytes, fields: list[bytes] | None) -> None:
    assert split_quoted(text, b",") == fields


@pytest.mark.parametrize(
    ("data", "quoted", "end"),
    [
        (b"a\nb\nc", False, 4),
        (b"abc", False, 0),
        (b'a\n"b\nc', True, 2),
        (b'a\n"b\nc', False, 5),
        (b'"a\nb', True, 3),
    ],
)
def test_the_last_whole_record_ends_after_a_line_and_outside_quotes(data: bytes, quoted: bool, end: int) -> None:
    assert last_record_end(data, quoted=quoted) == end


def test_bytes_are_read_as_utf_8_and_else_as_windows_1252() -> None:
    assert decoded("Amélie".encode()) == decoded("Amélie".encode("cp1252")) == "Amélie"
