"""Addresses of devices: IPv4, IPv6 and MAC."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from wardian.postprocessing.redaction.spans import Span

__all__ = ["find_network_addresses"]

_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)", re.ASCII)
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:.]{2,45}+(?!\w)")
_MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])")
#: Four numbers with dots behind these words count something else.
_VERSION = re.compile(
    r"\b(?:version|versions|release|firmware|build|section|chapter|ver|rev|v)\b[ .:]{0,2}\Z", re.IGNORECASE
)
#: Addresses seldom have only small numbers; where they do, something says that they are addresses.
_SMALL = 32
_ADDRESS = re.compile(
    r"\b(?:ip|ipv4|address|server|host|gateway|dns|subnet|router|ping|from|connect)\b", re.IGNORECASE
)
_BEHIND = re.compile(r"[:/]\d")
_FEWEST_HEX = 3


def find_network_addresses(text: str) -> Iterator[Span]:
    """Addresses that can be; no times, no versions.

    >>> text = "host 10.0.0.7, 2001:db8::8a2e:7334, 00:1B:44:11:3A:B7 at 12:30:45, version 1.2.3.4, 300.1.1.1"
    >>> [text[span.start : span.end] for span in find_network_addresses(text)]
    ['00:1B:44:11:3A:B7', '10.0.0.7', '2001:db8::8a2e:7334']
    """
    for found in _MAC.finditer(text):
        yield Span(*found.span(), "network")
    for found in _IPV4.finditer(text):
        if _is_address(found.group()) and not _is_version(text, *found.span()):
            yield Span(*found.span(), "network")
    for found in _IPV6.finditer(text):
        # A sentence's marks may follow.
        address = found.group().rstrip(".") if found.group().endswith("::") else found.group().rstrip(".:")
        if address.count(":") >= 2 and _is_address(address):
            yield Span(found.start(), found.start() + len(address), "network")


def _is_version(text: str, start: int, end: int) -> bool:
    """Whether four numbers rather count releases, sections or shelves."""
    before = text[max(0, start - 30) : start]
    if _VERSION.search(before):
        return True
    small = all(int(number) < _SMALL for number in text[start:end].split("."))
    return small and not _ADDRESS.search(before) and not _BEHIND.match(text, end)


def _is_address(found: str) -> bool:
    try:
        ipaddress.ip_address(found)
    except ValueError:
        return False
    return sum(character not in ":." for character in found) >= _FEWEST_HEX
