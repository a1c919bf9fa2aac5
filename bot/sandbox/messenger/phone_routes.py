"""The people's side over HTTP: JSON for the page, for tests and for scripts."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import unquote

from aiohttp import BodyPartReader, web

from bot.sandbox.messenger.bubbles import PhoneError
from bot.sandbox.messenger.params import Params, Upload, is_utf8
from bot.sandbox.messenger.phones import Phones
from bot.sandbox.people import People

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PhoneRoutes:
    """The routes under `/sandbox/people`, `/sandbox/chats` and `/sandbox/files`."""

    def __init__(self, people: People, phones: Phones) -> None:
        self._people = people
        self._phones = phones

    def routes(self) -> list[web.RouteDef]:
        """All of them; wrong input is answered with a 4xx and `{"error": …}`."""
        chat = "/sandbox/chats/{chat:-?[0-9]{1,18}}"
        return [
            web.get("/sandbox/people", self._list_people),
            web.post("/sandbox/people", guarded(self._add_person)),
            web.post("/sandbox/people/{id:[0-9]{1,18}}/block", guarded(self._block)),
            web.get("/sandbox/chats", self._list_chats),
            web.post("/sandbox/chats", guarded(self._add_group)),
            web.get(f"{chat}/messages", guarded(self._list_messages)),
            web.post(f"{chat}/messages", guarded(self._write)),
            web.post(f"{chat}/messages/{{id:[0-9]{{1,18}}}}/press", guarded(self._press)),
            web.post(f"{chat}/migrate", guarded(self._upgrade)),
            web.post(f"{chat}/bot", guarded(self._set_bot_member)),
            web.post(f"{chat}/topics", guarded(self._add_topic)),
            web.delete(f"{chat}/topics/{{id:[0-9]{{1,18}}}}", guarded(self._delete_topic)),
            web.get("/sandbox/files/{id}", self._show_file),
        ]

    async def _list_people(self, request: web.Request) -> web.StreamResponse:
        return reply([person.view() for person in self._people.all()])

    async def _add_person(self, request: web.Request) -> web.StreamResponse:
        name = (await read_object(request)).text("name")
        if name is None or not name.strip():
            raise PhoneError(400, "name is missing: give the person's name")
        return reply(self._people.add(name.strip()).view())

    async def _block(self, request: web.Request) -> web.StreamResponse:
        blocked = (await read_object(request)).raw("blocked")
        if not isinstance(blocked, bool):
            raise PhoneError(400, "blocked is missing: give true or false")
        self._phones.block(int(request.match_info["id"]), blocked)
        return reply({"blocked": blocked})

    async def _list_chats(self, request: web.Request) -> web.StreamResponse:
        return reply(self._phones.chats())

    async def _add_group(self, request: web.Request) -> web.StreamResponse:
        params = await read_object(request)
        title, members = params.text("title"), params.raw("member_ids")
        if title is None or not title.strip():
            raise PhoneError(400, "title is missing: give the group's name")
        if not isinstance(members, list) or not members or not all(type(one) is int for one in members):
            raise PhoneError(400, "member_ids is missing: give a list of people's ids")
        return reply({"id": self._phones.add_group(title.strip(), members)})

    async def _list_messages(self, request: web.Request) -> web.StreamResponse:
        after = Params(request.query).integer("after")
        if after is None and "after" in request.query:
            raise PhoneError(400, "after must be a message id")
        since = None
        if "since" in request.query:
            since = read_moment(request.query["since"], "since")
        return reply(self._phones.messages(_chat_id(request), after or 0, since))

    async def _write(self, request: web.Request) -> web.StreamResponse:
        if request.content_type == "multipart/form-data":
            params, upload = await _read_form(request)
        else:
            params, upload = await read_object(request), None
        number = self._phones.write(
            _chat_id(request),
            _needed(params, "user_id"),
            text=params.text("text"),
            contact=params.flag("contact"),
            upload=upload,
            album=params.text("album") or None,
            reply_to=params.integer("reply_to"),
            thread_id=params.integer("thread_id"),
            bot_id=params.integer("bot_id"),
        )
        return reply({"message_id": number})

    async def _press(self, request: web.Request) -> web.StreamResponse:
        params = await read_object(request)
        text, data = params.text("text"), params.text("data")
        if (text is None) == (data is None):
            raise PhoneError(400, "give either text, the button's label, or data")
        pressed = await self._phones.press(
            _chat_id(request), int(request.match_info["id"]), _needed(params, "user_id"), text=text, data=data
        )
        return reply(pressed)

    async def _upgrade(self, request: web.Request) -> web.StreamResponse:
        return reply({"chat_id": self._phones.upgrade(_chat_id(request))})

    async def _set_bot_member(self, request: web.Request) -> web.StreamResponse:
        params = await read_object(request)
        member, writes = params.raw("member"), params.raw("can_write")
        if not isinstance(member, bool):
            raise PhoneError(400, "member is missing: give true or false")
        told = params.raw("told")
        if not {type(writes), type(told)} <= {bool, type(None)}:
            raise PhoneError(400, "can_write and told must be true or false")
        self._phones.set_bot_member(_chat_id(request), member, writes=writes is not False, told=told is not False)
        return reply({"member": member})

    async def _add_topic(self, request: web.Request) -> web.StreamResponse:
        name = (await read_object(request)).text("name")
        if name is None:
            raise PhoneError(400, "name is missing: give the topic's name")
        return reply({"message_thread_id": self._phones.add_topic(_chat_id(request), name)})

    async def _delete_topic(self, request: web.Request) -> web.StreamResponse:
        self._phones.delete_topic(_chat_id(request), int(request.match_info["id"]))
        return reply({"deleted": True})

    async def _show_file(self, request: web.Request) -> web.StreamResponse:
        file = self._phones.files.find(request.match_info["id"])
        if file is None:
            return reply({"error": "there is no such file"}, status=404)
        headers = {"X-Content-Type-Options": "nosniff"}
        if file.kind != "photo":
            headers["Content-Disposition"] = "attachment"
        return web.Response(
            body=self._phones.files.data(file),
            content_type=file.mime if file.kind == "photo" else "application/octet-stream",
            headers=headers,
        )


def reply(body: object, *, status: int = 200) -> web.Response:
    """A JSON answer with Russian letters as they are."""
    return web.json_response(body, status=status, dumps=lambda value: json.dumps(value, ensure_ascii=False))


async def read_object(request: web.Request) -> Params:
    """The JSON object of the body.

    Raises:
        PhoneError: the body is something else.
    """
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise PhoneError(400, "the body must be a JSON object") from None
    if not isinstance(body, dict) or not is_utf8(body):
        raise PhoneError(400, "the body must be a JSON object in UTF-8")
    return Params(body)


def read_moment(text: str, name: str) -> datetime:
    """An ISO-8601 moment with its offset.

    Raises:
        PhoneError: it is none, or has no offset.
    """
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise PhoneError(400, f"{name} is {text!r}; expected a moment like 2026-11-23T10:00:00+03:00") from None
    if moment.tzinfo is None:
        raise PhoneError(400, f"{name} is {text!r}; the offset is missing, expected 2026-11-23T10:00:00+03:00")
    return moment


def _chat_id(request: web.Request) -> int:
    return int(request.match_info["chat"])


def _needed(params: Params, name: str) -> int:
    number = params.integer(name)
    if number is None:
        raise PhoneError(400, f"{name} is missing: give a number")
    return number


async def _read_form(request: web.Request) -> tuple[Params, Upload]:
    values: dict[str, object] = {}
    upload: Upload | None = None
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise PhoneError(400, "the multipart body cannot be read")
        data = bytes(await part.read(decode=True))
        if part.name == "file":
            mime = part.headers.get("Content-Type", "application/octet-stream").partition(";")[0]
            upload = Upload(unquote(part.filename or "file"), mime, data)  # HTTP clients percent-encode Russian names
        else:
            values[part.name] = data.decode("utf-8", "replace")
    if upload is None:
        raise PhoneError(400, "file is missing: send it as the multipart field file")
    return Params(values), upload


def guarded(handler: Handler) -> Handler:
    """The handler with every `PhoneError` answered with its status and `{"error": …}`."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except PhoneError as error:
            return reply({"error": str(error)}, status=error.status)

    return answer
