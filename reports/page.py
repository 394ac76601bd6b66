"""The page of a session: one HTML file that opens from disk and asks no host for anything.

    python -m reports.page OUT

The exit status is the verdict's, read from OUT/verdict.json; no record, or results that no longer
match it, is 11. A page that was drawn never says more than the record.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from contracts.errors import EvidenceError, ProbegateError
from reports.allure_results import statuses
from reports.evidence import history_id
from reports.files import write_atomic
from reports.node import allure_command
from reports.record import EXIT_STATUS, SessionRecord, read_record
from reports.sharing import thin_results, with_shared

_HIDDEN = (
    "framework",
    "host",
    "language",
    "package",
    "parentSuite",
    "suite",
    "subSuite",
    "thread",
)
_ANALYTICS = re.compile(
    r"<script async src=\"https://www\.googletagmanager\.com/[^>]*></script>\s*"
    r"<script>\s*window\.dataLayer = .*?</script>\s*",
    re.DOTALL,
)
_REMOTE = re.compile(
    r"<(?:script|link|img|iframe|source|object|embed)\b[^>]*?\b(?:src|href|data)\s*=\s*"
    r"[\"']?\s*(?:https?:)?//[^\s\"'>]+",
    re.IGNORECASE,
)
# A table in a frame of the browser's default height would show two rows.
_STYLE = "<style>iframe[title='HTML attachment'] { min-height: 24rem; }</style>"
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src data: blob: '
    "'unsafe-inline' 'unsafe-eval'; form-action 'none'\">"
)


def build_page(out: Path) -> tuple[Path, SessionRecord]:
    """Draws OUT/report/index.html from the session's results; returns its path and the record.

    Raises EvidenceError when the record or its results are missing, when they do not match, or
    when the pinned generator is not installed or fails.
    """
    record = read_record(out / "verdict.json")
    results = out / record.allure_results
    found, lost = statuses(results)
    expected = record.counts["written"]
    if history_id("verdict") not in found or len(found) <= expected or lost:
        raise EvidenceError(
            str(results),
            f"{len(found)} results, {len(lost)} attachments lost",
            f"at least {expected + 1} results with the verdict among them",
            "Run the gates again",
        )
    html = without_analytics(_generated(record, results, out))
    refuse_remote(html)
    page = out / "report" / "index.html"
    write_atomic(page, html.encode())
    return page, record


def page_config(record: SessionRecord, output: Path) -> dict[str, Any]:
    """The generator's configuration: the verdict as title, then what it rests on."""
    variables = {"verdict": record.title, "exit status": str(record.exit_status)}
    for name, run in sorted(record.runs.items()):
        for digest, value in sorted(run.digests.items()):
            key = f"{name} {digest}" if len(record.runs) > 1 else digest
            variables[key] = value[:16]
    variables["commit"] = record.commit[:12] + (" (uncommitted changes)" if record.dirty else "")
    variables["finished"] = record.finished
    specs = {run.spec for run in record.runs.values()}
    return {
        "name": record.title,
        "output": str(output),
        "appendHistory": False,
        "hideLabels": list(_HIDDEN),
        "variables": variables,
        "categories": [
            {"name": "Gates that are red", "matchers": {"statuses": ["failed"]}},
            {"name": "Harness broken", "matchers": {"statuses": ["broken"]}},
        ],
        "plugins": {
            "awesome": {
                "options": {
                    "reportName": record.title,
                    "singleFile": True,
                    "reportLanguage": "en",
                    # One spec needs no level of its own: its gates are then seen at once.
                    "groupBy": [*(["epic"] if len(specs) > 1 else []), "feature", "story"],
                }
            }
        },
    }


def _generated(record: SessionRecord, results: Path, out: Path) -> str:
    with tempfile.TemporaryDirectory(dir=out, prefix=".page-") as folder:
        config, output, thin = (Path(folder) / name for name in ("allurerc.json", "page", "thin"))
        thin.mkdir()
        shared = thin_results(results, thin)
        config.write_text(json.dumps(page_config(record, output.absolute())), encoding="utf-8")
        command = [*allure_command(), "generate", str(thin.absolute())]
        command += ["--config", str(config.absolute())]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        page = output / "index.html"
        if done.returncode or not page.is_file():
            words = (done.stderr or done.stdout).strip()[-500:]
            raise EvidenceError(
                "allure generate", f"exit status {done.returncode}: {words}", "a page"
            )
        return with_shared(page.read_text(encoding="utf-8"), shared)


def without_analytics(html: str) -> str:
    """The page without the generator's call to an analytics host, and forbidden any other call.

    Raises EvidenceError when the block is not there as the pinned version writes it: then the
    generator has changed, and nobody has looked at what it calls now.
    """
    stripped, count = _ANALYTICS.subn("", html)
    if count != 1:
        raise EvidenceError(
            "generated page",
            f"{count} analytics blocks",
            "the one block of the pinned generator",
            "Read the new generator's template, then mend reports/page.py",
        )
    return stripped.replace("<head>", f"<head>\n    {_POLICY}\n    {_STYLE}", 1)


def refuse_remote(html: str) -> None:
    """Raises EvidenceError when an element of the page would load something from a host."""
    found = _REMOTE.search(html)
    if found is not None:
        raise EvidenceError("generated page", found.group(0)[:200], "no address of another host")


def main(arguments: list[str] | None = None) -> int:
    """Draws the page, prints its path and the verdict; returns the verdict's exit status."""
    parser = argparse.ArgumentParser(prog="python -m reports.page", description=__doc__)
    parser.add_argument("out", type=Path, help="the session's out folder, e.g. out/spec19_r3d")
    out: Path = parser.parse_args(arguments).out
    try:
        page, record = build_page(out)
    except ProbegateError as error:
        print(error, file=sys.stderr)
        print("VERDICT     none (no page over missing evidence)")
        return EXIT_STATUS["broken"]
    print(f"page        {page}")
    print(f"VERDICT     {record.title} (exit status {record.exit_status})")
    return record.exit_status


if __name__ == "__main__":
    sys.exit(main())
