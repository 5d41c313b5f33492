"""What ecsgen has to know of a Dockerfile: its base images, and whether it needs BuildKit (docs: "Dockerfile reference").

The text is never judged here: what cannot be understood is left for the real builder to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_DIRECTIVE = re.compile(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.*?)\s*")
_HEREDOC = re.compile(r"(?:(?<=\s)|^)\d*<<-?([\"']?)([A-Za-z_][A-Za-z0-9_.]*)\1(?=\s|$)")
_VARIABLE = re.compile(r"\$(?:(?P<plain>\w+)|\{(?P<name>\w+)(?::?(?P<operator>[-+])(?P<word>[^}]*))?\})", re.ASCII)
_TAKES_HEREDOC = {"RUN", "COPY", "ADD"}
_FLAGS_OF_BUILDKIT = {
    "RUN": ("--mount", "--network", "--security", "--device"),
    "COPY": ("--link", "--chmod", "--parents", "--exclude"),
    "ADD": ("--link", "--chmod", "--checksum", "--keep-git-dir", "--exclude", "--unpack"),
}
_PLATFORM_ARGUMENT = re.compile(r"(?:BUILD|TARGET)(?:PLATFORM|OS|ARCH|VARIANT)")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `keyword` in capitals, `flags` as written ("--from=base"), `text` the rest, `line` from 1."""

    keyword: str
    flags: tuple[str, ...]
    text: str
    line: int
    heredoc: bool = False


@dataclass(slots=True)
class _Stage:
    image: str
    name: str
    uses: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A parsed Dockerfile; `syntax` is the frontend that its first lines ask for."""

    instructions: tuple[Instruction, ...]
    syntax: str = ""


def parse(text: str) -> Dockerfile:
    """Split a Dockerfile into its instructions: escapes, comments, continued lines and here-documents."""
    lines = re.split(r"\r?\n", text.removeprefix("\ufeff"))
    directives = _directives(lines)
    escape = "`" if directives.get("escape") == "`" else "\\"
    instructions = []
    index = 0
    while index < len(lines):
        start = index + 1
        logical, index = _logical_line(lines, index, escape)
        words = logical.split(None, 1)
        if not words:
            continue
        keyword, rest = words[0].upper(), words[1] if len(words) > 1 else ""
        first = index
        for heredoc in _HEREDOC.finditer(rest) if keyword in _TAKES_HEREDOC else ():
            ends = (number for number in range(index, len(lines)) if lines[number].lstrip("\t") == heredoc[2])
            index = next(ends, index - 1) + 1  # without its end it was none, but "<<" in a quoted text
        flags, rest = _flags(rest)
        instructions.append(Instruction(keyword, flags, rest.strip(), start, index > first))
    return Dockerfile(tuple(instructions), directives.get("syntax", ""))


def _logical_line(lines: Sequence[str], index: int, escape: str) -> tuple[str, int]:
    """The instruction that begins at `index`, its parts joined, and the index after it; "" for a comment."""
    parts: list[str] = []
    while index < len(lines):
        line = lines[index].rstrip()
        index += 1
        skipped = not line or line.lstrip().startswith("#")
        if skipped and parts:
            continue
        goes_on = line.endswith(escape) and not skipped
        parts.append(line[:-1] if goes_on else "" if skipped else line)
        if not goes_on:
            break
    return "".join(parts), index


def _directives(lines: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in lines:
        match = _DIRECTIVE.fullmatch(line.strip())
        if not match or match[1].lower() in found:
            break
        found[match[1].lower()] = match[2]
    return found


def _flags(text: str) -> tuple[tuple[str, ...], str]:
    flags = []
    while match := re.match(r"\s*(--[a-z][\w-]*(?:=\S*)?)(?=\s|\Z)", text):
        flags.append(match[1])
        text = text[match.end() :]
    return tuple(flags), text


def base_images(dockerfile: Dockerfile, args: Mapping[str, str], target: str | None, platform: str) -> tuple[str, ...]:
    """The images that building `target` (None: the last stage) starts from or copies from, sorted, each once.

    Build arguments and defaults are substituted; a reference that still has a variable stays as it is written.
    """
    stages = _stages(dockerfile, args, platform)
    by_name = {stage.name: number for number, stage in enumerate(stages) if stage.name}
    images: set[str] = set()
    todo = [by_name.get(target.lower(), len(stages) - 1) if target else len(stages) - 1]
    seen: set[int] = set()
    while todo:
        number = todo.pop()
        if number in seen or number < 0:
            continue
        seen.add(number)
        stage = stages[number]
        for name in (stage.image, *stage.uses):
            earlier = by_name.get(name.lower())
            if earlier is not None and earlier < number:
                todo.append(earlier)
            elif name.isdigit() and int(name) < number:
                todo.append(int(name))
            elif name not in {"", "scratch"}:
                images.add(name)
    return tuple(sorted(images))


def _stages(dockerfile: Dockerfile, args: Mapping[str, str], platform: str) -> list[_Stage]:
    system, _, architecture = platform.partition("/")
    known = {"TARGETPLATFORM": platform, "TARGETOS": system, "TARGETARCH": architecture, "TARGETVARIANT": ""}
    stages: list[_Stage] = []
    for instruction in dockerfile.instructions:
        if instruction.keyword == "ARG" and not stages:
            for name, default in _declared(instruction.text):
                value = args.get(name, default)
                if value is not None:
                    known[name] = value if name in args else substitute(value, known)
        elif instruction.keyword == "FROM":
            words = instruction.text.split()
            named = len(words) == 3 and words[1].upper() == "AS"
            image = substitute(words[0], known) if words else ""
            stages.append(_Stage(image, words[2].lower() if named else ""))
        elif stages:
            stages[-1].uses += _copied_from(instruction)
    return stages


def _declared(text: str) -> Iterator[tuple[str, str | None]]:
    """The names of an ARG instruction with their defaults."""
    for word in text.split():
        name, equals, default = word.partition("=")
        yield name, default.strip("\"'") if equals else None


def _copied_from(instruction: Instruction) -> Iterator[str]:
    for flag in instruction.flags:
        name, _, value = flag.partition("=")
        if name == "--from" and instruction.keyword in {"COPY", "ADD"}:
            yield value
        elif name == "--mount" and instruction.keyword == "RUN":
            yield from (part[len("from=") :] for part in value.split(",") if part.startswith("from="))


def substitute(text: str, known: Mapping[str, str]) -> str:
    """Replace `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}`; a name that is not known stays."""

    def value(match: re.Match[str]) -> str:
        found = known.get(match["plain"] or match["name"])
        if match["operator"] == "-":
            return found or match["word"]
        if match["operator"] == "+":
            return match["word"] if found else ""
        return match[0] if found is None else found

    return _VARIABLE.sub(value, text.strip("\"'"))


def needs_buildkit(dockerfile: Dockerfile) -> list[str]:
    """What only BuildKit can do, each as a few words with its line; empty when the classic builder will do."""
    reasons = ["# syntax="] if dockerfile.syntax else []
    for instruction in dockerfile.instructions:
        where = f"(line {instruction.line})"
        if instruction.heredoc:
            reasons.append(f"{instruction.keyword} with a here-document {where}")
        for flag in instruction.flags:
            name = flag.partition("=")[0]
            if name in _FLAGS_OF_BUILDKIT.get(instruction.keyword, ()):
                reasons.append(f"{instruction.keyword} {name} {where}")
            elif name == "--platform" and "$" in flag:
                reasons.append(f"{instruction.keyword} {flag} {where}")
        if instruction.keyword == "ARG":
            names = (name for name, default in _declared(instruction.text) if default is None)
            reasons += [f"ARG {name} {where}" for name in names if _PLATFORM_ARGUMENT.fullmatch(name)]
    return reasons
