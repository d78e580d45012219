from django.db import migrations

FORWARD = """
CREATE FUNCTION ai_mediation_keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'policy version % is %: it is never deleted', OLD.id, OLD.status USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (NEW.id, NEW.policy_id, NEW.number, NEW.content, NEW.content_hash, NEW.published_at)
       IS DISTINCT FROM
       (OLD.id, OLD.policy_id, OLD.number, OLD.content, OLD.content_hash, OLD.published_at)
       OR (NEW.status <> OLD.status AND NOT (OLD.status = 'published' AND NEW.status = 'retired')) THEN
        RAISE EXCEPTION 'policy version % is %: it never changes', OLD.id, OLD.status USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER policy_version_keep BEFORE UPDATE OR DELETE ON ai_mediation_policyversion
    FOR EACH ROW EXECUTE FUNCTION ai_mediation_keep_published();
"""
BACKWARD = """
DROP TRIGGER policy_version_keep ON ai_mediation_policyversion;
DROP FUNCTION ai_mediation_keep_published();
"""


class Migration(migrations.Migration):
    """What texts were read against stays as it was: only drafts change, and published versions can only be retired."""

    dependencies = [("ai_mediation", "0002_policies_checks_drafts_exchanges")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
