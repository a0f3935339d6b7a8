"""Addresses of servers as they may be printed: without users, passwords and parameters."""

from __future__ import annotations

import re


def shown_address(address: str) -> str:
    """The address without user info, query and fragment; it need not be well formed.

    >>> shown_address("bolt://neo4j:secret@127.0.0.1:7687?x=1")
    'bolt://127.0.0.1:7687'
    >>> shown_address("neo4j:secret@127.0.0.1")
    '127.0.0.1'
    """
    scheme, separator, rest = address.rpartition("://")
    host = re.split("[?#]", rest.rpartition("@")[2])[0]
    return scheme.rpartition("@")[2] + separator + host


def without_user_info(text: str) -> str:
    """The text with users and passwords removed from every address in it.

    >>> without_user_info("GET https://ada:secret@mirror.example.com/maven: not found")
    'GET https://mirror.example.com/maven: not found'
    """
    return re.sub(r"://[^\s'\"]*@", "://", text)
