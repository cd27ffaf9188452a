"""The code table: every diagnostic the compiler can raise, its severity and its title."""

from weft.domain.errors import Diagnostic, Severity

_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: dict[str, tuple[Severity, str]] = {
    "W1001": (_E, "The document is not valid UTF-8"),
    "W1002": (_E, "The document is not JSON"),
    "W1003": (_E, "The schema is unknown"),
    "W1004": (_E, "The document does not fit the schema"),
    "W1005": (_E, "The document is too large"),
    "W1006": (_E, "The document is nested too deeply"),
    "W1007": (_E, "Text holds a lone surrogate"),
    "W1010": (_E, "Two nodes have the same id"),
    "W1011": (_E, "The graph is empty"),
    "W2001": (_E, "An edge names a node that is not there"),
    "W2002": (_E, "An edge names a port that the node does not have"),
    "W2003": (_E, "An edge leaves out a port where the node has several"),
    "W2004": (_E, "An edge leads into a trigger"),
    "W2005": (_E, "A required input is not connected"),
    "W2006": (_E, "The output does not fit the input"),
    "W2007": (_W, "The same edge is drawn twice"),
    "W2008": (_W, "Several values can arrive at once"),
    "W2009": (_W, "The node can never run"),
    "W2010": (_E, "A cycle that is no loop"),
    "W2011": (_E, "A loop body leaks"),
    "W2012": (_W, "A loop has no body"),
    "W2013": (_W, "Nothing comes back from a loop body"),
    "W2014": (_E, "A loop is entered at two nodes"),
    "W2015": (_E, "Nothing leads back to a loop's start"),
    "W2016": (_N, "A loop has a bound"),
    "W2017": (_W, "A loop has no way out"),
    "W2018": (_E, "A race leaks"),
    "W2020": (_E, "A reference names a node that is not there"),
    "W2021": (_E, "References form a cycle"),
    "W2022": (_E, "A reference reaches into a loop body"),
    "W2023": (_W, "A referenced node may be skipped"),
    "W2024": (_E, "A loop value is used outside a loop"),
    "W2025": (_E, "A reference names a variable that is not there"),
    "W2026": (_E, "A reference names an input that the node does not have"),
    "W2027": (_E, "A reference names a node that no trigger reaches"),
    "W2030": (_E, "No trigger starts the graph"),
    "W2031": (_W, "No trigger reaches the node"),
    "W2032": (_E, "An error output on a node that cannot fail"),
    "W2033": (_W, "An error branch leads nowhere"),
    "W2040": (_E, "The called workflow is not there"),
    "W2041": (_E, "The called workflow cannot be started by a call"),
    "W2042": (_E, "The called workflow has errors"),
    "W2043": (_E, "Workflows call each other in a circle"),
    "W2044": (_E, "A call leaves out a required input"),
    "W2045": (_E, "A call gives an input that is not declared"),
    "W2046": (_E, "A call gives an input of another type"),
    "W3001": (_E, "The node type is unknown"),
    "W3002": (_E, "The configuration does not fit the node type"),
    "W3003": (_E, "An expression cannot be read"),
    "W3004": (_E, "An expression cannot run in the host"),
    "W3005": (_N, "An expression is computed by a runner"),
    "W3010": (_E, "The node requires a credential"),
    "W3011": (_E, "The credential does not exist"),
    "W3012": (_E, "The credential is of another type"),
    "W3013": (_E, "The graph carries a secret"),
    "W4001": (_E, "The state machine is too large"),
    "W4002": (_E, "The graph has too many nodes"),
    "W4003": (_E, "A finished step is too large"),
    "W4004": (_E, "A finished step cannot be taken over"),
    "W4010": (_N, "The call goes through a runner"),
    "W4015": (_N, "An output has to fit into the run's states"),
    "W5001": (_N, "Imported with a change"),
    "W5002": (_W, "A stand-in needs to be replaced"),
    "W5003": (_W, "Imported as the nearest thing"),
    "W5004": (_W, "A secret was not imported"),
    "W5005": (_W, "A setting was not imported"),
    "W5006": (_W, "An edge was not imported"),
    "W5007": (_W, "An edge leaves from another output"),
    "W5008": (_W, "A condition cannot be read"),
    "W5009": (_E, "The document is no known graph"),
}


def diagnose(
    code: str,
    message: str,
    node: str | None = None,
    port: str | None = None,
    hint: str | None = None,
) -> Diagnostic:
    """A diagnostic with the severity and title that the table gives its code."""
    severity, title = CODES[code]
    return Diagnostic(code, severity, title, message, node, port, hint)


def errors(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """Those that stop a graph from being published."""
    return [item for item in diagnostics if item.severity is Severity.ERROR]
