"""The Step Functions adapter on a real socket: `weft stepfunctions` served in this process."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import uvicorn

from weft.adapters.aws.arns import Arns
from weft.adapters.aws.place import Place
from weft.adapters.aws.step_functions import StepFunctionsHost
from weft.stepfunctions.functions import Handler
from weft.stepfunctions.open import Options, open_app

ROLE = "arn:aws:iam::000000000000:role/machines"


def function_arn(name: str) -> str:
    """Of a function that the server calls the handler of that name for."""
    return f"arn:aws:lambda:us-east-1:000000000000:function:{name}"


@asynccontextmanager
async def served(folder: Path, **handlers: Handler) -> AsyncIterator[Place]:
    """Where the server is; `handlers` are the functions that it calls."""
    async with open_app(Options(folder, handlers=handlers)) as app:
        config = uvicorn.Config(app, log_level="warning", lifespan="off")
        server = uvicorn.Server(config)
        listener = socket.create_server(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve([listener]))
        try:
            port = listener.getsockname()[1]
            yield Place("us-east-1", f"http://127.0.0.1:{port}", "any", "any")
        finally:
            server.should_exit = True
            await serving


@asynccontextmanager
async def hosted_on(folder: Path, **handlers: Handler) -> AsyncIterator[StepFunctionsHost]:
    """The adapter for that server; runner groups are the names of handlers."""
    async with served(folder, **handlers) as place:
        arns = Arns({name: function_arn(name) for name in handlers})
        yield StepFunctionsHost(place, ROLE, arns)
