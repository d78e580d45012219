"""The rules of the shipped policies on clauses as people write them, on our own contract, and on hostile texts."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ai_mediation.adapters.compliance.analysis import UNREAD, analyse
from ai_mediation.adapters.compliance.phrases import PhraseError, hits, parse_phrase
from ai_mediation.adapters.compliance.policy import PolicyError, read_policy, read_policy_file, shipped_policies
from ai_mediation.adapters.compliance.wordlist import Words
from ai_mediation.tests.clauses import BAD, GOOD

pytestmark = pytest.mark.unit

POLICIES = {policy.slug: policy for policy in shipped_policies()}
SLUGS = ("consumer-settlement", "missing-essentials", "unfair-terms")


def found(text: str, slug: str, locale: str = "en") -> set[str]:
    return {finding.rule for finding in analyse(text, POLICIES[slug], locale).findings}


def test_three_policies_are_shipped_and_each_rule_names_what_it_rests_on() -> None:
    assert tuple(POLICIES) == SLUGS
    for policy in POLICIES.values():
        for rule in policy.rules:
            assert len(rule.basis) > 20, rule.id


@pytest.mark.parametrize(("slug", "rule", "clause"), BAD)
def test_a_bad_clause_is_found_by_its_rule_and_quoted_exactly(slug: str, rule: str, clause: str) -> None:
    analysis = analyse(f"1. Introduction.\n{clause}\nThe end.", POLICIES[slug], "en")

    (finding,) = [one for one in analysis.findings if one.rule == rule]
    assert f"1. Introduction.\n{clause}\nThe end."[finding.start : finding.end] == finding.quote != ""
    assert finding.quote in clause
    assert finding.suggestion in analysis.suggestions


@pytest.mark.parametrize("clause", GOOD)
def test_a_good_clause_is_left_alone(clause: str) -> None:
    for policy in POLICIES.values():
        assert [one for one in analyse(clause, policy, "en").findings if one.end] == []


def test_a_bare_promise_misses_the_essentials() -> None:
    analysis = analyse("I will pay you.", POLICIES["missing-essentials"], "en")

    missing = {one.rule: one for one in analysis.findings}
    assert set(missing) == {
        "parties", "what-is-settled", "sum", "until-when", "default", "release", "signatures", "governing-law", "date-of-agreement",
    }  # fmt: skip
    assert {(one.quote, one.start, one.end) for one in missing.values()} == {("", 0, 0)}
    assert analysis.risk_level == "high"


WHOLE = """Settlement between Ana Gil and Bo Lind of 3 May 2027. Their dispute about invoice 12 is settled in full.
Bo Lind pays Ana Gil 900 EUR by 1 June 2027. If he does not pay, Ana Gil may enforce this agreement after 14 days' notice.
Spanish law governs. Signed: …"""
WITHOUT = {
    "parties": WHOLE.replace("Ana Gil", "she").replace("Bo Lind", "he"),
    "sum": WHOLE.replace("900 EUR", "what he owes"),
    "default": WHOLE.replace("If he does not pay, Ana Gil may enforce this agreement after 14 days' notice.", ""),
    "release": WHOLE.replace("is settled in full", "goes on"),
    "signatures": WHOLE.replace("Signed: …", ""),
    "governing-law": WHOLE.replace("Spanish law governs.", ""),
}


def test_a_whole_settlement_misses_nothing() -> None:
    analysis = analyse(WHOLE, POLICIES["missing-essentials"], "en")
    assert (analysis.findings, analysis.risk_level, analysis.suggestions) == ((), "low", [])


@pytest.mark.parametrize("rule", sorted(WITHOUT))
def test_each_essential_that_is_taken_out_is_missed_and_nothing_else(rule: str) -> None:
    assert found(WITHOUT[rule], "missing-essentials") == {rule}


def test_messages_are_in_the_readers_language() -> None:
    text = "The Consumer waives all statutory rights."
    english, spanish = (analyse(text, POLICIES["unfair-terms"], locale).findings[0] for locale in ("en", "es-ES"))
    assert "gives up rights" in english.message
    assert "renuncia" in spanish.message
    assert (english.rule, english.start, english.end) == (spanish.rule, spanish.start, spanish.end)


@pytest.mark.parametrize(
    "text",
    [
        "Der Käufer verzichtet auf alle Rechte, die ihm nach dem Gesetz zustehen, und der Verkäufer haftet nicht für Schäden, die durch "
        "die Ware entstehen, auch wenn er sie kannte.",
        "Le client renonce à tous les droits que la loi lui accorde et le vendeur ne répond pas des dommages causés par les marchandises, "
        "même si elles sont défectueuses, et il garde tout ce qui est payé.",
    ],
)
def test_a_text_in_another_language_is_said_to_be_unread(text: str) -> None:
    for slug in SLUGS:
        analysis = analyse(text, POLICIES[slug], "en")
        assert [one.rule for one in analysis.findings] == [UNREAD]
        assert analysis.risk_level == "medium"


def test_a_wrapped_clause_is_one_clause_and_a_list_is_several() -> None:
    wrapped = (
        "The customer is told that the Provider, at any moment that it\nlikes, may change these terms without notice.\n"
        "(a) The first point\n(b) The second point\n"
    )
    words = Words(wrapped)
    assert [words.text_of(clause) for clause in words.clauses] == [
        wrapped.split("\n(a)")[0], "(a) The first point", "(b) The second point",
    ]  # fmt: skip
    assert "one-sided-change" in found(wrapped, "unfair-terms")


# --- phrases ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("phrase", "text", "stands"),
    [
        ("exclud*|limit* ..2 liab*", "We EXCLUDE any liability", True),
        ("exclud*|limit* ..2 liab*", "We exclude one two three liability", False),
        ("exclud* liab*", "We exclude liability", True),
        ("exclud* liab*", "liability exclude", False),
        ("indemnizacion", "La indemnización", True),
        ("# dia*", "en 14 días", True),
        ("# dia*", "en catorce días", False),
        ("store_credit ..1 only", "Store credit and only that", True),
        ("a ..3 b", "a. b", False),  # another clause
        ("a ..3 a ..3 b", "a x x a x x x b", True),
        ("a ..1 c ..1 d", "a c x x a c d", True),  # the first row leads nowhere
    ],
)
def test_phrases(phrase: str, text: str, stands: bool) -> None:
    text = text.replace("a. b", "A a. B b")
    assert bool(list(hits(parse_phrase(phrase), Words(text)))) is stands


@pytest.mark.parametrize("phrase", ["", "..3 a", "a ..3", "a ..0 b", "a ..99 b", "a ..x b", "a||b", "(a|b)+", "a**"])
def test_a_phrase_that_cannot_be_read_is_refused(phrase: str) -> None:
    with pytest.raises(PhraseError):
        parse_phrase(phrase)


# --- policies as data ---------------------------------------------------------------------------------------------------------
def test_a_policy_with_a_mistake_is_refused_with_its_place(tmp_path: Path) -> None:
    good = POLICIES["missing-essentials"].as_json()
    wrong = [
        {**good, "slug": "Not a slug"},
        {**good, "rules": []},
        {**good, "surprise": 1},
        {**good, "rules": [good["rules"][0], good["rules"][0]]},
        {**good, "rules": [{**good["rules"][0], "check": "no_such_check"}]},
        {**good, "rules": [{**good["rules"][1], "phrases": {"en": ["..3 x"]}}]},
        {**good, "rules": [{**good["rules"][1], "phrases": {}}]},
        {**good, "rules": [{**good["rules"][1], "severity": "fatal"}]},
    ]
    for content in wrong:
        with pytest.raises(PolicyError):
            read_policy(content)
    broken = tmp_path / "broken.toml"
    broken.write_text("slug = [", encoding="utf-8")
    with pytest.raises(PolicyError, match=r"broken\.toml"):
        read_policy_file(broken)


def test_a_policy_survives_its_way_through_the_database() -> None:
    for policy in POLICIES.values():
        again = read_policy(policy.as_json())
        assert (again, again.content_hash) == (policy, policy.content_hash)


# --- hostile texts ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "piece",
    [
        "limit liability death ",
        "a",
        "x. ",
        "not ",
        "pay 5 EUR in 3 instalments of 2 EUR ",
        "\n",
        "interest 5 % ",
        "(a)\n",
        "Ab ",
    ],
)
def test_a_hundred_kilobytes_of_nonsense_are_read_in_time(piece: str) -> None:
    text = (piece * (100_000 // len(piece)))[:100_000]
    started = time.process_time()
    found = [finding for policy in POLICIES.values() for finding in analyse(text, policy, "en").findings]

    assert time.process_time() - started < 6
    assert [one.quote for one in found] == [text[one.start : one.end] for one in found]


@given(
    st.text(
        alphabet=st.sampled_from("pay not liab death. 5%\n€.()-waive right all statutory\u00a0ÍñEUR31/"), max_size=400
    )
)
@settings(max_examples=150, deadline=None)
def test_every_quote_is_where_it_says(text: str) -> None:
    found = [finding for policy in POLICIES.values() for finding in analyse(text, policy, "en").findings]

    assert [one.quote for one in found] == [text[one.start : one.end] for one in found]
    assert [one for one in found if len(one.quote) > 1500] == []
