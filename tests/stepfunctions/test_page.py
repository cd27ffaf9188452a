"""What `docs/stepfunctions.md` shows is run as it stands there."""

import json
import re
import subprocess
import sys
from pathlib import Path

from tests.support.state_machine_server import StateMachineServer
from tests.support.step_functions_caller import Caller

PAGE = Path(__file__).parents[2] / "docs" / "stepfunctions.md"


def test_the_page_does_what_it_says(tmp_path: Path) -> None:
    handlers, script, queues, worker = re.findall(
        r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL
    )
    compile(queues, "queues", "exec")  # there is no queue here to send to
    (tmp_path / "functions.py").write_text(handlers)
    with StateMachineServer(tmp_path, "--handlers", "functions:handlers") as server:
        caller = Caller(server.client())
        activity = caller.sfn.create_activity(name="approve")["activityArn"]
        execution = caller.start({"T": {"Type": "Task", "Resource": activity, "End": True}})
        here = script.replace("http://127.0.0.1:8421", server.url) + worker
        assert server.url in here
        done = subprocess.run(
            [sys.executable, "-c", here], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.stdout, done.stderr) == ("42\n", "")
        assert json.loads(caller.end(execution)["output"]) == {"ok": True}
