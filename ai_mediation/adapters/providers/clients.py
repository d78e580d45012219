"""The process's clients: made once for each provider, key and address, anew after a fork."""

import os
from functools import lru_cache

from ai_mediation.adapters.providers.anthropic_messages import AnthropicMessages
from ai_mediation.adapters.providers.calls import Provider
from ai_mediation.adapters.providers.openai_chat import OpenAIChat
from ai_mediation.selectors.routing import credentials_of


def provider_named(name: str) -> Provider:
    """The client of `openai` or `anthropic`, with the key and the address of the environment."""
    key, address = credentials_of(name)
    return _client(name, key, address, os.getpid())


@lru_cache(maxsize=16)
def _client(name: str, key: str, address: str, process: int) -> Provider:
    return OpenAIChat(key, address) if name == "openai" else AnthropicMessages(key, address)
