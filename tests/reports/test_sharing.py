"""A page holds each content once, and every result still shows its own mention of it."""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from contracts.errors import EvidenceError
from reports.page import main
from reports.sharing import stand_in, thin_results, with_shared
from tests.reports.toy_suite import Toy

LONG = b"one document for all " * 20


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def results(folder: Path) -> Path:
    folder.mkdir()
    (folder / "a-attachment.txt").write_bytes(LONG)
    os.link(folder / "a-attachment.txt", folder / "b-attachment.txt")
    (folder / "c-attachment.txt").write_bytes(b"alone" * 100)
    (folder / "d-attachment.txt").write_bytes(b"short")
    os.link(folder / "d-attachment.txt", folder / "e-attachment.txt")
    return folder


def test_shared_contents_become_stand_ins_and_the_rest_stays(tmp_path: Path) -> None:
    source, thin = results(tmp_path / "results"), tmp_path / "thin"
    thin.mkdir()
    assert thin_results(source, thin) == [LONG]
    assert {path.name[0]: path.read_bytes() for path in thin.iterdir()} == {
        "a": stand_in(0),
        "b": stand_in(0),
        "c": b"alone" * 100,
        "d": b"short",
        "e": b"short",
    }
    assert (source / "a-attachment.txt").read_bytes() == LONG


def test_stand_ins_in_a_page_become_references_of_the_true_size() -> None:
    links = [{"id": "aa", "contentLength": 26}, {"id": "cc", "contentLength": 26}]
    result = encoded(json.dumps({"id": "r", "steps": [{"link": link} for link in links]}).encode())
    html = (
        f'Promise.allSettled([d("data/attachments/aa.txt","{encoded(stand_in(0))}"),'
        f'd("data/attachments/cc.txt","{encoded(b"alone")}"),'
        f'd("data/test-results/01.json","{result}")])'
    )
    page = with_shared(html, [LONG])
    assert page.count(encoded(LONG)) == 1
    assert 'd("data/attachments/aa.txt",probegateShared[0])' in page
    assert f'd("data/attachments/cc.txt","{encoded(b"alone")}")' in page
    (data,) = re.findall(r'01\.json","([^"]+)"', page)
    sizes = [step["link"]["contentLength"] for step in json.loads(base64.b64decode(data))["steps"]]
    assert sizes == [len(LONG), 26]


@pytest.mark.parametrize(
    ("html", "found"),
    [("", "0 data scripts"), ("Promise.allSettled([])", "0 shared contents")],
)
def test_another_generator_is_noticed(html: str, found: str) -> None:
    with pytest.raises(EvidenceError, match=found):
        with_shared(html, [LONG])


def test_no_result_of_a_page_misses_an_attachment(toy: Toy) -> None:
    toy.append(
        "gates/test_2_probes.py",
        "\n@pytest.mark.parametrize('case', range(3))\n"
        "def test_long(case, evidence):\n"
        f"    evidence.exhibit('long', 'text/plain', {LONG.decode()!r})\n",
    )
    session = toy.run()
    assert main([str(session.out)]) == 0
    html = (session.out / "report" / "index.html").read_text(encoding="utf-8")
    assert html.count(encoded(LONG)) == 1
    links: list[dict[str, Any]] = []
    for data in re.findall(r'd\("data/test-results/[0-9a-f]+\.json","([^"]+)"\)', html):
        steps = json.loads(base64.b64decode(data))["steps"]
        links += [step["link"] for step in steps if step["type"] == "attachment"]
    assert [link["name"] for link in links].count("long") == 3
    assert [link["name"] for link in links].count("expected") == 4
    assert not any(link["missed"] for link in links)
    assert {link["contentLength"] for link in links if link["name"] == "long"} == {len(LONG)}
