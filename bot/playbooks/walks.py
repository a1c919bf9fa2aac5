"""Every way through a questionnaire, tried out by the engine's rules with made-up answers.

What the case is like (stage, misses, what is known of the client) is tried out as well, as far as conditions ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.playbooks.conditions import all_conditions, atoms
from bot.playbooks.guesses import Guesses, matches, say_guess
from bot.playbooks.model import Condition, Option, Outcome, Playbook, Question, Questionnaire, Stage

MAX_POSITIONS = 60_000
"""Positions looked at in one questionnaire; beyond them the rest is left unexplored."""


@dataclass(frozen=True, slots=True)
class End:
    """One way through: what was answered in order, what the case was like, and the outcome (None: nothing holds)."""

    answers: Mapping[str, Any]
    facts: Mapping[str, Any]
    outcome: str | None
    role: str

    def words(self) -> str:
        """The way in one line: `reached: answered, debts: none; with case.misses: 0`."""
        answers, facts = (
            ", ".join(f"{key}: {say_guess(value)}" for key, value in part.items())
            for part in (self.answers, self.facts)
        )
        return (answers or "no answers") + (f"; with {facts}" if facts else "")


@dataclass(slots=True)
class Walks:
    """All ways through a questionnaire."""

    ends: list[End] = field(default_factory=list)
    asked: set[int] = field(default_factory=set)
    """Positions of the steps that are asked on some way."""
    complete: bool = True
    """False: there were too many ways."""


def needed_answers(outcome: Outcome) -> dict[tuple[str, ...], str]:
    """The questions without whose answers the outcome cannot be carried out, by their place in it."""
    needed = {
        ("next", "at"): outcome.next.at if outcome.next else None,
        ("phone",): outcome.phone,
        ("joins",): outcome.joins,
    }
    return {path: question for path, question in needed.items() if question is not None}


class _NeedsFactError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Explorer:
    """Tries out the questionnaires of a playbook whose names and conditions were found right."""

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self.guesses = Guesses(playbook)
        self.asking: dict[str, set[str]] = {}
        """Field → the questions whose answers it holds."""
        for name, question in playbook.questions.items():
            if question.field is not None:
                self.asking.setdefault(question.field, set()).add(name)
        self._facts: dict[tuple[str, str], list[Any]] = {}

    def walks(self, name: str, pipeline: str, inherited: tuple[Mapping[str, Any], ...] = ({},)) -> Walks:
        """All ways through the questionnaire for cases of this pipeline.

        Args:
            name: a key of `questionnaires`.
            pipeline: a key of `pipelines`.
            inherited: the sets of answers with which it may begin.
        """
        found = Walks()
        seen: set[tuple[Any, ...]] = set()
        for role in self._roles(name, pipeline):
            for answers in inherited:
                run = _Run(self, self._playbook.questionnaires[name], pipeline, role, len(answers), found)
                run.explore(dict(answers), {}, seen)
        return found

    def inheritance(self, walks: Walks, outcome: str, heir: str) -> tuple[Mapping[str, Any], ...]:
        """The distinct sets of answers with which `outcome` was reached, as far as the questionnaire `heir` cares."""
        cares = self._cares_for(heir)
        sets: dict[tuple[Any, ...], Mapping[str, Any]] = {}
        for end in walks.ends:
            if end.outcome == outcome:
                kept = {name: value for name, value in end.answers.items() if name in cares}
                sets[tuple(kept.items())] = kept
        return tuple(sets.values())

    def facts(self, key: str, pipeline: str) -> list[Any]:
        """See `Guesses.facts`."""
        if (key, pipeline) not in self._facts:
            self._facts[key, pipeline] = self.guesses.facts(key, pipeline)
        return self._facts[key, pipeline]

    def question(self, name: str) -> Question:
        """A key of `questions`."""
        return self._playbook.questions[name]

    def may_end(self, outcome: str, pipeline: str, role: str) -> bool:
        """As in the engine: neither the outcome nor the stage it leads to is kept from the role."""
        end = self._playbook.outcomes[outcome]
        stage = self._playbook.pipelines[pipeline].stages.get(end.stage or "")
        return not any(part and part.roles is not None and role not in part.roles for part in (end, stage))

    def _cares_for(self, name: str) -> set[str]:
        questionnaire = self._playbook.questionnaires[name]
        asked = {step.ask for step in questionnaire.steps}
        keys = set(asked)
        for place, condition in all_conditions(self._playbook):
            if place[:2] == ("questionnaires", name) or (place[0] == "questions" and place[1] in asked):
                keys |= {atom.key for atom in atoms(condition, place)}
        for outcome in self._playbook.outcomes.values():
            keys |= set(needed_answers(outcome).values())
        return keys | {key for key, question in self._playbook.questions.items() if question.field in keys}

    def _roles(self, name: str, pipeline: str) -> list[str]:
        """The manager, and everybody for whom something in the questionnaire is kept."""
        questionnaire = self._playbook.questionnaires[name]
        options = [option for step in questionnaire.steps for option in self.question(step.ask).options.values()]
        ends = {option.outcome for option in options} | {result.outcome for result in questionnaire.results}
        outcomes = [self._playbook.outcomes[end] for end in ends if end is not None]
        stages = self._playbook.pipelines[pipeline].stages
        entered = [stages[outcome.stage] for outcome in outcomes if outcome.stage in stages]
        restricted: list[Option | Outcome | Stage] = [*options, *outcomes, *entered]
        return ["manager", *sorted({role for part in restricted for role in part.roles or ()} - {"manager"})]


class _Run:
    """The exploration of one questionnaire by one role, from one set of inherited answers."""

    def __init__(
        self, explorer: Explorer, questionnaire: Questionnaire, pipeline: str, role: str, given: int, found: Walks
    ) -> None:
        self._explorer = explorer
        self._questionnaire = questionnaire
        self._pipeline = pipeline
        self._role = role
        self._given = given
        self._found = found

    def explore(self, answers: dict[str, Any], facts: dict[str, Any], seen: set[tuple[Any, ...]]) -> None:
        """Follow every way from here on."""
        mark = (self._role, self._given, tuple(answers.items()), frozenset(facts.items()))
        if mark in seen:
            return
        if len(seen) >= MAX_POSITIONS:
            self._found.complete = False
            return
        seen.add(mark)
        try:
            place = self._next(answers, facts)
        except _NeedsFactError as needs:
            for value in self._explorer.facts(needs.key, self._pipeline):
                self.explore(answers, {**facts, needs.key: value}, seen)
            return
        if isinstance(place, End):
            self._found.ends.append(place)
            return
        index, name, options = place
        self._found.asked.add(index)
        for value in self._explorer.guesses.answers(name, self._explorer.question(name), options):
            self.explore({**answers, name: value}, facts, seen)

    def _next(self, answers: dict[str, Any], facts: dict[str, Any]) -> End | tuple[int, str, dict[str, Option]]:
        pressed = self._pressed(answers)
        if pressed is not None:
            return End(answers, facts, pressed, self._role)
        early = self._result(answers, facts, early=True) if answers else None
        if early is not None:
            return End(answers, facts, early, self._role)
        for index, step in enumerate(self._questionnaire.steps):
            if step.ask in answers or not self._holds(step.when, answers, facts):
                continue
            question = self._explorer.question(step.ask)
            options = {key: option for key, option in question.options.items() if self._offered(option, answers, facts)}
            if options or question.kind not in ("choice", "multi"):
                return index, step.ask, options
        return End(answers, facts, self._result(answers, facts, early=False), self._role)

    def _result(self, answers: dict[str, Any], facts: dict[str, Any], *, early: bool) -> str | None:
        for result in self._questionnaire.results:
            wanted = result.early or not early
            if wanted and self._holds(result.when, answers, facts) and self._may(result.outcome):
                return result.outcome
        return None

    def _offered(self, option: Option, answers: dict[str, Any], facts: dict[str, Any]) -> bool:
        return (
            (option.roles is None or self._role in option.roles)
            and (option.outcome is None or self._may(option.outcome))
            and self._holds(option.when, answers, facts)
        )

    def _may(self, outcome: str) -> bool:
        return self._explorer.may_end(outcome, self._pipeline, self._role)

    def _pressed(self, answers: Mapping[str, Any]) -> str | None:
        for name, value in list(answers.items())[self._given :]:
            options = self._explorer.question(name).options
            for key in value if isinstance(value, tuple) else (value,):
                if isinstance(key, str) and key in options and options[key].outcome is not None:
                    return options[key].outcome
        return None

    def _holds(self, condition: Condition | None, answers: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
        # A plain loop: it is asked half a million times, whenever somebody changes a playbook on the phone.
        for key, test in (condition or {}).items():  # noqa: SIM110
            if not self._key_holds(key, test, answers, facts):
                return False
        return True

    def _key_holds(self, key: str, test: Any, answers: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
        if key == "any":
            return any(self._holds(part, answers, facts) for part in test)
        if key == "all":
            return all(self._holds(part, answers, facts) for part in test)
        if key == "not":
            return not self._holds(test, answers, facts)
        return matches(self._value(key, answers, facts), test)

    def _value(self, key: str, answers: Mapping[str, Any], facts: Mapping[str, Any]) -> Any:
        if key in answers:
            return answers[key]
        asking = self._explorer.asking.get(key)
        if asking is not None:
            for name, value in answers.items():
                if name in asking:
                    return value
        if key in facts:
            return facts[key]
        guesses = self._explorer.facts(key, self._pipeline)
        if len(guesses) == 1:
            return guesses[0]
        raise _NeedsFactError(key)
