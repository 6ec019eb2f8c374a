import pytest

from darkships.config import read_config
from darkships.config.alerting import Rule
from darkships.errors import ConfigError

LEAST = 'store = "s"\nsites = "rajin"\nout = "o"\n[[feed]]\npaths = ["a"]\n'
MAIL = '[[target]]\nname = "desk"\nkind = "smtp"\nhost = "h"\nsender = "a@b"\nto = ["c@d"]\n'
HOOK = '[[target]]\nname = "hook"\nkind = "webhook"\nurl_env = "URL"\nsecret_file = "key"\n'


@pytest.fixture
def read(tmp_path):
    def of(text):
        path = tmp_path / "darkships.toml"
        path.write_text(LEAST + text, encoding="utf-8")
        return read_config(path)

    return of


def test_without_rules_all_of_the_least_probability_is_told(read):
    assert read("").alert_rules == (Rule(min_probability=0.5),)


def test_all_that_can_be_said(read, tmp_path):
    config = read(
        '[[list]]\nname = "ofac"\nfile = "ofac.csv"\n[[rule]]\nlists = ["ofac"]\nwhen = ["within_range"]\n'
        + MAIL + 'user = "me"\npassword_file = "secret"\nquiet_hours_utc = "22:00-05:30"\nsubject = "$change"\n' + HOOK
    )  # fmt: skip
    assert config.lists[0].file == tmp_path / "ofac.csv"
    assert config.alert_rules == (Rule(lists=("ofac",), when=("within_range",)),)
    assert [target.name for target in config.targets] == ["desk", "hook"]
    assert config.targets[0].password_file == tmp_path / "secret"
    assert (config.targets[0].port, config.targets[0].security, config.targets[1].digest) == (587, "starttls", False)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (MAIL + MAIL, "two [[target]] are called 'desk'; expected a name of its own for each"),
        ('[[rule]]\nlists = ["none"]\n', "line 7: [[rule]] number 1: lists, item 1: found 'none', expected the name"),
        ('[[rule]]\nwhen = ["often"]\n', "line 7: [[rule]] number 1: when, item 1: found 'often', expected 'new', "),
        (MAIL + 'user = "me"\n', "line 6: [[target]] number 1: expected one of password_env and password_file"),
        (MAIL + 'password = "hunter2"\n', "line 12: [[target]] number 1: unknown key 'password' (known: body, "),
        (MAIL + "port = 0\n", "line 12: [[target]] number 1: port: found 0, expected greater than or equal to 1"),
        (MAIL + 'quiet_hours_utc = "22-5"\n', "line 12: [[target]] number 1: quiet_hours_utc: found '22-5', expected"),
        (MAIL + 'subject = "$nmae"\n', "line 12: [[target]] number 1: subject: found '$nmae', expected a text with"),
        (
            HOOK.replace("webhook", "pigeon"),
            "line 8: [[target]] number 1: kind: found 'pigeon', expected one of smtp, ",
        ),
        (HOOK.replace('kind = "webhook"\n', ""), "line 6: [[target]] number 1: 'kind' is missing"),
        ("[target]\nkind = 1\n", "line 6: 'target' must be written as one or more [[target]] tables"),
        (HOOK + 'url_file = "u"\n', "line 6: [[target]] number 1: expected one of url_env and url_file"),
        (
            '[[target]]\nname = "x y"\nkind = "apprise"\nurl_env = "U"\n',
            "line 7: [[target]] number 1: name: found 'x y'",
        ),
    ],
)
def test_what_cannot_be(read, text, problem):
    with pytest.raises(ConfigError) as error:
        read(text)
    found = str(error.value)
    assert "1 problem(s)" in found
    assert problem in found
    assert "hunter2" not in found
