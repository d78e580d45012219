"""Django's makemessages, which also knows `__`, as `gettext_lazy` is called beside `gettext`, and never guesses a translation."""

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    xgettext_options = [*makemessages.Command.xgettext_options, "--keyword=__"]
    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]
