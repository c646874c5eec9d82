"""The page's JavaScript modules return what the Python ones return; node runs tests/web/modules.test.mjs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.web.cases import write_cases

MODULES = Path(__file__).with_name("modules.test.mjs")
NAMES = re.findall(r'^test\("(.+?)"', MODULES.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.fixture(scope="module")
def outcome(tmp_path_factory, astronaut, grace_hopper, predictor):
    """Output of node's test runner, as TAP."""
    if shutil.which("node") is None:
        pytest.skip(
            "node is not installed: nothing here can run JavaScript (Debian and Ubuntu: apt-get install nodejs)"
        )
    cases = tmp_path_factory.mktemp("modules") / "cases.json"
    write_cases(cases, [astronaut, grace_hopper], predictor)
    command = ["node", "--test", "--test-reporter=tap", str(MODULES)]
    done = subprocess.run(command, env=os.environ | {"CASES": str(cases)}, capture_output=True, text=True)
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_module(outcome, name):
    assert re.search(rf"^\s*ok \d+ - {re.escape(name)}$", outcome, re.MULTILINE), outcome
