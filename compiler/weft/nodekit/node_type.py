"""What a node type is: its form, its ports, how it lowers, and how it runs when it has to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeAlias, TypeVar

from weft.domain.graph import Settings
from weft.expressions.ast import Array, Expr, Literal, Object, Ref, RefKind
from weft.ir.ops import Op
from weft.ir.ports import Join, Kind, Port
from weft.nodekit.config import NodeConfig, Template
from weft.nodekit.context import StepContext

C = TypeVar("C", bound=NodeConfig)
Data: TypeAlias = Mapping[str, Any]


class Category(StrEnum):
    """The palette's drawers (ND-130)."""

    TRIGGER = "trigger"
    AI = "ai"
    RAG = "rag"
    TOOLS = "tools"
    DATA = "data"
    FLOW = "flow"
    NET = "net"
    MCP = "mcp"
    DATABASE = "database"
    APP = "app"


class Need(StrEnum):
    """What of the world a node's `run` reads through its context; grants follow from it."""

    HTTP = "http"
    CHAT = "chat"
    SECRETS = "secrets"
    APPROVALS = "approvals"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class BoundNode(Generic[C]):
    """A node of a graph with its validated config, as `lower` sees it."""

    id: str
    config: C
    connected: frozenset[str]  # input ports with an edge
    outputs: tuple[Port, ...]
    edges: Mapping[str, int] = field(default_factory=dict)  # how many edges an input port has
    settings: Settings = field(default_factory=Settings)  # the workflow's

    def value(self, name: str) -> Expr:
        """The config field as an expression (a literal when it holds no template)."""
        return expression_of(getattr(self.config, name))

    def values(self, *without: str) -> dict[str, Expr]:
        """Every config field as an expression, by name."""
        fields = type(self.config).model_fields
        return {name: self.value(name) for name in fields if name not in without}

    def input(self, port: str = "input") -> Expr:
        """What arrives at an input port; null where nothing does."""
        return Ref(RefKind.PORT, port)


def expression_of(held: Any) -> Expr:
    """Any validated config value as an expression: templates inside it keep their meaning."""
    if isinstance(held, Template):
        return held.expr
    if isinstance(held, NodeConfig):
        names = type(held).model_fields
        return _object({name: expression_of(getattr(held, name)) for name in names})
    if isinstance(held, dict):
        return _object({key: expression_of(item) for key, item in held.items()})
    if isinstance(held, list | tuple):
        items = tuple(expression_of(item) for item in held)
        if all(isinstance(item, Literal) for item in items):
            return Literal([item.value for item in items if isinstance(item, Literal)])
        return Array(items)
    return Literal(held.value if isinstance(held, StrEnum) else held)


def _object(fields: dict[str, Expr]) -> Expr:
    if all(isinstance(item, Literal) for item in fields.values()):
        return Literal({k: item.value for k, item in fields.items() if isinstance(item, Literal)})
    return Object(tuple(fields.items()))


@dataclass(frozen=True, slots=True)
class DeclaredInput:
    """What a workflow takes when it is started: null counts as not given."""

    name: str
    kind: Kind = Kind.ANY
    required: bool = False  # a start without it is refused


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One field of a credential type; `secret` ones are never shown again."""

    name: str
    title: str
    secret: bool = True
    required: bool = True


@dataclass(frozen=True, slots=True)
class CredentialType:
    """A kind of credential a node type can use, and where it may be sent by default."""

    name: str
    title: str
    fields: tuple[CredentialField, ...]
    hosts: tuple[str, ...] = ()  # allowed hosts; empty: the person who adds it must name them


@dataclass(frozen=True, slots=True)
class NodeType(Generic[C]):
    """An entry of the catalogue."""

    name: str
    version: int
    title: str
    description: str
    category: Category
    config: type[C]
    lower: Callable[[BoundNode[C]], Op]
    inputs: tuple[Port, ...] = (Port("input"),)
    outputs: tuple[Port, ...] | Callable[[C], tuple[Port, ...]] = (Port("output"),)
    run: Callable[[C, Data, StepContext], Data] | None = None
    group: str | None = None  # runner group of `run`
    needs: frozenset[Need] = field(default_factory=frozenset)
    join: Join | Callable[[C], Join] = Join.ALL_PORTS
    credentials: tuple[CredentialType, ...] = ()  # the config field `credential` holds the id
    body: str | None = None  # output port into the body of a loop, which ends at the input `back`
    declares: Callable[[C], tuple[DeclaredInput, ...]] | None = None  # of the whole workflow
    calls: bool = False  # it runs another workflow: its op is a `Call`
    aliases: tuple[str, ...] = ()
    icon: str = ""

    def output_ports(self, config: C) -> tuple[Port, ...]:
        """The data ports, which may depend on the config (a switch has one per case)."""
        return self.outputs(config) if callable(self.outputs) else self.outputs

    def join_rule(self, config: C) -> Join:
        """When a node of this type fires, which may depend on the config (a merge's mode)."""
        return self.join if isinstance(self.join, Join) else self.join(config)

    @property
    def can_fail(self) -> bool:
        """Whether a node of this type can end in an error."""
        return self.run is not None or self.body is not None or self.calls

    @property
    def is_trigger(self) -> bool:
        """Whether nodes of this type start runs."""
        return self.category is Category.TRIGGER
