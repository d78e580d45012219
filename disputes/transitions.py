"""The life cycle of a dispute as data. Services, `allowed_actions`, admin buttons, tests and the diagram in docs read this table."""

from dataclasses import dataclass

from disputes.enums import ContractStatus, DisputeStatus, ResolutionStatus

S = DisputeStatus

# Who may act: parts in a dispute. "system" is the sweep, a subscriber or the completion of something the parties did.
CLAIMANT, RESPONDENT, MEDIATOR, ARBITRATOR, COUNSEL, ADMIN, SYSTEM = (
    "claimant",
    "respondent",
    "mediator",
    "arbitrator",
    "counsel",
    "admin",
    "system",
)
PARTY = frozenset({CLAIMANT, RESPONDENT})


@dataclass(frozen=True)
class Move:
    """One arrow: `action` leads from any of `sources` to `target`, for those in `by`, when `guard` holds.

    `through` names the acts that lead to it; without them, people ask for the arrow by its own name.
    """

    action: str
    sources: tuple[DisputeStatus, ...]
    target: DisputeStatus
    by: frozenset[str]
    guard: str = ""
    through: tuple[str, ...] = ()


MOVES: tuple[Move, ...] = (
    Move("start", (S.INVITE_SENT,), S.STATING, frozenset({CLAIMANT, SYSTEM}), "a respondent has joined"),
    Move("lapse", (S.INVITE_SENT,), S.LAPSED, frozenset({SYSTEM}), "no respondent is left"),
    Move(
        "withdraw",
        (S.INVITE_SENT, S.STATING, S.MEDIATING, S.PROPOSED, S.ARBITRATING),
        S.WITHDRAWN,
        frozenset({CLAIMANT}),
        "no resolution was accepted",
    ),
    Move("disclose", (S.STATING,), S.MEDIATING, frozenset({SYSTEM}), "all truths are in, or the deadline has passed"),
    Move("close_unanswered", (S.STATING,), S.CLOSED, frozenset({SYSTEM}), "the deadline has passed and nobody stated"),
    Move("propose", (S.MEDIATING,), S.PROPOSED, frozenset({SYSTEM, MEDIATOR}), "a draft resolution is valid"),
    Move("reopen", (S.PROPOSED,), S.MEDIATING, frozenset({SYSTEM}), "a party rejected or countered"),
    Move("agree", (S.PROPOSED,), S.AGREED, frozenset({SYSTEM}), "every active party accepted"),
    Move(
        "arbitrate",
        (S.MEDIATING,),
        S.ARBITRATING,
        PARTY | {MEDIATOR, SYSTEM},
        "every active party consented",
        through=("resolve", "escalate"),
    ),
    Move("decide", (S.ARBITRATING,), S.DECIDED, frozenset({ARBITRATOR}), "the appointed arbitrator decides"),
    Move("draw_up", (S.AGREED, S.DECIDED), S.CONTRACTING, frozenset({SYSTEM}), "a contract is required"),
    Move("close", (S.AGREED, S.DECIDED), S.CLOSED, frozenset({SYSTEM}), "no contract is required"),
    Move(
        "send_for_signature",
        (S.CONTRACTING,),
        S.SIGNING,
        frozenset({SYSTEM, COUNSEL}),
        "the contract is drawn up, and approved where the deployment asks for a lawyer",
        through=("review_contract",),
    ),
    Move(
        "return_contract",
        (S.CONTRACTING,),
        S.MEDIATING,
        frozenset({COUNSEL}),
        "an assigned lawyer returned the contract and said why",
        through=("review_contract",),
    ),
    Move("give_up_contract", (S.CONTRACTING,), S.MEDIATING, frozenset({SYSTEM}), "generation failed for good"),
    Move("execute", (S.SIGNING,), S.EXECUTED, frozenset({SYSTEM}), "all signed and the seal is validated"),
    Move("decline_contract", (S.SIGNING,), S.MEDIATING, PARTY | {SYSTEM}, "a party declined, or the envelope expired"),
    Move(
        "end",
        (S.MEDIATING, S.PROPOSED, S.ARBITRATING),
        S.CLOSED,
        frozenset({MEDIATOR, SYSTEM}),
        "the mediator ends it, every active party asked for it, or the rounds are used up without consent to arbitration",
    ),
)

# What may be done without moving the dispute: action → (states, who).
FINAL = (S.LAPSED, S.WITHDRAWN, S.EXECUTED, S.CLOSED)
NOT_FINAL = tuple(state for state in S if state not in FINAL)
# Later a new party would be bound by, or block, what the others settled without them.
JOINABLE = (S.INVITE_SENT, S.STATING, S.MEDIATING)
BEFORE_CONTRACT = (S.INVITE_SENT, S.STATING, S.MEDIATING, S.PROPOSED, S.ARBITRATING)
ACTS: dict[str, tuple[tuple[DisputeStatus, ...], frozenset[str]]] = {
    "invite": ((S.INVITE_SENT, S.STATING), frozenset({CLAIMANT})),
    "decline": ((S.INVITE_SENT,), frozenset({RESPONDENT})),
    "escalate": ((S.MEDIATING, S.PROPOSED), PARTY | {MEDIATOR}),
    "consent_to_arbitration": ((S.INVITE_SENT, S.STATING, S.MEDIATING, S.PROPOSED), PARTY),
    "ask_to_end": ((S.MEDIATING, S.PROPOSED, S.ARBITRATING), PARTY),
    "propose_deadline": ((S.INVITE_SENT, S.STATING), PARTY),
    "accept_deadline": ((S.INVITE_SENT, S.STATING), PARTY),
    "refuse_deadline": ((S.INVITE_SENT, S.STATING), PARTY),
    "submit_truth": ((S.INVITE_SENT, S.STATING, S.MEDIATING), PARTY),
    "add_evidence": ((S.INVITE_SENT, S.STATING, S.MEDIATING, S.PROPOSED, S.ARBITRATING), PARTY),
    "post_message": (NOT_FINAL, PARTY | {MEDIATOR, ARBITRATOR, COUNSEL}),
    "resolve": ((S.MEDIATING, S.ARBITRATING), PARTY | {MEDIATOR}),
    "respond": ((S.PROPOSED,), PARTY),
    "draft_award": ((S.ARBITRATING,), frozenset({ARBITRATOR})),
    # the mediation protocol's own (`Protocol.MEDIATED`)
    "answer_understanding": ((S.MEDIATING,), PARTY),
    "rank": ((S.MEDIATING,), PARTY),
    "bid": ((S.MEDIATING,), PARTY),
    "generate_contract": ((S.CONTRACTING, S.SIGNING), PARTY | {COUNSEL}),
    "review_contract": ((S.CONTRACTING,), frozenset({COUNSEL})),
    "lift_hold": ((S.CONTRACTING,), frozenset({COUNSEL})),
    "sign_contract": ((S.SIGNING,), PARTY),
    "assign": (NOT_FINAL, frozenset({ADMIN})),
    # Whoever works a case sees it: that must come to an end also when the case has.
    "unassign": (tuple(S), frozenset({ADMIN})),
}

RESOLUTION_MOVES: dict[str, tuple[tuple[ResolutionStatus, ...], ResolutionStatus]] = {
    "rank": ((ResolutionStatus.DRAFTING,), ResolutionStatus.RANKING),
    "propose": ((ResolutionStatus.DRAFTING, ResolutionStatus.RANKING), ResolutionStatus.PROPOSED),
    "accept": ((ResolutionStatus.PROPOSED,), ResolutionStatus.ACCEPTED),
    "reject": ((ResolutionStatus.PROPOSED,), ResolutionStatus.REJECTED),
    "counter": ((ResolutionStatus.PROPOSED,), ResolutionStatus.COUNTERED),
    "decide": ((ResolutionStatus.DRAFTING,), ResolutionStatus.DECIDED),
    "fail": ((ResolutionStatus.DRAFTING,), ResolutionStatus.FAILED),
    "supersede": (
        (ResolutionStatus.DRAFTING, ResolutionStatus.RANKING, ResolutionStatus.PROPOSED),
        ResolutionStatus.SUPERSEDED,
    ),
}

CONTRACT_MOVES: dict[str, tuple[tuple[ContractStatus, ...], ContractStatus]] = {
    "hold_for_review": ((ContractStatus.DRAFTING,), ContractStatus.REVIEW),
    "send": ((ContractStatus.DRAFTING, ContractStatus.REVIEW), ContractStatus.SIGNING),
    "return": ((ContractStatus.REVIEW,), ContractStatus.VOIDED),
    "execute": ((ContractStatus.SIGNING,), ContractStatus.EXECUTED),
    "void": ((ContractStatus.SIGNING,), ContractStatus.VOIDED),
    "fail": ((ContractStatus.DRAFTING,), ContractStatus.FAILED),
}

# Acts that only the mediation protocol knows; a case by the simple one has nothing to do them to.
OF_PROTOCOL = frozenset({"answer_understanding", "rank", "bid"})
# Where a mediator may still use what a party permits, and where it speaks: not before it is asked, not in an arbitration.
CAUCUS_OPEN = (S.INVITE_SENT, S.STATING, S.MEDIATING, S.PROPOSED, S.CONTRACTING, S.SIGNING)


def move_named(action: str) -> Move | None:
    """The arrow called `action`, or None when the action moves nothing."""
    return next((move for move in MOVES if move.action == action), None)


def states_for(action: str) -> tuple[DisputeStatus, ...]:
    """The states in which an action is possible. Raises KeyError for an unknown one."""
    move = move_named(action)
    return move.sources if move is not None else ACTS[action][0]


def parts_for(action: str) -> frozenset[str]:
    """The parts that may take an action. Raises KeyError for an unknown one."""
    move = move_named(action)
    return move.by if move is not None else ACTS[action][1]
