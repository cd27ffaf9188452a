"""How much enters and leaves a run of parts of a sequence, for every run that ends in one place.

A fact leaves the run that its node is in while somebody behind it still reads it. It enters a run
that reads it and begins behind its node. Both change only with each part that is passed, so that
a question costs no look at the facts.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from operator import add

from weft.compiler.schedule.load import Load


@dataclass(slots=True)
class Crossing:
    """Passes one part after the other. `size`: of a fact; `total`: how often each is read."""

    size: Callable[[str], int]
    total: Mapping[str, int]
    _leaves: list[int] = field(default_factory=list)  # of each part, what is still read behind
    _enters: list[int] = field(default_factory=list)  # into the run that begins with each part
    _owner: dict[str, int] = field(default_factory=dict)
    _unread: dict[str, int] = field(default_factory=dict)  # how often it is read elsewhere
    _reader: dict[str, int] = field(default_factory=dict)  # the last part that did

    def add(self, load: Load | None, first: int) -> None:
        """Pass the next part; runs that begin before `first` will not be asked about."""
        here = len(self._leaves)
        self._leaves.append(0)
        self._enters.append(0)
        if load is None:
            return  # no run goes through it
        for fact in load.own:
            self._owner[fact] = here
            self._unread[fact] = self.total[fact]
            if self._unread[fact] > 0:
                self._leaves[here] += self.size(fact)
        for fact, count in load.reads.items():
            owner = self._owner.get(fact, -1)
            start = max(owner, self._reader.get(fact, -1), first - 1) + 1
            for begin in range(start, here + 1):
                self._enters[begin] += self.size(fact)
            self._reader[fact] = here
            if owner >= 0:
                left = self._unread[fact] - count
                if self._unread[fact] > 0 >= left:
                    self._leaves[owner] -= self.size(fact)
                self._unread[fact] = left

    def borders(self) -> Iterator[int]:
        """What enters or leaves each run that ends with the part passed last, the shortest first,
        in KiB."""
        return map(add, reversed(self._enters), accumulate(reversed(self._leaves)))
