"""The base image of the examples: pulled, or where no registry answers made from Debian's static busybox."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BASE = "busybox:1.36"
DOCKERFILE = """\
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "mkdir", "-p", "/usr/bin", "/usr/sbin", "/sbin", "/tmp", "/etc"]
RUN ["/bin/busybox", "--install", "-s"]
CMD ["sh"]
"""


def provide() -> str:
    """See that the engine has the image; returns how."""
    import docker
    from docker.errors import APIError, DockerException

    client = docker.from_env()
    try:
        if client.images.list(name=BASE):
            return "the engine has it"
        try:
            client.images.pull(BASE)
        except (APIError, DockerException):
            make(client)
            return "it cannot be pulled, and was made from Debian's static busybox"
        return "pulled"
    finally:
        client.close()


def make(client: object) -> None:
    """Build the image from a static busybox."""
    with tempfile.TemporaryDirectory(prefix="ecsgen-base-") as name:
        folder = Path(name)
        shutil.copy(static_busybox(folder), folder / "busybox")
        (folder / "Dockerfile").write_text(DOCKERFILE)
        client.images.build(path=str(folder), tag=BASE, rm=True)  # type: ignore[attr-defined]


def static_busybox(folder: Path) -> Path:
    """A busybox that needs no library: the machine's own, or the one of Debian's package, unpacked in `folder`."""
    installed = Path("/bin/busybox")
    if installed.exists() and is_static(installed):
        return installed
    if not shutil.which("apt-get"):
        raise SystemExit(f"{BASE} cannot be pulled, and this is not Debian: install a static busybox as /bin/busybox")
    for command in (["apt-get", "download", "-q", "busybox-static"], ["dpkg-deb", "-x", "PACKAGE", "unpacked"]):
        packages = [str(path) for path in folder.glob("busybox-static_*.deb")]
        words = [packages[0] if word == "PACKAGE" and packages else word for word in command]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)} failed: {done.stderr.strip()}; run apt-get update, and try again")
    return folder / "unpacked" / "bin" / "busybox"


def is_static(program: Path) -> bool:
    """Whether an ELF program names no interpreter (its PT_INTERP segment)."""
    return b"/lib64/ld-linux" not in program.read_bytes()[:4096] and b"/lib/ld-" not in program.read_bytes()[:4096]


if __name__ == "__main__":
    sys.stdout.write(provide() + "\n")
