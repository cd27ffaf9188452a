"""Random expressions and data, and three JSONata engines to hold the reference evaluator to."""

from collections.abc import Iterator

import pytest
from tests.expressions.engines import (
    Asked,
    fast_engine,
    node_and_npm,
    original_engine,
    second_engine,
)
from tests.expressions.random_expressions import HOLDS, Maker


@pytest.fixture(scope="session")
def fast() -> Asked:
    """The engine that runs artefacts on a laptop."""
    return Asked(fast_engine())


@pytest.fixture(scope="session")
def second() -> Asked:
    """The Python port close to the reference implementation."""
    return Asked(second_engine())


@pytest.fixture(scope="session")
def original() -> Iterator[Asked]:
    """The reference implementation, in the version that Step Functions speaks."""
    found = node_and_npm()
    if found is None:
        pytest.skip("node is not installed; the reference JSONata cannot be asked")
    with original_engine(*found) as engine:
        yield Asked(engine)


@pytest.fixture(scope="session")
def maker() -> type[Maker]:
    """The generator of random expressions and data."""
    return Maker


@pytest.fixture(scope="session")
def holds() -> tuple[str, ...]:
    """The names that the generator's expressions refer to."""
    return tuple(HOLDS)
