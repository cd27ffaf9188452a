"""A person's code: what it may do, what stops it, and what it cannot reach."""

import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from weft.domain.errors import PermanentStepError, StepRefused, StepTimeout
from weft.ports.code_sandbox import CodeLimits, CodeResult
from weft.runner.sandbox.sandbox import PythonSandbox

LIMITS = CodeLimits(
    seconds=20, cpu_seconds=10, memory_mb=192, result_bytes=10_000, stdout_bytes=1_000
)
linux = pytest.mark.skipif(sys.platform != "linux", reason="isolation means of Linux")


def isolated(without: tuple[str, ...]) -> PythonSandbox | None:
    sandbox = PythonSandbox(without=without)
    try:
        sandbox.run("1", {}, LIMITS)
    except StepRefused:
        return None
    return sandbox


# Every combination that counts as isolation, and is there on this machine.
MEANS = [
    pytest.param(without, id="+".join(("all", *without)).replace("+", " without ", 1))
    for without in ((), ("namespaces",), ("landlock",))
]


@pytest.fixture(params=MEANS)
def sandbox(request: pytest.FixtureRequest) -> PythonSandbox:
    found = isolated(request.param)
    if found is None:
        pytest.skip("this machine lacks the means")
    return found


@pytest.fixture(scope="module")
def free() -> PythonSandbox:
    """For what has nothing to do with isolation: runs on any machine."""
    return PythonSandbox(allow_unsandboxed=True)


def run(sandbox: PythonSandbox, code: str, limits: CodeLimits = LIMITS, **names: Any) -> CodeResult:
    return sandbox.run(code, names, limits)


def refusal(sandbox: PythonSandbox, code: str, limits: CodeLimits = LIMITS, **names: Any) -> str:
    with pytest.raises(PermanentStepError) as caught:
        run(sandbox, code, limits, **names)
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("result = inputs['a'] + input", 3),
        ("return inputs['a'] + input", 3),
        ("x = 1", None),
        ("return", None),
        ("result = 1\nreturn 2", 2),
        ("if input == 2:\n    return 'two'\nreturn 'other'", "two"),
        # A top-level `return` changes nothing about names.
        ("total = 0\ndef add(n):\n    global total\n    total += n\nadd(5)\nreturn total", 5),
        ("x: int = 1\nfor i in range(3):\n    x += i\nreturn [x + j for j in range(2)]", [4, 5]),
        ("def f():\n    return 1\nresult = f() + 1", 2),
        ("f = lambda n: 1 if n < 2 else n * f(n - 1)\nreturn f(5)", 120),
        ("import math, json, re, datetime\nreturn math.floor(2.5)", 2),
        ("return {'ä': [None, True, 1.5, '\U0001f600']}", {"ä": [None, True, 1.5, "\U0001f600"]}),
        ("import asyncio\nasync def f():\n    return 7\nreturn asyncio.run(f())", 7),
        ("from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\nreturn P(3).x", 3),
    ],
)
def test_code_gives_back_what_it_returns_or_leaves_in_result(
    free: PythonSandbox, code: str, result: Any
) -> None:
    assert run(free, code, inputs={"a": 1}, input=2).result == result


def test_prints_are_kept_up_to_the_limit(free: PythonSandbox) -> None:
    outcome = run(free, "print('hello')\nimport sys\nprint('err', file=sys.stderr)")
    assert (outcome.stdout, outcome.stdout_cut) == ("hello\nerr\n", False)
    outcome = run(free, "for _ in range(1000): print('x' * 10_000)")
    assert (len(outcome.stdout), outcome.stdout_cut) == (1_000, True)


def test_nothing_is_kept_between_runs(sandbox: PythonSandbox) -> None:
    run(sandbox, "import builtins\nbuiltins.leak = 1")
    assert "NameError" in refusal(sandbox, "return leak")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 1\n1 / 0", "ZeroDivisionError: division by zero (line 2)"),
        ("def f(:", "SyntaxError: invalid syntax (line 1)"),
        ("import sys; sys.exit(4)", "SystemExit: 4 (line 1)"),
        ("import os; os._exit(4)", "ended its process without a result (exit status 4)"),
        ("import ctypes; ctypes.string_at(0)", "without a result (signal 11)"),
        ("return object()", "not JSON serializable"),
        ("return float('nan')", "ValueError"),
        ("a = []; a.append(a); return a", "ValueError"),
        ("return 'x' * 20_000", "20,002 bytes; it may have 10,000"),
        ("raise type('Odd', (Exception,), {'__str__': lambda s: 1 / 0})", "Odd: (its text"),
        ("def f(): f()\nf()", "RecursionError"),
        ("return 1 + " + "(" * 500, "SyntaxError"),
    ],
)
def test_what_goes_wrong_in_the_code_is_told_with_its_line(
    free: PythonSandbox, code: str, said: str
) -> None:
    assert said in refusal(free, code)


def test_an_endless_loop_is_stopped_by_processor_time(sandbox: PythonSandbox) -> None:
    with pytest.raises(StepTimeout, match="1 s of processor time"):
        run(sandbox, "while True: pass", CodeLimits(seconds=20, cpu_seconds=1))


def test_sleeping_is_stopped_by_the_clock(sandbox: PythonSandbox) -> None:
    with pytest.raises(StepTimeout, match="did not end within"):
        run(sandbox, "import time; time.sleep(60)", CodeLimits(seconds=0.6))


def test_ignoring_signals_does_not_help(sandbox: PythonSandbox) -> None:
    code = (
        "import signal, time\n"
        "for n in range(1, 65):\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "while True: time.sleep(1)"
    )
    with pytest.raises(StepTimeout):
        run(sandbox, code, CodeLimits(seconds=0.8))


def test_a_memory_flood_ends_with_a_clear_error(sandbox: PythonSandbox) -> None:
    assert "192 MiB" in refusal(sandbox, "x = []\nwhile True: x.append(' ' * 10_000_000)")


def test_writing_into_the_answer_pipe_gives_no_more_than_a_result(sandbox: PythonSandbox) -> None:
    code = (
        "import os\nfor fd in range(3, 60):\n"
        "    try: os.write(fd, b'x' * 1000)\n    except OSError: pass"
    )
    assert refusal(sandbox, code)


def test_flooding_the_answer_pipe_is_cut_off(sandbox: PythonSandbox) -> None:
    code = (
        "import os\nfds = [fd for fd in range(3, 60)]\nwhile True:\n    for fd in fds:\n"
        "        try: os.write(fd, b'x' * 60_000)\n        except OSError: pass"
    )
    assert "more than it may give back" in refusal(sandbox, code)


@linux
def test_there_is_no_network(sandbox: PythonSandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.05)
        port = listener.getsockname()[1]
        code = f"import socket; socket.create_connection(('127.0.0.1', {port}), 2)"
        assert "PermissionError" in refusal(sandbox, code)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert "gaierror" in refusal(sandbox, "import socket; socket.getaddrinfo('a.test', 80)")
    assert "PermissionError" in refusal(sandbox, "import socket; socket.socket(socket.AF_UNIX)")


@linux
def test_no_file_of_ours_can_be_read_or_written(sandbox: PythonSandbox, tmp_path: Path) -> None:
    secret = tmp_path / "weft.db"
    secret.write_text("secret")
    tmp_path.chmod(0o777)
    secret.chmod(0o666)
    for path in (secret, "/etc/passwd", "/etc/hostname", "/proc/1/environ", "/proc/self/environ"):
        message = refusal(sandbox, f"return open({str(path)!r}).read()")
        assert "FileNotFoundError" in message or "PermissionError" in message, path
    message = refusal(sandbox, f"open({str(secret)!r}, 'w').write('x')")
    assert "Error" in message
    assert secret.read_text() == "secret"
    refusal(sandbox, f"import os; os.unlink({str(secret)!r})")
    refusal(sandbox, f"import os; os.listdir({str(Path(__file__).parent)!r})")
    assert secret.exists()


@linux
def test_the_library_cannot_be_changed(sandbox: PythonSandbox) -> None:
    refusal(sandbox, "import json; open(json.__file__, 'a').write('#')")


@linux
def test_files_go_to_a_folder_of_its_own_that_is_small(sandbox: PythonSandbox) -> None:
    outcome = run(
        sandbox,
        "import tempfile\n"
        "try:\n"
        "    f = open('/tmp/note', 'w+')\n"
        "except OSError: result = 'none'\n"
        "else:\n"
        "    f.write('hi'); f.seek(0); result = f.read()",
    )
    own = "namespaces" in outcome.isolation
    assert outcome.result == ("hi" if own else "none")
    assert not Path("/tmp/note").exists()
    if own:
        small = CodeLimits(file_bytes=100_000)
        big = "with open('/tmp/{}', 'wb') as f: f.write(b'x' * {})"
        assert "File too large" in refusal(sandbox, big.format("a", 200_000), small)
        many = "\n".join(big.format(name, 90_000) for name in "abc")
        assert "No space left" in refusal(sandbox, many, small)


@linux
def test_the_environment_and_the_command_line_hold_nothing(
    sandbox: PythonSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_TEST_SECRET", "do-not-leak")
    seen = run(sandbox, "import os, sys\nreturn [dict(os.environ), sys.argv, sys.path]").result
    assert set(seen[0]) <= {"LANG", "LC_CTYPE"}
    assert "do-not-leak" not in str(seen)
    assert "ModuleNotFoundError" in refusal(sandbox, "import weft.domain.errors")
    assert "ModuleNotFoundError" in refusal(sandbox, "import orjson")


@linux
def test_no_process_can_be_signalled_and_none_started(sandbox: PythonSandbox) -> None:
    for code in (
        f"import os; os.kill({os.getpid()}, 0)",
        "import os; os.kill(os.getppid(), 9)",
        "import os; os.kill(-1, 9)",
        "import os; os.setsid()",
        "import os; os.fork()",
        "import os; os.execv('/bin/sh', ['sh'])",
        "import subprocess; subprocess.run(['/bin/sh', '-c', 'true'])",
        "import os\nwhile True: os.fork()",
        "import multiprocessing as m; m.get_context('fork').Process(target=print).start()",
    ):
        assert "Error" in refusal(sandbox, code), code
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@linux
def test_threads_are_counted(sandbox: PythonSandbox) -> None:
    code = (
        "import threading, time\n"
        "for n in range(2000): threading.Thread(target=time.sleep, args=(30,), daemon=True).start()"
    )
    message = refusal(sandbox, code)
    assert "thread" in message or "memory" in message
    few = "import threading\nt = threading.Thread(target=print, args=('x',)); t.start(); t.join()"
    assert run(sandbox, few).stdout == "x\n"


@linux
def test_the_kernel_refuses_what_leads_out(sandbox: PythonSandbox) -> None:
    """Straight through libc, past Python: namespaces, mounts, tracing, keys, BPF, io_uring."""
    import platform

    if platform.machine() != "x86_64":
        pytest.skip("the numbers are those of x86_64")
    numbers = {
        "unshare": 272, "setns": 308, "mount": 165, "pivot_root": 155, "chroot": 161,
        "ptrace": 101, "process_vm_readv": 310, "keyctl": 250, "bpf": 321, "perf_event": 298,
        "userfaultfd": 323, "io_uring_setup": 425, "open_tree": 428, "fsopen": 430,
        "socket": 41, "prctl": 157, "setrlimit": 160, "open_by_handle_at": 304, "personality": 135,
    }  # fmt: skip
    code = (
        "import ctypes, errno\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "def tried(n):\n    libc.syscall(n, 0, 0, 0, 0, 0)\n"
        "    return errno.errorcode.get(ctypes.get_errno())\n"
        "return {name: tried(n) for name, n in inputs.items()}"
    )
    assert set(run(sandbox, code, inputs=numbers).result.values()) == {"EPERM"}
    clone = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "return [libc.syscall(56, 17, 0, 0, 0, 0), ctypes.get_errno(), "
        "libc.syscall(435, 0, 0), ctypes.get_errno()]"
    )
    assert run(sandbox, clone).result == [-1, 1, -1, 38]


@linux
def test_root_is_not_root_inside(sandbox: PythonSandbox) -> None:
    code = (
        "import ctypes\nlibc = ctypes.CDLL(None)\n"
        "header = (ctypes.c_uint32 * 2)(0x20080522, 0)\nsets = (ctypes.c_uint32 * 6)()\n"
        "libc.capget(header, sets)\nreturn list(sets)"
    )
    assert run(sandbox, code).result == [0] * 6


@linux
def test_the_answer_names_what_held_the_code(sandbox: PythonSandbox) -> None:
    assert "seccomp" in run(sandbox, "1").isolation
    assert run(sandbox, "1").isolation != "none"


def test_without_any_means_the_code_is_not_run() -> None:
    bare = PythonSandbox(without=("namespaces", "landlock"))
    with pytest.raises(StepRefused, match="allow_unsandboxed_code"):
        run(bare, "1")


def test_the_operator_can_allow_it_and_the_answer_says_so() -> None:
    bare = PythonSandbox(without=("namespaces", "landlock", "seccomp"), allow_unsandboxed=True)
    assert run(bare, "return 1").isolation == "none"
    with pytest.raises(StepTimeout):
        run(bare, "while True: pass", CodeLimits(cpu_seconds=1))


@linux
def test_the_guest_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """SIGKILL of the worker: nobody is left to clean up but the kernel."""
    import subprocess

    start = (
        "from weft.runner.sandbox.sandbox import PythonSandbox\n"
        "from weft.ports.code_sandbox import CodeLimits\n"
        "PythonSandbox(allow_unsandboxed=True)"
        ".run('import time; time.sleep(60)', {}, CodeLimits(seconds=60))"
    )
    worker = subprocess.Popen([sys.executable, "-c", start])
    children: list[int] = []
    for _ in range(200):
        children = descendants(worker.pid)
        if children:
            break
        time.sleep(0.02)
    time.sleep(0.3)
    children = descendants(worker.pid) or children
    assert children
    worker.kill()
    worker.wait()
    for _ in range(200):
        left = [pid for pid in children if running(pid)]
        if not left:
            return
        time.sleep(0.02)
    raise AssertionError(f"still there: {left}")


def descendants(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    direct = [int(word) for word in text.split()]
    return direct + [below for child in direct for below in descendants(child)]


def running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
