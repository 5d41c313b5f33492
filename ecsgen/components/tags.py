"""Tags of resources: those of the description on all, those of a service on its own.

Every module takes them as `tags`; the provider's default tags carry the description's.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping

from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Path, Severity

LIMIT = 50
"""Tags of one resource."""
OWN = "Name"
"""The tag that the modules add to what AWS shows without a name of its own."""
KEY_LIMIT = 128
VALUE_LIMIT = 256
"""Characters of a tag's key and value (AWS General Reference: tagging)."""


def check(tags: Mapping[str, str], path: Path, inherited: Mapping[str, str]) -> Iterator[Finding]:
    """What AWS would refuse. `inherited` are the tags that every resource has; a service's own are laid over them."""
    count = len(inherited.keys() | tags.keys() | {OWN})
    if tags and count > LIMIT:
        yield Finding(
            path,
            "EG204",
            f"{count} tags ({OWN} is added to some resources) are more than the {LIMIT} that a resource takes",
            "remove some",
            on_key=True,
        )
    folded = {key.lower(): key for key in inherited}
    for key, value in tags.items():
        here = (*path, key)
        other = folded.setdefault(key.lower(), key)
        if other != key:
            yield Finding(
                here,
                "EG205",
                f"IAM takes {key} and {other} for one key",
                "rename one of them, or remove it",
                on_key=True,
            )
        if key.lower().startswith("aws:"):
            yield Finding(here, "EG205", "tags that begin with aws: are AWS's own", "choose another key", on_key=True)
        if not key:
            yield Finding(here, "EG205", "the tag's key is empty", "write a key of 1 to 128 characters", on_key=True)
        if len(key) > KEY_LIMIT:
            yield Finding(
                here,
                "EG205",
                f"a tag's key has at most {KEY_LIMIT} characters, and this one {len(key)}",
                "shorten it",
                on_key=True,
            )
        known = "" if isinstance(value, Reference) else value
        if len(known) > VALUE_LIMIT:
            yield Finding(
                here,
                "EG205",
                f"a tag's value has at most {VALUE_LIMIT} characters, and this one {len(known)}",
                "shorten it",
            )
        for text, on_key in ((key, True), (known, False)):
            if strange := next((character for character in text if not _in_tags(character)), ""):
                yield Finding(
                    here,
                    "EG206",
                    f"IAM takes no tags with the character {ascii(strange)[1:-1]}",
                    "use letters, digits, spaces and _ . : / = + - @",
                    Severity.WARNING,
                    on_key=on_key,
                )


def _in_tags(character: str) -> bool:
    """Whether IAM takes a character in a tag's key or value: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]."""
    return character in "_.:/=+-@" or unicodedata.category(character)[0] in "LZN"
