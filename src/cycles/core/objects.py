"""The store of what runs left: each content once, in a private file that is called by its SHA-256.

A file that is not what it is called by, because a disk or a person changed it, is as good as absent.
"""

import hashlib
from pathlib import Path

from cycles.core.files import atomic_write, make_private
from cycles.core.wanted import want


class Objects:
    """The store below one folder: `ab/abcd…`.

    Parameters
    ----------
    folder : `.cycles/objects` of a workspace; made when the first object is put there
    durable : whether what is kept must outlive a loss of power
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder, self._durable = folder, durable

    def put(self, data: bytes) -> str:
        """Keep a content; returns its SHA-256. Whole when this returns, and on the disk if the store is durable."""
        digest = hashlib.sha256(data).hexdigest()
        path = self._place(digest)
        if not self.claim(digest):
            make_private(self.folder)
            make_private(path.parent)
            atomic_write(path, data, durable=self._durable)
        return digest

    def get(self, digest: str) -> bytes | None:
        """A content by its SHA-256; None when it is absent, torn or changed."""
        try:
            data = self._place(digest).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == digest else None

    def holds(self, digest: str) -> bool:
        """Whether a content is there, whole."""
        return self.get(digest) is not None

    def claim(self, digest: str) -> bool:
        """Whether a content is there, whole; if so, whoever prunes the store sees that it is needed (:mod:`cycles.core.wanted`)."""
        return want(self._place(digest)) and self.holds(digest)

    def folders(self) -> list[Path]:
        """The folders of the store; beside contents, called by their SHA-256, there is what killed processes left in them."""
        return sorted(self.folder.glob("[0-9a-f][0-9a-f]"))

    def publish(self, digest: str, path: Path) -> bool:
        """Make a file hold a content of the store, in one step; whether the content was there."""
        data = self.get(digest)
        if data is None:
            return False
        make_private(path.parent)
        atomic_write(path, data)
        return True

    def _place(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest
