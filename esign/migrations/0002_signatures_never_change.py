from django.db import migrations

FORWARD = """
CREATE TRIGGER signature_rows BEFORE UPDATE OR DELETE ON esign_signature
    FOR EACH ROW EXECUTE FUNCTION kernel_refuse_change();
"""
BACKWARD = "DROP TRIGGER signature_rows ON esign_signature;"


class Migration(migrations.Migration):
    """The record of a signature is written once."""

    dependencies = [("esign", "0001_initial"), ("kernel", "0003_append_only")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
