"""Allure results on disk: written lean, written for tests that could not, and read back."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import allure_commons
import pytest
from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import Attachment, TestResult, TestResultContainer

from contracts.errors import EvidenceError
from reports.evidence import history_id, printable


class LeanLogger(AllureFileLogger):
    """Writes results as allure-pytest does, but no file for a fixture that simply worked.

    A session of a thousand cases would otherwise write a container for each fixture of each,
    all saying "set up", and the page would list them above the evidence.
    """

    @allure_commons.hookimpl
    def report_container(self, container: TestResultContainer) -> None:
        steps = [*container.befores, *container.afters]
        if any(step.status in ("failed", "broken") or step.attachments for step in steps):
            super().report_container(container)  # type: ignore[no-untyped-call]


def use_lean_logger(config: pytest.Config) -> None:
    """Puts LeanLogger in the place of the logger that allure-pytest registered.

    The first one is put back before allure-pytest's own clean-up, which expects to find it.
    """
    manager = allure_commons.plugin_manager
    original = next(p for p in manager.get_plugins() if isinstance(p, AllureFileLogger))
    lean = LeanLogger(config.option.allure_report_dir)  # type: ignore[no-untyped-call]
    manager.unregister(original)
    manager.register(lean)

    def restore() -> None:
        manager.unregister(lean)
        manager.register(original)

    config.add_cleanup(restore)


def write_result(
    directory: Path,
    nodeid: str,
    name: str,
    status: str,
    message: str,
    *,
    labels: Mapping[str, str],
    description: str = "",
    attachments: Iterable[Attachment] = (),
) -> None:
    """Writes the result of a test that could not write its own, or of no test at all."""
    now = int(time.time() * 1000)
    value: dict[str, Any] = {
        "uuid": str(uuid.uuid4()),
        "name": printable(name),
        "fullName": nodeid,
        "historyId": history_id(nodeid),
        "testCaseId": history_id(nodeid),
        "status": status,
        "start": now,
        "stop": now,
        "labels": [{"name": key, "value": value} for key, value in labels.items() if value],
        "attachments": [_entry(attachment) for attachment in attachments],
    }
    if message:
        value["statusDetails"] = {"message": printable(message)}
    if description:
        value["description"] = printable(description)
    _write(directory, TestResult.file_pattern, value)


def write_globals(directory: Path, attachments: Iterable[Attachment]) -> None:
    """Attaches evidence to the session as a whole."""
    now = int(time.time() * 1000)
    entries = [{**_entry(attachment), "timestamp": now} for attachment in attachments]
    if entries:
        _write(directory, "{prefix}-globals.json", {"attachments": entries})


def statuses(directory: Path) -> tuple[dict[str, str], list[str]]:
    """Status by history id of every whole result, and the attachments that are not on disk.

    Two results of one history id give "merged": Allure would show only the later one.
    """
    if not directory.is_dir():
        return {}, []
    present = {path.name for path in directory.iterdir()}
    found: dict[str, str] = {}
    lost: set[str] = set()
    for name in sorted(present):
        if not name.endswith("-result.json"):
            continue
        try:
            value = json.loads((directory / name).read_bytes())
            identity, status = value["historyId"], value["status"]
        except (OSError, ValueError, KeyError, TypeError):
            continue  # a torn result is a missing one; its test then counts as unwritten
        found[identity] = "merged" if identity in found else status
        lost |= {entry["source"] for entry in value.get("attachments", [])} - present
    return found, sorted(lost)


def fresh_directory(path: Path, *, given: bool) -> None:
    """Makes an empty results folder; one `given` by the user is never emptied, only refused."""
    if given and path.is_dir() and any(path.iterdir()):
        raise EvidenceError(
            f"--alluredir {path}",
            "files of an earlier session",
            "an empty folder",
            "Name a new folder, or leave the option out",
        )
    if path.is_dir():
        for entry in path.iterdir():
            entry.unlink()
    path.mkdir(parents=True, exist_ok=True)


def _entry(attachment: Attachment) -> dict[str, str]:
    return {"name": attachment.name, "source": attachment.source, "type": attachment.type}


def _write(directory: Path, pattern: str, value: dict[str, Any]) -> None:
    target = directory / pattern.format(prefix=uuid.uuid4())
    temporary = target.with_suffix(".tmp")
    temporary.write_text(json.dumps(value), encoding="utf-8")
    temporary.replace(target)
