"""The order in which the world is built."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from demo.erp import world
from demo.erp.inside import books, masters, papers, people
from demo.erp.inside.build import Build, save


def main(conf: str, database: str, target: str) -> None:
    build = Build.start(conf, database)
    masters.numbers()
    masters.currencies()
    masters.countries()
    masters.payment_terms(build)
    for entity in world.ENTITIES:
        books.entity(build, entity)
    masters.catalogue(build)
    category = save("party.category", name="Supplier")
    for supplier in world.SUPPLIERS:
        masters.supplier(build, supplier, category)
    for key in build.companies:
        with build.company(key):
            for order in (one for one in world.ORDERS if one.entity == key):
                papers.order(build, order)
            for bill in (one for one in world.BILLS if one.entity == key):
                papers.bill(build, bill)
    people.users(build)
    papers.closed_period(build)
    Path(target).write_text(json.dumps(build.facts, indent=1, default=str), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:4])
