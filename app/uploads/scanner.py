"""A word with ClamAV's daemon, in its own protocol: the packages for it are older than the daemons they meet."""

import socket
import struct
from dataclasses import dataclass
from pathlib import Path

from app.uploads.errors import ScannerDown

_CHUNK_BYTES = 65536


@dataclass(frozen=True)
class Verdict:
    """`signature` names what was found, for the log of the administrator."""

    clean: bool
    signature: str = ""


def scan(path: Path, host: str, port: int, timeout_s: float = 30.0) -> Verdict:
    """Return what clamd says of the file. Raises ScannerDown, also for an answer that is no verdict.

    INSTREAM: chunks with their length before them, an empty one at the end. Source: clamd(8). The daemon
    wants `AlertExceedsMax yes`, or it calls clean what is too large for it to read.
    """
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as sock, path.open("rb") as file:
            sock.sendall(b"zINSTREAM\0")
            while chunk := file.read(_CHUNK_BYTES):
                sock.sendall(struct.pack("!L", len(chunk)) + chunk)
            sock.sendall(struct.pack("!L", 0))
            answer = b""
            while not answer.endswith(b"\0") and len(answer) < 4096 and (more := sock.recv(4096)):
                answer += more
    except OSError as error:
        raise ScannerDown() from error
    said = answer.rstrip(b"\0\n").decode("utf-8", "replace").removeprefix("stream: ")
    if said == "OK":
        return Verdict(clean=True)
    if said.endswith(" FOUND"):
        return Verdict(clean=False, signature=said.removesuffix(" FOUND"))
    raise ScannerDown(said=said[:200])
