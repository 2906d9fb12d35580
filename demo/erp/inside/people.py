"""The users of the ERP, with their rights, passwords and keys."""

from __future__ import annotations

from typing import Any

from proteus import Model  # type: ignore[import-not-found]

from demo.erp import world
from demo.erp.inside.build import Build, one, save

PASSWORD = "{}-Passw0rd!"


def users(build: Build) -> None:
    for login, (name, groups) in world.USERS.items():
        user = Model.get("res.user")(login=login, name=name, email=f"{login}@erp.example")
        user.password = PASSWORD.format(login)
        for group in groups:
            user.groups.append(Model.get("res.group")(one("res.group", ("name", "=", group)).id))
        for company in build.companies.values():
            user.companies.append(Model.get("company.company")(company.id))
        user.company = Model.get("company.company")(build.companies["us"].id)
        party = save("party.party", name=name)
        for company in build.companies.values():
            employee = save("company.employee", party=party, company=Model.get("company.company")(company.id))
            user.employees.append(Model.get("company.employee")(employee.id))
        user.employee = user.employees[0]
        user.company_filter = "all"  # with "one" a request sees only the company the user last worked in
        user.save()
        build.note("keys", login, key(build, user))
        build.note("passwords", login, PASSWORD.format(login))


def key(build: Build, user: Any) -> str:
    application = save("res.user.application", user=user, application="rest")
    return str(application.key)
