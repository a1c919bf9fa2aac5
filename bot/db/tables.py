"""The tables. SQLAlchemy Core on purpose: services load and write sets of rows, not objects one by one.

The database is the truth: an answer, the case's new state, its timers, the CRM writes and the screens that it causes
are rows of one transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """An aware UTC moment on both databases (SQLite has no zones: it keeps the UTC digits)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment must be aware")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER

people = Table(
    "people",
    metadata,
    Column("id", Id, primary_key=True),
    Column("telegram_id", BigInteger, unique=True),
    Column("crm_user_id", Integer, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("linked_at", Moment),
    Column("reachable", Boolean, nullable=False, default=True),
    Column("active", Boolean, nullable=False, default=True),
    Column("shift", String(40)),  # a key of the playbook's shifts; NULL: the company's hours
    Column("former_user", Integer),  # of who may use the bot no more: the CRM user who he was
)

teams = Table(
    "teams",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # the department's number in the CRM
    Column("name", String(255), nullable=False),
    Column("parent", Integer),
    Column("head", Integer),  # CRM user, as the CRM has it
    Column("supervisor", Integer),  # CRM user, as an admin has said it; NULL: as the CRM has it
    Column("shift", String(40)),  # a key of the playbook's shifts; NULL: as the department above
    Column("gone", Boolean, nullable=False, default=False),  # removed in the CRM
)

team_members = Table(
    "team_members",
    metadata,
    Column("crm_user", Integer, primary_key=True, autoincrement=False),
    Column("team", Integer, nullable=False),
)

duties = Table(
    "duties",
    metadata,
    Column("person_id", Id, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("hours", String(11), nullable=False),  # 10:00-16:00, beside the usual ones
)

absences = Table(
    "absences",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, nullable=False),
    Column("kind", String(10), nullable=False),  # sick | leave
    Column("starts_at", Moment, nullable=False),
    Column("ends_at", Moment, nullable=False),
    Column("made_by", Id, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("state", String(10), nullable=False),  # planned | asked | sharing | shared | kept | over
    Column("asked_at", Moment),  # since when the supervisors are asked what becomes of the tasks
    Index(None, "state"),
    Index(None, "person_id"),
)

invites = Table(
    "invites",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("crm_user_id", Integer),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("created_by", BigInteger, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)

chats = Table(
    "chats",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("title", String(255), nullable=False),
    Column("thread_id", Integer),
    Column("bound_by", BigInteger, nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    Column("team", Integer),  # whose tasks it hears of; NULL: of the whole floor
    Column("lost", String(10)),  # why it takes no messages although it is bound: removed | rights
)

cases = Table(
    "cases",
    metadata,
    Column("id", Id, primary_key=True),
    Column("entity", String(8), nullable=False),
    Column("crm_id", Integer),
    Column("parent", Id),
    Column("stream", Id),  # outbox queue: a deal shares the queue of the lead that it was made from
    Column("playbook", String(64), nullable=False),
    Column("follows", String(64)),  # the version that it is to take as soon as it can
    Column("pipeline", String(40), nullable=False),
    Column("stage", String(40), nullable=False),
    Column("owner", Integer),
    Column("closed", Boolean, nullable=False, default=False),
    Column("counted", Boolean, nullable=False, default=True),
    Column("client_name", String(200), nullable=False, default=""),
    Column("state", JSON, nullable=False),
    Column("version", Integer, nullable=False, default=0),
    Column("written", Integer, nullable=False, default=0),  # grows with each CRM write queued or delivered
    Column("arrived_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    UniqueConstraint("entity", "crm_id"),
    Index(None, "owner", "closed"),
    Index(None, "closed", "arrived_at"),
)

contacts = Table(
    "contacts",
    metadata,
    Column("case_id", ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
    Column("value", String(120), primary_key=True),  # E.164 phone or lower-case e-mail
    Index(None, "value"),
)

tasks = Table(
    "tasks",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("crm_task_id", Integer, unique=True),
    Column("kind", String(40), nullable=False),
    Column("owner", Integer),
    Column("rank", Integer, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("ends_at", Moment),  # of a meeting: it takes the time of its participants from due_at until then
    Column("second", Integer),  # CRM user who takes part beside the owner
    Column("overdue_at", Moment),
    Column("pushed_at", Moment),
    # open | done | over: ended, but not by a deed of its own | aside: a meeting that stands beside the client's call
    Column("state", String(10), nullable=False),
    Column("done_at", Moment),
    Index(None, "owner", "state", "due_at"),
    Index(None, "state", "ends_at"),
    Index(None, "case_id"),
    Index(None, "state", "overdue_at"),
    Index(None, "state", "done_at"),
    Index(None, "due_at"),
)

timers = Table(
    "timers",
    metadata,
    Column("key", String(80), primary_key=True),
    Column("case_id", ForeignKey("cases.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("at", Moment, nullable=False),
    Column("done", Boolean, nullable=False, default=False),
    Index(None, "done", "at"),
    Index(None, "case_id"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", String(120), nullable=False, unique=True),
    Column("chat_id", BigInteger, nullable=False),
    Column("thread_id", Integer),
    Column(
        "kind", String(16), nullable=False
    ),  # card | receipt | line | notice | board | today | floor | alert | offer | screen | file | picture
    Column("case_id", Id),
    Column("task_id", String(40)),
    Column("person_id", Id),
    Column("screen", JSON, nullable=False),
    Column("data", JSON),  # what it is drawn from again (a receipt's lines, a picker's open view), or a file
    Column("want", Integer, nullable=False, default=1),  # the version of the screen that should be shown
    Column("shown", Integer, nullable=False, default=0),
    Column("telegram_id", BigInteger),
    Column("live", Boolean, nullable=False, default=True),
    Column("urgent", Boolean, nullable=False, default=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("pin", Boolean),  # whether it should stay at the top of its chat; NULL: no matter
    Column("pinned_id", BigInteger),  # Telegram's number under which it does; 0: the chat does not let us
    Column("next_try", Moment),  # NULL: nothing to send
    Column("error", Text),
    Column("created_at", Moment, nullable=False),
    Column("updated_at", Moment, nullable=False),
    Index(None, "next_try"),
    Index(None, "case_id"),
    Index(None, "person_id", "live"),
    Index(None, "kind", "live", "person_id"),
    Index(None, "chat_id", "telegram_id"),
    Index(None, "chat_id", "created_at"),
)

turns = Table(
    "turns",
    metadata,
    Column("chat_id", BigInteger, primary_key=True, autoincrement=False),
    Column("until", Moment, nullable=False),  # before that it gets no further message that nobody there has asked for
)

awaiting = Table(
    "awaiting",
    metadata,
    Column("person_id", Id, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),  # answer | advice | newcomer | change
    Column("message_id", Id),
    Column("data", JSON, nullable=False),
)

newcomers = Table(
    "newcomers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, nullable=False),
    Column("state", JSON, nullable=False),  # empty once it is over
    Column("version", Integer, nullable=False, default=0),
    Column("over", Boolean, nullable=False, default=False),  # recorded or cancelled
    Column("case_id", Id),  # what it became
    Column("updated_at", Moment, nullable=False),
    Index(None, "person_id", "over"),
)

pasts = Table(
    "pasts",
    metadata,
    Column("case_id", Id, primary_key=True, autoincrement=False),
    Column("state", JSON, nullable=False),  # what the portal tells of the client; empty before it was read
    Column("asked", Boolean, nullable=False, default=False),  # somebody looks at the history and waits for it
    Column("tries", Integer, nullable=False, default=0),
    Column("due_at", Moment),  # when the portal is to be read; None: it was
    Column("read_at", Moment),
    Index(None, "due_at"),
)

tg_inbox = Table(
    "tg_inbox",
    metadata,
    Column("update_id", BigInteger, primary_key=True, autoincrement=False),
    Column("lane", BigInteger, nullable=False),  # order is kept inside a lane: the person, otherwise the chat
    Column("body", JSON, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("done_at", Moment),
    Column("error", Text),
    Index(None, "done_at"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("stream", Id, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("key", String(80), nullable=False, unique=True),
    Column("op", String(20), nullable=False),
    Column("body", JSON, nullable=False),
    Column("state", String(10), nullable=False, default="pending"),  # pending | done | parked | skipped
    Column("tries", Integer, nullable=False, default=0),
    Column("unsure", Boolean, nullable=False, default=False),  # an earlier try may have been executed: look up first
    Column("next_try", Moment),
    Column("error", Text),
    Column("created_at", Moment, nullable=False),
    Column("done_at", Moment),
    Index(None, "state", "stream", "id"),
    Index(None, "case_id", "op"),
)

crm_marks = Table(
    "crm_marks",
    metadata,
    Column("name", String(60), primary_key=True),
    Column("value", Text, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Id, primary_key=True),
    Column("case_id", Id, nullable=False),
    Column("at", Moment, nullable=False),
    Column("by", Integer),
    Column("event", String(24), nullable=False),
    Column("why", Text, nullable=False),
    Column("data", JSON),
    Index(None, "case_id", "id"),
    Index(None, "at"),
    Index(None, "by", "at"),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("who", String(200), nullable=False),  # a name; empty: the bot itself
    Column("what", String(24), nullable=False),
    Column("words", JSON, nullable=False),
)

playbook_versions = Table(
    "playbook_versions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("playbook", String(60), nullable=False),
    Column("text", Text, nullable=False),
    Column("author", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("active", Boolean, nullable=False, default=False),
)

playbook_activations = Table(
    "playbook_activations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("hash", ForeignKey("playbook_versions.hash"), nullable=False),
    Column("former", String(64)),  # the version that was in force before
    Column("at", Moment, nullable=False),
    Column("author", String(200), nullable=False),
    Column("note", Text, nullable=False),
    Column("mode", String(8), nullable=False),  # new | all: live cases follow
    Column("counts", JSON),  # what became of the live cases
    Column("done", Boolean, nullable=False),  # all that are to follow have followed
    Index(None, "done"),
)

playbook_drafts = Table(
    "playbook_drafts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, nullable=False),
    Column("subject", String(20), nullable=False),  # the command; `file` for an upload, `rollback`
    Column("words", Text, nullable=False),
    Column("base", String(64), nullable=False),  # the version that was in force when the edit began
    Column("hash", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("over", Boolean, nullable=False, default=False),  # published or cancelled
    Column("at", Moment, nullable=False),
)

evenings = Table(
    "evenings",
    metadata,
    Column("day", Date, primary_key=True),
    Column("user", Integer, primary_key=True, autoincrement=False),  # CRM user; 0: of nobody, in every evening
    Column("left", Integer, nullable=False),
    Column("overdue", Integer, nullable=False),
    Column("untold", Integer, nullable=False),
)

settings = Table(
    "settings",
    metadata,
    Column("key", String(60), primary_key=True),
    Column("value", JSON, nullable=False),
)

barred = Table(
    "barred",
    metadata,
    Column("phone", String(40), primary_key=True),
    Column("writing_too", Boolean, nullable=False),
    Column("case_id", Id, nullable=False),
    Column("at", Moment, nullable=False),
)
