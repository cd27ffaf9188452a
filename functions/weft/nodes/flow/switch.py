"""Sends its input out of the port of the first case that holds, or of every one."""

from typing import Annotated, Self

from pydantic import AliasChoices, Field, StringConstraints, model_validator

from weft.expressions.ast import Binary, Expr
from weft.ir.ops import ERROR_PORT, Case, Decide, Op
from weft.ir.ports import Port
from weft.nodekit.config import Condition, NodeConfig, Value
from weft.nodekit.node_type import BoundNode, Category, NodeType, expression_of
from weft.nodes.dynamic_ports import PortPerItem, PortsFromConfig
from weft.nodes.values import given_or_input

OTHERWISE = "default"
CaseName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class SwitchCase(NodeConfig):
    """One way out: taken when the value equals `equals`, or when the expression `when` is true."""

    name: CaseName = Field(
        validation_alias=AliasChoices("name", "port"),
        title="Name",
        description="Name of the case and of its output.",
    )
    equals: Value = Field(
        default=None, title="Equals", description="The case holds if the value is this."
    )
    when: Condition | None = Field(
        default=None, title="When", description="Or: the case holds if this expression is true."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.when is not None) == (self.equals is not None):
            raise ValueError(f"the case {self.name} needs either `equals` or `when`")
        return self


class SwitchConfig(NodeConfig):
    """The cases in the order in which they are tried."""

    value: Value = Field(
        default=None,
        title="Value",
        description="What the cases are compared with; what arrives, if left out.",
    )
    cases: tuple[SwitchCase, ...] = Field(
        min_length=1, max_length=100, title="Cases", description="Tried in this order."
    )
    every_match: bool = Field(
        default=False,
        title="Every match",
        description="Takes the output of every case that holds, not only of the first.",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [case.name for case in self.cases]
        for name in names:
            if name in (OTHERWISE, ERROR_PORT):
                raise ValueError(f"a case cannot be called {name}: that output has a meaning")
            if names.count(name) > 1:
                raise ValueError(f"two cases are called {name}")
        return self


def lower(node: BoundNode[SwitchConfig]) -> Op:
    """The input goes out of the chosen ports."""
    value = given_or_input(node, "value")
    cases = tuple(Case(case.name, _holds(case, value)) for case in node.config.cases)
    return Decide(cases, OTHERWISE, node.input(), node.config.every_match)


def _holds(case: SwitchCase, value: Expr) -> Expr:
    if case.when is not None:
        return expression_of(case.when)
    return Binary("==", value, expression_of(case.equals))


NODE = NodeType(
    name="switch",
    version=1,
    title="Switch",
    description="Sends its input out of the first case that holds, else out of default.",
    category=Category.FLOW,
    config=SwitchConfig,
    lower=lower,
    outputs=PortsFromConfig(
        always=(Port(OTHERWISE, description="The input, if no case holds"),),
        each=PortPerItem("cases", "name", "The input, if the case holds"),
    ),
    icon="split",
)
