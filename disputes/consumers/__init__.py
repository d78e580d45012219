"""Sockets of disputes."""

from disputes.consumers.room import RoomConsumer

__all__ = ["RoomConsumer"]
