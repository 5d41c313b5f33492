"""What Terraform does to text: it normalizes it to Unicode NFC, which changes some texts and breaks a few."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import chain

from ecsgen.description.document import Map, Node, Seq
from ecsgen.problems import Finding, Path, Severity


def normalization(node: Node, path: Path = ()) -> Iterator[Finding]:
    """Texts that Terraform changes: it normalizes them to Unicode NFC; and keys that become one key by that."""
    if isinstance(node, Map):
        seen: dict[str, str] = {}
        for key, value in node.items():
            if not key.isascii():
                normal = unicodedata.normalize("NFC", key)
                if normal in seen:
                    yield Finding(
                        (*path, key),
                        "EG108",
                        "two keys become one: Terraform normalizes text to Unicode NFC",
                        "rename one of them",
                        on_key=True,
                    )
                seen[normal] = key
                if normal != key:
                    yield Finding((*path, key), "EG107", *NFC, Severity.WARNING, on_key=True)
            if key != "build":  # what a build takes does not go through Terraform
                yield from normalization(value, (*path, key))
    elif isinstance(node, Seq):
        for index, item in enumerate(node):
            yield from normalization(item, (*path, index))
    elif isinstance(node, str) and not node.isascii():
        if not unicodedata.is_normalized("NFC", node):
            yield Finding(path, "EG107", *NFC, Severity.WARNING)
        if path[:1] in {("services",), ("jobs",)} and breaks_an_escape(node):
            yield Finding(path, "EG112", *BROKEN_ESCAPE)
        elif joins_wrongly(node):
            yield Finding(path, "EG112", *WRONGLY_JOINED)


AFTER_AN_ESCAPE = re.compile(r"(?<=[\x01-\x1f<>])([^\x00-\x7f])")
"""Terraform's jsonencode writes these as escapes that end in a letter, and then normalizes its own output."""

BASIC_PLANE = 0xFFFF

COMPOSED = (range(0x00C0, 0x3100), range(0x10000, 0x17000))
"""Where every character stands that NFC composes of two (Hangul, composed by arithmetic, aside)."""

BROKEN_ESCAPE = (
    "a combining character stands right after a line end, a tab, < or >, and Terraform's jsonencode breaks the two",
    "put a space between them, or write the composed character",
)

WRONGLY_JOINED = (
    "a combining character stands after one beyond U+FFFF, and Terraform's normalization makes another character of the two",
    "put a space between them, or leave out the combining character",
)

NFC = (
    "Terraform will change this text: it normalizes to Unicode NFC, and this is another form",
    "write the text in NFC",
)


def breaks_an_escape(text: str) -> bool:
    """Whether Terraform's jsonencode cannot write the text."""
    return any(unicodedata.combining(match[1]) for match in AFTER_AN_ESCAPE.finditer(text))


def joins_wrongly(text: str) -> bool:
    """Whether the normalizer that Terraform is built with makes other characters of the text than NFC does.

    It looks up what two characters compose to by their lowest 16 bits alone (golang.org/x/text/unicode/norm, `combine`).
    """
    if max(text, default="") <= chr(BASIC_PLANE):
        return False
    characters = unicodedata.normalize("NFD", text)
    for index, first in enumerate(characters):
        if unicodedata.combining(first):
            continue
        highest = -1
        for second in characters[index + 1 :]:
            rank = unicodedata.combining(second)
            wide = max(ord(first), ord(second)) > BASIC_PLANE
            # A mark of the same or a higher rank in between keeps the two apart.
            if wide and rank > highest and _low(first) + _low(second) in _compositions():
                composed = unicodedata.normalize("NFC", first + second)
                if len(composed) != 1:
                    return True
            if rank == 0:
                break
            highest = max(highest, rank)
    return False


def _low(character: str) -> str:
    return chr(ord(character) & BASIC_PLANE)


@cache
def _compositions() -> frozenset[str]:
    """Every two characters that NFC joins to one, cut to their lowest 16 bits."""
    found = set()
    for code in chain.from_iterable(COMPOSED):
        parts = unicodedata.decomposition(chr(code))
        if parts and " " in parts and not parts.startswith("<"):
            first, second = (chr(int(part, 16)) for part in parts.split())
            if unicodedata.normalize("NFC", first + second) == chr(code):
                found.add(_low(first) + _low(second))
    return frozenset(found)
