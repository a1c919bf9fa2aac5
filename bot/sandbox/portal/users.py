"""People of the portal: `user.*`, and the small methods that say who and where one is."""

from __future__ import annotations

from collections.abc import Mapping

from bot.sandbox.portal import values
from bot.sandbox.portal.calls import Answer, Call, Method, as_int, as_list, as_map, page_of
from bot.sandbox.portal.documents import Doc
from bot.sandbox.portal.errors import RestError, access_denied
from bot.sandbox.portal.filters import Test, all_of, condition, reader, sort_rows, split_key
from bot.sandbox.portal.records import Records

SCOPES = ("crm", "task", "tasks", "user", "user_basic", "department", "im")
_SHOWN = (
    "NAME",
    "LAST_NAME",
    "SECOND_NAME",
    "EMAIL",
    "TIME_ZONE",
    "PERSONAL_GENDER",
    "PERSONAL_MOBILE",
    "WORK_PHONE",
    "WORK_POSITION",
)
_PHONE_FIELDS = ("PERSONAL_MOBILE", "WORK_PHONE")

_SCOPES = {"department": "department", "user": "user_basic"}


def scope_of(method: str) -> str | None:
    """The right that a method about people or departments needs; None: it is about something else."""
    return _SCOPES.get(method.lower().partition(".")[0])


class Users:
    """The methods `user.{get,current,add,update}`, `profile`, `scope`, `server.time`, CRM mode."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def methods(self) -> dict[str, Method]:
        return {
            "user.get": self.find,
            "user.current": self.current,
            "user.update": self.update,
            "user.add": self.add,
            "profile": self.profile,
            "scope": lambda call: Answer(list(SCOPES)),
            "server.time": lambda call: Answer(values.shown(values.stored(call.now), call.portal_zone)),
            "crm.settings.mode.get": lambda call: Answer(1),
        }

    def find(self, call: Call) -> Answer:
        wanted = as_map(call.any_case("filter"))
        for name in ("ID", "ACTIVE", "UF_DEPARTMENT"):
            if (direct := call.any_case(name)) is not None:
                wanted[name] = direct
        test = _user_test(wanted)
        rows = [doc for doc in self._records.users if test(doc)]
        name = str(call.any_case("sort") or "ID").upper()
        descending = str(call.any_case("order") or "ASC").upper() == "DESC"
        page, total, following = page_of(call, sort_rows(rows, [(reader(name), descending)]))
        return Answer([self._row(call, doc) for doc in page], total, following)

    def current(self, call: Call) -> Answer:
        return Answer(self._row(call, self._records.users.get(call.user_id) or {}))

    def update(self, call: Call) -> Answer:
        """Change a user; `ACTIVE: N` dismisses him, which also kills his webhook."""
        key = as_int(call.any_case("ID"))
        doc = self._records.users.get(key)
        if doc is None or key is None:
            raise RestError(400, "ERROR_CORE", "User not found")
        if not call.admin:
            raise access_denied()
        changed: Doc = dict(doc)
        for name, value in call.params.items():
            if name == "ACTIVE":
                changed[name] = values.flag(value) == "Y"
            elif name == "UF_DEPARTMENT":
                changed[name] = _numbers(value)
            elif name in _SHOWN:
                changed[name] = str(value or "")
        self._records.users.put(key, changed)
        return Answer(True)

    def add(self, call: Call) -> Answer:
        """Invite somebody into the portal."""
        if not call.admin:
            raise access_denied()
        key = self._records.users.next_id()
        fields: Doc = {name: str(call.any_case(name) or "") for name in _SHOWN}
        own = {"ID": key, "ACTIVE": True, "UF_DEPARTMENT": _numbers(call.any_case("UF_DEPARTMENT"))}
        hidden = {"DATE_REGISTER": values.stored(call.now), "_ADMIN": False, "_ROLE": None}
        self._records.users.put(key, {**fields, **own, **hidden})
        return Answer(key)

    def profile(self, call: Call) -> Answer:
        user = self._records.users.get(call.user_id) or {}
        return Answer(
            {
                "ID": str(call.user_id),
                "ADMIN": call.admin,
                "NAME": user.get("NAME", ""),
                "LAST_NAME": user.get("LAST_NAME", ""),
                "PERSONAL_GENDER": user.get("PERSONAL_GENDER", ""),
                "TIME_ZONE": user.get("TIME_ZONE", ""),
            }
        )

    def _row(self, call: Call, doc: Mapping[str, object]) -> dict[str, object]:
        registered = values.shown(doc.get("DATE_REGISTER"), call.portal_zone)
        row: dict[str, object] = {"ID": str(doc["ID"]), "XML_ID": "", "ACTIVE": doc["ACTIVE"]}
        row |= {name: doc.get(name, "") for name in _SHOWN if name not in _PHONE_FIELDS or doc.get(name)}
        return row | {
            "LAST_LOGIN": registered or "",
            "DATE_REGISTER": registered or "",
            "IS_ONLINE": "N",
            "TIMESTAMP_X": {},
            "LAST_ACTIVITY_DATE": {},
            "PERSONAL_BIRTHDAY": "",
            "UF_EMPLOYMENT_DATE": "",
            "UF_DEPARTMENT": doc["UF_DEPARTMENT"],
            "USER_TYPE": "employee",
        }


def _numbers(value: object) -> list[int]:
    return [number for item in as_list(value) if (number := as_int(item)) is not None]


def _user_test(wanted: Mapping[str, object]) -> Test:
    tests: list[Test] = []
    for key, value in wanted.items():
        operator, name = split_key(key.upper())
        if name == "ACTIVE":
            tests.append(condition(operator, lambda row: values.flag(row["ACTIVE"]), value, values.flag))
        elif name in ("ID", "UF_DEPARTMENT"):
            tests.append(condition(operator, reader(name), value, as_int))
        elif name == "USER_TYPE":
            tests.append(condition(operator, lambda row: "employee", value, str))
        elif name == "NAME_SEARCH":
            tests.append(condition("%", lambda row: f"{row['NAME']} {row['LAST_NAME']}", value, str))
        elif name in _SHOWN:
            tests.append(condition(operator, reader(name), value, str))
    return all_of(tests)
