"""`.dockerignore` as Docker reads and matches it (source: moby/patternmatcher, its ignorefile and patternmatcher).

A pattern without wildcards matches one path and, through its folders, everything below; `*` and `?` stop at `/`;
`**` takes any number of folders; `!` takes back what an earlier line left out; the last match decides.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Sequence

_VALID = re.compile(r"(?:[^\\\[]|\\.|\[\^?(?:(?:[^\\\]-]|\\.)(?:-(?:[^\\\]-]|\\.))?)+\])*", re.DOTALL)
"""The syntax of Go's filepath.Match, which Docker applies before anything else."""

_GLOB = re.compile(r"[*\[\]?^\\]")

Matched = tuple[bool, ...]
"""Which patterns matched a folder, in their order: what is inside matches them too."""


class BadPatternError(ValueError):
    """A line that Docker refuses; `args[0]` is the line."""


def read_patterns(text: str) -> list[str]:
    """The patterns of an ignore file: no comments, no empty lines, each relative to the context and clean."""
    result = []
    for line in text.removeprefix("\ufeff").split("\n"):
        pattern = line.strip()
        if line.startswith("#") or not pattern:
            continue
        takes_back = pattern.startswith("!")
        if takes_back:
            pattern = pattern[1:].strip()
        if pattern:
            pattern = _clean(pattern)
            if len(pattern) > 1:
                pattern = pattern.removeprefix("/")
        result.append(f"!{pattern}" if takes_back else pattern)
    return result


def literal(path: str) -> str:
    """The pattern that matches exactly this path."""
    # "!" and "#" mean something at the start of a line, and spaces around it are lost; in brackets all stand for
    # themselves. A line break cannot be written at all.
    text = re.sub(r"[*?\[\]\\^]", r"\\\g<0>", _clean(path))
    return re.sub(r"^[!#]| ", r"[\g<0>]", re.sub(r"[^\S ]", "?", text))


class Matcher:
    """Decides for each path of a context whether it is left out."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Raise BadPatternError for a pattern that Docker refuses."""
        self._rules = [_Rule(pattern) for pattern in patterns]
        kept = [rule.cleaned for rule in self._rules if rule.takes_back]
        prefixes = [re.sub(r"/\*\*?\Z", "", text) for text in kept]
        self._anywhere = any(_GLOB.search(prefix) for prefix in prefixes)
        self._prefixes = tuple(f"{prefix}/" for prefix in prefixes)

    def match(self, path: str, parent: Matched) -> tuple[bool, Matched]:
        """Whether the path is left out, and what its own content has to know. `parent` is () at the top."""
        left_out = False
        results = []
        for index, rule in enumerate(self._rules):
            matched = bool(parent) and parent[index]
            # As in Docker: a rule that could not change the outcome is not asked, and counts as no match.
            if not matched and rule.takes_back == left_out:
                matched = rule.matches(path)
            results.append(matched)
            if matched:
                left_out = not rule.takes_back
        return left_out, tuple(results)

    def may_take_back_inside(self, folder: str) -> bool:
        """Whether something in a folder that is left out could still be part of the context."""
        return self._anywhere or any(prefix.startswith(f"{folder}/") for prefix in self._prefixes)


class _Rule:
    def __init__(self, pattern: str) -> None:
        cleaned = _clean(pattern)
        self.takes_back = cleaned.startswith("!")
        self.cleaned = cleaned[1:] if self.takes_back else cleaned
        if not self.cleaned or not _VALID.fullmatch(self.cleaned):
            raise BadPatternError(pattern)
        try:
            self.matches = _compile(self.cleaned)
        except re.error as error:
            raise BadPatternError(pattern) from error


def _compile(pattern: str) -> Callable[[str], bool]:
    if not re.search(r"[*?\[\]\\]", pattern):
        return pattern.__eq__
    if not re.search(r"[*?\[\]\\]", pattern.removesuffix("**")):
        return lambda path: path.startswith(pattern[:-2])
    rest = pattern.removeprefix("**")
    if rest != pattern and not re.search(r"[*?\[\]\\]", rest):
        return lambda path: path.endswith(rest) or (rest.startswith("/") and path == rest[1:])
    expression = re.compile("".join(_regular(pattern)), re.ASCII)
    return lambda path: expression.match(path) is not None


def _regular(pattern: str) -> Iterable[str]:
    """The pattern as a regular expression, part by part."""
    tokens = re.compile(r"(?P<many>\*\*/?)|(?P<one>\*)|(?P<char>\?)|(?P<pair>\\.)|(?P<rest>.)", re.DOTALL)
    for token in tokens.finditer(pattern):
        if token["many"]:
            yield ".*" if token.end() == len(pattern) else "(?:.*/)?"
        elif token["one"]:
            yield "[^/]*"
        elif token["char"]:
            yield "[^/]"
        elif token["pair"]:
            yield token["pair"]
        else:
            yield re.sub(r"[.+()|{}$]", r"\\\g<0>", token["rest"])
    yield r"\Z"


def _clean(path: str) -> str:
    """The shortest equal path, as Go's filepath.Clean gives it."""
    cleaned = posixpath.normpath(path)
    return cleaned[1:] if cleaned.startswith("//") else cleaned
