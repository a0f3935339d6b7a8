"""Click ids in URLs, as SQL; ``attrigraph.staging.channels`` knows their sources and media."""

from __future__ import annotations

from attrigraph.staging.channels.known_sources import known_sources


def click_id(url: str) -> str:
    """SQL of the name of the first click id in a URL, in small letters, NULL if it has none."""
    names = "|".join(known_sources().click_ids)
    pattern = rf"^[^?#]*\?(?:[^#]*?&)??({names})=[^&#]"
    return f"nullif(lower(regexp_extract({url}, '{pattern}', 1, 'i')), '')"


def click_source(url: str) -> str:
    """SQL of the source that the click id in a URL names, or NULL."""
    sources = known_sources().click_ids.items()
    cases = " ".join(f"WHEN '{name}' THEN '{source}'" for name, (source, _) in sources)
    return f"CASE {click_id(url)} {cases} END"
