"""Attachments of Allure results, stored once however many results show them."""

from __future__ import annotations

import os
from pathlib import Path

from allure_commons.model2 import Attachment

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
    """A results folder that holds each distinct attachment once.

    Thousands of cases share a handful of documents and pictures; a file for each mention would
    make the page ten times larger and the writing the slowest part of a warm session.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def put(self, name: str, mime: str, data: str | bytes) -> Attachment:
        """An attachment entry that points at the stored bytes; unknown types are kept as `.bin`.

        Safe with several writers: the name is the digest, so a race writes equal bytes twice.
        """
        body = data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data
        source = f"{digest_of(body)[:32]}-attachment.{_EXTENSION.get(mime, 'bin')}"
        target = self.directory / source
        if not target.exists():
            temporary = self.directory / f".{source}.{os.getpid()}"
            temporary.write_bytes(body)
            temporary.replace(target)
        return Attachment(name=name, source=source, type=mime)
