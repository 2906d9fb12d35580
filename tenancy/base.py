"""What every tenant's row descends from: time-ordered keys made in Python, and a refusal to cross tenants.

An instance remembers the schema it was made or loaded in, a queryset the schema it was built in (or, when built in
public, the one it was first evaluated in). Both refuse to touch the database anywhere else: without this, an object
loaded for one partner and saved while another is current would silently overwrite the other's row.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from functools import cache
from typing import Any, ClassVar

from django.db import connection, models
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from uuid_utils.compat import uuid7

from tenancy.bulk import insert_rows, update_rows
from tenancy.context import PUBLIC, current_schema


class CrossTenantError(RuntimeError):
    """One tenant's object was about to be used in another tenant's schema."""

    def __init__(self, what: str, home: str, here: str) -> None:
        super().__init__(f"{what} belongs to {home!r} and cannot be used in {here!r}.")


class HistoryBypassedError(RuntimeError):
    """A write by query was about to change what history keeps, without leaving a trace in it."""

    def __init__(self, model: type[models.Model], fields: Iterable[str]) -> None:
        super().__init__(
            f"History keeps {', '.join(sorted(fields))} of {model._meta.verbose_name}: "
            "save each object, or leave the field out of its history."
        )


def new_id() -> uuid.UUID:
    """A time-ordered key (UUID version 7)."""
    return uuid7()


def _refuse_elsewhere(what: str, home: str) -> None:
    here = current_schema()
    if home and home != here:
        raise CrossTenantError(what, home, here)


def _refuse_start(hints: dict[str, Any] | None) -> None:
    """Related managers name the instance they start from; from a foreign instance nothing is reached."""
    if isinstance(instance := (hints or {}).get("instance"), HomeBoundModel):
        instance.check_home()


def _here() -> str:
    """The current tenant, or nothing in public, where no tenant's row can be."""
    schema = current_schema()
    return "" if schema == PUBLIC else schema


class _HomeBound:
    """Mixed into query classes: the compiler, which every statement passes, is refused away from home."""

    model: type[models.Model]
    home: str

    def get_compiler(self, *args: Any, **kwargs: Any) -> SQLCompiler:
        _refuse_elsewhere(f"This query of {self.model._meta.verbose_name}", self.home)
        return super().get_compiler(*args, **kwargs)  # type: ignore[misc]

    def chain(self, klass: type[Query] | None = None) -> Any:
        """Updates and deletes turn a query into another class; that class must refuse too."""
        return super().chain(_bound(klass) if klass else None)  # type: ignore[misc]


@cache
def _bound(klass: type[Query]) -> type[Query]:
    return klass if issubclass(klass, _HomeBound) else type(f"Tenant{klass.__name__}", (_HomeBound, klass), {})


class TenantQuery(_HomeBound, Query):
    """A query that knows its tenant."""

    def __init__(self, model: type[models.Model], alias_cols: bool = True) -> None:
        super().__init__(model, alias_cols)
        self.home = _here()


class TenantQuerySet(models.QuerySet):
    """Refuses to be evaluated, or read from its cache, in another tenant than it was built in."""

    def __init__(
        self, model: Any = None, query: Any = None, using: str | None = None, hints: dict[str, Any] | None = None
    ) -> None:
        super().__init__(model, query or TenantQuery(model), using, hints)
        _refuse_start(hints)

    def _add_hints(self, **hints: Any) -> None:
        super()._add_hints(**hints)
        _refuse_start(hints)

    def _check_home(self) -> None:
        _refuse_elsewhere(f"This list of {self.model._meta.verbose_name_plural}", self.query.home)

    def _fetch_all(self) -> None:
        self.query.home = self.query.home or _here()
        self._check_home()
        super()._fetch_all()

    def create(self, **kwargs: Any) -> Any:
        self._check_home()
        return super().create(**kwargs)

    def _check_history(self, fields: Iterable[str]) -> None:
        if bypassed := _kept_in_history(self.model).intersection(fields):
            raise HistoryBypassedError(self.model, bypassed)

    def update(self, **values: Any) -> int:
        self._check_history(values)
        return super().update(**values)

    def bulk_create(self, objs: Iterable[models.Model], *args: Any, **kwargs: Any) -> Any:
        self._check_history(_kept_in_history(self.model))
        return super().bulk_create(objs, *args, **kwargs)

    def _raw_delete(self, using: str | None) -> int:
        self._check_home()
        return super()._raw_delete(using)

    def _insert(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        self._check_home()
        _claim(objs)
        return super()._insert(objs, *args, **kwargs)

    def _batched_insert(
        self, objs: Any, fields: Any, batch_size: int | None, on_conflict: Any = None, update_fields: Any = None,
        unique_fields: Any = None,
    ) -> list[Any]:  # fmt: skip
        """Django's own way is left to rows whose key the database makes."""
        if any(isinstance(field, models.AutoField) for field in self.model._meta.concrete_fields):
            given = {"on_conflict": on_conflict, "update_fields": update_fields, "unique_fields": unique_fields}
            return super()._batched_insert(objs, fields, batch_size, **given)
        self._check_home()
        _claim(objs)
        columns = ([field.column for field in some or ()] for some in (update_fields, unique_fields))
        insert_rows(
            self.model, objs, fields, batch_size, connection.ops.on_conflict_suffix_sql(fields, on_conflict, *columns)
        )
        return []  # nothing the database would have made up

    def bulk_update(self, objs: Iterable[models.Model], fields: Iterable[str], batch_size: int | None = None) -> int:
        objs, fields = tuple(objs), tuple(fields)
        self._check_history(fields)
        _claim(objs)
        if self.query.has_filters():
            return super().bulk_update(objs, fields, batch_size)
        return update_rows(self.model, objs, fields, batch_size)


@cache
def _kept_in_history(model: type[models.Model]) -> frozenset[str]:
    """The names of the fields that django-simple-history records when an object is saved."""
    manager = getattr(model._meta, "simple_history_manager_attribute", None)
    return frozenset(field.name for field in getattr(model, manager).model.tracked_fields) if manager else frozenset()


def _claim(objs: Iterable[models.Model]) -> None:
    """Every object is of this tenant, or new and now of this tenant."""
    here = current_schema()
    for obj in objs:
        if isinstance(obj, HomeBoundModel):
            obj.check_home()
            obj._state.home = here


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """The manager of every tenant model, also for its related objects."""


class HomeBoundModel(models.Model):
    """A row that knows its tenant; the key is left to the subclass.

    `append_only = True` on a class takes UPDATE and DELETE away from the application's database role.
    `also_public = True` marks tables that exist in the public schema as well (its rows are no tenant's).
    """

    append_only: ClassVar[bool] = False
    also_public: ClassVar[bool] = False

    objects: ClassVar[TenantManager] = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._state.home = current_schema() if self.also_public else _here()

    def check_home(self) -> None:
        """Raises CrossTenantError where another tenant than this object's is current."""
        _refuse_elsewhere(f"{self._meta.verbose_name} {self.pk}", self._state.home)

    def save_base(self, *args: Any, **kwargs: Any) -> None:
        _claim((self,))
        super().save_base(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self.check_home()
        return super().delete(*args, **kwargs)

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        self.check_home()
        super().refresh_from_db(*args, **kwargs)


class TenantModel(HomeBoundModel):
    """Base of every table in a tenant's schema."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, editable=False)

    class Meta(HomeBoundModel.Meta):
        abstract = True
