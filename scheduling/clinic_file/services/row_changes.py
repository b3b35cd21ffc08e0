"""Set-based writes that bring rows in line with what is wanted, and say what they changed."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

ACTIVE = "active"

Row = TypeVar("Row", bound=Model)
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class RowChange:
    """One thing that became different: the kind of thing, what was done, and to which."""

    kind: str
    verb: str
    which: str


class RowChanges(list[RowChange]):
    """Every change so far. Each method writes a constant number of times."""

    def note(self, kind: str, verb: str, which: Iterable[object]) -> None:
        self.extend(RowChange(kind, verb, str(one)) for one in which)

    def bring(
        self,
        kind: str,
        existing: QuerySet[Row],
        wanted: Iterable[Row],
        *,
        key: Callable[[Row], Key],
        fields: Sequence[str],
    ) -> dict[Key, Row]:
        """Create what is new, update what differs, retire the rest; the wanted rows by key.

        Retired rows become inactive if ``active`` is one of ``fields``; if not, they are deleted.
        """
        left = {key(row): row for row in existing}
        rows: dict[Key, Row] = {}
        new: dict[Key, Row] = {}
        changed: dict[Key, Row] = {}
        for row in wanted:
            name = key(row)
            known = left.pop(name, None)
            rows[name] = known or row
            if known is None:
                new[name] = row
            elif _take_over(known, row, fields):
                changed[name] = known
        manager = existing.model._default_manager
        manager.bulk_create(new.values())
        self.note(kind, "added", new)
        self.note(kind, "changed", changed)
        if ACTIVE in fields:
            retired = {name: row for name, row in left.items() if getattr(row, ACTIVE)}
            for row in retired.values():
                setattr(row, ACTIVE, False)
            self.note(kind, "made inactive", retired)
            changed |= retired
        elif left:
            manager.filter(pk__in=[row.pk for row in left.values()]).delete()
            self.note(kind, "removed", left)
        if changed:
            manager.bulk_update(changed.values(), fields)
        return rows

    def replace(
        self,
        kind: str,
        existing: Iterable[tuple[Key, Row]],
        wanted: Mapping[Key, Row],
        *,
        called: Callable[[Row], str],
    ) -> dict[Key, Row]:
        """Delete the rows that are not wanted and create those that are missing; the new ones.

        For rows that nothing refers to and whose key is all they say.
        """
        missing = dict(wanted)
        gone = [row for key, row in existing if missing.pop(key, None) is None]
        if gone:
            manager = type(gone[0])._default_manager
            manager.filter(pk__in=[row.pk for row in gone]).delete()
        if missing:
            rows = list(missing.values())
            type(rows[0])._default_manager.bulk_create(rows)
        self.note(kind, "added", map(called, missing.values()))
        self.note(kind, "removed", map(called, gone))
        return missing

    def link(
        self,
        kind: str,
        through: type[Model],
        columns: tuple[str, str],
        wanted: set[tuple[int, int]],
        *,
        called: Mapping[int, str],
    ) -> None:
        """Make the rows of a many-to-many table exactly ``wanted``; ``called`` names the left."""
        left, right = columns
        manager = through._default_manager
        existing = set(manager.values_list(left, right))
        missing, gone = wanted - existing, existing - wanted
        if gone:
            pairs = Q()
            for one, other in gone:
                pairs |= Q(**{left: one, right: other})
            manager.filter(pairs).delete()
        manager.bulk_create(through(**{left: one, right: other}) for one, other in missing)
        self.note(kind, "added", (called.get(one, one) for one, _ in missing))
        self.note(kind, "removed", (called.get(one, one) for one, _ in gone))


def _take_over(known: Model, wanted: Model, fields: Sequence[str]) -> bool:
    """Copy what differs; whether anything did."""
    differing = [name for name in fields if getattr(known, name) != getattr(wanted, name)]
    for name in differing:
        setattr(known, name, getattr(wanted, name))
    return bool(differing)
