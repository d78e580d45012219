"""The access matrix: who gets which answer at which door. Data, and how to knock; test_access_matrix.py walks it.

A row is `METHOD route setup` and one status per principal, in the order of the header. Setups are the states of
`principals.build`; a route stands in several of them where the answer depends on the state. A route that is not here, and a row whose
route is gone, fail the build.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from accounts.tests.factories import PASSWORD
from config.tests.principals import PRINCIPALS, UNKNOWN, World
from disputes.models import Candidate
from disputes.tests.factories import day as day_of
from disputes.tests.factories import payment
from documents.tests.factories import settlement

ACCOUNTS = """
#                                                                                 ano exp str inv exp oth clm coc res cou med arb adm
POST   /api/register                                                   stating     201 201 201 201 201 201 201 201 201 201 201 201 201
POST   /api/auth/login                                                 stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /api/auth/refresh                                               stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /api/auth/logout                                                stating     204 204 204 204 204 204 204 204 204 204 204 204 204
POST   /api/auth/password/reset                                        stating     202 202 202 202 202 202 202 202 202 202 202 202 202
POST   /api/auth/password/reset/confirm                                stating     204 204 204 204 204 204 204 204 204 204 204 204 204
POST   /api/auth/verify-email                                          stating     204 204 204 204 204 204 204 204 204 204 204 204 204
GET    /api/me                                                         stating     401 401 200 200 200 200 200 200 200 200 200 200 200
PATCH  /api/me                                                         stating     401 401 200 200 200 200 200 200 200 200 200 200 200
POST   /api/me/password                                                stating     401 401 200 200 200 200 200 200 200 200 200 200 200
"""

DISPUTES = """
#                                                                                 ano exp str inv exp oth clm coc res cou med arb adm
GET    /api/disputes                                                   stating     401 401 200 200 200 200 200 200 200 200 200 200 200
POST   /api/disputes                                                   stating     401 401 201 201 201 201 201 201 201 201 201 201 201
GET    /api/disputes/{dispute_id}                                      filed       401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}                                      stating     401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}                                      executed    401 401 404 404 404 404 200 200 200 200 200 200 200
POST   /api/disputes/{dispute_id}/join                                 filed       401 401 403 200 403 403 403 403 403 403 403 403 403
POST   /api/disputes/{dispute_id}/start                                filed       401 401 404 404 404 404 200 200 403 403 403 403 403
POST   /api/disputes/{dispute_id}/start                                stating     401 401 404 404 404 404 409 409 403 403 403 403 403
POST   /api/disputes/{dispute_id}/decline                              filed       401 401 404 200 404 404 403 403 200 403 403 403 403
POST   /api/disputes/{dispute_id}/decline                              stating     401 401 404 409 404 404 403 403 409 403 403 403 403
POST   /api/disputes/{dispute_id}/withdraw                             mediating   401 401 404 404 404 404 200 200 403 403 403 403 403
POST   /api/disputes/{dispute_id}/withdraw                             executed    401 401 404 404 404 404 409 409 403 403 403 403 403
POST   /api/disputes/{dispute_id}/escalate                             mediating   401 401 404 404 404 404 200 200 200 403 200 403 403
POST   /api/disputes/{dispute_id}/end                                  mediating   401 401 404 404 404 404 200 200 200 403 200 403 403
POST   /api/disputes/{dispute_id}/end                                  arbitrating 401 401 404 404 404 404 200 200 200 403 200 403 403
POST   /api/disputes/{dispute_id}/end                                  executed    401 401 404 404 404 404 409 409 409 403 409 403 403
DELETE /api/disputes/{dispute_id}/end                                  proposed    401 401 404 404 404 404 200 200 200 403 403 403 403
DELETE /api/disputes/{dispute_id}/end                                  executed    401 401 404 404 404 404 409 409 409 403 403 403 403
POST   /api/disputes/{dispute_id}/invitations                          stating     401 401 404 404 404 404 201 201 403 403 403 403 403
POST   /api/disputes/{dispute_id}/deadline                             stating     401 401 404 404 404 404 201 201 201 403 403 403 403
POST   /api/disputes/{dispute_id}/deadline/accept                      filed       401 401 404 404 404 404 403 200 200 403 403 403 403
POST   /api/disputes/{dispute_id}/deadline/refuse                      filed       401 401 404 404 404 404 403 200 200 403 403 403 403
POST   /api/disputes/{dispute_id}/arbitration-consent                  mediating   401 401 404 404 404 404 200 200 200 403 403 403 403
DELETE /api/disputes/{dispute_id}/arbitration-consent                  mediating   401 401 404 404 404 404 200 200 200 403 403 403 403
GET    /api/disputes/{dispute_id}/timeline                             stating     401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/timeline                             executed    401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/invitations/{token}                                        filed       200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /api/invitations/{token}/accept                                 filed       200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /api/invitations/{token}/decline                                filed       204 204 204 204 204 204 204 204 204 204 204 204 204
POST   /api/invitations/{token}/more-time                              filed       201 201 201 201 201 201 201 201 201 201 201 201 201
POST   /api/invitations/{token}/not-me                                 filed       204 204 204 204 204 204 204 204 204 204 204 204 204
POST   /api/invitations/{token}/return                                 filed       404 404 404 404 404 404 404 404 404 404 404 404 404
POST   /api/invitations/fresh-link                                     filed       202 202 202 202 202 202 202 202 202 202 202 202 202
GET    /api/disputes/{dispute_id}/assignments                          stating     401 401 404 404 404 404 403 403 403 200 200 200 200
POST   /api/disputes/{dispute_id}/assignments                          stating     401 401 404 404 404 404 403 403 403 403 403 403 201
DELETE /api/disputes/{dispute_id}/assignments                          stating     401 401 404 404 404 404 403 403 403 403 403 403 204
DELETE /api/disputes/{dispute_id}/assignments/{assignment_id}          stating     401 401 404 404 404 404 403 403 403 403 403 403 204
POST   /api/disputes/{dispute_id}/assignments                          executed    401 401 404 404 404 404 403 403 403 403 403 403 409
DELETE /api/disputes/{dispute_id}/assignments                          executed    401 401 404 404 404 404 403 403 403 403 403 403 204
DELETE /api/disputes/{dispute_id}/assignments/{assignment_id}          executed    401 401 404 404 404 404 403 403 403 403 403 403 204
GET    /api/disputes/{dispute_id}/truths                               stating     401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/truths                               mediating   401 401 404 404 404 404 200 200 200 200 200 200 200
POST   /api/disputes/{dispute_id}/truths                               filed       401 401 404 404 404 404 201 201 409 403 403 403 403
POST   /api/disputes/{dispute_id}/truths                               stating     401 401 404 404 404 404 201 201 201 403 403 403 403
GET    /api/disputes/{dispute_id}/evidence                             stating     401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/evidence                             mediating   401 401 404 404 404 404 200 200 200 200 200 200 200
POST   /api/disputes/{dispute_id}/evidence                             stating     401 401 404 404 404 404 201 201 201 403 403 403 403
GET    /api/disputes/{dispute_id}/evidence/{evidence_id}               stating     401 401 404 404 404 404 200 404 404 404 404 404 404
GET    /api/disputes/{dispute_id}/evidence/{evidence_id}               mediating   401 401 404 404 404 404 200 200 200 200 200 200 200
DELETE /api/disputes/{dispute_id}/evidence/{evidence_id}               stating     401 401 404 404 404 404 200 404 404 403 403 403 403
DELETE /api/disputes/{dispute_id}/evidence/{evidence_id}               mediating   401 401 404 404 404 404 200 403 403 403 403 403 403
GET    /api/disputes/{dispute_id}/evidence/{evidence_id}/download      stating     401 401 404 404 404 404 200 404 404 404 404 404 404
GET    /api/disputes/{dispute_id}/evidence/{evidence_id}/download      mediating   401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/messages                             stating     401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/messages                             arbitrating 401 401 404 404 404 404 200 200 200 200 200 200 200
POST   /api/disputes/{dispute_id}/messages                             stating     401 401 404 404 404 404 201 201 201 201 201 201 403
POST   /api/disputes/{dispute_id}/messages                             executed    401 401 404 404 404 404 409 409 409 409 409 409 403
POST   /api/disputes/{dispute_id}/resolve                              mediating   401 401 404 404 404 404 202 202 202 403 202 403 403
GET    /api/disputes/{dispute_id}/resolutions                          proposed    401 401 404 404 404 404 200 200 200 200 200 200 200
POST   /api/disputes/{dispute_id}/resolutions                          mediating   401 401 404 404 404 404 403 403 403 403 201 403 403
POST   /api/disputes/{dispute_id}/resolutions                          proposed    401 401 404 404 404 404 403 403 403 403 409 403 403
POST   /api/disputes/{dispute_id}/resolutions                          stating     401 401 404 404 404 404 403 403 403 403 409 403 403
GET    /api/disputes/{dispute_id}/resolutions/{resolution_id}          proposed    401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/resolutions/{resolution_id}          stating     401 401 404 404 404 404 404 404 404 404 404 404 404
POST   /api/disputes/{dispute_id}/resolutions/{resolution_id}/respond  proposed    401 401 404 404 404 404 200 200 200 403 403 403 403
POST   /api/disputes/{dispute_id}/decision                             arbitrating 401 401 404 404 404 404 403 403 403 403 403 201 403
POST   /api/disputes/{dispute_id}/decision                             mediating   401 401 404 404 404 404 403 403 403 403 403 409 403
GET    /api/disputes/{dispute_id}/award-draft                          arbitrating 401 401 404 404 404 404 403 403 403 403 403 404 403
POST   /api/disputes/{dispute_id}/award-draft                          arbitrating 401 401 404 404 404 404 403 403 403 403 403 202 403
POST   /api/disputes/{dispute_id}/award-draft                          mediating   401 401 404 404 404 404 403 403 403 403 403 409 403
GET    /api/disputes/{dispute_id}/contract                             mediating   401 401 404 404 404 404 404 404 404 404 404 404 404
GET    /api/disputes/{dispute_id}/contract                             review      401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/contract                             signing     401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/contract                             executed    401 401 404 404 404 404 200 200 200 200 200 200 200
POST   /api/disputes/{dispute_id}/contract/generate                    review      401 401 404 404 404 404 202 202 202 202 403 403 403
POST   /api/disputes/{dispute_id}/contract/generate                    mediating   401 401 404 404 404 404 409 409 409 409 403 403 403
POST   /api/disputes/{dispute_id}/contract/review                      review      401 401 404 404 404 404 403 403 403 200 403 403 403
POST   /api/disputes/{dispute_id}/contract/decline                     signing     401 401 404 404 404 404 200 409 200 403 403 403 403
POST   /api/disputes/{dispute_id}/contract/sign                        signing     401 401 404 404 404 404 200 409 200 403 403 403 403
POST   /api/disputes/{dispute_id}/contract/sign                        review      401 401 404 404 404 404 409 409 409 403 403 403 403
GET    /api/disputes/{dispute_id}/contract/file                        mediating   401 401 404 404 404 404 404 404 404 404 404 404 404
GET    /api/disputes/{dispute_id}/contract/file                        review      401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/contract/file                        signing     401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/contract/file                        executed    401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/understanding                        understanding 401 401 404 404 404 404 200 200 200 403 403 403 403
GET    /api/disputes/{dispute_id}/understanding                        mediating   401 401 404 404 404 404 404 404 404 403 403 403 403
POST   /api/disputes/{dispute_id}/understanding                        understanding 401 401 404 404 404 404 200 200 409 403 403 403 403
POST   /api/disputes/{dispute_id}/understanding                        mediating   401 401 404 404 404 404 404 404 404 403 403 403 403
POST   /api/disputes/{dispute_id}/understanding                        proposed    401 401 404 404 404 404 409 409 409 403 403 403 403
POST   /api/disputes/{dispute_id}/messages/{message_id}/permission     understanding 401 401 404 404 404 404 200 404 404 404 404 404 404
DELETE /api/disputes/{dispute_id}/messages/{message_id}/permission     understanding 401 401 404 404 404 404 200 404 404 404 404 404 404
POST   /api/disputes/{dispute_id}/messages/{message_id}/permission     arbitrating 401 401 404 404 404 404 409 404 404 404 404 404 404
GET    /api/disputes/{dispute_id}/messages                             understanding 401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/bids                                 understanding 401 401 404 404 404 404 409 409 409 403 403 403 403
POST   /api/disputes/{dispute_id}/bids                                 understanding 401 401 404 404 404 404 409 409 409 403 403 403 403
POST   /api/disputes/{dispute_id}/bids/direction                       understanding 401 401 404 404 404 404 409 409 409 403 403 403 403
POST   /api/disputes/{dispute_id}/bids/direction/answer                understanding 401 401 404 404 404 404 409 409 409 403 403 403 403
GET    /api/disputes/{dispute_id}/bids                                 bidding     401 401 404 404 404 404 200 404 200 403 403 403 403
POST   /api/disputes/{dispute_id}/bids                                 bidding     401 401 404 404 404 404 200 404 200 403 403 403 403
GET    /api/disputes/{dispute_id}                                      bidding     401 401 404 404 404 404 200 404 200 200 200 200 200
GET    /api/disputes/{dispute_id}/timeline                             bidding     401 401 404 404 404 404 200 404 200 200 200 200 200
POST   /api/disputes/{dispute_id}/resolve                              understanding 401 401 404 404 404 404 409 409 409 403 409 403 403
GET    /api/disputes/{dispute_id}/resolutions/{resolution_id}          ranking     401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/resolutions                          ranking     401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/timeline                             ranking     401 401 404 404 404 404 200 200 200 200 200 200 200
POST   /api/disputes/{dispute_id}/resolutions/{resolution_id}/ranking  ranking     401 401 404 404 404 404 409 200 200 403 403 403 403
POST   /api/disputes/{dispute_id}/resolutions/{resolution_id}/ranking  proposed    401 401 404 404 404 404 409 409 409 403 403 403 403
GET    /api/disputes/{dispute_id}/contract                             held        401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/disputes/{dispute_id}/timeline                             held        401 401 404 404 404 404 200 200 200 200 200 200 200
POST   /api/disputes/{dispute_id}/contract/review                      held        401 401 404 404 404 404 403 403 403 409 403 403 403
POST   /api/disputes/{dispute_id}/contract/holds/{hold_id}/lift        held        401 401 404 404 404 404 403 403 403 200 403 403 403
POST   /api/disputes/{dispute_id}/contract/holds/lift                  held        401 401 404 404 404 404 403 403 403 200 403 403 403
"""

OTHERS = """
#                                                                                 ano exp str inv exp oth clm coc res cou med arb adm
GET    /api/schema/                                                    stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /api/docs/templates                                             stating     401 401 200 200 200 200 200 200 200 200 200 200 200
GET    /api/docs/templates/{template_id}                               stating     401 401 200 200 200 200 200 200 200 200 200 200 200
POST   /api/docs/render-pdf                                            stating     401 401 202 202 202 202 202 202 202 202 202 202 202
GET    /api/docs/{document_id}                                         stating     401 401 404 404 404 404 200 404 404 404 404 404 404
GET    /api/docs/{document_id}/file                                    stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /api/esign/initiate                                             stating     401 401 404 404 404 404 201 404 404 404 404 404 404
GET    /api/esign/{tracking_id}                                        stating     401 401 404 404 404 404 200 404 200 404 404 404 404
GET    /api/esign/{tracking_id}/file                                   stating     401 401 404 404 404 404 200 404 200 404 404 404 404
GET    /api/esign/{tracking_id}/bundle                                 stating     401 401 404 404 404 404 409 404 409 404 404 404 404
GET    /api/esign/verify                                               stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /api/esign/verify                                               stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /api/esign/{tracking_id}/remind                                 stating     401 401 404 404 404 404 200 404 403 404 404 404 404
POST   /api/esign/{tracking_id}/void                                   stating     401 401 404 404 404 404 200 404 403 404 404 404 404
POST   /api/esign/{tracking_id}/sign                                   stating     401 401 404 404 404 404 403 404 200 404 404 404 404
POST   /api/esign/{tracking_id}/decline                                stating     401 401 404 404 404 404 403 404 200 404 404 404 404
POST   /api/esign/{tracking_id}/delegate                               stating     401 401 404 404 404 404 403 404 409 404 404 404 404
POST   /api/esign/{tracking_id}/signers/{signer_id}/resend             stating     401 401 404 404 404 404 200 404 403 404 404 404 404
POST   /api/esign/{tracking_id}/signers/{signer_id}/correct            stating     401 401 404 404 404 404 200 404 403 404 404 404 404
POST   /api/ai/chat                                                    stating     401 401 404 404 404 404 200 200 200 200 200 200 200
POST   /api/ai/chat/stream                                             stating     401 401 404 404 404 404 200 200 200 200 200 200 200
POST   /api/ai/chat                                                    mediating   401 401 404 404 404 404 200 200 200 200 200 200 200
POST   /api/ai/chat/stream                                             signing     401 401 404 404 404 404 200 200 200 200 200 200 200
GET    /api/ai/consultations                                           stating     401 401 200 200 200 200 200 200 200 200 200 200 200
POST   /api/ai/generate-document                                       stating     401 401 200 200 200 200 200 200 200 200 200 200 200
GET    /api/ai/drafts/{ai_draft_id}                                    stating     401 401 404 404 404 404 200 404 404 404 404 404 404
POST   /api/ai/calmer                                                  stating     401 401 200 200 200 200 200 200 200 200 200 200 200
POST   /api/ai/analyze                                                 stating     401 401 200 200 200 200 200 200 200 200 200 200 200
GET    /api/ai/policies                                                stating     401 401 200 200 200 200 200 200 200 200 200 200 200
GET    /api/notifications                                              stating     401 401 200 200 200 200 200 200 200 200 200 200 200
POST   /api/notifications/{notification_id}/read                       stating     401 401 404 404 404 404 200 404 404 404 404 404 404
GET    /api/schema/swagger/                                            stating     200 200 200 200 200 200 200 200 200 200 200 200 200
"""

PAGES = """
#                                                                                 ano exp str inv exp oth clm coc res cou med arb adm
GET    /healthz                                                        stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /readyz                                                         stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /favicon.ico                                                    stating     302 302 302 302 302 302 302 302 302 302 302 302 302
GET    /metrics                                                        stating     403 403 403 403 403 403 403 403 403 403 403 403 200
GET    /                                                               stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /signin/                                                        stating     200 200 302 302 302 302 302 302 302 302 302 302 302
POST   /signin/                                                        stating     302 302 302 302 302 302 302 302 302 302 302 302 302
GET    /signup/                                                        stating     200 200 302 302 302 302 302 302 302 302 302 302 302
POST   /signup/                                                        stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /profile/                                                       stating     302 302 200 200 200 200 200 200 200 200 200 200 200
POST   /profile/                                                       stating     302 302 302 302 302 302 302 302 302 302 302 302 302
POST   /language/                                                      stating     302 302 302 302 302 302 302 302 302 302 302 302 302
GET    /signout/                                                       stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /signout/                                                       stating     302 302 302 302 302 302 302 302 302 302 302 302 302
GET    /verify-email/{token}                                           stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /verify-email/{token}                                           stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /reset/                                                         stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /reset/                                                         stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /reset/{token}                                                  stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /reset/{token}                                                  stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /sign/{token}                                                   stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /sign/{token}                                                   stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /sign/{token}/document                                          stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /sign/{token}/pages/{number}                                    stating     404 404 404 404 404 404 404 404 404 404 404 404 404
GET    /envelopes/                                                     stating     302 302 200 200 200 200 200 200 200 200 200 200 200
GET    /envelopes/{envelope_id}/                                       stating     302 302 404 404 404 404 200 404 404 404 404 404 404
POST   /envelopes/{envelope_id}/                                       stating     302 302 404 404 404 404 302 404 404 404 404 404 404
GET    /envelopes/{envelope_id}/document                               stating     302 302 404 404 404 404 200 404 404 404 404 404 404
GET    /verify/                                                        stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /verify/accord-verify.py                                        stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /verify/                                                        stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /i/{token}                                                      stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /i/{token}                                                      stating     302 302 302 302 302 302 302 302 302 302 302 302 302
GET    /i/{token}/reply                                                stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /i/{token}/reply                                                stating     302 302 302 302 302 302 302 302 302 302 302 302 302
GET    /fresh-link/                                                    stating     200 200 200 200 200 200 200 200 200 200 200 200 200
POST   /fresh-link/                                                    stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /disputes/new/                                                  stating     302 302 302 302 302 302 302 302 302 302 302 302 302
GET    /disputes/new/{draft_id}/{step}/                                stating     302 302 404 404 404 404 200 404 404 404 404 404 404
POST   /disputes/new/{draft_id}/{step}/                                stating     302 302 404 404 404 404 302 404 404 404 404 404 404
POST   /disputes/new/{draft_id}/delete/                                stating     302 302 404 404 404 404 302 404 404 404 404 404 404
GET    /disputes/{dispute_id}/deadline/                                filed       302 302 404 404 404 404 200 200 200 200 200 200 200
GET    /disputes/{dispute_id}/deadline/                                executed    302 302 404 404 404 404 404 404 404 404 404 404 404
POST   /disputes/{dispute_id}/deadline/                                stating     302 302 404 404 404 404 302 302 302 403 403 403 403
POST   /disputes/{dispute_id}/deadline/accept/                         filed       302 302 404 404 404 404 403 302 302 403 403 403 403
POST   /disputes/{dispute_id}/deadline/refuse/                         filed       302 302 404 404 404 404 403 302 302 403 403 403 403
GET    /invitations/{invitation_id}/                                   stating     302 302 404 302 404 404 404 404 404 404 404 404 404
GET    /disputes/{dispute_id}/                                         filed       302 302 404 404 404 404 200 200 200 200 200 200 200
GET    /disputes/{dispute_id}/                                         stating     302 302 404 404 404 404 200 200 200 200 200 200 200
GET    /disputes/{dispute_id}/                                         executed    302 302 404 404 404 404 200 200 200 200 200 200 200
GET    /staff/                                                         stating     302 302 404 404 404 200 404 404 404 200 200 200 200
GET    /templates/                                                     stating     302 302 404 404 404 200 404 404 404 200 200 200 200
GET    /templates/{template_id}/                                       stating     302 302 404 404 404 200 404 404 404 200 200 200 200
POST   /templates/{template_id}/draft/                                 stating     302 302 404 404 404 404 404 404 404 404 404 404 302
GET    /templates/versions/{version_id}/edit/                          stating     302 302 404 404 404 404 404 404 404 404 404 404 404
POST   /templates/versions/{version_id}/edit/                          stating     302 302 404 404 404 404 404 404 404 404 404 404 404
POST   /templates/versions/{version_id}/publish/                       stating     302 302 404 404 404 404 404 404 404 404 404 404 302
POST   /templates/versions/{version_id}/retire/                        stating     302 302 404 404 404 404 404 404 404 404 404 404 302
GET    /templates/versions/{version_id}/fill/                          stating     302 302 404 404 404 200 404 404 404 200 200 200 200
POST   /templates/versions/{version_id}/fill/                          stating     302 302 404 404 404 400 404 404 404 400 400 400 400
POST   /templates/versions/{version_id}/preview/                       stating     302 302 404 404 404 400 404 404 404 400 400 400 400
GET    /templates/documents/{document_id}/                             stating     302 302 404 404 404 404 404 404 404 404 404 404 404
GET    /templates/documents/{document_id}/file/                        stating     302 302 404 404 404 404 404 404 404 404 404 404 404
GET    /dev/mail/                                                      stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /dev/mail.json                                                  stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /dev/mail/{mail_id}/                                            stating     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /dev/mail/{mail_id}/body                                        stating     200 200 200 200 200 200 200 200 200 200 200 200 200
"""


# The room of a case. The matrix's evidence is a text, which has no thumbnail, and its proposal quotes nothing: disputes/tests/test_room.py
# looks at those that do. An act's address, opened instead of sent, leads to the page.
ROOM = """
#                                                                                 ano exp str inv exp oth clm coc res cou med arb adm
GET    /disputes/{dispute_id}/parts/{name}/                            stating     302 302 404 404 404 404 200 200 200 200 200 200 200
GET    /disputes/{dispute_id}/parts/{name}/                            executed    302 302 404 404 404 404 200 200 200 200 200 200 200
GET    /disputes/{dispute_id}/statements/                              stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/evidence/                                stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/evidence/{evidence_id}/withdraw/         stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/messages/                                stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/resolve/                                 stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/proposals/{resolution_id}/accept/        stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/proposals/{resolution_id}/reject/        stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/proposals/{resolution_id}/counter/       stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/escalate/                                stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/arbitration-consent/                     stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/arbitration-consent/revoke/              stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/end/                                     stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/end/take-back/                           stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/withdraw/                                stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/start/                                   stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/invite/                                  stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/contract/sign/                           stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/contract/decline/                        stating     302 302 404 404 404 404 302 302 302 302 302 302 302
POST   /disputes/{dispute_id}/statements/                              stating     302 302 404 404 404 404 302 302 302 403 403 403 403
POST   /disputes/{dispute_id}/statements/                              proposed    302 302 404 404 404 404 409 409 409 403 403 403 403
POST   /disputes/{dispute_id}/evidence/                                stating     302 302 404 404 404 404 302 302 302 403 403 403 403
POST   /disputes/{dispute_id}/evidence/{evidence_id}/withdraw/         stating     302 302 404 404 404 404 302 404 404 404 404 404 404
POST   /disputes/{dispute_id}/evidence/{evidence_id}/withdraw/         mediating   302 302 404 404 404 404 302 403 403 403 403 403 403
POST   /disputes/{dispute_id}/messages/                                stating     302 302 404 404 404 404 302 302 302 302 302 302 403
POST   /disputes/{dispute_id}/messages/                                executed    302 302 404 404 404 404 409 409 409 409 409 409 403
POST   /disputes/{dispute_id}/resolve/                                 mediating   302 302 404 404 404 404 302 302 302 403 302 403 403
POST   /disputes/{dispute_id}/proposals/{resolution_id}/accept/        proposed    302 302 404 404 404 404 302 302 302 403 403 403 403
POST   /disputes/{dispute_id}/proposals/{resolution_id}/reject/        proposed    302 302 404 404 404 404 302 302 302 403 403 403 403
POST   /disputes/{dispute_id}/proposals/{resolution_id}/counter/       proposed    302 302 404 404 404 404 302 302 302 403 403 403 403
POST   /disputes/{dispute_id}/escalate/                                mediating   302 302 404 404 404 404 302 302 302 403 302 403 403
POST   /disputes/{dispute_id}/arbitration-consent/                     mediating   302 302 404 404 404 404 302 302 302 403 403 403 403
POST   /disputes/{dispute_id}/arbitration-consent/revoke/              mediating   302 302 404 404 404 404 302 302 302 403 403 403 403
POST   /disputes/{dispute_id}/end/                                     mediating   302 302 404 404 404 404 302 302 302 403 302 403 403
POST   /disputes/{dispute_id}/end/take-back/                           proposed    302 302 404 404 404 404 302 302 302 403 403 403 403
POST   /disputes/{dispute_id}/withdraw/                                mediating   302 302 404 404 404 404 302 302 403 403 403 403 403
POST   /disputes/{dispute_id}/start/                                   filed       302 302 404 404 404 404 302 302 403 403 403 403 403
POST   /disputes/{dispute_id}/invite/                                  stating     302 302 404 404 404 404 302 302 403 403 403 403 403
POST   /disputes/{dispute_id}/contract/sign/                           signing     302 302 404 404 404 404 302 302 302 403 403 403 403
POST   /disputes/{dispute_id}/contract/sign/                           review      302 302 404 404 404 404 409 409 409 403 403 403 403
POST   /disputes/{dispute_id}/contract/decline/                        signing     302 302 404 404 404 404 302 409 302 403 403 403 403
GET    /disputes/{dispute_id}/understanding/confirm/                  stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/understanding/correct/                  stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/bid/                                    stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/proposals/{resolution_id}/rank/         stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/messages/{message_id}/permit/           stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/messages/{message_id}/take-back/        stating     302 302 404 404 404 404 302 302 302 302 302 302 302
POST   /disputes/{dispute_id}/understanding/confirm/                  understanding 302 302 404 404 404 404 302 409 409 403 403 403 403
POST   /disputes/{dispute_id}/understanding/correct/                  understanding 302 302 404 404 404 404 302 302 409 403 403 403 403
POST   /disputes/{dispute_id}/proposals/{resolution_id}/rank/         ranking     302 302 404 404 404 404 302 302 302 403 403 403 403
POST   /disputes/{dispute_id}/bid/                                    understanding 302 302 404 404 404 404 409 409 409 403 403 403 403
POST   /disputes/{dispute_id}/messages/{message_id}/permit/           understanding 302 302 404 404 404 404 302 404 404 404 404 404 403
POST   /disputes/{dispute_id}/messages/{message_id}/take-back/        understanding 302 302 404 404 404 404 302 404 404 404 404 404 403
GET    /disputes/{dispute_id}/propose/                                stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/award/                                  stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/award/draft/                            stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/bid/payer/                              stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/bid/payer/agree/                        stating     302 302 404 404 404 404 302 302 302 302 302 302 302
GET    /disputes/{dispute_id}/bid/payer/refuse/                       stating     302 302 404 404 404 404 302 302 302 302 302 302 302
POST   /disputes/{dispute_id}/propose/                                mediating   302 302 404 404 404 404 403 403 403 403 302 403 403
POST   /disputes/{dispute_id}/award/                                  arbitrating 302 302 404 404 404 404 403 403 403 403 403 302 403
POST   /disputes/{dispute_id}/award/                                  mediating   302 302 404 404 404 404 403 403 403 403 403 409 403
POST   /disputes/{dispute_id}/award/draft/                            arbitrating 302 302 404 404 404 404 403 403 403 403 403 302 403
POST   /disputes/{dispute_id}/bid/payer/                              understanding 302 302 404 404 404 404 409 409 409 403 403 403 403
POST   /disputes/{dispute_id}/bid/payer/agree/                        understanding 302 302 404 404 404 404 409 409 409 403 403 403 403
POST   /disputes/{dispute_id}/bid/payer/refuse/                       understanding 302 302 404 404 404 404 409 409 409 403 403 403 403
GET    /disputes/{dispute_id}/contract/document/                       stating     302 302 404 404 404 404 404 404 404 404 404 404 404
GET    /disputes/{dispute_id}/contract/document/                       signing     302 302 404 404 404 404 200 200 200 200 200 200 200
GET    /disputes/{dispute_id}/contract/document/                       executed    302 302 404 404 404 404 200 200 200 200 200 200 200
GET    /disputes/{dispute_id}/evidence/{evidence_id}/thumbnail/        mediating   302 302 404 404 404 404 404 404 404 404 404 404 404
GET    /disputes/{dispute_id}/evidence/{evidence_id}/preview/          mediating   302 302 404 404 404 404 404 404 404 404 404 404 404
GET    /disputes/{dispute_id}/proposals/{resolution_id}/sources/{number}/ proposed    302 302 404 404 404 404 404 404 404 404 404 404 404
"""


@dataclass(frozen=True)
class Row:
    """One door in one state, and what each principal gets there."""

    method: str
    route: str
    setup: str
    statuses: dict[str, int]

    @property
    def operation(self) -> tuple[str, str]:
        return self.method, self.route

    def __str__(self) -> str:
        return f"{self.method} /{self.route} ({self.setup})"


def read(table: str) -> tuple[Row, ...]:
    """The rows of a table. Raises ValueError for a line with too few or too many columns."""
    rows = []
    for line in table.strip().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        method, route, setup, *statuses = line.split()
        rows.append(Row(method, route.removeprefix("/"), setup, _statuses(line, statuses)))
    return tuple(rows)


def _statuses(line: str, statuses: list[str]) -> dict[str, int]:
    if len(statuses) != len(PRINCIPALS):
        raise ValueError(f"{len(statuses)} statuses for {len(PRINCIPALS)} principals: {line}")
    return dict(zip(PRINCIPALS, map(int, statuses), strict=True))


ADMIN_SITE_TABLE = """
#                                                                                 ano exp str inv exp oth clm coc res cou med arb adm
GET    /admin/                                                         signing     302 302 302 302 302 200 302 302 302 200 200 200 200
GET    /admin/login/                                                   signing     200 200 200 200 200 302 200 200 200 302 302 302 302
POST   /admin/login/                                                   signing     200 200 200 200 200 200 200 200 200 200 200 200 200
GET    /admin/logout/                                                  signing     302 302 302 302 302 405 302 302 302 405 405 405 405
POST   /admin/logout/                                                  signing     302 302 302 302 302 200 302 302 302 200 200 200 200
GET    /admin/password_change/                                         signing     302 302 302 302 302 302 302 302 302 302 302 302 302
POST   /admin/password_change/                                         signing     302 302 302 302 302 302 302 302 302 302 302 302 302
GET    /admin/password_change/done/                                    signing     302 302 302 302 302 302 302 302 302 302 302 302 302
GET    /admin/search/                                                  signing     302 302 302 302 302 200 302 302 302 200 200 200 200
GET    /admin/autocomplete/                                            signing     302 302 302 302 302 403 302 302 302 403 403 403 403
GET    /admin/jsi18n/                                                  signing     302 302 302 302 302 200 302 302 302 200 200 200 200
GET    /admin/r/{rest}                                                 signing     404 404 404 404 404 404 404 404 404 404 404 404 404
GET    /admin/r/{content_type_id}/{object_id}/                         signing     404 404 404 404 404 404 404 404 404 404 404 404 404
GET    /admin/{app_label}/                                             signing     302 302 302 302 302 200 302 302 302 200 200 200 200
GET    /admin/{url}                                                    signing     302 302 302 302 302 404 302 302 302 404 404 404 404
"""


ROWS = tuple(row for table in (ACCOUNTS, DISPUTES, OTHERS, PAGES, ROOM) for row in read(table))
ADMIN_SITE = read(ADMIN_SITE_TABLE)


# --- the admin: a rule for each kind of page, and which model follows which -----------------------------------------------------
# Columns: people without a part in the back-office, lawyers of other cases, lawyers of this one, administrators. A row that one does not
# see is told like one that is not there: 302 to the start, with "doesn't exist".
ADMIN_COLUMNS = {
    "clients": frozenset(
        {"anonymous", "expired", "stranger", "invited", "ex_party", "claimant", "co_claimant", "respondent"}
    ),
    "others": frozenset({"other_lawyer"}),
    "assigned": frozenset({"counsel", "mediator", "arbitrator"}),
    "admins": frozenset({"admin"}),
}
ADMIN_RULES = {
    "administrators read": """
GET  list     302 403 403 200
GET  add      302 403 403 403
POST add      302 403 403 403
GET  history  302 403 403 200
GET  delete   302 403 403 403
POST delete   302 403 403 403
GET  change   302 403 403 200
POST change   302 403 403 403
GET  object   302 302 302 302
""",
    "administrators write": """
GET  list     302 403 403 200
GET  add      302 403 403 200
POST add      302 403 403 200
GET  history  302 403 403 200
GET  delete   302 403 403 200
POST delete   302 403 403 200
GET  change   302 403 403 200
POST change   302 403 403 200
GET  object   302 302 302 302
""",
    "whoever works the case reads": """
GET  list     302 200 200 200
GET  add      302 403 403 403
POST add      302 403 403 403
GET  history  302 302 200 200
GET  delete   302 403 403 403
POST delete   302 403 403 403
GET  change   302 302 200 200
POST change   302 403 403 403
GET  object   302 302 302 302
""",
}
ADMIN_VERBS = {
    "disputes.Dispute": """
GET  assign   302 403 403 200
POST assign   302 403 403 200
""",
    "disputes.Assignment": """
GET  end_this 302 403 403 200
POST end_this 302 403 403 302
""",
    # Only counsel, and only while it waits for them: the setup `review` in test_access_matrix.py.
    "disputes.Contract": """
GET  review   302 403 403 403
POST review   302 403 403 403
""",
}
ADMIN_MODELS = {
    "administrators read": (
        "accounts.AuthSession", "accounts.NotificationPreference", "accounts.User", "ai_mediation.Consultation",
        "ai_mediation.ComplianceCheck", "ai_mediation.Policy", "ai_mediation.PolicyVersion", "axes.AccessAttempt",
        "documents.Clause", "documents.Document", "documents.StoredFile", "documents.Template", "documents.TemplateVersion",
        "esign.Envelope", "esign.SealCertificate", "esign.SealUpgrade", "esign.SealedRevision", "esign.Signature",
        "esign.Signer", "kernel.DataKey", "kernel.Delivery", "kernel.JournalEntry", "kernel.OutboxEvent",
        "notifications.Mail", "notifications.Notification",
    ),
    "administrators write": (
        "ai_mediation.Budget", "ai_mediation.ModelPrice", "ai_mediation.Route",
        "django_celery_beat.ClockedSchedule", "django_celery_beat.CrontabSchedule", "django_celery_beat.IntervalSchedule",
        "django_celery_beat.PeriodicTask",
    ),
    "whoever works the case reads": (
        "disputes.Assignment", "disputes.Candidate", "disputes.Contract", "disputes.ContractHold", "disputes.DeadlineProposal",
        "disputes.Dispute", "disputes.Evidence", "disputes.Invitation", "disputes.Message", "disputes.MessageStream",
        "disputes.Participant", "disputes.Resolution",
        "disputes.ResolutionResponse", "disputes.Truth",
    ),
}  # fmt: skip


def admin_rows(label: str) -> dict[tuple[str, str], dict[str, int]]:
    """(method, page) → column → status for a model. Raises StopIteration for a model without a rule."""
    rule = next(rule for rule, labels in ADMIN_MODELS.items() if label in labels)
    lines = (ADMIN_RULES[rule] + ADMIN_VERBS.get(label, "")).split("\n")
    rows = [line.split() for line in lines if line.strip()]
    return {(row[0], row[1]): dict(zip(ADMIN_COLUMNS, map(int, row[2:]), strict=True)) for row in rows}


# --- how to knock -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Knock:
    """What a request carries besides its address. Pages get forms, the API gets JSON."""

    data: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)


# The valid input of each operation that wants some: what is refused is then refused for who asks, not for what.
KNOCKS: dict[str, Callable[[World], Knock]] = {
    "POST api/register": lambda world: Knock(
        {"email": "new@example.org", "password": PASSWORD, "full_name": "New", "locale": "en", "timezone": "UTC"}
    ),
    "POST api/auth/login": lambda world: Knock({"email": world.case.claimant.email, "password": PASSWORD}),
    "POST api/auth/refresh": lambda world: Knock({"refresh": world.facts["refresh"]}),
    "POST api/auth/logout": lambda world: Knock({"refresh": world.facts["refresh"]}),
    "POST api/auth/password/reset": lambda world: Knock({"email": world.case.claimant.email}),
    "POST api/auth/password/reset/confirm": lambda world: Knock(
        {"token": world.facts["reset_token"], "new_password": "another good battery"}
    ),
    "POST api/auth/verify-email": lambda world: Knock({"token": world.facts["verify_token"]}),
    "PATCH api/me": lambda world: Knock({"full_name": "Another Name"}),
    "POST api/me/password": lambda world: Knock({"current_password": PASSWORD, "new_password": "another good battery"}),
    "POST api/disputes": lambda world: Knock(
        {"title": "A boat", "description": "It sank.", "respondents": [{"email": "sailor@example.org"}]}
    ),
    "POST api/ai/chat": lambda world: Knock(
        {
            "message": "Who said zq or mark? What is in the truth, evidence, caucus, pair, joint, addendum, proposal, contract?",
            "context": {"disputeId": str(world.case.id)},
        }
    ),
    "POST api/ai/chat/stream": lambda world: Knock(
        {"message": "zq mark caucus pair truth evidence summary", "context": {"disputeId": str(world.case.id)}}
    ),
    "POST api/ai/generate-document": lambda world: Knock({"type": "settlement_agreement", "inputs": settlement()}),
    "POST api/ai/calmer": lambda world: Knock({"text": "You idiot, pay the 5 euros!"}),
    "POST api/ai/analyze": lambda world: Knock({"text": "The buyer waives all rights.", "policy": "unfair-terms"}),
    "POST api/disputes/{dispute_id}/join": lambda world: Knock({"invite_token": world.facts["invitation_token"]}),
    "POST api/disputes/{dispute_id}/invitations": lambda world: Knock({"email": "another@example.org"}),
    "POST api/disputes/{dispute_id}/deadline": lambda world: Knock({"date": day(world)}),
    "POST api/invitations/{token}/accept": lambda world: Knock({"full_name": "Nora Neu"}),
    "POST api/invitations/{token}/more-time": lambda world: Knock({"date": day(world), "reason": "I travel."}),
    "POST api/invitations/fresh-link": lambda world: Knock({"email": world.cast["invited"].email}),
    "POST api/disputes/{dispute_id}/assignments": lambda world: Knock(
        {"lawyer_id": str(world.cast["other_lawyer"].pk), "part": "counsel"}
    ),
    "DELETE api/disputes/{dispute_id}/assignments": lambda world: Knock(
        query={"lawyer_id": str(world.cast["counsel"].pk)}
    ),
    "POST api/disputes/{dispute_id}/truths": lambda world: Knock({"content": "What I saw."}),
    "POST api/disputes/{dispute_id}/evidence": lambda world: Knock({"text": "A receipt.", "description": "paper"}),
    "POST api/disputes/{dispute_id}/messages": lambda world: Knock({"content": "Good morning."}),
    "POST api/disputes/{dispute_id}/understanding": lambda world: Knock(
        {"decision": "correct", "correction": "That is not what I said."}
    ),
    "POST api/disputes/{dispute_id}/bids": lambda world: Knock({"amount": {"amount": "900.00", "currency": "EUR"}}),
    "POST api/disputes/{dispute_id}/bids/direction": lambda world: Knock({"payer_id": str(world.cast["claimant"].pk)}),
    "POST api/disputes/{dispute_id}/bids/direction/answer": lambda world: Knock({"decision": "agree"}),
    "POST api/disputes/{dispute_id}/resolutions/{resolution_id}/ranking": lambda world: Knock(
        {
            "order": [
                str(one.pk)
                for one in Candidate.objects.filter(resolution=world.facts["resolution_id"]).order_by("number")
            ]
            or [str(UNKNOWN)]
        }
    ),
    "POST api/disputes/{dispute_id}/contract/holds/{hold_id}/lift": lambda world: Knock({"reason": "I read it."}),
    "POST api/disputes/{dispute_id}/contract/holds/lift": lambda world: Knock({"reason": "I read it."}),
    "POST api/disputes/{dispute_id}/resolutions": lambda world: Knock(
        {"summary": "The respondent pays.", "terms": [term(world)], "reasoning": "Both want peace."}
    ),
    "POST api/disputes/{dispute_id}/end": lambda world: Knock({"reason": "It leads nowhere."}),
    "POST api/disputes/{dispute_id}/resolutions/{resolution_id}/respond": lambda world: Knock({"decision": "accept"}),
    "POST api/disputes/{dispute_id}/decision": lambda world: Knock(
        {"terms": [term(world)], "reasoning": "On what both could read."}
    ),
    "POST api/disputes/{dispute_id}/contract/review": lambda world: Knock({"decision": "approve"}),
    "POST api/disputes/{dispute_id}/contract/sign": lambda world: Knock({"full_name": "As typed", "consent": True}),
    "POST api/docs/render-pdf": lambda world: Knock(
        {"templateId": str(world.facts["template_id"]), "data": settlement(), "options": {"async": True}}
    ),
    "GET api/docs/{document_id}/file": lambda world: Knock(query={"token": world.facts["file_token"]}),
    "POST api/esign/initiate": lambda world: Knock(
        {
            "docId": str(world.facts["document_id"]),
            "signers": [{"name": "Somebody", "email": "somebody@example.org"}],
            "workflow": "parallel",
        }
    ),
    "POST api/esign/{tracking_id}/sign": lambda world: Knock(
        {"fullName": "As typed", "consent": True, "checksum": world.facts["envelope"].document_sha256}
    ),
    "POST api/esign/{tracking_id}/delegate": lambda world: Knock({"name": "Dele Gate", "email": "d@example.org"}),
    "POST api/esign/{tracking_id}/signers/{signer_id}/correct": lambda world: Knock({"email": "right@example.org"}),
    "POST envelopes/{envelope_id}/": lambda world: Knock({"action": "remind"}),
    "POST signin/": lambda world: Knock({"email": world.case.claimant.email, "password": PASSWORD}),
    "POST signup/": lambda world: Knock(
        {
            "full_name": "Nora Neu",
            "email": world.case.claimant.email,
            "password": "another good battery",
            "locale": "en",
            "timezone": "Europe/Madrid",
        }
    ),
    "POST profile/": lambda world: Knock(
        {"part": "about", "full_name": "Another Name", "locale": "es", "timezone": "Europe/Madrid"}
    ),
    "POST language/": lambda world: Knock({"language": "es", "next": "/verify/"}),
    "POST reset/": lambda world: Knock({"email": world.case.claimant.email}),
    "POST reset/{token}": lambda world: Knock(
        {"new_password": "another good battery", "repeated": "another good battery"}
    ),
    "POST sign/{token}": lambda world: Knock(
        {"full_name": "As typed", "consent": "on", "checksum": world.facts["envelope"].document_sha256}
    ),
    "POST verify/": lambda world: Knock({"checksum": "0" * 64}),
    "POST api/esign/verify": lambda world: Knock({"checksum": "0" * 64}),
    "POST i/{token}": lambda world: Knock({"full_name": "Nora Neu"}),
    "POST i/{token}/reply": lambda world: Knock({"full_name": "Nora Neu", "stance": "agree"}),
    "POST fresh-link/": lambda world: Knock({"email": world.cast["invited"].email}),
    "POST disputes/new/{draft_id}/{step}/": lambda world: Knock({"title": "A boat", "description": "It sank."}),
    "POST disputes/{dispute_id}/statements/": lambda world: Knock({"content": "What I saw.", "final": "on"}),
    "POST disputes/{dispute_id}/evidence/": lambda world: Knock({"text": "A receipt.", "description": "paper"}),
    "POST disputes/{dispute_id}/messages/": lambda world: Knock({"room": "room", "content": "Good morning."}),
    "POST disputes/{dispute_id}/proposals/{resolution_id}/accept/": lambda world: Knock({"sure": "on"}),
    "POST disputes/{dispute_id}/proposals/{resolution_id}/counter/": lambda world: Knock(
        {"how": "words", "comment": "Later."}
    ),
    "POST disputes/{dispute_id}/understanding/correct/": lambda world: Knock({"correction": "It was the frame."}),
    "POST disputes/{dispute_id}/proposals/{resolution_id}/rank/": lambda world: Knock(
        {
            f"place_{one.pk}": str(place)
            for place, one in enumerate(
                Candidate.objects.filter(resolution=world.facts["resolution_id"]).order_by("number"), start=1
            )
        }
    ),
    "POST disputes/{dispute_id}/bid/payer/": lambda world: Knock({"payer": str(world.cast["claimant"].pk)}),
    "POST disputes/{dispute_id}/propose/": lambda world: Knock(
        {**written_term(world), "summary": "The respondent pays.", "reasoning": "Both want peace."}
    ),
    "POST disputes/{dispute_id}/award/": lambda world: Knock(
        {**written_term(world), "reasoning": "On what both could read.", "sure": "on"}
    ),
    "POST disputes/{dispute_id}/bid/": lambda world: Knock({"amount": "900"}),
    "POST disputes/{dispute_id}/arbitration-consent/": lambda world: Knock({"sure": "on"}),
    "POST disputes/{dispute_id}/end/": lambda world: Knock({"reason": "It leads nowhere."}),
    "POST disputes/{dispute_id}/withdraw/": lambda world: Knock({"sure": "on"}),
    "POST disputes/{dispute_id}/invite/": lambda world: Knock({"email": "another@example.org", "side": "respondent"}),
    "POST disputes/{dispute_id}/contract/sign/": lambda world: Knock(
        {"full_name": "As typed", "consent": "on", "checksum": world.case.contract.checksum}
    ),
    "POST disputes/{dispute_id}/contract/decline/": lambda world: Knock({"sure": "on"}),
    "POST disputes/{dispute_id}/deadline/": lambda world: Knock({"date": day(world), "reason": "I travel."}),
    "POST disputes/{dispute_id}/deadline/refuse/": lambda world: Knock({"reason": "No."}),
    "POST admin/login/": lambda world: Knock({"username": world.case.claimant.email, "password": PASSWORD}),
    "POST admin/password_change/": lambda world: Knock(
        {"old_password": PASSWORD, "new_password1": "another good battery", "new_password2": "another good battery"}
    ),
}


def day(world: World) -> str:
    """A day that may become a deadline."""
    return str(day_of(world.case, 20))


def term(world: World) -> dict[str, Any]:
    """A term of a proposal or an award, as the API takes it."""
    made = payment(world.case)
    assert made.amount is not None
    return {
        "kind": made.kind,
        "debtor_id": str(made.debtor_id),
        "creditor_id": str(made.creditor_id),
        "amount": made.amount.as_json(),
        "due_date": str(made.due_date),
        "text": made.text,
    }


def written_term(world: World) -> dict[str, Any]:
    """The same as the page's forms take it."""
    return {
        "t0_kind": "payment",
        "t0_debtor": str(world.case.respondent.pk),
        "t0_creditor": str(world.case.claimant.pk),
        "t0_amount": "900",
        "currency": "EUR",  # asked for where the case is about no sum
    }


# The link of each address that has one: it is the key, whoever holds it.
TOKENS = {
    "verify-email/": "verify_token",
    "reset/": "reset_token",
    "sign/": "sign_token",
    "i/": "outsider_token",
    "api/invitations/": "outsider_token",
}


def address(row_route: str, world: World) -> str:
    """The route with this world's ids."""
    facts = {
        **world.facts,
        "url": "nothing-here",
        "rest": "nothing/here",
        "app_label": "disputes",
        "name": "statements",
        "number": 1,
    }
    for beginning, token in TOKENS.items():
        if row_route.startswith(beginning):
            facts["token"] = world.facts[token]
    return "/" + row_route.format(**facts)


def knock_for(method: str, route: str, world: World) -> Knock:
    """The valid input of an operation; most want none."""
    made = KNOCKS.get(f"{method} {route}")
    return made(world) if made is not None else Knock()
