"""The back-office's view of envelopes: read-only; names of signers, never their links, addresses or drawn signatures."""

from django.contrib import admin

from esign.models import Envelope, SealCertificate, SealedRevision, SealUpgrade, Signature, Signer
from kernel.admin import AdminOnly


@admin.register(Envelope)
class EnvelopeAdmin(AdminOnly):
    list_display = ["title", "status", "workflow", "subject_kind", "created_at", "expires_at", "sealed_at"]
    list_filter = ["status", "workflow", "subject_kind"]
    search_fields = ["sealed_sha256", "document_sha256", "subject_id"]


@admin.register(Signer)
class SignerAdmin(AdminOnly):
    list_display = ["name", "envelope", "order", "role", "status", "notified_at", "ended_at"]
    list_filter = ["status", "role"]
    list_select_related = ["envelope"]
    exclude = ["email_sealed", "email_index", "token_digest", "generation"]


@admin.register(Signature)
class SignatureAdmin(AdminOnly):
    list_display = ["full_name", "signed_at", "channel", "consent_version"]
    exclude = ["image", "ip_sealed", "user_agent_sealed"]


@admin.register(SealCertificate)
class SealCertificateAdmin(AdminOnly):
    list_display = ["fingerprint", "first_used_at"]


@admin.register(SealedRevision)
class SealedRevisionAdmin(AdminOnly):
    list_display = ["envelope", "number", "level", "timestamped_at", "timestamped_by", "created_at"]
    list_filter = ["level"]
    list_select_related = ["envelope"]
    search_fields = ["sha256"]


@admin.register(SealUpgrade)
class SealUpgradeAdmin(AdminOnly):
    list_display = ["envelope", "attempts", "due_at", "reason"]
    list_select_related = ["envelope"]
