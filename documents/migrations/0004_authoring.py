from django.db import migrations, models

import kernel.ids

KEPT = """
CREATE OR REPLACE FUNCTION documents_keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'template version %% is %%: it is never deleted', OLD.id, OLD.status USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (NEW.id, NEW.template_id, NEW.number, NEW.schema, NEW.body, NEW.styles, NEW.content_hash, NEW.published_at%(new)s)
       IS DISTINCT FROM
       (OLD.id, OLD.template_id, OLD.number, OLD.schema, OLD.body, OLD.styles, OLD.content_hash, OLD.published_at%(old)s)
       OR (NEW.status <> OLD.status AND NOT (OLD.status = 'published' AND NEW.status = 'retired')) THEN
        RAISE EXCEPTION 'template version %% is %%: it never changes', OLD.id, OLD.status USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
"""
MORE = {"new": ", NEW.syntax, NEW.clauses, NEW.logo", "old": ", OLD.syntax, OLD.clauses, OLD.logo"}


class Migration(migrations.Migration):
    """Markdown, the clause library, a logo, and what may not be signed electronically."""

    dependencies = [("documents", "0003_document_of_a_draft")]

    operations = [
        migrations.CreateModel(
            name="Clause",
            fields=[
                ("id", models.UUIDField(default=kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("slug", models.SlugField(max_length=64, verbose_name="name in templates")),
                ("locale", models.CharField(max_length=12, verbose_name="language")),
                ("title", models.CharField(max_length=200, verbose_name="title")),
                (
                    "syntax",
                    models.CharField(
                        choices=[("html", "HTML"), ("markdown", "Markdown")],
                        default="markdown",
                        max_length=12,
                        verbose_name="written in",
                    ),
                ),
                ("body", models.TextField(max_length=20000, verbose_name="body")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("changed_at", models.DateTimeField(auto_now=True, verbose_name="changed at")),
            ],
            options={
                "verbose_name": "clause",
                "verbose_name_plural": "clauses",
                "constraints": [
                    models.UniqueConstraint(fields=("slug", "locale"), name="clause_once_per_locale"),
                    models.CheckConstraint(
                        condition=models.Q(("syntax__in", ["html", "markdown"])), name="clause_syntax_known"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="template",
            name="signature_excluded",
            field=models.CharField(
                blank=True, default="", max_length=300, verbose_name="why it may not be signed electronically"
            ),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="syntax",
            field=models.CharField(
                choices=[("html", "HTML"), ("markdown", "Markdown")],
                default="html",
                max_length=12,
                verbose_name="written in",
            ),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="clauses",
            field=models.JSONField(blank=True, default=dict, verbose_name="clauses of the library"),
        ),
        migrations.AddField(
            model_name="templateversion",
            name="logo",
            field=models.BinaryField(blank=True, default=b"", max_length=300000, verbose_name="logo (PNG)"),
        ),
        migrations.AlterField(
            model_name="templateversion",
            name="content_hash",
            field=models.CharField(max_length=64, verbose_name="SHA-256 of all that shapes a document"),
        ),
        migrations.AddConstraint(
            model_name="templateversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("syntax__in", ["html", "markdown"])), name="template_version_syntax_known"
            ),
        ),
        migrations.RunSQL(KEPT % MORE, KEPT % {"new": "", "old": ""}),
    ]
