"""The image of the container that holds a task's network: a program of a few instructions that sleeps for ever.

It is made here because no image can be counted on: a sandbox has to work where nothing can be pulled. The task's
own containers join its network, so each of them may exit without taking the network away from the others.
"""

from __future__ import annotations

import io
import struct
import tarfile

# pause(2) in a loop: mov eax, 34; syscall; jmp back.
_X86_64 = bytes.fromhex("b8220000000f05ebf7")
# ppoll(NULL, 0, NULL, NULL) in a loop, as this machine has no pause(2): movz x0..x3, 0; movz x8, 73; svc 0; b back.
_AARCH64 = struct.pack("<7I", 0xD2800000, 0xD2800001, 0xD2800002, 0xD2800003, 0xD2800928, 0xD4000001, 0x17FFFFFA)

_PROGRAMS = {"x86_64": (62, _X86_64), "amd64": (62, _X86_64), "aarch64": (183, _AARCH64), "arm64": (183, _AARCH64)}
_BASE = 0x400000
_HEADERS = 64 + 56


def program(architecture: str) -> bytes:
    """A static ELF executable for the engine's architecture. Raises KeyError for one that has no program here."""
    machine, code = _PROGRAMS[architecture]
    size = _HEADERS + len(code)
    identity = b"\x7fELF" + bytes((2, 1, 1)) + bytes(9)
    header = identity + struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, _BASE + _HEADERS, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, _BASE, _BASE, size, size, 0x1000)
    return header + segment + code


def root_file_system(architecture: str) -> bytes:
    """A tar archive with `/pause` in it, as `docker import` takes it."""
    data = program(architecture)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo("pause")
        entry.size = len(data)
        entry.mode = 0o755
        tar.addfile(entry, io.BytesIO(data))
    return archive.getvalue()
