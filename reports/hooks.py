"""The one hook through which a gate suite tells the reports what a whole session is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest


@pytest.hookspec(firstresult=True)
def pytest_probegate_plan(config: pytest.Config) -> Mapping[str, Any] | None:
    """What this session has promised to decide, or None when it is no gate session.

    Asked once, in the controller, before anything is collected. The mapping is

        {"label": "spec19_r3d",                    # names the session and its out folder
         "runs": {"spec19_r3d": {                  # "" stands for gates that need no run
             "spec": "spec19",
             "expected": ["contract", "probes"],   # gate, or gate/verdict name
             "digests": {"contract": "9f...", "kernels": "0c..."},
             "promotes": True}}}

    A digest declared here must be the one that every verdict reports under the same name.
    """
