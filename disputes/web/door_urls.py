"""Addresses of the ways in: invitation, filing, deadlines of a case."""

from django.urls import path

from disputes.web.deadline_views import accept_page, deadline_page, refuse_page
from disputes.web.filing_views import drop_draft, filing_step, new_filing
from disputes.web.invitation_views import fresh_link_page, invitation_page, own_invitation, reply_page

ONE = "disputes/<uuid:dispute_id>/deadline/"
urlpatterns = [
    path("i/<str:token>", invitation_page, name="invitation"),
    path("i/<str:token>/reply", reply_page, name="reply"),
    path("fresh-link/", fresh_link_page, name="fresh-link"),
    path("invitations/<uuid:invitation_id>/", own_invitation, name="own-invitation"),
    path("disputes/new/", new_filing, name="new"),
    path("disputes/new/<uuid:draft_id>/delete/", drop_draft, name="drop-draft"),
    path("disputes/new/<uuid:draft_id>/<slug:step>/", filing_step, name="filing-step"),
    path(ONE, deadline_page, name="deadline"),
    path(f"{ONE}accept/", accept_page, name="deadline-accept"),
    path(f"{ONE}refuse/", refuse_page, name="deadline-refuse"),
]
