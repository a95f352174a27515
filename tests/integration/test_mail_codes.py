"""Codes that prove an e-mail address: sealed, counted, over in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from core.ids import UserId
from core.messaging.address import Address
from core.users.mail import (
    CODE_LIFE,
    MailAddressUnreadable,
    MailCodeExpired,
    MailCodeNotAsked,
    MailCodesTooMany,
    mail_address,
    masked_address,
)
from tests.fakes.world import World, open_world

ANA = Address.parse("email:ana@example.com")


@pytest.fixture
def world() -> Iterator[World]:
    made = open_world()
    yield made
    made.database.close()


@pytest.fixture
def user(world: World) -> UserId:
    return world.user().id


def issued(world: World, user: UserId, key: str = "appr_1", address: Address = ANA) -> str:
    with world.database.work() as uow:
        made = uow.bindings.mail_codes.issue(user, address, key, now=world.now)
        uow.commit()
    return made.code


def taken(world: World, user: UserId, code: str) -> Address | int:
    with world.database.work() as uow:
        found = uow.bindings.mail_codes.take(user, code, now=world.now)
        uow.commit()
    return found


def wrong(code: str) -> str:
    return "000000" if code != "000000" else "000001"


class TestCodes:
    def test_prove_an_address_once(self, world, user):
        code = issued(world, user)
        assert len(code) == 6
        assert code.isdigit()
        assert taken(world, user, code) == ANA
        with pytest.raises(MailCodeNotAsked):
            taken(world, user, code)

    def test_five_wrong_ones_end_the_right_one(self, world, user):
        code = issued(world, user)
        assert [taken(world, user, wrong(code)) for _ in range(5)] == [4, 3, 2, 1, 0]
        with pytest.raises(MailCodeExpired):
            taken(world, user, code)

    def test_are_over_in_time(self, world, user):
        code = issued(world, user)
        world.clock.advance(CODE_LIFE)
        with pytest.raises(MailCodeExpired):
            taken(world, user, code)

    def test_are_the_newest_ones_only_and_of_one_user(self, world, user):
        old = issued(world, user)
        other = Address.parse("email:other@example.com")
        new = issued(world, user, "appr_2", other)
        stranger = world.user("bob@example.org").id
        with pytest.raises(MailCodeNotAsked):
            taken(world, stranger, new)
        assert old == new or taken(world, user, old) == 4
        assert taken(world, user, new) == other

    def test_are_five_a_day(self, world, user):
        for number in range(5):
            with world.database.reading() as uow:
                uow.bindings.mail_codes.check(user, now=world.now)
            issued(world, user, f"appr_{number}")
        with world.database.reading() as uow, pytest.raises(MailCodesTooMany):
            uow.bindings.mail_codes.check(user, now=world.now)
        world.clock.advance(timedelta(days=1))
        with world.database.reading() as uow:
            uow.bindings.mail_codes.check(user, now=world.now)

    def test_stand_nowhere_in_the_clear(self, world, user):
        code = issued(world, user)
        with world.database.reading() as uow:
            rows = uow.connection.exec_driver_sql("SELECT * FROM mail_codes").all()
        assert len(rows) == 1
        assert code not in str(rows)
        assert b"ana@" not in repr(rows).encode()


class TestAddresses:
    @pytest.mark.parametrize(
        ("text", "path"),
        [
            ("ana@example.com", "ana@example.com"),
            (" <Ana.Lopez@Example.COM>. ", "Ana.Lopez@example.com"),
            ("o'neil+bank@mail.example.co.uk", "o'neil+bank@mail.example.co.uk"),
        ],
    )
    def test_are_read_as_people_type_them(self, text, path):
        assert mail_address(text).path == path

    @pytest.mark.parametrize(
        "text",
        [
            "", "ana", "ana@", "@example.com", "ana@example", "a b@example.com", "ana@ex..com",
            "ana..b@example.com", "ana@-x.com", f"{'a' * 120}@example.com",
            "ana@example.com\nBcc: x", "ana@example.c0m", "ana@exämple.com",
        ],
    )  # fmt: skip
    def test_are_refused_when_they_are_none(self, text):
        with pytest.raises(MailAddressUnreadable):
            mail_address(text)

    def test_are_shown_masked(self):
        assert masked_address("ana@example.com") == "a***@example.com"
