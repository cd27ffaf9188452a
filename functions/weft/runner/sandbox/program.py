"""A person's code as a module whose top level may `return`."""

import ast
from types import CodeType

FILE = "<code>"
WRAPPER = "_step"

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def prepare(code: str) -> tuple[CodeType, bool]:
    """The compiled module, and whether its result is what calling `WRAPPER` returns.

    Raises `SyntaxError`. Code that returns from the top level becomes a function whose names are
    all global, so that it means the same as without the function.
    """
    tree = ast.parse(code, FILE)
    if not any(isinstance(node, ast.Return) for node in _top_level(tree)):
        return compile(tree, FILE, "exec", dont_inherit=True), False
    body = [_Unannotated().visit(statement) for statement in tree.body]
    names = sorted(_bound(body))
    if names:
        body.insert(0, ast.Global(names=names))
    wrapper = ast.parse(f"def {WRAPPER}(): pass", FILE)
    function = wrapper.body[0]
    assert isinstance(function, ast.FunctionDef)
    function.body = body
    ast.fix_missing_locations(wrapper)
    return compile(wrapper, FILE, "exec", dont_inherit=True), True


def _top_level(tree: ast.AST) -> list[ast.AST]:
    """Everything that is not inside a function or class of its own."""
    found: list[ast.AST] = []
    waiting = list(ast.iter_child_nodes(tree))
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, _SCOPES):
            waiting += ast.iter_child_nodes(node)
    return found


def _bound(body: list[ast.stmt]) -> set[str]:
    """The names that the function would otherwise keep to itself."""
    function = ast.parse(f"def {WRAPPER}(): pass", FILE)
    inner = function.body[0]
    assert isinstance(inner, ast.FunctionDef)
    inner.body = body
    ast.fix_missing_locations(function)
    module = compile(function, FILE, "exec", dont_inherit=True)
    code = next(const for const in module.co_consts if isinstance(const, CodeType))
    return {name for name in (*code.co_varnames, *code.co_cellvars) if name.isidentifier()}


class _Unannotated(ast.NodeTransformer):
    """`x: int = 1` may not stand beside `global x`; inside functions it stays."""

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign(targets=[node.target], value=node.value), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node
