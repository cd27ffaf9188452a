"""What `docs/stepfunctions.md` shows is run as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

from tests.support.state_machine_server import StateMachineServer

PAGE = Path(__file__).parents[2] / "docs" / "stepfunctions.md"


def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    handlers, script = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    (tmp_path / "functions.py").write_text(handlers)
    with StateMachineServer(tmp_path, "--handlers", "functions:handlers") as server:
        here = script.replace("http://127.0.0.1:8421", server.url)
        assert here != script
        done = subprocess.run(
            [sys.executable, "-c", here], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.stdout, done.stderr) == ("42\n", "")
