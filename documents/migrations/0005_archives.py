from django.db import migrations, models


class Migration(migrations.Migration):
    """Documents may be PDF/A-3 with their data embedded."""

    dependencies = [("documents", "0004_authoring")]
    operations = [
        migrations.AddField(
            model_name="document",
            name="is_archive",
            field=models.BooleanField(db_default=False, default=False, verbose_name="PDF/A-3 with its data embedded"),
        ),
    ]
