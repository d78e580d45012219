from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """What a case and a day have cost, and requests whose time is over; built beside the running deployment."""

    atomic = False
    dependencies = [("ai_mediation", "0004_routes_and_requests")]
    operations = [
        AddIndexConcurrently(
            model_name='consultation',
            index=models.Index(condition=models.Q(('dispute_id__isnull', False)), fields=['dispute_id'], name='consultation_dispute'),
        ),
        AddIndexConcurrently(
            model_name='consultation',
            index=models.Index(fields=['created_at'], name='consultation_day'),
        ),
        AddIndexConcurrently(
            model_name='consultation',
            index=models.Index(condition=models.Q(('request__isnull', False)), fields=['created_at'], name='consultation_request'),
        ),
    ]
