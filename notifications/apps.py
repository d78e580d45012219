from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        import notifications.subscribers  # noqa: F401 - declares them
        from kernel.registries import NewsTopic, news_topics
        from notifications.enums import Kind, Topic

        optional = {kind.topic for kind in Kind if kind.can_be_switched_off}
        for topic in Topic:
            if topic in optional:
                news_topics.register(
                    topic.value, NewsTopic(topic.label, ("email", "in_app"), is_for_staff=topic is Topic.WORK)
                )
