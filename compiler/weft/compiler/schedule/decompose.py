"""What a partial order gives away for nothing: unrelated parts, and parts one before the other.

Both work on convex sets of elements, listed topologically, whose direct neighbours are known, and
take time linear in the edges among them.
"""

from weft.compiler.schedule.canonical import Canonical

Members = tuple[int, ...]


def unrelated(order: Canonical, members: Members) -> list[Members]:
    """The parts that nothing relates to each other, by their first element."""
    waiting = set(members)
    parts: list[Members] = []
    for member in members:
        if member not in waiting:
            continue
        waiting.discard(member)
        part = [member]
        for reached in part:  # grows as it goes
            for other in order.above[reached] + order.below[reached]:
                if other in waiting:
                    waiting.discard(other)
                    part.append(other)
        if len(part) == len(members):
            return [members]
        parts.append(tuple(sorted(part)))
    return parts


def consecutive(order: Canonical, members: Members) -> list[Members]:
    """The longest sequence of parts, each wholly before the next.

    A prefix is such a part iff the direct edges that leave it are exactly those from each of its
    last elements to each first element of the rest. Every topological listing has every such
    prefix, so one scan finds them all.
    """
    inside = set(members)
    waits = {  # for how many elements that the scan has not passed
        member: len(inside.intersection(order.above[member])) for member in members
    }
    firsts = sum(1 for count in waits.values() if not count)  # of the rest
    lasts: set[int] = set()  # of the prefix
    leaving: dict[int, int] = {}  # of each element of the prefix, how many edges leave it
    crossing = inner = 0  # edges that leave the prefix; those of them that leave no last element
    early: set[int] = set()  # reached by some edge, and waiting for an element of the rest
    parts: list[Members] = []
    start = 0
    for position, member in enumerate(members, 1):
        for other in order.above[member]:
            if other in lasts:
                lasts.discard(other)
                leaving[other] -= 1
                crossing -= 1
                inner += leaving[other]
            elif other in leaving:
                leaving[other] -= 1
                crossing -= 1
                inner -= 1
        firsts -= 1
        lasts.add(member)
        leaving[member] = 0
        for other in order.below[member]:
            if other in waits:
                leaving[member] += 1
                waits[other] -= 1
                if waits[other]:
                    early.add(other)
                else:
                    early.discard(other)
                    firsts += 1
        crossing += leaving[member]
        whole = not inner and not early and crossing == len(lasts) * firsts
        if position == len(members) or (whole and crossing):
            parts.append(members[start:position])
            start = position
    return parts
