"""A worker whose node types are those that the tests of the pool need."""

import ctypes
import os
import sys
import time
from typing import Any

from weft.domain.errors import PermanentStepError, TransientStepError
from weft.ir.ops import Op
from weft.nodekit.config import NodeConfig
from weft.nodekit.context import StepContext
from weft.nodekit.node_type import BoundNode, Category, Data, Need, NodeType
from weft.ports.approval_desk import ApprovalRequest
from weft.runner.worker import serve


class Config(NodeConfig):
    """Whatever a test node may be told."""

    text: str = ""
    number: int = 0


def _echo(config: Config, inputs: Data, ctx: StepContext) -> Data:
    ctx.log.info("echoing", text=config.text)
    return {"output": inputs.get("input"), "pid": os.getpid()}


def _print(config: Config, inputs: Data, ctx: StepContext) -> Data:
    os.write(1, b"\x00\x00\x00\x05noise")
    sys.stdout.write("more noise\n")
    sys.stdout.flush()
    return {"output": sys.stdin.read()}


def _die(config: Config, inputs: Data, ctx: StepContext) -> Data:
    if config.text == "exit":
        os._exit(config.number)
    if config.text == "segfault":
        ctypes.string_at(0)
    os.kill(os.getpid(), config.number)
    return {}


def _sleep(config: Config, inputs: Data, ctx: StepContext) -> Data:
    time.sleep(config.number / 1000)
    return {"output": os.getpid()}


def _flood(config: Config, inputs: Data, ctx: StepContext) -> Data:
    held = []
    while True:
        held.append(bytearray(1 << 24))


def _big(config: Config, inputs: Data, ctx: StepContext) -> Data:
    return {"output": "x" * config.number}


def _length(config: Config, inputs: Data, ctx: StepContext) -> Data:
    return {"output": len(inputs["input"]["deep"][0])}


def _environment(config: Config, inputs: Data, ctx: StepContext) -> Data:
    return {"output": dict(os.environ)}


def _raise(config: Config, inputs: Data, ctx: StepContext) -> Data:
    kinds = {"transient": TransientStepError, "permanent": PermanentStepError, "key": KeyError}
    raise kinds[config.text]("it went wrong")


def _secret(config: Config, inputs: Data, ctx: StepContext) -> Data:
    secret = ctx.secrets.resolve(config.text)
    ctx.log.info(f"the key is {secret.values['api_key']}")
    if config.number:
        raise PermanentStepError(f"refused with {secret.values['api_key']}")
    return {"length": len(secret.values["api_key"]), "hosts": list(secret.allowed_hosts)}


def _approve(config: Config, inputs: Data, ctx: StepContext) -> Data:
    return {"output": ctx.approvals.request(ApprovalRequest(title=config.text, options=("a", "b")))}


def _modules(config: Config, inputs: Data, ctx: StepContext) -> Data:
    return {"output": sorted({name.split(".")[0] for name in sys.modules})}


RUNS = {
    "echo": _echo,
    "print": _print,
    "die": _die,
    "sleep": _sleep,
    "flood": _flood,
    "big": _big,
    "length": _length,
    "environment": _environment,
    "raise": _raise,
    "secret": _secret,
    "approve": _approve,
    "modules": _modules,
}


def _lower(node: BoundNode[Any]) -> Op:
    raise NotImplementedError("test nodes are never compiled")


def load(name: str, version: int) -> NodeType[Any]:
    """A test node by name."""
    return NodeType(
        name=name,
        version=version,
        title=name,
        description=name,
        category=Category.DATA,
        config=Config,
        lower=_lower,
        run=RUNS[name],
        needs=frozenset({Need.SECRETS, Need.APPROVALS}),
    )


if __name__ == "__main__":
    serve(load)
