"""Attachments of Allure results, stored once however many results show them."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from allure_commons.model2 import ATTACHMENT_PATTERN, Attachment

from reports.files import digest_of

_EXTENSION = {
    "application/json": "json",
    "image/png": "png",
    "image/svg+xml": "svg",
    "text/html": "html",
    "text/markdown": "md",
    "text/plain": "txt",
}
MIME_OF_SUFFIX = {f".{extension}": mime for mime, extension in _EXTENSION.items()}


class AttachmentStore:
    """A results folder in which equal bytes are one file on disk under many names.

    Thousands of cases share a handful of documents and pictures. Allure 3 shows a file only in
    the first result that names it, so each mention needs a name of its own: a hard link.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._first: dict[str, Path] = {}

    def put(self, name: str, mime: str, data: str | bytes) -> Attachment:
        """An attachment entry for these bytes; a type that Allure cannot show is kept as `.bin`."""
        body = data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data
        extension = _EXTENSION.get(mime, "bin")
        source = ATTACHMENT_PATTERN.format(prefix=uuid.uuid4(), ext=extension)
        target = self.directory / source
        first = self._first.setdefault(digest_of(body), target)
        try:
            if first == target:
                raise FileNotFoundError
            os.link(first, target)
        except OSError:  # no such name yet, or a file system without links
            target.write_bytes(body)
        return Attachment(name=name, source=source, type=mime)
