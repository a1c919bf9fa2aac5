"""The commands. Heavy libraries are imported inside, so that `--help` and `playbook lint` answer at once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from bot.errors import DozvonError, SettingsError

cli = typer.Typer(
    name="dozvon",
    help="Телефон отдела продаж в Telegram: задачи, анкеты, Bitrix24. / A sales floor's CRM work in Telegram.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
playbooks = typer.Typer(help="Check and draw playbooks.", no_args_is_help=True)
cli.add_typer(playbooks, name="playbook")
portal = typer.Typer(help="What the portal lacks for the playbook.", no_args_is_help=True)
cli.add_typer(portal, name="portal")

SETTINGS = (
    "BOT_TOKEN",
    "BITRIX24_WEBHOOK_URL",
    "TELEGRAM_API_URL",
    "DATABASE_URL",
    "PLAYBOOK",
    "ADMINS",
    "PUBLIC_URL",
    "WEBHOOK_SECRET",
    "BITRIX24_EVENT_TOKEN",
    "HTTP_PORT",
    "LOG_LEVEL",
    "LOG_FORMAT",
)
"""Named here as well, so that `--help` does not have to import what reads them."""

Port = Annotated[int, typer.Option(help="Port of the page and both wires.", min=1, max=65535)]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
Data = Annotated[Path, typer.Option(help="Folder of the data; made when missing.")]
PlaybookName = Annotated[str, typer.Option("--playbook", help="Built-in name, or a path to a YAML file.")]
Start = Annotated[
    str | None, typer.Option(help="First moment of the business clock, ISO 8601; counts for an empty data folder.")
]


@cli.command()
def demo(
    port: Port = 8080,
    host: Host = "127.0.0.1",
    data: Data = Path("data/demo"),
    playbook: PlaybookName = "bankruptcy",
    start: Start = None,
) -> None:
    """Sandbox and bot on one port: no token, no portal, no network."""
    from bot.demo import Place, run_demo

    place = Place(host, port, data, playbook, _moment(start))
    _run(run_demo(place, _say_address("Демо готово")))


@cli.command()
def sandbox(
    port: Port = 8080,
    host: Host = "127.0.0.1",
    data: Data = Path("data/sandbox"),
    playbook: PlaybookName = "bankruptcy",
    start: Start = None,
) -> None:
    """Only the sandbox servers, for a bot that runs elsewhere; lives on wall time."""
    from bot.demo import Place, run_sandbox

    place = Place(host, port, data, playbook, _moment(start))
    _run(run_sandbox(place, _say_address("Песочница готова")))


@cli.command(epilog=f"Settings: {', '.join(SETTINGS)}. The first two are needed.")
def run() -> None:
    """The bot against what the settings name (environment or .env; see .env.example)."""
    from bot.running import run_bot
    from bot.settings import read_settings

    def work() -> Coroutine[Any, Any, None]:
        return run_bot(read_settings())

    _run_late(work)


@cli.command()
def migrate() -> None:
    """Bring the database of DATABASE_URL to the current schema."""
    from bot.running import migrate_database

    def work() -> Coroutine[Any, Any, None]:
        return migrate_database()

    _run_late(work)
    typer.echo("database is up to date")


@cli.command(
    epilog="Every figure of the floor is a parameter: --set name=value. They are listed in docs/simulation.md."
)
def simulate(
    playbook: PlaybookName = "bankruptcy",
    against: Annotated[str | None, typer.Option(help="A second playbook, tried on the same leads.")] = None,
    leads: Annotated[int, typer.Option(help="Leads in all.")] = 1000,
    days: Annotated[int, typer.Option(help="Calendar days on which they come.")] = 30,
    seed: Annotated[int, typer.Option(help="The same seed gives the same leads and the same luck.")] = 1,
    managers: Annotated[int, typer.Option(help="Managers at work; 0: one for every 10 leads a day.")] = 0,
    jobs: Annotated[int, typer.Option(help="Processes; 0: as many as pay off.", min=0, max=64)] = 0,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the floor; again and again.")
    ] = None,
    chart: Annotated[Path | None, typer.Option(help="Draw the comparison into this PNG file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures for machines.")] = False,
) -> None:
    """Try a playbook on simulated leads: load, contact rate, terms kept."""
    from bot.engine.floor.parameters import parse
    from bot.simulating import Order, run_order

    pairs: dict[str, str] = {}
    for setting in settings or ():
        name, equals, value = setting.partition("=")
        if not equals:
            _refuse(SettingsError(f"--set {setting!r}: expected NAME=VALUE, like miss_minutes=5"))
        pairs[name.strip()] = value.strip()
    try:
        parameters = parse(pairs, leads=leads, days=days, managers=managers)
        run_order(Order(playbook, against, parameters, seed, jobs, as_json, chart), typer.echo)
    except DozvonError as error:
        _refuse(error)


@playbooks.command("lint")
def playbook_lint(files: Annotated[list[Path], typer.Argument(help="Playbook files.")]) -> None:
    """Check playbooks; exit 1 when one cannot be used."""
    from bot.clock import WallClock
    from bot.engine.years import year_findings
    from bot.playbooks.lint import lint_file

    bad = False
    for file in files:
        findings = [*lint_file(file), *year_findings(file, WallClock().now())]
        for finding in findings:
            typer.echo(str(finding))
            bad = bad or finding.level == "error"
        if not findings:
            typer.echo(f"{file}: nothing to say against it")
    if bad:
        raise typer.Exit(1)


@playbooks.command("schema")
def playbook_schema() -> None:
    """Print the JSON Schema of playbooks."""
    import json

    from bot.playbooks.schema import schema

    typer.echo(json.dumps(schema(), ensure_ascii=False, indent=2))


@playbooks.command("graph")
def playbook_graph(file: Annotated[Path, typer.Argument(help="Playbook file.")]) -> None:
    """Print a Mermaid diagram of the stages."""
    from bot.playbooks.graph import graph
    from bot.playbooks.load import load

    try:
        typer.echo(graph(load(file).playbook))
    except DozvonError as error:
        _refuse(error)


@portal.command("plan")
def portal_plan() -> None:
    """List the stages, sources and fields that the portal lacks; exit 1 when something stands in the way."""
    _prepare_portal(do_it=False)


@portal.command("apply")
def portal_apply() -> None:
    """Create them; exit 1 when something could not be made."""
    _prepare_portal(do_it=True)


def _prepare_portal(*, do_it: bool) -> None:
    from bot.running import prepare_portal

    ends: list[bool] = []

    async def work() -> None:
        ends.append(await prepare_portal(do_it=do_it, say=typer.echo))

    _run(work())
    if ends != [True]:
        raise typer.Exit(1)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        _refuse(SettingsError(f"--start is {text!r}; expected ISO 8601 like 2026-11-02T10:00:00+03:00"))
    if moment.tzinfo is None:
        _refuse(SettingsError(f"--start is {text!r}; expected an offset, like 2026-11-02T10:00:00+03:00"))
    return moment


def _say_address(words: str) -> Callable[[str], None]:
    def say(address: str) -> None:
        typer.echo(f"{words}: {address}/", err=False)
        sys.stdout.flush()

    return say


def _run(work: Coroutine[Any, Any, None]) -> None:
    from bot.running import logging_from_environment, run_until_stopped

    logging_from_environment()
    try:
        asyncio.run(run_until_stopped(work))
    except DozvonError as error:
        _refuse(error)


def _run_late(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    try:
        _run(work())
    except DozvonError as error:
        _refuse(error)


def _refuse(error: Exception) -> NoReturn:
    typer.echo(f"dozvon: {error}", err=True)
    raise typer.Exit(2)


def main() -> None:
    """The console command."""
    cli()


if __name__ == "__main__":
    main()
