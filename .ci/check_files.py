"""Refuses files that no commit should bring in: see `problems_of`. Names come as arguments."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

MAX_BYTES = 600_000
BINARY = {".png", ".jpg", ".gif", ".ico", ".woff2", ".zip", ".gz", ".sqlite"}
SECRETS = {
    "a private key": re.compile(
        r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----\n[A-Za-z0-9+/]{40}"
    ),
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)(?!IOSFODNN7EXAMPLE|ABCDEFGH)[A-Z0-9]{16}\b"),
    "an OpenAI key": re.compile(r"\bsk-(?:proj-)?[A-Za-z0-9]{32,}\b"),
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
}
# Lock files and settings name packages and hashes, never where to fetch them from.
INDEX = re.compile(
    r"--(?:extra-)?index-url|--find-links|--trusted-host|index-url\s*=|registry\s*=\s*http"
)
RESOLVED = re.compile(r'"resolved"\s*:\s*"(?:https?|file):')
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home/(?!u\b|user\b|me\b)[a-z]+)/\w")


def problems_of(path: Path) -> Iterator[str]:
    """What is wrong with a file, one sentence each; nothing for a good one."""
    if path.stat().st_size > MAX_BYTES and not path.name.endswith(".lock"):
        yield f"is over {MAX_BYTES} bytes"
    if path.suffix in BINARY:
        return
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return  # a fixture of malformed input, or a binary kind not listed above
    if text and not text.endswith("\n"):
        yield "does not end with a newline"
    if re.search(r"^(?:<{7}|>{7}) ", text, re.MULTILINE):
        yield "holds a merge conflict"
    for what, pattern in SECRETS.items():
        if pattern.search(text):
            yield f"seems to hold {what}"
    if path.name == Path(__file__).name:
        return
    if INDEX.search(text) or RESOLVED.search(text):
        yield "names a package index"
    if path_found := MACHINE.search(text):
        yield f"names a path of one machine: {path_found[0]}…"


def main() -> int:
    """Print the problems of the named files; 1 if there are any."""
    found = [
        f"{name}: {problem}"
        for name in sys.argv[1:]
        if Path(name).is_file()
        for problem in problems_of(Path(name))
    ]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
