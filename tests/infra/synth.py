"""`make synth`: templates as they are deployed, for as many tenants as the arguments say."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.infra.test_templates import LIMIT, ROOT


def main() -> int:
    """Exits with 1 if a stack has more resources than CloudFormation takes."""
    for count in map(int, sys.argv[1:]):
        folder = ROOT / "cdk.out" / f"{count}-tenants"
        began = time.monotonic()
        _synthesize(folder, count)
        sizes = {
            path.name.split(".")[0]: len(json.loads(path.read_text("utf-8"))["Resources"])
            for path in folder.glob("*.template.json")
        }
        took = time.monotonic() - began
        most = max(sizes.values())
        say = f"{count} tenants: {len(sizes)} stacks, at most {most} resources, {took:.0f} s\n"
        sys.stdout.write(say)
        if most > LIMIT:
            return 1
    return 0


def _synthesize(folder: Path, count: int) -> None:
    words = {"tenants": ",".join(f"tenant-{number}" for number in range(count))}
    environment = {**os.environ, "CDK_CONTEXT_JSON": json.dumps(words)}
    command = [sys.executable, "-m", "weft.infra.app", str(folder)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    sys.exit(main())
