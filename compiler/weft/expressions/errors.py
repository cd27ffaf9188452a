"""What can go wrong with an expression: its text is not one, or its value costs too much."""


class ExpressionError(ValueError):
    """The author must change the text.

    `position` counts characters from the start of the template; `hint` says what to do, or is "".
    """

    def __init__(self, message: str, position: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.position = position
        self.hint = hint

    def __str__(self) -> str:
        tail = f" {self.hint}" if self.hint else ""
        return f"{self.message} (at character {self.position + 1}).{tail}"

    def caret(self, text: str) -> str:
        """The line of `text` that holds the position, and a caret below it."""
        start = text.rfind("\n", 0, self.position) + 1
        end = text.find("\n", self.position)
        line = text[start : len(text) if end < 0 else end]
        return f"{line}\n{' ' * (self.position - start)}^"


class ExpressionLimit(Exception):
    """Evaluation was stopped: too many steps, or a value too large or nested too deeply."""
