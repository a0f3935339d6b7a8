from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from attrigraph.errors import InputError
from attrigraph.staging.channels import ChannelRules, read_channel_rules, rules_of

if TYPE_CHECKING:
    from tests.staging.conftest import ChannelsBy, Write

OWN = """
otherwise = "rest"

[lists]
paid = ["CPC", " ppc "]

[hosts]
search = ["google", "Google.com", "!docs.google.com"]

[[rules]]
channel = "brand"
source = { hosts = ["search"] }
medium = { lists = ["paid"], matches = "x+" }
campaign = { partially_matches = "^Brand|marke$" }

[[rules]]
channel = "search"
source = { words = ["S"], hosts = ["search"] }

[[rules]]
channel = "untagged"
source = ""
medium = "email"

[[rules]]
channel = "network"
ad_network = ["YouTube"]
referrer = { hosts = ["search"] }
click_id = "gclid"
campaign_id = { matches = "[0-9]+" }
"""


@pytest.mark.parametrize(
    ("texts", "rule", "channel"),
    [
        ({"source": "google", "medium": "cpc", "campaign": "brand de"}, 1, "brand"),
        ({"source": " GOOGLE.de", "medium": "PPC", "campaign": "die Marke"}, 1, "brand"),
        ({"source": "google", "medium": "xxx", "campaign": "marke"}, 1, "brand"),
        ({"source": "google", "medium": "xxy", "campaign": "marke"}, 2, "search"),
        ({"source": "google", "medium": "cpc", "campaign": "my brand"}, 2, "search"),
        ({"source": "google", "medium": "cpc"}, 2, "search"),
        ({"source": "s"}, 2, "search"),
        ({"source": "docs.google.com"}, 0, "rest"),
        ({"medium": "Email"}, 3, "untagged"),
        ({"source": "x", "medium": "email"}, 0, "rest"),
        (
            {
                "ad_network": "youtube",
                "referrer": "https://www.google.com/",
                "click_id": "gclid",
                "campaign_id": "17",
            },
            4,
            "network",
        ),
        ({"campaign": "brand"}, 0, "rest"),
        ({"source": " "}, None, None),
        ({}, None, None),
    ],
)
def test_the_first_rule_of_which_all_conditions_fit_gives_the_channel(
    texts: dict[str, str],
    rule: int | None,
    channel: str | None,
    write: Write,
    channels_by: ChannelsBy,
) -> None:
    (found,) = channels_by(read_channel_rules(write("r.toml", OWN)), [texts])
    assert found == (rule, channel)


def test_all_mistakes_are_listed_with_their_places(write: Write) -> None:
    path = write(
        "r.toml",
        'otherwise = 1\ncolour = "red"\n[hosts]\na = ["x/y"]\n'
        '[[rules]]\nchannel = ""\nmedium = "cpc"\n'
        '[[rules]]\nchannel = "b"\n'
        '[[rules]]\nchannel = "c"\nmedium = { matches = "(" }\nsource = {}\n'
        '[[rules]]\nmedium = { word = "x" }\n'
        'source = { lists = ["paid"], hosts = ["b"] }\n'
        '[[rule]]\nchannel = "d"\n',
    )
    with pytest.raises(InputError) as error:
        read_channel_rules(path)
    message = str(error.value)
    for part in (
        "the file of channel rules",
        "is wrong in line 1 at otherwise: it must be text in quotes",
        "in line 2 at colour: there is no such setting",
        "in line 4 at hosts.a.1: an entry must be a word such as google or a host",
        "in line 6 at rules.1.channel: it must not be empty",
        "in line 8 at rules.2: a rule needs a condition on one of source, medium,",
        "in line 12 at rules.3.medium.matches: '(' is no regular expression of RE2: ",
        "in line 13 at rules.3.source: state words, lists, hosts, matches or partially_matches",
        "in line 14 at rules.4.channel: it is missing",
        "in line 15 at rules.4.medium.word: there is no such setting",
        "in line 16 at rules.4.source.lists.1: 'paid' is not in lists; lists has none",
        "in line 16 at rules.4.source.hosts.1: 'b' is not in hosts; hosts has a",
        "in line 17 at rule: there is no such setting",
    ):
        assert part in message, part


def test_lists_that_do_not_exist_are_all_named(write: Write) -> None:
    path = write(
        "r.toml",
        '[lists]\na = ["x"]\n[[rules]]\nchannel = "c"\n'
        'medium = { lists = ["a", "b"] }\nsource = { hosts = ["a"] }\n',
    )
    with pytest.raises(InputError) as error:
        read_channel_rules(path)
    assert str(error.value).endswith(
        "in line 5 at rules.1.medium.lists.2: 'b' is not in lists; lists has a; "
        "in line 6 at rules.1.source.hosts.1: 'a' is not in hosts; hosts has none"
    )
    with pytest.raises(ValidationError, match=r"rules.1.medium: 'b' is not in lists; lists has no"):
        ChannelRules.model_validate({"rules": [{"channel": "c", "medium": {"lists": ["b"]}}]})


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("", "at rules: it is missing"),
        (
            "rules = []",
            "at rules: it must not be empty; begin each one with a line [[rules]]",
        ),
        ("rules = 1", "at rules: "),
        ("[[rules]", "is not TOML"),
        ('[[rules]]\nchannel = "a"\nmedium = 1', "at rules.1.medium"),
        ('[[rules]]\nchannel = "a"\nmedium = []', "at rules.1.medium: state words"),
        ('[[rules]]\nchannel = "a\\u0000"\nmedium = "b"', "must not hold a NUL character"),
        ('[[rules]]\nchannel = "a"\nmedium = { matches = "a(?=b)" }', "regular expression of RE2"),
        ('[[rules]]\nchannel = "a"\nmedium = { matches = "(a{1000}){1000}" }', "of RE2"),
    ],
)
def test_a_mistake_is_named(text: str, mistake: str, write: Write) -> None:
    with pytest.raises(InputError, match="channel rules") as error:
        read_channel_rules(write("r.toml", text))
    assert mistake in str(error.value)


def test_rules_are_built_in_or_a_file(write: Write) -> None:
    assert len(rules_of("classic").rules) == 21
    assert rules_of(str(write("r.toml", OWN))).otherwise == "rest"
    with pytest.raises(InputError, match="must be classic or ga4 or an existing TOML file, got"):
        rules_of("ga5")
    with pytest.raises(InputError, match="cannot read the file of channel rules"):
        rules_of(str(write("r.toml", OWN).parent))
