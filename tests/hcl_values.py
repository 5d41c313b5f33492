"""Values that are hard to write as HCL, for property tests."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

# Characters that break naive escaping, alignment or line handling: combining marks, joined emoji, flags, Hangul,
# right-to-left, separators, quotes and template markers.
NASTY = (
    "aZ09 _-.:/#$%{}[]()\"'\\`~!?*+<>=,;|&\t\n\r\x01\x0b\x0c\x1b\x7f\x85\xa0\xad\xa9ßéñ\u0301\u0308\u0600\u0903\u0e33"
    "\u1100\u1161\u11a8\uac00\uac01日本\u200b\u200d\u200e\u202e\u2028\u2029\u2060\u212b\ufb01\ufe0f\ufeff\ufffd\uffff"
    "\U0001d4d0\U0001f1e6\U0001f1ec\U0001f3fb\U0001f468\U0001f469\U000e0041\U0010ffff"
)
_MARKERS = ["${a}", "%{if x}", "$${a}", "%%{a}", "$", "%{", "<<EOT", "EOT", "\\u0041", "\\${", "/*", "*/", '"', "\\"]


def _survives_go(text: str) -> bool:
    """Whether Terraform normalizes the text right.

    Go's normalizer takes a character beyond U+FFFF before a combining mark for the one with the same last four
    digits: it composes U+10041 U+0301 to U+00C1. No spelling in HCL avoids that.
    """
    return not any(first > "\uffff" and unicodedata.category(mark)[0] == "M" for first, mark in pairwise(text))


texts = st.one_of(
    st.text(NASTY, max_size=12),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.lists(st.sampled_from(_MARKERS), max_size=4).map("".join),
).filter(_survives_go)

keys = st.one_of(
    texts,
    st.sampled_from(
        ["a", "PATH", "x-y", "a-", "_b", "null", "true", "for", "in", "if", "else", "endif", "type", "größe"]
    ),
)

_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**80), 2**80),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)

values = st.recursive(
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=6),
        st.dictionaries(keys, inner, max_size=5).filter(lambda found: len({nfc(key) for key in found}) == len(found)),
    ),
    max_leaves=12,
)


def nfc(value: Any) -> Any:
    """The value with all its text normalized, as Terraform does it."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, list):
        return [nfc(item) for item in value]
    if isinstance(value, dict):
        return {nfc(key): nfc(item) for key, item in value.items()}
    return value
