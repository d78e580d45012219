from django.db import migrations


class Migration(migrations.Migration):
    """A head row only ever moves on by one: what 0003 says of it is now refused by the database too."""

    dependencies = [("kernel", "0004_beat_jobs")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TRIGGER journal_stream_forward BEFORE UPDATE ON kernel_journal_stream
                FOR EACH ROW WHEN (NEW.last_seq <> OLD.last_seq + 1 OR NEW.id <> OLD.id OR NEW.kind <> OLD.kind)
                EXECUTE FUNCTION kernel_refuse_change();
            """,
            "DROP TRIGGER journal_stream_forward ON kernel_journal_stream;",
        ),
    ]
