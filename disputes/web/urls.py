"""Pages of disputes."""

from django.urls import path

from disputes.web.door_urls import urlpatterns as door
from disputes.web.list_views import start_page
from disputes.web.room_urls import urlpatterns as room
from disputes.web.staff_views import staff_page

app_name = "disputes-pages"
urlpatterns = [
    path("", start_page, name="start"),
    *door,
    *room,
    path("staff/", staff_page, name="staff"),
]
