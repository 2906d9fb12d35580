"""The operator's verbs on links."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser
from django.db.models import Q

from portal.management.verbs import PartnerCommand
from sync.desk import pairs
from sync.links.models import Link
from sync.pipelines.models import Pipeline
from sync.pipelines.states import SHARED_OBJECTS


class Command(PartnerCommand):
    """`manage.py link --partner acme find|unlink|relink|join|merge`."""

    help = "Shows which records of both systems stand for each other; parts and joins them by hand."
    verbs = {
        "find": "links of a record, by its id in either system, with those that have ended",
        "unlink": "end a link; the record is created anew or held as a twin",
        "relink": "end a link and join its record to another one",
        "join": "link two records that stand alone",
        "merge": "two records of the other system are one: keep the first, let go of the second",
    }

    def arguments_of(self, verb: str, parser: CommandParser) -> None:
        if verb == "find":
            parser.add_argument("id", help="id of the record in either system")
            return
        if verb in ("unlink", "relink"):
            parser.add_argument("link", type=UUID)
        else:
            parser.add_argument("pipeline", type=UUID)
            parser.add_argument("object", help="such as vendor")
            parser.add_argument("source", help="id in the system that is read")
            parser.add_argument("--company", default="", help="the source's company, for records that belong to one")
        if verb != "unlink":
            parser.add_argument("target", help="id in the system that is written to")
        if verb == "merge":
            parser.add_argument("drop", help="id of the record that is let go of")
        if verb == "join":
            parser.add_argument("--shared", action="store_true", help="the target may stand for several records")
        parser.add_argument("--because", required=True, help="a reason people will read")

    def find(self, options: dict[str, Any]) -> None:
        wanted = Q(source_external_id=options["id"]) | Q(target_external_id=options["id"])
        for link in Link.objects.filter(wanted).select_related("source", "target").order_by("created_at"):
            ended = "" if link.active else f"  ended: {link.ended_because}"
            names = f"{link.source.label} {link.source_external_id} = {link.target.label} {link.target_external_id}"
            self.stdout.write(f"{link.pk} {link.object:14} {names} ({link.get_origin_display()}){ended}")

    def unlink(self, options: dict[str, Any]) -> None:
        pairs.unlink(actor=self.actor(options), link_id=options["link"], because=options["because"])
        self.stdout.write("unlinked; the record is taken again")

    def relink(self, options: dict[str, Any]) -> None:
        link = pairs.relink(
            actor=self.actor(options), link_id=options["link"], target_id=options["target"], because=options["because"]
        )
        self.stdout.write(f"{link.pk} made")

    def join(self, options: dict[str, Any]) -> None:
        link = pairs.join(**self._pair(options), target_id=options["target"], shared=options["shared"])
        self.stdout.write(f"{link.pk} made")

    def merge(self, options: dict[str, Any]) -> None:
        link = pairs.merge(**self._pair(options), keep_id=options["target"], drop_id=options["drop"])
        self.stdout.write(f"{link.pk} stands for both; close {options['drop']} in {link.target.label}")

    def _pair(self, options: dict[str, Any]) -> dict[str, Any]:
        return {
            "actor": self.actor(options),
            "pipeline": Pipeline.objects.get(pk=options["pipeline"]),
            "obj": options["object"],
            "company": "" if options["object"] in SHARED_OBJECTS else options["company"],
            "source_id": options["source"],
            "because": options["because"],
        }
