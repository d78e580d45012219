"""Pages of disputes."""

from django.urls import path

from disputes.web.case_views import case_page, start_page
from disputes.web.invitation_views import invitation_page, own_invitation
from disputes.web.staff_views import staff_page

app_name = "disputes-pages"
urlpatterns = [
    path("", start_page, name="start"),
    path("i/<str:token>", invitation_page, name="invitation"),
    path("invitations/<uuid:invitation_id>/", own_invitation, name="own-invitation"),
    path("disputes/<uuid:dispute_id>/", case_page, name="case"),
    path("staff/", staff_page, name="staff"),
]
