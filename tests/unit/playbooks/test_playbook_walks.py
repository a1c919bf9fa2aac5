"""The built-in bankruptcy playbook, walked: where every path of a questionnaire ends."""

from __future__ import annotations

from functools import cache

import pytest

from bot.playbooks.guesses import Moment
from bot.playbooks.load import builtin
from bot.playbooks.walks import End, Explorer, Walks

PLAYBOOK = builtin("bankruptcy").playbook
EXPLORER = Explorer(PLAYBOOK)
OVER_250 = ("d250_500", "d500_1000", "over_1000")
CONSENTS = ("office", "video", "lawyer_video", "phone")


@cache
def walks(name: str, pipeline: str) -> Walks:
    if name == "deal_talk":
        return EXPLORER.walks(name, pipeline, EXPLORER.inheritance(walks("lead_call", "leads"), "qualified", name))
    return EXPLORER.walks(name, pipeline)


def ends(name: str, pipeline: str, **answers: object) -> list[End]:
    """The ways on which these answers were given."""
    return [end for end in walks(name, pipeline).ends if answers.items() <= end.answers.items()]


def outcomes(found: list[End]) -> set[str | None]:
    return {end.outcome for end in found}


ASKED = [
    ("lead_call", "leads"),
    ("lead_letter", "leads"),
    ("deal_talk", "deals"),
    ("deal_call", "deals"),
    ("meeting_touch", "deals"),
    ("meeting_came", "deals"),
    ("meeting_result", "deals"),
    ("contract_call", "deals"),
    ("payment_call", "deals"),
    ("decision", "deals"),
]


@pytest.mark.parametrize(("name", "pipeline"), ASKED)
def test_every_path_ends_with_an_outcome(name, pipeline):
    found = walks(name, pipeline)
    assert found.complete
    assert found.ends
    assert [end.words() for end in found.ends if end.outcome is None] == []


@pytest.mark.parametrize(("name", "pipeline"), ASKED)
def test_every_step_is_asked_on_some_path(name, pipeline):
    assert walks(name, pipeline).asked == set(range(len(PLAYBOOK.questionnaires[name].steps)))


def test_what_follows_a_talk_with_the_client_takes_at_most_four_taps_besides_time_and_text():
    found = ends("lead_call", "leads", reached="answered") + walks("deal_call", "deals").ends
    longest = max(found, key=taps)
    assert taps(longest) == 4, longest.words()


def taps(end: End) -> int:
    return sum(PLAYBOOK.questions[name].kind == "choice" and name != "far_reason" for name in end.answers)


def test_a_miss_is_one_tap():
    found = ends("lead_call", "leads", reached="no_answer")
    assert outcomes(found) == {"not_reached"}
    assert all(len(end.answers) == 1 for end in found)
    assert PLAYBOOK.outcomes["not_reached"].confirm is None


@pytest.mark.parametrize("debts", ["none", "upto_250", "unknown", *OVER_250])
def test_more_than_250_thousand_qualifies_at_the_debt_tap(debts):
    found = ends("lead_call", "leads", debts=debts)
    assert {"agreed" in end.answers for end in found} == {debts not in OVER_250}
    assert (outcomes(found) == {"qualified"}) is (debts in OVER_250)


def test_all_buttons_above_250_thousand_stand_in_the_same_rule():
    rule = PLAYBOOK.questionnaires["lead_call"].results[0]
    assert (rule.outcome, rule.early, rule.when) == ("qualified", True, {"debts": OVER_250})


@pytest.mark.parametrize("agreed", CONSENTS)
@pytest.mark.parametrize("debts", ["none", "upto_250"])
def test_any_consent_qualifies_whatever_the_debt(debts, agreed):
    found = ends("lead_call", "leads", debts=debts, agreed=agreed)
    assert outcomes(found) == {"qualified"}
    assert all(list(end.answers)[-1] == "agreed" for end in found)


def test_no_debt_is_closed_by_the_button_that_says_so():
    found = ends("lead_call", "leads", debts="none", agreed="close_no_debt")
    assert outcomes(found) == {"no_debt"}
    assert outcomes(ends("lead_call", "leads", debts="none", agreed="refused")) == {"refused_no_debt"}
    assert ends("lead_call", "leads", debts="upto_250", agreed="close_no_debt") == []


@pytest.mark.parametrize("debts", ["upto_250", "unknown"])
def test_a_small_or_unknown_sum_is_not_closed_before_the_report_question(debts):
    found = ends("lead_call", "leads", debts=debts, agreed="refused")
    assert all("report" in end.answers for end in found)
    assert outcomes(found) == {"report_check", "small_by_report", "small_by_words"}


def test_not_ready_below_the_sum_stays_with_the_lead_and_asks_what_hinders():
    found = ends("lead_call", "leads", agreed="not_ready")
    assert outcomes(found) == {"not_ready"}
    assert all({"hinders", "when"} <= end.answers.keys() for end in found)
    assert PLAYBOOK.outcomes["not_ready"].stage == "scoring_follow_up"


def test_a_far_time_asks_for_the_reason():
    found = ends("lead_call", "leads", reached="call_back")
    for end in found:
        moment = end.answers["when"]
        assert isinstance(moment, Moment)
        assert ("far_reason" in end.answers) == (moment.days >= 7)
    assert {end.answers["when"].days for end in found} == {6, 7}


def test_what_hindered_last_time_is_offered_only_when_it_is_known():
    same = ends("lead_call", "leads", hinders="same")
    assert same
    assert all(end.facts["obstacle"] is not None for end in same)


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"other_result": "messenger", "messenger_reply": "gave_time"}, "call_back"),
        ({"other_result": "messenger", "messenger_reply": "chatting"}, "chatting"),
        ({"other_result": "not_client", "not_client": "has_time"}, "will_be_called"),
        ({"other_result": "not_client", "not_client": "other_number"}, "new_number"),
        ({"other_result": "hung_up"}, "hung_up"),
        ({"other_result": "wrong_number", "wrong_number": "other_number"}, "new_number"),
        ({"other_result": "wrong_number", "wrong_number": "write"}, "write_instead"),
        ({"other_result": "wrong_number", "wrong_number": "no_contacts"}, "invalid_data"),
        ({"other_result": "no_calls", "no_calls": "writing"}, "only_writing"),
        ({"other_result": "no_calls", "no_calls": "nothing"}, "barred"),
        ({"other_result": "spam"}, "spam"),
        ({"other_result": "test"}, "test"),
        ({"other_result": "duplicate"}, "duplicate"),
    ],
)
def test_another_result_ends_as_it_should(answers, outcome):
    assert outcomes(ends("lead_call", "leads", **answers)) == {outcome}


@pytest.mark.parametrize("answers", [{"messenger_reply": "sent_data"}, {"not_client": "interested"}])
def test_data_in_writing_or_another_interested_person_lead_to_the_debts(answers):
    assert all("debts" in end.answers for end in ends("lead_call", "leads", **answers))


def test_only_supervisors_close_before_the_attempts_are_used():
    found = ends("lead_call", "leads", other_result="no_contact")
    assert {end.role for end in found} == {"supervisor", "director"}
    assert outcomes(found) == {"closed_early"}


@pytest.mark.parametrize(
    ("answers", "outcomes_wanted"),
    [
        ({"agreed": "office"}, {"meeting_booked"}),
        ({"agreed": "phone"}, {"phone_booked"}),
        ({"agreed": "not_ready"}, {"meeting_later"}),
        ({"agreed": "refused", "after_refusal": "later"}, {"meeting_later"}),
        ({"loss": "competitor", "loss_convinced": "failed"}, {"lost_competitor"}),
        ({"loss": "competitor", "loss_convinced": "retry"}, {"meeting_later"}),
        ({"loss": "not_eligible"}, {"lost_not_eligible"}),
        ({"loss": "refused", "loss_refusal": "unnamed"}, {"lost_unnamed"}),
        ({"loss": "refused", "loss_refusal": "negative"}, {"lost_refused"}),
        ({"loss_pay": ("instalments", "borrow", "never")}, {"lost_cannot_pay"}),
        ({"loss_pay": ("instalments", "borrow")}, {"meeting_later"}),
        ({"loss_pay": ()}, {"meeting_later"}),
    ],
)
def test_the_deal_goes_on_as_the_client_said(answers, outcomes_wanted):
    assert outcomes(ends("deal_talk", "deals", **answers)) == outcomes_wanted


def test_the_second_miss_of_a_deal_enters_the_no_contact_stage():
    for name, miss in (("deal_call", "meeting"), ("contract_call", "contract"), ("payment_call", "payment")):
        asked = "deal_result" if name == "deal_call" else "deal_contact"
        for end in ends(name, "deals", **{asked: "no_answer"}):
            assert end.outcome == (f"{miss}_missed_once" if end.facts["case.misses"] == 0 else f"{miss}_missed")
        assert PLAYBOOK.outcomes[f"{miss}_missed_once"].stage is None
        assert PLAYBOOK.outcomes[f"{miss}_missed"].stage == f"{miss}_no_contact"


def test_only_the_director_ends_a_contract():
    for name in ("contract_call", "payment_call"):
        assert {end.role for end in ends(name, "deals", loss="terminated")} == {"director"}


def test_no_contact_closes_a_deal_only_when_the_attempts_are_used():
    found = ends("deal_call", "deals", loss="no_contact")
    assert found
    assert all(end.facts["case.misses"] >= 6 for end in found)
    assert all(
        end.facts["case.stage"] == "meeting_no_contact"
        for end in found
        if end.facts["case.stage"] != "contract_no_contact"
    )


@pytest.mark.parametrize("name", [name for name, outcome in PLAYBOOK.outcomes.items() if outcome.bar or outcome.joins])
def test_what_bars_or_joins_is_confirmed_first(name):
    assert PLAYBOOK.outcomes[name].confirm


def test_what_ends_a_case_is_confirmed_except_by_the_cadence_and_the_button_that_says_it():
    finals = {
        name
        for name, outcome in PLAYBOOK.outcomes.items()
        for pipeline in PLAYBOOK.pipelines.values()
        if outcome.stage in pipeline.stages and pipeline.stages[outcome.stage].kind == "failure"
    }
    assert {name for name in finals if not PLAYBOOK.outcomes[name].confirm} == {"no_contact", "no_debt"}
    assert all("Будет:" in (PLAYBOOK.outcomes[name].confirm or "Будет:") for name in finals)


def test_a_client_who_says_no_has_been_talked_to() -> None:
    """Lost deals counted as calls that reached nobody; only a silent client is one."""
    outcomes = builtin("bankruptcy").playbook.outcomes
    lost = {key: one.conversation for key, one in outcomes.items() if key.startswith("lost_")}
    assert {key for key, talked in lost.items() if not talked} == {"lost_no_contact", "lost_terminated"}
