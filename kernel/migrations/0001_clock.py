from django.db import migrations


class Migration(migrations.Migration):
    """`kernel_now()`: the one clock that due work is compared with. Tests replace it by one that adds an offset."""

    initial = True
    dependencies = []

    operations = [
        migrations.RunSQL(
            "CREATE FUNCTION kernel_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS 'SELECT clock_timestamp()'",
            "DROP FUNCTION kernel_now()",
        )
    ]
