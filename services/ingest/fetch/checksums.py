"""The MD5 that a publisher puts beside a file."""

import hashlib
import re
from pathlib import Path
from typing import Final

_MD5: Final = re.compile(r"(?:^|[\s=*])([0-9a-fA-F]{32})(?=\s|$)")
_CHUNK_BYTES: Final = 2**20


def parse_md5(text: str) -> str | None:
    """The checksum in a `.md5` file, in lower case; None where there is none.

    >>> parse_md5("MD5 (ml-1m.zip) = C4D9EECFCA2AB87C1945AFE126590906")
    'c4d9eecfca2ab87c1945afe126590906'
    >>> parse_md5("c4d9eecfca2ab87c1945afe126590906  ml-1m.zip")
    'c4d9eecfca2ab87c1945afe126590906'
    """
    found = _MD5.search(text)
    return found[1].lower() if found else None


def md5_of(path: Path) -> str:
    """The MD5 of a file, in hexadecimal. It guards against damage, not against an attacker."""
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
