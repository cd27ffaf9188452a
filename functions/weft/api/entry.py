"""The same application as a Lambda function behind API Gateway (payload format 2.0)."""

from fastapi import FastAPI
from mangum import Mangum


def gateway_handler(app: FastAPI) -> Mangum:
    """A handler for a function whose host has opened its platform before the first event.

    Streams need a connection that stays: API Gateway buffers an answer, so clients behind it read
    `/runs/{id}/events`.
    """
    return Mangum(app, lifespan="off")
