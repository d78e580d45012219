"""Routes of the caught mails, included below /dev/ by development settings."""

from django.urls import path

from kernel.mailcatcher import views

app_name = "mailcatcher"
urlpatterns = [
    path("mail/", views.mail_list, name="list"),
    path("mail.json", views.mail_json, name="json"),
    path("mail/<str:mail_id>/", views.mail_detail, name="detail"),
    path("mail/<str:mail_id>/body", views.mail_body, name="body"),
]
