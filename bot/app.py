"""The only place that wires the bot together, and the order in which it starts and stops."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.exceptions import ClientDecodeError, TelegramAPIError, TelegramNetworkError, TelegramUnauthorizedError
from aiogram.types import LinkPreviewOptions, Update
from aiohttp import web

from bot.clock import Clock, WallClock
from bot.crm.client import CrmClient
from bot.crm.errors import CrmError
from bot.db.leadership import Leadership
from bot.db.migrate import migrate
from bot.db.people import Register
from bot.db.session import open_database
from bot.dialogs.context import Services
from bot.dialogs.dispatcher import build_dispatcher
from bot.errors import SettingsError
from bot.locales.ru import dialogs as ru
from bot.messenger.files import Downloads
from bot.messenger.poll import ALLOWED, Inbox, Raw
from bot.messenger.send import ChatLost, Courier, Lost
from bot.messenger.session import session_for
from bot.playbooks.choose import choose
from bot.scheduler.pulse import Pulse
from bot.screens.screen import Screen, esc
from bot.services.absences import Absences
from bot.services.analysis import Analysis
from bot.services.apply import Apply
from bot.services.board import BoardService
from bot.services.calendar_notes import CalendarNotes
from bot.services.client_panel import ClientPanel
from bot.services.client_search import ClientSearch
from bot.services.company import CompanyService
from bot.services.counters import Counters
from bot.services.curfew import Curfew
from bot.services.dealing import Dealing
from bot.services.desk import Desk
from bot.services.digests import Digests
from bot.services.editing import Editing
from bot.services.entry import EntryDesk
from bot.services.escalations import Escalations
from bot.services.figures import read_figures
from bot.services.filing import Filing
from bot.services.floor_views import FloorViews
from bot.services.groups import REMOVED, RIGHTS, Groups
from bot.services.health import Check, HealthDesk
from bot.services.intake import Intake
from bot.services.library import Library, open_library
from bot.services.mappers import Mappers
from bot.services.mending import Mending
from bot.services.midnight import Midnight
from bot.services.morning import Morning
from bot.services.names import Names
from bot.services.offers import Offers
from bot.services.outbox_desk import OutboxDesk
from bot.services.overload import Overloads
from bot.services.people import PeopleService
from bot.services.publishing import Publishing
from bot.services.recall import Recall
from bot.services.relay import Relay
from bot.services.rollout import Rollout
from bot.services.roster import Roster
from bot.services.saving import Committed
from bot.services.shelf import Shelf
from bot.services.shift_change import ShiftChange
from bot.services.showing import Showing
from bot.services.staff_desk import StaffDesk
from bot.services.stepping import Stepping
from bot.services.team_desk import TeamDesk
from bot.services.team_orders import TeamOrders
from bot.services.timers import TimerService
from bot.services.trials import Trials
from bot.services.views import Views
from bot.settings import Settings
from bot.web import metrics
from bot.web.routes import bitrix_route, health_routes, telegram_route

log = logging.getLogger(__name__)
_WEBHOOK_AGAIN = timedelta(seconds=15)


class App:
    """The bot of one company. `await open()`, `await start()`, `await stop()`; `routes()` any time.

    Args:
        settings: read and checked.
        clock: the wall clock, or the business clock shared with a sandbox.
        links: the portal's address that people can open, when it is not the webhook's.

    Raises:
        PlaybookInvalid: the playbook cannot be used.
        SettingsError: there is no such playbook, or an address cannot be used.
    """

    pulse: Pulse
    people: PeopleService
    groups: Groups
    company: CompanyService
    inbox: Inbox
    calendar_notes: CalendarNotes

    def __init__(self, settings: Settings, *, clock: Clock | None = None, links: str | None = None) -> None:
        self.settings = settings
        self.clock = clock or WallClock()
        webhook = settings.bitrix24_webhook_url.get_secret_value()
        parts = urlsplit(webhook)
        self._links = links or f"{parts.scheme}://{parts.netloc}"
        self._chosen = choose(settings.playbook)  # before anything is written
        self.database = open_database(settings.database_url)
        self.crm = CrmClient(webhook, self.clock)
        self.tg = Bot(
            settings.bot_token.get_secret_value(),
            session=session_for(settings.telegram_api_url),
            default=DefaultBotProperties(parse_mode="HTML", link_preview=LinkPreviewOptions(is_disabled=True)),
        )
        self._polling: asyncio.Task[None] | None = None
        self._dispatcher: Dispatcher | None = None
        self.ready = False

    async def open(self) -> None:
        """Check the database, bring it up to date and wire everything.

        Raises:
            SettingsError: a setting does not fit what was found.
        """
        await self.database.check()
        await migrate(self.database)
        library = await open_library(self.database, self._chosen, self.clock.now())
        username = await self._username()
        self._wire(library, username)

    def _wire(self, library: Library, username: str) -> None:
        database, clock = self.database, self.clock
        register = Register(database.dialect)
        apply = Apply(database, clock, library, links=self._links, register=register, on_commit=self._committed)
        self.people = PeopleService(database, clock, self.settings.admins, register)
        views = self.views = Views(database, clock, library)
        self._showing = Showing(database, clock, on_commit=lambda: self.pulse.kick())
        self.calendar_notes = CalendarNotes(clock, library, self.people, self._showing)
        desk = Desk(
            database,
            clock,
            apply,
            self.people,
            self._showing,
            views,
            library,
            board_wanted=lambda: self.pulse.board_wanted(),
        )
        self.groups = Groups(database, clock, self.people, self._showing)
        self.company = CompanyService(
            *(database, clock, self.crm, library, apply, self.people, self.groups, self._showing),
            on_change=lambda: self.pulse.board_wanted(),
        )
        escalations = Escalations(database, clock, library, self._links)
        counters = Counters(database, clock, views, lambda: self.pulse.kick(writes=False))
        offers = Offers(database, clock, apply, library, lambda: self.pulse.kick(writes=False))
        absences = Absences(database, clock, apply, library, self.people, self._showing)
        overloads = Overloads(database, clock, library)
        digests = Digests(database, clock, library, self._showing, overloads)
        floors = FloorViews(database, clock, library, digests.reports)
        board = BoardService(database, clock, library, views, floors, lambda: self.pulse.kick(writes=False))
        fetch = Downloads(self.tg)
        mappers, names = Mappers(self.crm, library), Names(self.crm)
        rollout = Rollout(database, library, apply)
        self.publishing = Publishing(database, clock, library, rollout)
        editing = Editing(database, clock, library, self.publishing)
        teams = TeamDesk(database, clock, library, self.people, self.groups, self.company)
        services = Services(
            apply=apply,
            filing=Filing(database, clock, apply, library, fetch, lambda: self.pulse.kick()),
            people=self.people,
            groups=self.groups,
            teams=teams,
            team_orders=TeamOrders(teams, self.people),
            views=views,
            counters=counters,
            showing=self._showing,
            absences=absences,
            staff=StaffDesk(database, clock, apply, library, self.people, self._showing),
            desk=desk,
            digests=digests,
            analysis=Analysis(database, clock, library),
            floor=floors,
            board=board,
            clients=ClientPanel(database, clock, library, self._showing, self._links),
            offers=offers,
            mending=Mending(database, clock, apply, library, self.crm),
            stepping=Stepping(
                database, clock, apply, library, self.people, escalations, lambda: self.pulse.kick(writes=False)
            ),
            dealing=Dealing(database, clock, apply, library, overloads),
            entry=EntryDesk(
                database,
                clock,
                library,
                apply,
                self.people,
                ClientSearch(database, library, self.crm, mappers, names, clock),
                on_commit=self._committed,
            ),
            roster=Roster(self.crm),
            outbox=OutboxDesk(database, clock),
            publishing=self.publishing,
            editing=editing,
            shelf=Shelf(database, clock, library, self.publishing, editing),
            trials=Trials(database, clock, self.publishing),
            health=HealthDesk(
                database, clock, library, self._checks, lambda: self.intake.polled_at, self.company.lacks
            ),
            fetch=fetch,
            clock=clock,
            username=username,
        )
        self._dispatcher = build_dispatcher(services)
        self._desk = desk
        self.apply = apply
        self.inbox = Inbox(database, clock, self.tg, self._handle)
        self.intake = Intake(database, clock, self.crm, library, apply, mappers=mappers, company=self.company)
        self.relay = Relay(
            database, clock, self.crm, library, apply, on_parked=self._parked, fetch=fetch, mappers=mappers
        )
        self._recall = Recall(database, clock, self.crm, apply, self.people, mappers, names)
        self.pulse = Pulse(
            clock,
            changes=lambda: database.changes,
            alone=database.dialect == "sqlite",
            apply=apply,
            timers=TimerService(database, clock, apply, library, self._showing),
            courier=Courier(
                database,
                clock,
                self.tg,
                on_lost=self._chat_lost,
                on_turn=escalations.refresh,
                on_freed=lambda: self.pulse.chat_freed(),
            ),
            curfew=Curfew(database, clock, library),
            relay=self.relay,
            intake=self.intake,
            recall=self._recall,
            rollout=rollout,
            board=board,
            escalations=escalations,
            offers=offers,
            counters=counters,
            absences=absences,
            shift_change=ShiftChange(database, clock, apply, library, self.people),
            morning=Morning(database, clock, apply, library, self.people, self._showing),
            digests=digests,
            midnight=Midnight(database, clock, apply, library),
            inbox=self.inbox,
            leadership=Leadership(database),
        )

    async def start(self) -> None:
        """Take up what was left and begin to work."""
        await self.inbox.resume()  # before anything new is taken: what is stored comes first, and once
        loop = asyncio.get_running_loop()
        if self.settings.public_url is not None:
            self._polling = loop.create_task(self._register_webhook(self.settings.public_url), name="telegram webhook")
        else:
            await self._call_quietly(self.tg.delete_webhook())
            self._polling = loop.create_task(self.inbox.poll_forever(), name="telegram polling")
        self.calendar_notes.log()
        await self.calendar_notes.tell()
        self.pulse.start()
        self.ready = True

    async def stop(self) -> None:
        """Finish what is under way, then close everything; nothing that was acknowledged is lost."""
        self.ready = False
        if self._polling is not None:
            self._polling.cancel()
            await asyncio.gather(self._polling, return_exceptions=True)
        if self._dispatcher is not None:
            await self.inbox.drain()
            await self.apply.drain()
            await self.pulse.stop()
        await self.tg.session.close()
        await self.crm.aclose()
        await self.database.close()

    def routes(self) -> list[web.RouteDef]:
        """Health, metrics and the webhooks."""
        routes = health_routes(self._checks, self._refresh_metrics, self._warnings)
        if self.settings.webhook_secret is not None:
            routes += telegram_route(self.settings.webhook_secret.get_secret_value(), self._take)
        if self.settings.bitrix24_event_token is not None:
            routes += bitrix_route(self.settings.bitrix24_event_token.get_secret_value(), self._hint)
        return routes

    # What the rooms are given ------------------------------------------------------------------------------------

    def _warnings(self) -> list[str]:
        return self.calendar_notes.findings() if self.ready else []

    async def _handle(self, update: Update) -> None:
        assert self._dispatcher is not None  # the inbox is made after it
        metrics.UPDATES.inc()
        await self._dispatcher.feed_update(self.tg, update)

    async def _take(self, updates: list[Raw]) -> None:
        if not self.ready:
            raise web.HTTPServiceUnavailable  # Telegram brings it again
        await self.inbox.take(updates)

    def _committed(self, committed: Committed) -> None:
        self.inbox.marked(committed.updates)
        self._recall.changed()
        self.pulse.kick(answers=committed.answers, messages=committed.messages, writes=committed.writes)

    def _hint(self, event: str, fields: Mapping[str, str]) -> None:
        if self.ready:
            self.intake.hint(event, fields)
            self.pulse.hinted()

    async def _chat_lost(self, lost: ChatLost) -> None:
        if lost.why is Lost.MIGRATED and lost.new_chat_id is not None:
            await self.groups.move(lost.chat_id, lost.new_chat_id)
        elif lost.chat_id < 0:
            await self.groups.lose(lost.chat_id, RIGHTS if lost.why is Lost.MUTED else REMOVED)
        elif lost.why is Lost.BLOCKED:
            await self._desk.reachable(lost.chat_id, False)

    async def _parked(self, case_id: int, sentence: str) -> None:
        people = await self.people.everybody()
        text = ru.PARKED.format(what=esc(sentence))
        moment = int(self.clock.now().timestamp())
        await self._showing.many(
            [
                (person.telegram_id, f"parked:{case_id}:{person.id}:{moment}", Screen(text))
                for person in people.all
                if person.role == "admin" and person.telegram_id is not None
            ]
        )

    async def _username(self) -> str:
        try:
            return (await self.tg.me()).username or ""
        except TelegramUnauthorizedError:
            raise SettingsError("BOT_TOKEN is refused by Telegram; expected the token that BotFather shows") from None
        except (TelegramAPIError, ClientDecodeError) as error:
            log.warning("telegram does not answer yet: %s", type(error).__name__)
            return ""

    async def _register_webhook(self, public_url: str) -> None:
        """Tell Telegram our address; a Telegram that does not answer is asked again."""
        assert self.settings.webhook_secret is not None  # the settings are refused without it
        secret = self.settings.webhook_secret.get_secret_value()
        while True:
            try:
                url = f"{public_url}/telegram/{secret}"
                await self.tg.set_webhook(url, secret_token=secret, allowed_updates=list(ALLOWED))
            except (TelegramAPIError, ClientDecodeError) as error:
                log.warning("telegram has not taken the webhook: %s", type(error).__name__)
                await self.clock.sleep_until(self.clock.now() + _WEBHOOK_AGAIN)
            else:
                return

    async def _call_quietly(self, call: Awaitable[object]) -> None:
        try:
            await call
        except (TelegramNetworkError, TelegramAPIError, ClientDecodeError) as error:
            log.warning("telegram does not answer yet: %s", type(error).__name__)

    # Health ------------------------------------------------------------------------------------------------------

    @property
    def _checks(self) -> dict[str, Check]:
        return {"database": self._check_database, "crm": self._check_crm, "telegram": self._check_telegram}

    async def _check_database(self) -> str | None:
        try:
            await self.database.check()
        except SettingsError as error:
            return str(error)
        return None

    async def _check_crm(self) -> str | None:
        try:
            await self.crm.probe()
        except CrmError as error:
            return str(error)
        return None

    async def _check_telegram(self) -> str | None:
        try:
            await self.tg.get_me()
        except (TelegramAPIError, ClientDecodeError) as error:
            return type(error).__name__
        return None

    async def _refresh_metrics(self) -> None:
        figures = await read_figures(self.database, self.clock)
        metrics.OUTBOX_WAITING.set(figures.outbox_waiting)
        metrics.OUTBOX_PARKED.set(figures.outbox_parked)
        metrics.MESSAGES_WAITING.set(figures.messages_waiting)
        metrics.OPEN_TASKS.set(figures.tasks_open)
        metrics.OVERDUE.set(figures.tasks_overdue)
