"""From an artefact, which names no account, to a definition that Step Functions takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from weft.domain.errors import HostRejected

_RUNNER: Final = "runner:"
_CONNECTION: Final = "connection:"


@dataclass(frozen=True, slots=True)
class Arns:
    """What the symbolic names of artefacts mean in an account.

    `functions`: ARNs by runner group; `connections`: EventBridge Connections by credential id.
    """

    functions: Mapping[str, str]
    connections: Mapping[str, str] = field(default_factory=dict)
    partition: str = "aws"

    def deployed(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """The definition with ARNs for its resources, at the places where a state has them: what
        looks like one in a person's data stays. Raises `HostRejected`."""
        states = {name: self._state(state) for name, state in definition["States"].items()}
        return {**definition, "States": states}

    def _state(self, state: Mapping[str, Any]) -> dict[str, Any]:
        made = dict(state)
        if "Resource" in made:
            made["Resource"] = self._service(made["Resource"])
            made["Arguments"] = self._arguments(made.get("Arguments", {}))
        for part in ("ItemReader", "ResultWriter"):
            if "Resource" in made.get(part, {}):
                made[part] = {**made[part], "Resource": self._service(made[part]["Resource"])}
        if "ItemProcessor" in made:
            made["ItemProcessor"] = self.deployed(made["ItemProcessor"])
        if "Branches" in made:
            made["Branches"] = [self.deployed(branch) for branch in made["Branches"]]
        return made

    def _service(self, resource: str) -> str:
        if resource.startswith("arn:"):
            return resource
        return f"arn:{self.partition}:states:::{resource}"

    def _arguments(self, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        made = dict(given)
        function, proof = made.get("FunctionName"), made.get("Authentication")
        if isinstance(function, str) and function.startswith(_RUNNER):
            made["FunctionName"] = _found(self.functions, function, _RUNNER, "runner function")
        if isinstance(proof, dict) and str(proof.get("ConnectionArn")).startswith(_CONNECTION):
            named = proof["ConnectionArn"]
            arn = _found(self.connections, named, _CONNECTION, "EventBridge Connection")
            made["Authentication"] = {**proof, "ConnectionArn": arn}
        return made


def _found(arns: Mapping[str, str], symbol: str, prefix: str, what: str) -> str:
    name = symbol.removeprefix(prefix)
    if name not in arns:
        raise HostRejected(f"this stack has no {what} for {name!r}")
    return arns[name]


def execution_arn(machine_arn: str, name: str) -> str:
    """What a machine's Standard execution of that name is called."""
    return f"{machine_arn.replace(':stateMachine:', ':execution:')}:{name}"
