"""Tables of which only hashes are kept answer like the dictionaries they were made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from intents.hashed import UNKNOWN, HashedNumbers

texts = st.text(max_size=6)
tables = st.dictionaries(texts, st.integers(0, 2**31 - 1), max_size=40)


class TestHashedNumbers:
    @given(table=tables, asked=st.lists(texts, max_size=20))
    def test_answer_as_the_dictionary_does(self, table, asked):
        hashed = HashedNumbers.of(table)
        wanted = [*table, *asked]
        assert len(hashed) == len(table)
        assert hashed.find(wanted).tolist() == [table.get(text, UNKNOWN) for text in wanted]
        assert [hashed.get(text) for text in wanted] == [table.get(text) for text in wanted]
        again = HashedNumbers(*hashed.arrays)
        assert again.find(wanted).tolist() == hashed.find(wanted).tolist()

    def test_take_half_a_pair_of_surrogates(self):
        assert HashedNumbers.of({"\ud83d": 3}).get("\ud83d") == 3

    @pytest.mark.parametrize(
        ("hashes", "numbers"),
        [
            (np.array([2, 1], np.uint64), np.array([0, 1], np.int32)),
            (np.array([1], np.uint64), np.array([0, 1], np.int32)),
            (np.array([1], np.int64), np.array([0], np.int32)),
        ],
    )
    def test_refuse_what_they_were_not_made_of(self, hashes, numbers):
        with pytest.raises(ValueError, match="hashes"):
            HashedNumbers(hashes, numbers)
