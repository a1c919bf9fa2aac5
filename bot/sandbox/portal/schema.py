"""The fields of leads, deals, contacts and companies: names on both APIs, types, who may write them.

Names are those of the old API (`STATUS_ID`); the universal API's names (`stageId`) are derived, with the few exceptions
listed here. User fields (`UF_CRM_…`) are added by `userfields`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

LEAD, DEAL, CONTACT, COMPANY = 1, 2, 3, 4
ENTITY_WORDS = {LEAD: "lead", DEAL: "deal", CONTACT: "contact", COMPANY: "company"}
TYPE_IDS = {word: number for number, word in ENTITY_WORDS.items()}
LINK_PREFIXES = {"L": LEAD, "D": DEAL, "C": CONTACT, "CO": COMPANY}

_CAMEL_EXCEPTIONS = {
    "STATUS_ID": "stageId",
    "STATUS_SEMANTIC_ID": "stageSemanticId",
    "DATE_CREATE": "createdTime",
    "DATE_MODIFY": "updatedTime",
    "CREATED_BY_ID": "createdBy",
    "MODIFY_BY_ID": "updatedBy",
    "MOVED_BY_ID": "movedBy",
}


@dataclass(frozen=True)
class Field:
    """One field of an entity.

    `kind` is a type name of the portal: string, integer, double, char (Y/N), date, datetime, user, crm_status,
    crm_category, crm_lead, crm_contact, crm_company, enumeration, boolean, money, url, file.
    """

    name: str
    kind: str = "string"
    read_only: bool = False
    immutable: bool = False
    multiple: bool = False
    title: str = ""
    status_type: str = ""
    choices: frozenset[int] = frozenset()

    @property
    def camel(self) -> str:
        """The name in the universal API."""
        return camel_name(self.name)

    @property
    def custom(self) -> bool:
        """Whether people of the portal made this field."""
        return self.name.startswith("UF_")


@cache
def camel_name(name: str) -> str:
    """`ASSIGNED_BY_ID` → `assignedById`, `UF_CRM_10_12` → `ufCrm10_12`, `UF_CRM_1720` → `ufCrm_1720`."""
    if name in _CAMEL_EXCEPTIONS:
        return _CAMEL_EXCEPTIONS[name]
    if name.startswith("UF_CRM_"):
        parts = name.removeprefix("UF_CRM_").split("_")
        if len(parts) == 1 and parts[0].isdigit():
            return f"ufCrm_{parts[0]}"
        words = [f"_{part}" if part.isdigit() and index else part.capitalize() for index, part in enumerate(parts)]
        return "ufCrm" + "".join(words)
    first, *rest = name.lower().split("_")
    return first + "".join(part.capitalize() for part in rest)


def _fields(text: str) -> tuple[Field, ...]:
    """Read `NAME:kind` words; `!` in front marks a field that only the portal writes, `*` behind a multiple one."""
    fields = []
    for word in text.split():
        name, _, kind = word.partition(":")
        kind, _, status_type = kind.partition("/")
        fields.append(
            Field(
                name=name.strip("!*"),
                kind=kind or "string",
                read_only=name.startswith("!"),
                multiple=name.endswith("*"),
                status_type=status_type,
                title=name.strip("!*").replace("_", " ").capitalize(),
            )
        )
    return tuple(fields)


_COMMON = """
    ASSIGNED_BY_ID:user !CREATED_BY_ID:user !MODIFY_BY_ID:user !DATE_CREATE:datetime !DATE_MODIFY:datetime OPENED:char
    COMMENTS SOURCE_ID:crm_status/SOURCE SOURCE_DESCRIPTION ORIGINATOR_ID ORIGIN_ID
    UTM_SOURCE UTM_MEDIUM UTM_CAMPAIGN UTM_CONTENT UTM_TERM !LAST_ACTIVITY_BY:user !LAST_ACTIVITY_TIME:datetime
"""
_PERSON = "HONORIFIC:crm_status/HONORIFIC NAME SECOND_NAME LAST_NAME BIRTHDATE:date POST ADDRESS"
_REACHABLE = "!HAS_PHONE:char !HAS_EMAIL:char !HAS_IMOL:char"
_MONEY = "CURRENCY_ID OPPORTUNITY:double IS_MANUAL_OPPORTUNITY:char"
_MOVED = "!MOVED_BY_ID:user !MOVED_TIME:datetime"

BUILT_IN: dict[int, tuple[Field, ...]] = {
    LEAD: _fields(
        f"""!ID:integer TITLE {_PERSON} COMPANY_TITLE COMPANY_ID:crm_company CONTACT_ID:crm_contact
        CONTACT_IDS*:crm_contact !IS_RETURN_CUSTOMER:char STATUS_ID:crm_status/STATUS STATUS_DESCRIPTION
        !STATUS_SEMANTIC_ID {_MONEY} {_REACHABLE} !DATE_CLOSED:datetime {_MOVED} {_COMMON}"""
    ),
    DEAL: _fields(
        f"""!ID:integer TITLE TYPE_ID:crm_status/DEAL_TYPE CATEGORY_ID:crm_category STAGE_ID:crm_status/DEAL_STAGE
        !STAGE_SEMANTIC_ID PROBABILITY:integer {_MONEY} TAX_VALUE:double LEAD_ID:crm_lead COMPANY_ID:crm_company
        CONTACT_ID:crm_contact CONTACT_IDS*:crm_contact QUOTE_ID:integer BEGINDATE:date CLOSEDATE:date !CLOSED:char
        ADDITIONAL_INFO LOCATION_ID !IS_NEW:char !IS_RECURRING:char !IS_RETURN_CUSTOMER:char
        !IS_REPEATED_APPROACH:char {_MOVED} {_COMMON}"""
    ),
    CONTACT: _fields(
        f"""!ID:integer {_PERSON} PHOTO LEAD_ID:crm_lead TYPE_ID:crm_status/CONTACT_TYPE COMPANY_ID:crm_company
        EXPORT:char {_REACHABLE} ORIGIN_VERSION FACE_ID:integer {_COMMON}"""
    ),
    COMPANY: _fields(
        f"""!ID:integer TITLE COMPANY_TYPE:crm_status/COMPANY_TYPE LOGO LEAD_ID:crm_lead
        INDUSTRY:crm_status/INDUSTRY REVENUE:double CURRENCY_ID EMPLOYEES:crm_status/EMPLOYEES BANKING_DETAILS
        IS_MY_COMPANY:char ADDRESS {_REACHABLE} {_COMMON}"""
    ),
}

MULTIFIELDS: dict[str, frozenset[str]] = {
    "PHONE": frozenset({"WORK", "MOBILE", "FAX", "HOME", "PAGER", "MAILING", "OTHER"}),
    "EMAIL": frozenset({"WORK", "HOME", "MAILING", "OTHER"}),
    "WEB": frozenset({"WORK", "HOME", "VK", "LIVEJOURNAL", "TWITTER", "OTHER"}),
    "IM": frozenset(
        {"TELEGRAM", "VK", "SKYPE", "VIBER", "BITRIX24", "OPENLINE", "IMOL", "ICQ", "MSN", "JABBER", "OTHER"}
    ),
    "LINK": frozenset({"OTHER"}),
}
"""Which value types each kind of address may have."""
