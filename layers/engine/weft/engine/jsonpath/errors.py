"""What can be wrong with a path, before it is read and while it is."""


class PathSyntaxError(Exception):
    """The text is no path or no intrinsic function; the message says where it goes wrong."""


class FilterSyntaxError(PathSyntaxError):
    """The text between `[?(` and `)]` is no filter."""


class PathMissing(Exception):
    """A definite path leads to nothing."""


class IntrinsicFailure(Exception):
    """An intrinsic function cannot take its arguments: `States.IntrinsicFailure`."""
