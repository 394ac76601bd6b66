"""The page opens from disk, asks no host for anything and says what the record says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from contracts.errors import EvidenceError
from reports.page import main, refuse_remote, without_analytics
from tests.reports.toy_suite import Session

ANALYTICS = (
    '<head></head>\n<script async src="https://www.googletagmanager.com/gtag/js?id=G-1"></script>\n'
    "<script>\n  window.dataLayer = window.dataLayer || [];\n</script>\nrest"
)
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def page(promotable: Session) -> Path:
    """The page of the green toy session."""
    assert main([str(promotable.out)]) == 0
    return promotable.out / "report" / "index.html"


def copy(session: Session, folder: Path) -> Path:
    out = folder / "out"
    shutil.copytree(session.out, out, ignore=shutil.ignore_patterns("report", ".lock"))
    return out


def browse(page: Path, folder: Path) -> tuple[str, list[str]]:
    """The document as the browser built it, and every http address that the document asked for.

    The browser's own errands (its clock, its updates) have no origin as initiator.
    """
    log = folder / "net.json"
    command = [
        str(CHROMIUM),
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        f"--user-data-dir={folder / 'profile'}",
        f"--log-net-log={log}",
        "--virtual-time-budget=8000",
        "--dump-dom",
        page.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=True)
    asked = []
    for line in log.read_text(encoding="utf-8").splitlines():
        if '"initiator":' in line:
            params = json.loads(line.rstrip().rstrip(",").removesuffix("]"))["params"]
            if params["initiator"] != "not an origin" and params["url"].startswith("http"):
                asked.append(params["url"])
    return done.stdout, asked


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: chromium)")
def test_the_browser_shows_the_verdict_and_asks_no_host(page: Path, tmp_path: Path) -> None:
    document, asked = browse(page, tmp_path)
    assert "toy_r1: PROMOTABLE" in re.sub(r"<script.*?</script>", "", document, flags=re.DOTALL)
    assert asked == []


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: chromium)")
def test_a_page_that_does_ask_is_caught_by_the_same_eyes(tmp_path: Path) -> None:
    page = tmp_path / "asking.html"
    page.write_text('<img src="http://127.0.0.1:9/pixel.png">', encoding="utf-8")
    assert browse(page, tmp_path)[1]


def test_analytics_are_removed_and_other_hosts_forbidden() -> None:
    html = without_analytics(ANALYTICS)
    assert "googletagmanager" not in html
    assert "dataLayer" not in html
    assert html.endswith("rest")
    assert "Content-Security-Policy" in html


@pytest.mark.parametrize("html", ["<head></head>", ANALYTICS + ANALYTICS])
def test_another_generator_is_noticed(html: str) -> None:
    with pytest.raises(EvidenceError, match="analytics blocks"):
        without_analytics(html)


@pytest.mark.parametrize(
    "element",
    [
        '<script src="https://a.example/x.js">',
        "<link rel=stylesheet href=//a.example/x.css>",
        "<img alt='x' src='http://a.example/x.png'>",
    ],
)
def test_an_element_that_loads_from_a_host_is_refused(element: str) -> None:
    with pytest.raises(EvidenceError, match="no address of another host"):
        refuse_remote(f"<p>{element}")
    refuse_remote('<a href="https://a.example">a link is only followed by a click</a>')


@pytest.mark.parametrize("name", ["verdict.json", "allure-results"])
def test_missing_evidence_draws_no_page(
    promotable: Session, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = copy(promotable, tmp_path)
    (out / name).rename(out / "gone")
    assert main([str(out)]) == 11
    assert "no page over missing evidence" in capsys.readouterr().out
    assert not (out / "report").exists()


def test_a_lost_result_draws_no_page(promotable: Session, tmp_path: Path) -> None:
    out = copy(promotable, tmp_path)
    lost = next((out / "allure-results").glob("*-result.json"))
    lost.unlink()
    assert main([str(out)]) == 11


def test_the_exit_status_is_the_records(promotable: Session, tmp_path: Path) -> None:
    out = copy(promotable, tmp_path)
    record = json.loads((out / "verdict.json").read_text(encoding="utf-8"))
    record.update(standing="red", exit_status=1)
    (out / "verdict.json").write_text(json.dumps(record), encoding="utf-8")
    assert main([str(out)]) == 1
    assert "toy_r1: RED" in (out / "report" / "index.html").read_text(encoding="utf-8")
