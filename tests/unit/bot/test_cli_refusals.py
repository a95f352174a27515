"""What a command line cannot do is said in one line, without a traceback."""

from __future__ import annotations

import pytest

from bot.cli import run
from prompts.locales import is_country, is_locale
from tools.export_table import write_table


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FM_DATABASE__URL", f"sqlite:///{tmp_path}/books.db")


@pytest.mark.parametrize(
    ("variable", "value"),
    [("FM_WEB__PORT", "hello"), ("FM_CLOCK__FIXED", "yesterday"), ("FM_LOGS__LEVEL", "LOUD")],
)
def test_a_wrong_setting_names_its_variable(monkeypatch, capsys, variable, value):
    monkeypatch.setenv(variable, value)
    assert run(["check"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{variable}: ")
    assert said.count("\n") == 1


def test_a_copy_that_is_not_there_is_named(capsys):
    assert run(["restore", "nope.db"]) == 1
    assert capsys.readouterr().err == "nope.db: No such file or directory.\n"


@pytest.mark.slow
def test_a_database_that_is_away_is_said(monkeypatch, capsys):
    monkeypatch.setenv("FM_DATABASE__URL", "postgresql://u:p@127.0.0.1:1/nothing")
    monkeypatch.setenv("FM_SECURITY__MASTER_KEY", "k" * 40)
    assert run(["migrate"]) == 1
    assert capsys.readouterr().err.startswith("The database does not answer.")


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["user", "add", "bad"],
        ["user", "add", "a@b.co", "--locale", "xx_YY"],
        ["user", "add", "a@b.co", "--country", "ZZ"],
        ["import", "nope.csv"],
        ["export", "--output", "/nonexistent/q.csv"],
    ],
)
def test_is_refused_in_one_line(capsys, arguments):
    run(["user", "add", "ana@example.com"])
    capsys.readouterr()
    assert run(arguments) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_knows_locales_and_countries():
    known = [is_locale(one) for one in ("en_US", "es", "es_419", "es_JP", "xx_YY", "en_ZZ", "bad")]
    assert known == [True, True, True, True, False, False, False]
    assert [is_country(one) for one in ("US", "ES", "ZZ", "XQ", "001")] == [True, True] + 3 * [
        False
    ]


def test_an_empty_description_stays_empty():
    rows = [{"description": ""}, {"description": "\tx"}, {"description": "=1"}]
    assert write_table(("description",), rows).split("\r\n")[1:4] == ['""', "'\tx", "'=1"]
