from django.db import migrations

FUNCTION = """
CREATE FUNCTION kernel_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$
"""


class Migration(migrations.Migration):
    """The journal refuses UPDATE, DELETE and TRUNCATE; a head row may only move forward and is never removed."""

    dependencies = [("kernel", "0002_records")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION kernel_refuse_change() CASCADE"),
        migrations.RunSQL(
            """
            CREATE TRIGGER journal_entry_rows BEFORE UPDATE OR DELETE ON kernel_journal_entry
                FOR EACH ROW EXECUTE FUNCTION kernel_refuse_change();
            CREATE TRIGGER journal_entry_truncate BEFORE TRUNCATE ON kernel_journal_entry
                FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_change();
            CREATE TRIGGER journal_stream_rows BEFORE DELETE ON kernel_journal_stream
                FOR EACH ROW EXECUTE FUNCTION kernel_refuse_change();
            CREATE TRIGGER journal_stream_truncate BEFORE TRUNCATE ON kernel_journal_stream
                FOR EACH STATEMENT EXECUTE FUNCTION kernel_refuse_change();
            """,
            """
            DROP TRIGGER journal_entry_rows ON kernel_journal_entry;
            DROP TRIGGER journal_entry_truncate ON kernel_journal_entry;
            DROP TRIGGER journal_stream_rows ON kernel_journal_stream;
            DROP TRIGGER journal_stream_truncate ON kernel_journal_stream;
            """,
        ),
    ]
