from django.db import migrations

FORWARD = """
CREATE FUNCTION documents_keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'template version % is %: it is never deleted', OLD.id, OLD.status USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (NEW.id, NEW.template_id, NEW.number, NEW.schema, NEW.body, NEW.styles, NEW.content_hash, NEW.published_at)
       IS DISTINCT FROM
       (OLD.id, OLD.template_id, OLD.number, OLD.schema, OLD.body, OLD.styles, OLD.content_hash, OLD.published_at)
       OR (NEW.status <> OLD.status AND NOT (OLD.status = 'published' AND NEW.status = 'retired')) THEN
        RAISE EXCEPTION 'template version % is %: it never changes', OLD.id, OLD.status USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER template_version_keep BEFORE UPDATE OR DELETE ON documents_templateversion
    FOR EACH ROW EXECUTE FUNCTION documents_keep_published();
"""
BACKWARD = """
DROP TRIGGER template_version_keep ON documents_templateversion;
DROP FUNCTION documents_keep_published();
"""


class Migration(migrations.Migration):
    """What documents were made from stays as it was: only drafts change, and published versions can only be retired."""

    dependencies = [("documents", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
