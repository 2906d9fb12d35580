"""Verbs on mappings: shipped templates taken in, layers begun, drafts saved, versions published and retired."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import Max

from finance.records import OBJECTS
from governance.services import record_audit
from mappings.engine import canonical_fields, validate
from mappings.engine.layers import form_of, merge
from mappings.models import Crosswalk, CrosswalkEntry, Mapping, MappingVersion
from mappings.selectors import crosswalks, newest
from mappings.states import Layer, VersionState
from tenancy.accounts.actors import SYSTEM, Actor
from tenancy.accounts.selectors import require
from tenancy.clock import db_now
from tenancy.history import signed

TEMPLATES = Path(__file__).parent / "templates"
Json = dict[str, Any]


class MappingRefused(ValueError):
    """A mapping that cannot be saved or published; the message lists what to mend, one sentence per field."""


def digest(effective: Json) -> str:
    """Names an effective mapping by its content."""
    return hashlib.blake2b(orjson.dumps(effective, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


# ------------------------------------------------------------------------------------------------ shipped templates
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
    """Adds what is not there; what a person changed stays."""
    crosswalk, _ = Crosswalk.objects.get_or_create(name=name, customer=None)
    for source, target in pairs.items():
        CrosswalkEntry.objects.get_or_create(crosswalk=crosswalk, source=source, defaults={"target": target})


# ----------------------------------------------------------------------------------------------- layers and drafts
@transaction.atomic
def begin_layer(*, actor: Actor, system: str, domain: str, customer_id: UUID | None = None) -> MappingVersion:
    """A draft on top of what applies now: a customer's layer if a customer is given, else the partner's own.

    Raises NotMapped where there is nothing to stand on."""
    require(actor, "mappings.edit", customer_id=customer_id)
    layer = Layer.CUSTOMER if customer_id else Layer.PARTNER
    below = (Layer.PARTNER, Layer.TEMPLATE) if customer_id else (Layer.TEMPLATE,)
    base = newest(system, domain, layers=below)
    mapping, _ = Mapping.objects.get_or_create(
        system=system, domain=domain, layer=layer, customer_id=customer_id,
        defaults={"name": base.mapping.name, "parent": base.mapping},
    )  # fmt: skip
    return create_draft(actor=actor, mapping=mapping, base=base)


@transaction.atomic
def create_draft(*, actor: Actor, mapping: Mapping, base: MappingVersion | None = None) -> MappingVersion:
    """A draft that starts from the mapping's newest version, or from nothing, on top of `base`."""
    require(actor, "mappings.edit", customer_id=mapping.customer_id)
    if base is not None and base.mapping_id == mapping.pk:
        raise MappingRefused("A layer stands on a lower layer, not on itself. Choose a version of a lower one.")
    latest = MappingVersion.objects.filter(mapping=mapping).order_by("-number").first()
    spec = latest.spec if latest else {"objects": {}}
    return _new_version(mapping, spec, base=base or (latest.base if latest else None), author=actor)


def _new_version(mapping: Mapping, spec: Json, *, base: MappingVersion | None, author: Actor) -> MappingVersion:
    Mapping.objects.select_for_update().get(pk=mapping.pk)  # two people asking at once get two numbers
    last = MappingVersion.objects.filter(mapping=mapping).aggregate(last=Max("number"))["last"] or 0
    version = MappingVersion(mapping=mapping, number=last + 1, spec=spec, base=base, author_label=author.label)
    signed(version, actor_id=author.id).save()
    return version


@transaction.atomic
def save_draft(*, actor: Actor, version_id: UUID, spec: Json) -> MappingVersion:
    """Replaces a draft's content; raises MappingRefused with everything that is wrong with it."""
    version = _locked(actor, version_id)
    if version.state != VersionState.DRAFT:
        raise MappingRefused("A published version is never changed. Make a draft of it.")
    _effective(version, spec)
    version.spec = spec
    signed(version, actor_id=actor.id).save(update_fields=["spec"])
    return version


@transaction.atomic
def publish(*, actor: Actor, version_id: UUID) -> MappingVersion:
    """Freezes a draft. Pipelines go on with the version they are pinned to; moving one that is live is governed."""
    version = _locked(actor, version_id)
    if version.state != VersionState.DRAFT:
        raise MappingRefused("This version is published already.")
    effective = _effective(version, version.spec)
    version.effective, version.digest, version.state = effective, digest(effective), VersionState.PUBLISHED
    version.published_by, version.published_at = actor.label, db_now()
    signed(version, actor_id=actor.id).save()
    _audit(actor, "mapping.published", version)
    return version


@transaction.atomic
def retire(*, actor: Actor, version_id: UUID) -> MappingVersion:
    """No new pipeline starts with the version; those that are pinned to it go on."""
    version = _locked(actor, version_id)
    if version.state != VersionState.PUBLISHED:
        raise MappingRefused("Only a published version can be retired.")
    version.state = VersionState.RETIRED
    signed(version, actor_id=actor.id).save(update_fields=["state"])
    _audit(actor, "mapping.retired", version)
    return version


def _locked(actor: Actor, version_id: UUID) -> MappingVersion:
    found = MappingVersion.objects.select_for_update(of=("self",)).select_related("mapping", "base")
    version = found.get(pk=version_id)
    require(actor, "mappings.edit", customer_id=version.mapping.customer_id)
    return version


def _audit(actor: Actor, action: str, version: MappingVersion) -> None:
    record_audit(
        actor=actor, action=action, object_type="mapping_version", object_id=version.pk,
        customer_id=version.mapping.customer_id, data={"mapping": str(version), "digest": version.digest},
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------- what it comes to
def _effective(version: MappingVersion, spec: Json) -> Json:
    """What a layer comes to with the layers below it; raises MappingRefused where it cannot be used."""
    if wrong := form_of(spec):
        raise MappingRefused(wrong)
    lower = version.base.effective if version.base and version.base.effective else {"objects": {}}
    effective = merge(lower, spec)
    if problems := problems_of(effective, customer_id=version.mapping.customer_id):
        raise MappingRefused(" ".join(problems))
    return effective


def problems_of(effective: Json, *, customer_id: UUID | None = None) -> list[str]:
    """One sentence per problem, with the object and the field it is about."""
    said: list[str] = []
    tables = crosswalks(customer_id)
    for obj, directions in effective["objects"].items():
        if obj not in OBJECTS:
            said.append(f"{obj}: there is no such record; known are {', '.join(OBJECTS)}.")
            continue
        for direction, spec in directions.items():
            known = {"target_fields": canonical_fields(obj)} if direction == "in" else {}
            said += [f"{obj} ({direction}): {problem}" for problem in validate(spec, crosswalks=tables, **known)]
    return said
