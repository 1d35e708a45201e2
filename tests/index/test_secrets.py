"""Secrets are withheld, whatever stands around them; examples and code are left as they are."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forklift.index.secrets import WITHHELD, count_withheld, has_secret, redact

# made up, and in pieces, so that no scanner of this repository takes them for real
R36 = "q7Xk2Lm9" + "Zp4Tv8Rw" + "1Ny6Bc3H" + "d5Gj0SfA" + "eUoK"
HEX = "9f8b3c2d" + "1e7a6054" + "c3b2a190" + "7d6e5f48"
KEYS = [
    "AKIA" + "Q7XK2LM9ZP4TV8RW",
    "ghp_" + R36,
    "github_pat_" + R36 + "_" + R36,
    "glpat-" + R36[:20],
    "xoxb-" + "123456789013-" + R36[:24].lower(),
    "https://hooks.slack.com/services/" + "T0AB12CD3/B0EF45GH6/" + R36[:24],
    "sk_live_" + R36[:24],
    "sk-" + R36[:20] + "T3Blbk" + "FJ" + R36[10:30],
    "sk-ant-" + "api03-" + R36,
    "SG." + R36[:22] + "." + R36 + R36[:7],
    "AIza" + R36[:35],
    "hf_" + R36[:34],
    "npm_" + R36,
    "sq0csp-" + R36 + R36[:7],
    "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxIn0." + R36,
    "pypi-AgEIcHlwaS5vcmc" + R36 * 2,
    HEX + "-us12",
]
PASSWORDS = [
    ('DB_PASSWORD = "{}"', "gT7#kQ92!x"),
    ("password: '{}'", "blueHorse42stapler"),
    ('{{"api_key": "{}"}}', HEX),
    ("SECRET_KEY={}", HEX),
    ("export AUTH_TOKEN={}", R36),
    ("connect('postgres://admin:{}@db.internal/shop')", "n0tAw0rd77"),
    ('client_secret => "{}"', R36),
    ('aws_secret_access_key = "{}"', R36 + "Xy9/"),
]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("around", ["{}", 'KEY = "{}"', "We used {} before.", "a\n# {}\nb", "`{}`", "é{}"])
def test_keys_of_known_kinds_are_withheld_in_any_text(key, around):
    text = around.format(key)
    left = redact(text)
    assert key not in left
    assert key[-12:] not in left
    assert count_withheld(left) == 1
    assert left.count("\n") == text.count("\n")
    assert has_secret(text)


@pytest.mark.parametrize(("line", "secret"), PASSWORDS)
def test_values_of_things_called_secret_are_withheld(line, secret):
    left = redact(f"first\n{line.format(secret)}\nlast")
    assert secret not in left
    assert left == f"first\n{line.format(WITHHELD)}\nlast"


def test_a_private_key_loses_its_body_and_keeps_its_lines():
    body = "\n".join([R36 + R36[:28]] * 5)
    for kind in ("RSA ", "", "OPENSSH ", "EC "):
        text = f"before\n-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----\nafter"
        left = redact(text)
        assert R36 not in left
        assert left.splitlines()[0] == "before"
        assert left.splitlines()[-1] == "after"
        assert left.count("\n") == text.count("\n")
    quoted = f'KEY = "-----BEGIN PRIVATE KEY-----\\n{R36 * 2}\\n{R36 * 2}\\n-----END PRIVATE KEY-----"'
    assert R36 not in redact(quoted)


@pytest.mark.parametrize(
    "text",
    [
        "password = input('Password: ')",
        'auth = HTTPBasicAuth("user", "pass")',
        "proxies = {'http': 'http://user:password@10.10.1.10:3128/'}",
        'app.secret_key = "your-secret-key-goes-here-1"',
        'SECRET_KEY = "dev"',
        "token = tokens[0]",
        ".compute_shared_secret	= curve25519_compute_value,",
        "parser, token, func=admin_actions, template_name='actions.html'",
        "password=os.environ['PASSWORD_2_OF_USER']",
        'api_key = "${API_KEY_2}"',
        "api_key: <the key of section 12345678>",
        "MAX_TOKENS = 1_000_000_000",
        "raise ValueError('the token has expired; see https://example.org/tokens#expired12')",
        "token_type = 'urn:ietf:params:oauth:token-type:access_token'",
        "key = hashlib.sha256(b'abcdefgh12345678').hexdigest()",
        "def sign(self, value: str | bytes, secret_key: str | bytes) -> bytes:",
        "a commit such as 5f352379324c22463451387a0aec5d2f is no secret",
        "-----BEGIN PRIVATE KEY----- starts a key",
        "the AKIA prefix, ghp_ and sk- tell the kind",
        "The `password` argument: a string, e.g. `password='secret'`.",
    ],
)
def test_examples_code_and_prose_stay_as_they_are(text):
    assert redact(text) == text
    assert not has_secret(text)


@given(st.text(alphabet=st.sampled_from("ab1=:\"'\n /@_-AKIAghp secrtokn\u0130é"), max_size=400))
def test_lines_stay_where_they_are_and_nothing_is_withheld_twice(text):
    left = redact(text)
    assert left.count("\n") == text.count("\n")
    assert redact(left) == left


@pytest.mark.parametrize("piece", ["password=", "key:", "://a:", "AKIA", "-----BEGIN PRIVATE KEY-----", "eyJ.", "x"])
def test_hostile_texts_take_no_time(piece):
    started = time.process_time()
    redact(piece * (300_000 // len(piece)))
    assert time.process_time() - started < 5
