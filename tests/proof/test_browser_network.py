"""Сеть для браузера (netlab/browser/net) испытывают без браузера: её тесты гоняет Node."""

import subprocess
from pathlib import Path

from netlab.node import node

ROOT = Path(__file__).parents[2]


def test_network_holds_under_node() -> None:
    tests = sorted(map(str, (ROOT / "tests" / "browser_network").glob("*.test.mjs")))
    done = subprocess.run(
        [node(), "--test", "--test-reporter=dot", *tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert tests
    assert done.returncode == 0, done.stdout + done.stderr
