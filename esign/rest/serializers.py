# ruff: noqa: N815 - these names are promised to front ends
"""Shapes of the e-sign API (camelCase: api.md promises them to front ends)."""

from typing import Any

from rest_framework import serializers

from esign.enums import Workflow
from kernel.rest.fields import EmailField, TextField


class SignerInput(serializers.Serializer[Any]):
    name = TextField(max_length=200)
    email = EmailField()
    order = serializers.IntegerField(min_value=1, max_value=1000, required=False, default=1)


class InitiateInput(serializers.Serializer[Any]):
    docId = serializers.UUIDField()
    signers = serializers.ListField(child=SignerInput(), min_length=1, max_length=50)
    workflow = serializers.ChoiceField(choices=Workflow.choices)


class InitiatedAnswer(serializers.Serializer[Any]):
    """`signingUrl` is the caller's own, when it is their turn first; else null: nobody can sign for another."""

    signingUrl = serializers.CharField(allow_null=True)
    expiresAt = serializers.DateTimeField()
    trackingId = serializers.UUIDField()


class VoidInput(serializers.Serializer[Any]):
    reason = TextField(max_length=2000, multiline=True, required=False, default="", allow_blank=True)


class SignerAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    order = serializers.IntegerField()
    status = serializers.CharField()
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
    signers = SignerAnswer(many=True)
    events = EnvelopeEventAnswer(many=True)
    allowed_actions = serializers.ListField(child=serializers.CharField())
