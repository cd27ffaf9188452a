"""Text with `{{…}}` parts and blocks: `{% if … %}`, `{% for … in … %}`. Anything else is plain.

A backslash before `{{` or `{%` makes it plain; `{%-` and `-%}` take the white space beside them.
"""

import re

from weft.expressions.ast import Call, Concat, Expr, If, Lambda, Literal
from weft.expressions.errors import ExpressionError
from weft.expressions.grammar import MAX_DEPTH, Parser

_TAG = r"\{%-?\s*(?:for|if|elif|else|endif|endfor)\b"
_NEXT = re.compile(rf"\\\{{\{{|\\\{{%|\{{\{{|{_TAG}", re.ASCII)
_KIND = re.compile(r"\{%(-?)\s*(\w+)", re.ASCII)
_QUOTED = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
_END = re.compile(rf"(?:{_QUOTED}|[^'\"])*?(-?)%\}}", re.DOTALL)
_FOR = re.compile(r"\s*([A-Za-z_]\w*)\s*(?:,\s*([A-Za-z_]\w*)\s*)?\bin\b", re.ASCII)


def holds_parts(text: str) -> bool:
    """Is there anything in the text that is not plain?"""
    return _NEXT.search(text) is not None


class Template:
    """Reads one template from front to back. Raises ExpressionError."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.bound: list[str] = []
        self.level = 0
        self.trim = False  # the tag before ended with `-%}`

    def parsed(self) -> Expr:
        """A single `{{…}}` keeps the type of its value, everything else is text."""
        parts, tag = self._parts()
        if tag is not None:
            word = tag.group(2)
            raise ExpressionError(f"there is no block that this “{word}” belongs to", tag.start())
        if len(parts) == 1:
            return parts[0]
        return Concat(tuple(parts)) if parts else Literal("")

    def _parts(self) -> tuple[list[Expr], "re.Match[str] | None"]:
        """Up to the end or to a tag that ends or divides the block; the tag, not yet read."""
        self.level += 1
        if self.level > MAX_DEPTH:
            raise ExpressionError("the blocks are nested too deeply", self.at)
        parts: list[Expr] = []
        plain = ""
        tag: re.Match[str] | None = None
        while tag is None:
            found = _NEXT.search(self.text, self.at)
            before = self.text[self.at : found.start() if found else len(self.text)]
            plain += before.lstrip() if self.trim else before
            self.trim = self.trim and not before
            if found is None:
                self.at = len(self.text)
                break
            self.at = found.start()
            if found.group().startswith("\\"):
                plain += found.group()[1:]
                self.at = found.end()
                continue
            tag = _KIND.match(self.text, self.at)
            if tag is not None and tag.group(1):
                plain = plain.rstrip()
            if tag is not None and tag.group(2) not in ("if", "for"):
                break
            if plain:
                parts.append(Literal(plain))
                plain = ""
            parts.append(self._value() if tag is None else self._block(tag))
            tag = None
        if plain:
            parts.append(Literal(plain))
        self.level -= 1
        return parts, tag

    def _value(self) -> Expr:
        start = self.at
        parser = Parser(self.text, start + 2)
        parser.bound += self.bound
        value = parser.expression()
        token = parser.token
        if token.kind == "end":
            raise ExpressionError(
                "this “{{” is not closed", start, "Close it with }}, or write \\{{."
            )
        if self.text[token.start : token.start + 2] != "}}":
            raise ExpressionError(
                f"“{self.text[token.start : token.end]}” does not belong here", token.start,
                "The part should end with }}.",
            )  # fmt: skip
        self.at = token.start + 2
        self.trim = False
        return value

    def _block(self, tag: "re.Match[str]") -> Expr:
        return Concat((self._for(tag) if tag.group(2) == "for" else self._if(tag),))

    def _if(self, tag: "re.Match[str]") -> Expr:
        condition = self._expression(tag, tag.end())
        then, following = self._parts()
        otherwise: Expr = Literal("")
        word = following.group(2) if following is not None else ""
        if following is not None and word == "elif":
            self.level += 1
            otherwise = self._if(following)
            self.level -= 1
        elif following is not None and word == "else":
            self._bare(following)
            parts, last = self._parts()
            otherwise = Concat(tuple(parts))
            self._close(tag, last, "endif")
        else:
            self._close(tag, following, "endif")
        return If(condition, Concat(tuple(then)), otherwise)

    def _for(self, tag: "re.Match[str]") -> Expr:
        head = _FOR.match(self.text, tag.end())
        if head is None:
            raise ExpressionError(
                "a loop needs a name and a list", tag.start(), "Write {% for row in rows %}."
            )
        items = self._expression(tag, head.end())
        params = tuple(name for name in head.groups() if name)
        self.bound += params
        body, last = self._parts()
        del self.bound[-len(params) :]
        self._close(tag, last, "endfor")
        each = Call("map", (items, Lambda(params, Concat(tuple(body)))))
        return Call("join", (each,))

    def _expression(self, tag: "re.Match[str]", start: int) -> Expr:
        """The expression from `start` to the end of the tag."""
        end = self._end(tag, start)
        parser = Parser(self.text[: end.start(1)], start)
        parser.bound += self.bound
        value = parser.expression()
        token = parser.token
        if token.kind != "end":
            raise ExpressionError(
                f"“{self.text[token.start : token.end]}” does not belong here", token.start
            )
        return value

    def _bare(self, tag: "re.Match[str]") -> None:
        end = self._end(tag, tag.end())
        if self.text[tag.end() : end.start(1)].strip():
            raise ExpressionError(f"nothing may follow “{tag.group(2)}”", tag.end())

    def _close(self, tag: "re.Match[str]", last: "re.Match[str] | None", word: str) -> None:
        if last is None:
            raise ExpressionError(
                f"this “{tag.group(2)}” is not closed",
                tag.start(),
                f"Close it with {{% {word} %}}.",
            )
        if last.group(2) != word:
            raise ExpressionError(f"“{last.group(2)}” cannot stand here", last.start())
        self._bare(last)

    def _end(self, tag: "re.Match[str]", start: int) -> "re.Match[str]":
        found = _END.match(self.text, start)
        if found is None:
            raise ExpressionError(
                "this “{%” is not closed", tag.start(), "Close it with %}, or write \\{%."
            )
        self.at = found.end()
        self.trim = bool(found.group(1))
        return found
