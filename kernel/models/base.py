"""The abstract base of every aggregate's rows."""

from typing import ClassVar

from django.db import models

from kernel.ids import new_id


class Model(models.Model):
    """A row with a UUIDv7 key.

    `personal_data` names the fields that hold personal data and says how each is erased (GDPR Art. 17);
    a test refuses a concrete model without the declaration. An empty mapping means: none.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    personal_data: ClassVar[dict[str, str]]

    class Meta:
        abstract = True
