"""Holds attachments of equal content once in a page that its generator would repeat them in.

The generator embeds every mention of an attachment. A thousand cases that show nine pictures
would make it write, and a browser read, a hundred megabytes. So it is given stand-ins of a few
bytes for contents that several results share, and the page gets the contents afterwards.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

from contracts.errors import EvidenceError

_SHARED_BYTES_MIN = 128  # below, a reference saves nothing
_ATTACHMENT = re.compile(r'd\("data/attachments/([0-9a-f]+)(\.\w+)?","([A-Za-z0-9+/=]*)"\)')
_RESULT = re.compile(r'(d\("data/test-results/[0-9a-f]+\.json",)"([A-Za-z0-9+/=]+)"\)')
_DATA_SCRIPT = "Promise.allSettled(["


def thin_results(results: Path, folder: Path) -> list[bytes]:
    """Fills `folder` with the results, contents shared by several names replaced by stand-ins.

    Returns the shared contents; the stand-in of the n-th is `stand_in(n)`. Contents are shared
    when their names are hard links of one file, as reports.attachments makes them.
    """
    names: defaultdict[tuple[int, int], list[os.DirEntry[str]]] = defaultdict(list)
    with os.scandir(results) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            status = entry.stat()
            names[status.st_dev, status.st_ino].append(entry)
    shared: list[bytes] = []
    for group in names.values():
        if len(group) > 1 and group[0].stat().st_size >= _SHARED_BYTES_MIN:
            first = folder / group[0].name
            first.write_bytes(stand_in(len(shared)))
            shared.append(Path(group[0].path).read_bytes())
            for entry in group[1:]:
                _link(first, folder / entry.name)
        else:
            for entry in group:
                _link(Path(entry.path), folder / entry.name)
    return shared


def stand_in(index: int) -> bytes:
    """The few bytes that stand for the n-th shared content."""
    return f"probegate shared content {index}".encode()


def with_shared(html: str, shared: list[bytes]) -> str:
    """The generated page with every stand-in replaced by a reference to its content.

    The sizes that results show become those of the contents. Raises EvidenceError when the page
    does not hold its data as the pinned generator writes it.
    """
    if html.count(_DATA_SCRIPT) != 1:
        raise EvidenceError(
            "generated page",
            f"{html.count(_DATA_SCRIPT)} data scripts",
            "the one data script of the pinned generator",
            "Read the new generator's template, then mend reports/sharing.py",
        )
    place = {base64.b64encode(stand_in(index)).decode(): index for index in range(len(shared))}
    sizes: dict[str, int] = {}
    used: set[int] = set()

    def reference(match: re.Match[str]) -> str:
        index = place.get(match[3])
        if index is None:
            return match[0]
        used.add(index)
        sizes[match[1]] = len(shared[index])
        return f'd("data/attachments/{match[1]}{match[2] or ""}",probegateShared[{index}])'

    html = _ATTACHMENT.sub(reference, html)
    if len(used) != len(shared):
        raise EvidenceError(
            "generated page", f"{len(used)} shared contents", f"all {len(shared)} of them"
        )
    html = _RESULT.sub(lambda match: f'{match[1]}"{_sized(match[2], sizes)}")', html)
    contents = json.dumps([base64.b64encode(content).decode() for content in shared])
    declaration = f"const probegateShared = {contents};\n      "
    return html.replace(_DATA_SCRIPT, declaration + _DATA_SCRIPT, 1)


def _sized(encoded: str, sizes: dict[str, int]) -> str:
    """A result's data with the true sizes of its shared attachments."""
    result = json.loads(base64.b64decode(encoded))
    _set_sizes(result, sizes)
    return base64.b64encode(json.dumps(result, separators=(",", ":")).encode()).decode()


def _set_sizes(value: Any, sizes: dict[str, int]) -> None:
    if isinstance(value, dict):
        size = sizes.get(value["id"]) if isinstance(value.get("id"), str) else None
        if size is not None and "contentLength" in value:
            value["contentLength"] = size
        for inner in value.values():
            _set_sizes(inner, sizes)
    elif isinstance(value, list):
        for inner in value:
            _set_sizes(inner, sizes)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)
