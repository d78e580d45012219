from typing import Any

from django.db import migrations

from kernel.beat_jobs import add_job, remove_job

NAME = "Raise seals"
FORWARD = """
CREATE TRIGGER sealed_revision_rows BEFORE UPDATE OR DELETE ON esign_sealedrevision
    FOR EACH ROW EXECUTE FUNCTION kernel_refuse_change();
CREATE TRIGGER seal_certificate_rows BEFORE UPDATE OR DELETE ON esign_sealcertificate
    FOR EACH ROW EXECUTE FUNCTION kernel_refuse_change();
"""
BACKWARD = """
DROP TRIGGER sealed_revision_rows ON esign_sealedrevision;
DROP TRIGGER seal_certificate_rows ON esign_sealcertificate;
"""


def add(apps: Any, schema_editor: Any) -> None:
    """What was sealed before has one revision. Its certificate is the one in use, which is known where the key is."""
    envelopes = apps.get_model("esign", "Envelope")
    revisions = apps.get_model("esign", "SealedRevision")
    sealed = envelopes.objects.filter(status="completed").exclude(sealed_sha256="")
    for envelope in sealed.iterator():
        made = revisions.objects.create(
            envelope=envelope, number=1, file_id=envelope.sealed_file_id, sha256=envelope.sealed_sha256, level="B-B"
        )
        revisions.objects.filter(pk=made.pk).update(created_at=envelope.sealed_at)
    add_job(apps, name=NAME, task="esign.raise_seals", seconds=60)


def remove(apps: Any, schema_editor: Any) -> None:
    remove_job(apps, name=NAME)


class Migration(migrations.Migration):
    """Revisions and certificates are written once; levels are raised every minute."""

    dependencies = [("esign", "0005_seal_revisions"), ("kernel", "0004_beat_jobs")]

    operations = [migrations.RunPython(add, remove), migrations.RunSQL(FORWARD, BACKWARD)]
