"""Verbs on mappings: shipped templates taken in, drafts made and saved, versions published."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import Max

from finance.catalogue import catalogue
from finance.records import OBJECTS
from mappings.engine import validate
from mappings.engine.layers import merge
from mappings.models import Crosswalk, CrosswalkEntry, Mapping, MappingVersion
from mappings.states import Layer, VersionState
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.accounts.selectors import require
from tenancy.clock import db_now

TEMPLATES = Path(__file__).parent / "templates"
Json = dict[str, Any]


class MappingRefused(ValueError):
    """A mapping that cannot be saved or published; the message lists what to mend, one sentence per field."""


def digest(effective: Json) -> str:
    """Names an effective mapping by its content."""
    return hashlib.blake2b(orjson.dumps(effective, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


@transaction.atomic
def load_templates() -> list[MappingVersion]:
    """Takes the shipped templates in as published versions; one that has not changed is left as it is."""
    return [_load(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(TEMPLATES.glob("*/*.json"))]


def _load(template: Json) -> MappingVersion:
    effective = {"objects": template["objects"]}
    mapping, _ = Mapping.objects.get_or_create(
        system=template["system"], domain=template["domain"], layer=Layer.TEMPLATE, customer=None,
        defaults={"name": template["label"]},
    )  # fmt: skip
    for name, pairs in template.get("crosswalks", {}).items():
        _load_crosswalk(name, pairs)
    same = MappingVersion.objects.filter(mapping=mapping, digest=digest(effective), state=VersionState.PUBLISHED)
    if (version := same.first()) is not None:
        return version
    version = _new_version(mapping, effective, base=None, author=SYSTEM)
    return publish(actor=SYSTEM, version_id=version.pk)


def _load_crosswalk(name: str, pairs: dict[str, str]) -> None:
    crosswalk, _ = Crosswalk.objects.get_or_create(name=name, customer=None)
    for source, target in pairs.items():
        CrosswalkEntry.objects.get_or_create(crosswalk=crosswalk, source=source, defaults={"target": target})


def _new_version(mapping: Mapping, spec: Json, *, base: MappingVersion | None, author: Actor) -> MappingVersion:
    last = MappingVersion.objects.filter(mapping=mapping).aggregate(last=Max("number"))["last"] or 0
    return MappingVersion.objects.create(
        mapping=mapping, number=last + 1, spec=spec, base=base, author_label=author.label
    )


@transaction.atomic
def create_draft(*, actor: Actor, mapping: Mapping, base: MappingVersion | None = None) -> MappingVersion:
    """A draft that starts from the mapping's newest version, or from nothing on top of `base`."""
    require(actor, "mappings.edit", customer_id=mapping.customer_id)
    newest = MappingVersion.objects.filter(mapping=mapping).order_by("-number").first()
    spec = newest.spec if newest else {"objects": {}}
    return _new_version(mapping, spec, base=base or (newest.base if newest else None), author=actor)


@transaction.atomic
def save_draft(*, actor: Actor, version_id: UUID, spec: Json) -> MappingVersion:
    """Replaces a draft's content; raises MappingRefused with everything that is wrong with it."""
    version = (
        MappingVersion.objects.select_for_update(of=("self",)).select_related("mapping", "base").get(pk=version_id)
    )
    require(actor, "mappings.edit", customer_id=version.mapping.customer_id)
    if version.state != VersionState.DRAFT:
        raise MappingRefused("A published version is never changed. Make a draft of it.")
    if problems := problems_of(_effective(version, spec)):
        raise MappingRefused(" ".join(problems))
    version.spec = spec
    version.save(update_fields=["spec"])
    return version


@transaction.atomic
def publish(*, actor: Actor, version_id: UUID) -> MappingVersion:
    """Freezes a draft. Pipelines go on with the version they are pinned to; moving one that is live is governed."""
    version = (
        MappingVersion.objects.select_for_update(of=("self",)).select_related("mapping", "base").get(pk=version_id)
    )
    require(actor, "mappings.edit", customer_id=version.mapping.customer_id)
    if version.state != VersionState.DRAFT:
        raise MappingRefused("This version is published already.")
    effective = _effective(version, version.spec)
    if problems := problems_of(effective):
        raise MappingRefused(" ".join(problems))
    version.effective, version.digest, version.state = effective, digest(effective), VersionState.PUBLISHED
    version.published_by, version.published_at = actor.label, db_now()
    version.save()
    return version


def _effective(version: MappingVersion, spec: Json) -> Json:
    lower = version.base.effective if version.base else None
    return merge(lower, spec) if lower else spec


def problems_of(effective: Json) -> list[str]:
    """One sentence per problem, with the object and the field it is about."""
    said: list[str] = []
    for obj, directions in effective.get("objects", {}).items():
        if obj not in OBJECTS:
            said.append(f"{obj}: there is no such record; known are {', '.join(OBJECTS)}.")
            continue
        for direction, spec in directions.items():
            known = {field.path for field in catalogue(obj).fields()} if direction == "in" else None
            said += [f"{obj} ({direction}): {problem}" for problem in validate(spec, target_fields=known)]
    return said
