"""The regular expressions of `matches`: a subset that every host reads alike, matched in
linear time here and written out for JSONata with every difference between hosts spelled out.

Understood: characters, `.`, classes, `\\d \\w \\s` and their opposites (ASCII), groups, `|`,
`* + ? {m,n}` with lazy forms, `^` at the start and `$` at the end of the whole pattern.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from weft.expressions.errors import ExpressionError
from weft.expressions.values import Meter

MAX_STATES = 1_000
_HINT = "Look-around, back-references, flags, named groups and \\b are not available."
_LINE_ENDS = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
_DIGITS = ((0x30, 0x39),)
_WORD = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACE = ((0x09, 0x0D), (0x20, 0x20))
_SHORTHANDS = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS = {"n": 0x0A, "r": 0x0D, "t": 0x09, "f": 0x0C, "v": 0x0B}

Ranges: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Chars:
    """One character in (or, negated, outside) the ranges of code points."""

    ranges: Ranges
    negated: bool = False

    def has(self, code: int) -> bool:
        """Does the class hold this code point?"""
        return any(low <= code <= high for low, high in self.ranges) is not self.negated


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the parts."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """`part` from `low` to `high` times; high None is without end."""

    part: "Node"
    low: int
    high: int | None


Node: TypeAlias = Chars | Sequence | Choice | Repeat


@dataclass(frozen=True, slots=True)
class Pattern:
    """A parsed pattern with its anchors."""

    body: Node
    starts: bool
    ends: bool


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, message: str) -> ExpressionError:
        return ExpressionError(f"the pattern {self.text!r}: {message}", 0, _HINT)

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        character = self.peek()
        if not character:
            raise self.fail("it ends too early")
        self.at += 1
        return character

    def choice(self, depth: int) -> Node:
        if depth > 20:
            raise self.fail("groups are nested too deeply")
        options = [self.sequence(depth)]
        while self.peek() == "|":
            self.at += 1
            options.append(self.sequence(depth))
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while self.peek() not in ("", "|", ")"):
            parts.append(self.quantified(self.atom(depth)))
        return Sequence(tuple(parts))

    def atom(self, depth: int) -> Node:
        character = self.take()
        if character == "(":
            if self.peek() == "?":
                self.at += 1
                if self.take() != ":":
                    raise self.fail("only (?:…) may follow “(?”")
            inner = self.choice(depth + 1)
            if self.peek() != ")":
                raise self.fail("a group is not closed")
            self.at += 1
            return inner
        if character == "[":
            return self.character_class()
        if character == ".":
            return Chars(_LINE_ENDS, negated=True)
        if character == "\\":
            return self.escape()
        if character in "^$":
            raise self.fail(f"“{character}” may only stand at an end of the whole pattern")
        if character in "*+?{":
            raise self.fail(f"nothing before “{character}” to repeat")
        return _one(ord(character))

    def escape(self) -> Chars:
        character = self.take()
        if character.lower() in _SHORTHANDS:
            return Chars(_SHORTHANDS[character.lower()], negated=character.isupper())
        if character in _CONTROLS:
            return _one(_CONTROLS[character])
        if character in "xu":
            digits = self.text[self.at : self.at + (2 if character == "x" else 4)]
            self.at += len(digits)
            try:
                return _one(int(digits, 16))
            except ValueError:
                raise self.fail(f"\\{character} needs hexadecimal digits") from None
        if character.isalnum():
            raise self.fail(f"\\{character} is not available")
        return _one(ord(character))

    def character_class(self) -> Chars:
        negated = self.peek() == "^"
        self.at += negated
        ranges: list[tuple[int, int]] = []
        while self.peek() != "]":
            first = self.member()
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("", "]"):
                self.at += 1
                last = self.member()
                if len(first) != 1 or len(last) != 1 or first[0][0] > last[0][1]:
                    raise self.fail("a range in […] is not in order")
                first = ((first[0][0], last[0][1]),)
            ranges += first
        self.at += 1
        if not ranges:
            raise self.fail("an empty class […]")
        if any(high > 0xFFFF for _, high in ranges):
            raise self.fail("a class holds a character beyond U+FFFF, which hosts read differently")
        return Chars(tuple(ranges), negated)

    def member(self) -> Ranges:
        character = self.take()
        if character != "\\":
            return ((ord(character), ord(character)),)
        found = self.escape()
        if found.negated:
            raise self.fail("\\D, \\W and \\S are not available inside […]")
        return found.ranges

    def quantified(self, part: Node) -> Node:
        bounds: tuple[int, int | None] | None = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(
            self.peek()
        )
        if bounds is not None:
            self.at += 1
        elif self.peek() == "{":
            bounds = self.braces()
        else:
            return part
        if self.peek() == "?":
            self.at += 1
        if self.peek() and self.peek() in "*+?{":
            raise self.fail("two repetitions in a row")
        if bounds[1] is None and _endless(part):
            raise self.fail("an endless repetition inside another can take for ever")
        if bounds[1] != 1 and _nullable(part):
            raise self.fail("a repetition of something that may be empty")
        return Repeat(part, *bounds)

    def braces(self) -> tuple[int, int | None]:
        end = self.text.find("}", self.at)
        low, comma, high = self.text[self.at + 1 : max(end, self.at)].partition(",")
        short = low.isascii() and low.isdigit() and len(low) <= 3 and len(high) <= 3
        if not short or (high and not (high.isascii() and high.isdigit())):
            raise self.fail("{m,n} needs numbers below 1000")
        self.at = end + 1
        top = int(high) if high else None if comma else int(low)
        if top is not None and top < int(low):
            raise self.fail("{m,n} with m above n")
        return int(low), top


def _one(code: int) -> Chars:
    return Chars(((code, code),))


def _children(node: Node) -> "tuple[Node, ...]":
    if isinstance(node, (Sequence, Choice)):
        return node.parts
    return (node.part,) if isinstance(node, Repeat) else ()


def _endless(node: Node) -> bool:
    here = isinstance(node, Repeat) and node.high is None
    return here or any(_endless(child) for child in _children(node))


def _nullable(node: Node) -> bool:
    if isinstance(node, Chars):
        return False
    if isinstance(node, Sequence):
        return all(_nullable(part) for part in node.parts)
    if isinstance(node, Choice):
        return any(_nullable(part) for part in node.parts)
    return node.low == 0 or _nullable(node.part)


def _states(node: Node) -> int:
    if isinstance(node, Repeat):
        return 1 + _states(node.part) * max(node.low + 1, node.high or 0)
    return 1 + sum(_states(child) for child in _children(node))


@lru_cache(maxsize=256)
def parse_pattern(text: str) -> Pattern:
    """Parse a pattern. Raises ExpressionError that says what the subset lacks."""
    starts = text.startswith("^")
    escaped = len(text) - len(text[:-1].rstrip("\\")) - 1
    ends = text.endswith("$") and escaped % 2 == 0
    parser = _Parser(text[starts : len(text) - ends])
    body = parser.choice(0)
    if parser.peek():
        raise parser.fail("a “)” too many")
    if isinstance(body, Choice) and (starts or ends):
        raise parser.fail("put the alternatives in a group: ^(?:a|b)$")
    if not _children(body) and not starts and not ends:
        raise parser.fail("it is empty")
    if _states(body) > MAX_STATES:
        raise parser.fail("it is too large")
    return Pattern(body, starts, ends)


def found_in(pattern: Pattern, text: str, meter: Meter) -> bool:
    """Does the pattern occur in the text? Linear in the text (a set of states is stepped)."""
    arcs: dict[int, list[tuple[Chars, int]]] = {}
    skips: dict[int, list[int]] = {}
    counter = iter(range(1, 50 * MAX_STATES))

    def build(node: Node, start: int) -> int:
        """Add the states of `node` from `start`; the state behind it."""
        if isinstance(node, Chars):
            end = next(counter)
            arcs.setdefault(start, []).append((node, end))
            return end
        if isinstance(node, Sequence):
            for part in node.parts:
                start = build(part, start)
            return start
        if isinstance(node, Choice):
            end = next(counter)
            for part in node.parts:
                first = next(counter)
                skips.setdefault(start, []).append(first)
                skips.setdefault(build(part, first), []).append(end)
            return end
        for _ in range(node.low):
            start = build(node.part, start)
        if node.high is None:
            first, end = next(counter), next(counter)
            skips.setdefault(start, []).extend((first, end))
            skips.setdefault(build(node.part, first), []).extend((first, end))
            return end
        end = next(counter)
        for _ in range(node.high - node.low):
            skips.setdefault(start, []).append(end)
            start = build(node.part, start)
        skips.setdefault(start, []).append(end)
        return end

    final = build(pattern.body, 0)

    def closed(states: set[int]) -> set[int]:
        pending = list(states)
        while pending:
            for following in skips.get(pending.pop(), ()):
                if following not in states:
                    states.add(following)
                    pending.append(following)
        return states

    now = closed({0})
    for character in text:
        if final in now and not pattern.ends:
            return True
        meter.charge(1 + len(now))
        code = ord(character)
        step = {end for state in now for chars, end in arcs.get(state, ()) if chars.has(code)}
        if not pattern.starts:
            step.add(0)
        elif not step:
            return False
        now = closed(step)
    return final in now


_PAIR = "[\\ud800-\\udbff][\\udc00-\\udfff]"


def to_jsonata(pattern: Pattern, subject: str) -> str:
    """A JSONata condition: `pattern` occurs in `subject`, a JSONata text of a string.

    JSONata refuses empty matches and its hosts disagree on `$` before a last line end; a mark
    before and behind the text avoids both. Without anchors an empty match is always found.
    """
    if _nullable(pattern.body) and not (pattern.starts and pattern.ends):
        return "true"
    body = _written(pattern.body)
    if pattern.starts and pattern.ends:
        return f"$contains('x' & {subject} & 'x', /^x{body}x$/)"
    if pattern.ends:
        return f"$contains({subject} & 'x', /{body}x$/)"
    return f"$contains({subject}, /{'^' if pattern.starts else ''}{body}/)"


def _written(node: Node) -> str:
    if isinstance(node, Sequence):
        return "".join(_written(part) for part in node.parts)
    if isinstance(node, Choice):
        return "(?:" + "|".join(_written(part) for part in node.parts) + ")"
    if isinstance(node, Repeat):
        high = "" if node.high is None else node.high
        return f"(?:{_written(node.part)}){{{node.low},{high}}}"
    if node.negated:
        inner = "".join(map(_range, (*node.ranges, (0xD800, 0xDFFF))))
        return f"(?:{_PAIR}|[^{inner}])"
    if len(node.ranges) == 1 and node.ranges[0][0] == node.ranges[0][1]:
        return _character(node.ranges[0][0])
    return "[" + "".join(map(_range, node.ranges)) + "]"


def _range(bounds: tuple[int, int]) -> str:
    low, high = bounds
    return _character(low) if low == high else f"{_character(low)}-{_character(high)}"


def _character(code: int) -> str:
    if code > 0xFFFF:
        return f"(?:{chr(code)})"
    if code < 0x80 and chr(code).isalnum():
        return chr(code)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
