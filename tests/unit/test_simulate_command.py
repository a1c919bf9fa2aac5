"""`dozvon simulate`: words, figures, picture, and one sentence when it cannot be done."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.engine.floor.parameters import Parameters, known_parameters

SMALL = Path(__file__).parent / "playbooks" / "small.yaml"
ROOT = Path(__file__).parents[2]
SIZE = ("--leads", "80", "--days", "7", "--seed", "5")


def simulate(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(cli, ["simulate", *words])
    return done.exit_code, done.output


def figures(*words: str) -> dict[str, Any]:
    code, output = simulate("--playbook", str(SMALL), *SIZE, "--json", *words)
    assert code == 0, output
    read: dict[str, Any] = json.loads(output)
    return read


@pytest.fixture(scope="module")
def shorter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("proposed") / "shorter.yaml"
    path.write_text(SMALL.read_text(encoding="utf-8").replace("attempts: 4", "attempts: 1"), encoding="utf-8")
    return path


def test_people_get_words() -> None:
    code, output = simulate("--playbook", str(SMALL), *SIZE)
    assert code == 0
    assert output.startswith(
        "Моделирование: 80 лидов за 7 дней, 2 менеджера, зерно 5\nРегламент: Маленький регламент\n"
    )


def test_the_same_words_twice() -> None:
    assert simulate("--playbook", str(SMALL), *SIZE) == simulate("--playbook", str(SMALL), *SIZE)


def test_the_keys_of_the_figures_are_those_of_the_documentation(shorter: Path) -> None:
    read = figures("--against", str(shorter))
    page = (ROOT / "docs" / "simulation.md").read_text(encoding="utf-8")

    def names(part: dict[str, Any]) -> list[str]:
        return [
            name
            for key, value in part.items()
            if not key.isdigit()
            for name in (key, *(names(value) if isinstance(value, dict) else ()))
        ]

    assert list(read) == ["seed", "parameters", "current", "proposed"]
    assert [name for name in names(read["current"]) if f"`{name}`" not in page] == []
    assert list(read["parameters"]) == list(known_parameters())
    assert read["proposed"]["dials"]["per_lead"] < read["current"]["dials"]["per_lead"]
    assert read["proposed"]["contact"]["rate"] < read["current"]["contact"]["rate"]


def test_every_parameter_is_documented_with_its_start_value_and_source() -> None:
    page = (ROOT / "docs" / "simulation.md").read_text(encoding="utf-8")
    rows = [
        f"| `{name}` | {written(value)} | {known_parameters()[name].unit} | {known_parameters()[name].source} |"
        for name, value in Parameters().plain().items()
    ]
    assert [row for row in rows if row not in page.splitlines()] == []


def written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(map(str, value)) or "none" if isinstance(value, (list, tuple, dict)) else str(value)


def test_parameters_come_as_options_or_by_name(shorter: Path) -> None:
    nobody = figures("--managers", "3", "--set", "contactable=0", "--set", "sources=SITE:0.5")
    assert nobody["current"]["managers"] == 3
    assert nobody["parameters"]["sources"] == {"SITE": 0.5}
    assert nobody["current"]["contact"]["reached"] == 0


def test_a_picture_is_drawn(tmp_path: Path) -> None:
    code, _ = simulate("--playbook", str(SMALL), *SIZE, "--chart", str(tmp_path / "floor.png"))
    assert code == 0
    assert (tmp_path / "floor.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--playbook", "nowhere.yaml"), "no such file"),
        (("--against", "nowhere.yaml"), "no such file"),
        (("--leads", "0"), "leads"),
        (("--days", "-3"), "days"),
        (("--managers", "-1"), "managers"),
        (("--set", "speed=5"), "speed"),
        (("--set", "speed"), "NAME=VALUE"),
        (("--set", "busy=often"), "busy"),
        (("--chart", "/nowhere/at/all.png"), "/nowhere/at/all.png"),
    ],
)
def test_nonsense_gets_one_sentence(words: tuple[str, ...], said: str) -> None:
    code, output = simulate("--playbook", str(SMALL), *SIZE, *words)
    assert code == 2
    assert said in output
    assert len(output.strip().splitlines()) == 1


@pytest.mark.slow
def test_processes_do_not_change_the_figures_and_heavy_libraries_stay_out() -> None:
    code = (
        "import sys; from bot.__main__ import cli; cli(sys.argv[1:], standalone_mode=False); "
        "print(sorted({'aiogram', 'sqlalchemy', 'httpx', 'PIL'} & set(sys.modules)))"
    )
    words = ["simulate", "--playbook", str(SMALL), *SIZE, "--json", "--jobs", "2"]
    done = subprocess.run([sys.executable, "-c", code, *words], check=True, capture_output=True, text=True, cwd=ROOT)
    output, _, loaded = done.stdout.strip().rpartition("\n")
    assert loaded == "[]"
    assert json.loads(output) == figures("--jobs", "1")
