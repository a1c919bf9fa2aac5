"""Departments of the portal: `department.*`."""

from __future__ import annotations

from bot.sandbox.portal.calls import Answer, Call, Method, as_int, as_list, page_of
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.errors import RestError, access_denied
from bot.sandbox.portal.filters import Test, all_of, condition, reader
from bot.sandbox.portal.records import Records

_NUMBERS = ("PARENT", "UF_HEAD")


class Departments:
    """The methods `department.{get,add,update,delete}`."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def methods(self) -> dict[str, Method]:
        return {
            "department.get": self.find,
            "department.add": self.add,
            "department.update": self.update,
            "department.delete": self.delete,
        }

    def find(self, call: Call) -> Answer:
        given = {name: call.any_case(name) for name in ("ID", "NAME", *_NUMBERS)}
        test = all_of(_test(name, value) for name, value in given.items() if value is not None)
        rows = [_row(doc) for doc in self._records.departments if test(doc)]
        page, total, following = page_of(call, rows)
        return Answer(page, total, following)

    def add(self, call: Call) -> Answer:
        name = str(call.any_case("NAME") or "").strip()
        if not name:
            raise RestError(400, "ERROR_CORE", "Department name is missing")
        if not call.admin:
            raise access_denied()
        key = self._records.departments.next_id()
        numbers = {field: as_int(call.any_case(field)) for field in _NUMBERS}
        self._records.departments.put(key, {"ID": key, "NAME": name, "SORT": 500, **numbers})
        return Answer(key)

    def update(self, call: Call) -> Answer:
        key, doc = self._one(call)
        changed: Doc = dict(doc)
        if call.any_case("NAME") is not None:
            changed["NAME"] = str(call.any_case("NAME"))
        for field in _NUMBERS:
            if (value := call.any_case(field)) is not None:
                changed[field] = as_int(value)
        self._records.departments.put(key, changed)
        return Answer(True)

    def delete(self, call: Call) -> Answer:
        """Those who were in it are in the department above it from now on."""
        key, doc = self._one(call)
        above = as_int(doc.get("PARENT"))
        if above is None:
            raise RestError(400, "ERROR_CORE", "The root department cannot be deleted")
        for user in self._records.users:
            mine = as_list(user["UF_DEPARTMENT"])
            if key in mine:
                moved = [above if number == key else number for number in mine]
                self._records.users.put(as_int(user["ID"]) or 0, {**user, "UF_DEPARTMENT": moved})
        self._records.departments.drop(key)
        return Answer(True)

    def _one(self, call: Call) -> tuple[int, Doc]:
        key = as_int(call.any_case("ID"))
        doc = self._records.departments.get(key)
        if doc is None or key is None:
            raise RestError(400, "ERROR_CORE", "Department not found")
        if not call.admin:
            raise access_denied()
        return key, doc


def _test(name: str, value: object) -> Test:
    return condition("", reader(name), value, str if name == "NAME" else as_int)


def _row(doc: Doc) -> dict[str, object]:
    row: dict[str, object] = {"ID": str(doc["ID"]), "NAME": doc["NAME"], "SORT": doc["SORT"]}
    row |= {name: str(doc[name]) for name in _NUMBERS if doc.get(name)}
    return row
