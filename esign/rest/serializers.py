# ruff: noqa: N815 - these names are promised to front ends
"""Shapes of the e-sign API (camelCase: api.md promises them to front ends)."""

from typing import Any

from rest_framework import serializers

from esign.enums import SignerRole, Workflow
from kernel.rest.fields import EmailField, TextField


class SignerInput(serializers.Serializer[Any]):
    name = TextField(max_length=200)
    email = EmailField()
    order = serializers.IntegerField(min_value=1, max_value=1000, required=False, default=1)
    role = serializers.ChoiceField(choices=SignerRole.choices, required=False, default=SignerRole.SIGNER)


class RemindersInput(serializers.Serializer[Any]):
    """The first reminder after `firstAfterDays`, then every `everyDays`, at most `atMost` to one signer."""

    firstAfterDays = serializers.IntegerField(min_value=1, max_value=90)
    everyDays = serializers.IntegerField(min_value=1, max_value=90)
    atMost = serializers.IntegerField(min_value=1, max_value=20)


class InitiateInput(serializers.Serializer[Any]):
    docId = serializers.UUIDField()
    signers = serializers.ListField(child=SignerInput(), min_length=1, max_length=50)
    workflow = serializers.ChoiceField(choices=Workflow.choices)
    title = TextField(max_length=200, required=False)
    expiresAt = serializers.DateTimeField(required=False)
    mayDelegate = serializers.BooleanField(required=False, default=False)
    reminders = RemindersInput(required=False)


class InitiatedAnswer(serializers.Serializer[Any]):
    """`signingUrl` is the caller's own, when it is their turn first; else null: nobody can sign for another."""

    signingUrl = serializers.CharField(allow_null=True)
    expiresAt = serializers.DateTimeField()
    trackingId = serializers.UUIDField()


class VoidInput(serializers.Serializer[Any]):
    reason = TextField(max_length=2000, multiline=True, required=False, default="", allow_blank=True)


class SignInput(serializers.Serializer[Any]):
    """`checksum` is of the document that was shown; `signatureImage` a PNG data URL of at most 200 kB."""

    fullName = TextField(max_length=200)
    consent = serializers.BooleanField()
    signatureImage = serializers.CharField(max_length=300_000, required=False, allow_null=True, default=None)
    checksum = serializers.CharField(max_length=64)
    locale = serializers.CharField(max_length=12, required=False, default="en")


class DeclineInput(serializers.Serializer[Any]):
    reason = TextField(max_length=2000, multiline=True, required=False, default="", allow_blank=True)


class DelegateInput(serializers.Serializer[Any]):
    name = TextField(max_length=200)
    email = EmailField()


class CorrectInput(serializers.Serializer[Any]):
    """Without `name` it stays as it was."""

    name = TextField(max_length=200, required=False, default="")
    email = EmailField()


class SignerAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    order = serializers.IntegerField()
    role = serializers.CharField()
    status = serializers.CharField()
    delegatedFrom = serializers.UUIDField(allow_null=True)
    signedAt = serializers.DateTimeField(allow_null=True)
    isMe = serializers.BooleanField()


class EnvelopeEventAnswer(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    verb = serializers.CharField()
    createdAt = serializers.DateTimeField()
    hash = serializers.CharField()


class EnvelopeAnswer(serializers.Serializer[Any]):
    trackingId = serializers.UUIDField()
    docId = serializers.UUIDField()
    title = serializers.CharField()
    status = serializers.CharField()
    workflow = serializers.CharField()
    createdAt = serializers.DateTimeField()
    expiresAt = serializers.DateTimeField()
    checksum = serializers.CharField()
    sealedChecksum = serializers.CharField(allow_null=True)
    fileUrl = serializers.CharField()
    mayDelegate = serializers.BooleanField()
    reminders = RemindersInput(allow_null=True)
    endReason = serializers.CharField()
    signers = SignerAnswer(many=True)
    events = EnvelopeEventAnswer(many=True)
    allowed_actions = serializers.ListField(child=serializers.CharField())


class VerifyInput(serializers.Serializer[Any]):
    """One of the two: a file (multipart), or a checksum."""

    file = serializers.FileField(required=False)
    checksum = serializers.CharField(max_length=200, required=False)


class SignedByAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    typedName = serializers.CharField()
    signedAt = serializers.DateTimeField()


class RevisionAnswer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    checksum = serializers.CharField()
    level = serializers.CharField()
    storedAt = serializers.DateTimeField()
    timestampedAt = serializers.DateTimeField(allow_null=True)
    timestampedBy = serializers.CharField()
    isThis = serializers.BooleanField()


class VerifyAnswer(serializers.Serializer[Any]):
    """`verdict`: valid, altered, unsigned or unknown; all but `valid` mean: do not rely on it."""

    verdict = serializers.CharField()
    what = serializers.CharField()
    checksum = serializers.CharField()
    title = serializers.CharField()
    level = serializers.CharField()
    sealedAt = serializers.DateTimeField(allow_null=True)
    sealFingerprint = serializers.CharField()
    signers = SignedByAnswer(many=True)
    revisions = RevisionAnswer(many=True)


class SealsAnswer(serializers.Serializer[Any]):
    """SHA-256 of each certificate this deployment seals or has sealed with, the one in use first."""

    fingerprints = serializers.ListField(child=serializers.CharField())
