"""Checks rendered Terraform before it is written: it parses, and everything that it names exists.

python-hcl2 says whether a file parses. Across files: every module call has a source that is there, gets the inputs
that it must and no others; every `module.x.y`, `var.x`, `local.x` and resource that is referred to is declared; and
nothing is declared twice. `terraform validate` checks more, but needs the provider; this needs nothing.
"""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ecsgen.render.lexer import LexError
from ecsgen.render.symbols import Block, Reference, Symbols, read_symbols
from ecsgen.render.syntax import syntax_problem

_META_ARGUMENTS = frozenset({"source", "version", "count", "for_each", "providers", "depends_on"})
_ROOT_OF_BLOCK = {"variable": "var", "module": "module", "output": "output", "resource": "", "data": "data"}
_NOUNS = {"var": "variable", "local": "local value", "module": "module"}


@dataclass(frozen=True, slots=True, order=True)
class VerifyError:
    """What is wrong in which line (from 1) of which file, and what to do."""

    file: str
    line: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.file}:{self.line}: {self.message}"
        return f"{text}; {self.hint}" if self.hint else text


@dataclass(frozen=True, slots=True)
class _Argument:
    file: str
    line: int
    text: str | None


@dataclass(slots=True)
class _Declaration:
    """Where an address is declared, and its arguments, those of override files among them."""

    file: str
    line: int
    arguments: dict[str, _Argument] = field(default_factory=dict)


@dataclass(slots=True)
class _Folder:
    """The files of one folder, which Terraform reads as one module."""

    path: str
    ours: bool = False
    """Rendered, at least in part."""
    unread: bool = False
    """A file could not be read: nothing can be said to be missing."""
    declared: dict[str, _Declaration] = field(default_factory=dict)
    """By address, for example `var.x`, `module.x`, `output.x`, `local.x`, `aws_y.x`, `data.aws_y.x`."""
    references: list[tuple[str, Reference]] = field(default_factory=list)

    def names(self, root: str) -> list[str]:
        return [address[len(root) + 1 :] for address in self.declared if address.startswith(f"{root}.")]


def verify(
    files: Mapping[str, str], extra: Mapping[str, str] | None = None, parse: Collection[str] | None = None
) -> list[VerifyError]:
    """What is wrong with the rendered `files`, sorted by place.

    `files` maps paths, relative to the output folder, to text; all but `*.tf` are left alone. `extra` holds files that
    others wrote in the same folders: they may declare things and override others, and nothing is said about them.
    python-hcl2 takes a quarter of a second for 1,000 lines (once a process for a text): `parse` names the files that
    it shall read, all of them by default.
    """
    errors: list[VerifyError] = []
    folders: dict[str, _Folder] = {}
    for path, text in sorted([*(extra or {}).items(), *files.items()], key=lambda item: (_is_override(item[0]), item)):
        folder = folders.setdefault(posixpath.dirname(path), _Folder(posixpath.dirname(path)))
        folder.ours |= path in files
        folder.unread |= path.endswith(".tf.json")
        if not path.endswith(".tf"):
            continue
        problem = syntax_problem(text) if path in files and (parse is None or path in parse) else None
        if problem:
            errors.append(VerifyError(path, problem.line, problem.message, problem.hint))
        symbols = None if problem else _symbols(text)
        if symbols is None:
            folder.unread = True
        else:
            errors += _declare(folder, path, symbols)
    for folder in folders.values():
        if folder.ours:
            errors += _check_calls(folder, folders)
            errors += _check_references(folder, folders)
    return sorted({error for error in errors if error.file in files})


def declared(files: Mapping[str, str]) -> frozenset[str] | None:
    """The addresses that the files of one folder declare (`local.x`, `module.x`, `aws_y.x`, `data.aws_y.x`).

    None when one of them cannot be read: nothing can be said to be missing then.
    """
    found: set[str] = set()
    for path, text in files.items():
        symbols = _symbols(text) if path.endswith(".tf") else None
        if symbols is None:
            return None
        found |= {address for block in symbols.blocks for address, _ in _addresses(block)}
    return frozenset(found)


@lru_cache(maxsize=4096)
def _symbols(text: str) -> Symbols | None:
    try:
        return read_symbols(text)
    except LexError:
        return None


def _is_override(path: str) -> bool:
    """Terraform merges the blocks of such a file into those of the same name in the others."""
    name = posixpath.basename(path)
    return name == "override.tf" or name.endswith("_override.tf")


def _declare(folder: _Folder, path: str, symbols: Symbols) -> Iterator[VerifyError]:
    folder.references += [(path, reference) for reference in symbols.references]
    for block in symbols.blocks:
        arguments = {name: _Argument(path, value.line, value.text) for name, value in block.arguments.items()}
        for address, line in _addresses(block):
            known = folder.declared.get(address)
            if known is None:
                folder.declared[address] = _Declaration(path, line, arguments)
            elif _is_override(path):
                known.arguments |= arguments
            else:
                # Each of the two files may be the one that is ours.
                for file, at, other in ((path, line, known), (known.file, known.line, _Declaration(path, line))):
                    where = f"in line {other.line}" if other.file == file else f"in {other.file} line {other.line}"
                    yield VerifyError(file, at, f"{address} is also declared {where}", "keep one of the two")


def _addresses(block: Block) -> Iterator[tuple[str, int]]:
    if block.kind == "locals":
        yield from ((f"local.{name}", argument.line) for name, argument in block.arguments.items())
    elif block.kind in _ROOT_OF_BLOCK:
        root = _ROOT_OF_BLOCK[block.kind]
        yield ".".join([root, *block.labels] if root else block.labels), block.line


def _check_calls(folder: _Folder, folders: Mapping[str, _Folder]) -> Iterator[VerifyError]:
    for name in folder.names("module"):
        call = folder.declared[f"module.{name}"]
        source = call.arguments.get("source")
        if source is None:
            yield VerifyError(call.file, call.line, f'module "{name}" has no `source`', "say which module it calls")
            continue
        target = _target(folder, source)
        if target is None:
            continue
        if target not in folders:
            yield VerifyError(
                source.file,
                source.line,
                f'module "{name}" calls {source.text}, and there is no such folder',
                _nearest(posixpath.basename(target), _modules(folders), "the modules that are rendered"),
            )
        elif not folders[target].unread:
            yield from _check_inputs(name, call, str(source.text), folders[target])


def _target(folder: _Folder, source: _Argument) -> str | None:
    """The folder that a module call's source names; None when it is not a folder beside (or not plain text)."""
    if source.text is None or not source.text.startswith(("./", "../")):
        return None
    return posixpath.normpath(posixpath.join(folder.path, source.text))


def _modules(folders: Mapping[str, _Folder]) -> list[str]:
    return sorted(posixpath.basename(path) for path in folders if posixpath.dirname(path) == "modules")


def _check_inputs(name: str, call: _Declaration, source: str, target: _Folder) -> Iterator[VerifyError]:
    takes = target.names("var")
    for given, argument in call.arguments.items():
        if given not in takes and given not in _META_ARGUMENTS:
            message = f'module "{name}" is given "{given}", which {source} does not take'
            yield VerifyError(argument.file, argument.line, message, _nearest(given, takes, "its inputs"))
    for needed in takes:
        if needed not in call.arguments and "default" not in target.declared[f"var.{needed}"].arguments:
            message = f'module "{name}" is not given "{needed}", which {source} requires'
            yield VerifyError(call.file, call.line, message, f"add `{needed} = …` to the call")


def _check_references(folder: _Folder, folders: Mapping[str, _Folder]) -> Iterator[VerifyError]:
    for file, reference in folder.references:
        names = reference.names
        root, length = (names[0], 2) if names[0] in _NOUNS else ("", 3 if names[0] == "data" else 2)
        if len(names) < length:
            continue
        address = ".".join(names[:length])
        if address not in folder.declared:
            if not folder.unread:
                yield _undeclared(file, reference, address, root, folder)
        elif root == "module" and len(names) > 2:
            yield from _check_output(file, reference, folder, folders)


def _undeclared(file: str, reference: Reference, address: str, root: str, folder: _Folder) -> VerifyError:
    where = f"{folder.path}/" if folder.path else "this folder"
    if root:
        noun, name, known = _NOUNS[root], reference.names[1], folder.names(root)
    else:
        noun, name = "data source" if address.startswith("data.") else "resource", address
        known = [other for other in folder.declared if other.startswith(("aws_", "data.aws_"))]
    hint = _nearest(name, known, f"{where} has")
    return VerifyError(file, reference.line, f"{address}: there is no such {noun} in {where}", hint)


def _check_output(
    file: str, reference: Reference, folder: _Folder, folders: Mapping[str, _Folder]
) -> Iterator[VerifyError]:
    module, output = reference.names[1:3]
    source = folder.declared[f"module.{module}"].arguments.get("source")
    target = folders.get(_target(folder, source) or "") if source else None
    if source and target and not target.unread and f"output.{output}" not in target.declared:
        message = f'module.{module}.{output}: {source.text} has no output "{output}"'
        yield VerifyError(file, reference.line, message, _nearest(output, target.names("output"), "its outputs"))


def _nearest(name: str, known: list[str], these: str) -> str:
    found = difflib.get_close_matches(name, known, n=1)
    if found:
        return f'did you mean "{found[0]}"?'
    return f"{these}: {', '.join(sorted(known))}" if known else f"{these}: none"
