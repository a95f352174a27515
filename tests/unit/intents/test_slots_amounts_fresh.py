"""More ways to write money, written after the grammar and without looking at it.

The first, untuned runs read 27 of the first 35, and after those were mended 27 of the next 30.
Two are still missed: a number that is part of a product's name cannot be told from a price.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from intents.lexicon import load_lexicon
from intents.slots.amounts import parse_amounts

FRESH: dict[str, str] = {
    "dropped like 40 bucks at the bar": "40 USD about",
    "gas was 38.2": "38.2",
    "netflix went up to 15.99": "15.99",
    "paid $1,299 for the laptop": "1299 USD",
    "1.299,00 euros for the laptop": "1299.00 EUR",
    "EUR12.50 for lunch": "12.50 EUR",
    "12€ lunch": "12 EUR",
    "£3.5k deposit": "3500 GBP",
    "half a million": "500000",
    "salary 85,000": "85000",
    "salary 8.5 lakhs": "850000",
    "Rs 1,05,000/-": "105000 INR",
    "INR 2500.00 spent": "2500.00 INR",
    "a couple hundred dollars": "200 USD",
    "five hundred": "500",
    "twenty-five dollars": "25 USD",
    "fifteen hundred rupees": "1500 INR",
    "two fifty for coffee": "",
    "3 coffees 4.20 each": "4.20",
    "coffee 3.80 and bagel 2.50": "3.80 | 2.50",
    "anything above 200?": "200 over",
    "not more than 60": "60 under",
    "charges between 9.99 and 19.99": "9.99 between | 19.99 between",
    "somewhere around 75": "75 about",
    "100ish": "100 about",
    "max 30 bucks": "30 USD under",
    "split 45.60 in 2": "45.60",
    "2 x 9.99": "19.98",
    "uber 12.40 + 3 tip": "15.40",
    "flight BA249 310": "310",
    "room 12 rent 800": "800",
    "at 7:30 paid 18": "18",
    "10% tip on 50": "50",
    "payed 6 dolars": "6 USD",
}

NEXT: dict[str, str] = {
    "groceries 54.20 and gas 38": "54.20 | 38",
    "paid the plumber 150 cash": "150",
    "got 1200 from work": "1200",
    "spotify 10.99/mo": "10.99",
    "tipped 5": "5",
    "3,50 for bread": "3.50",
    "it cost me 1.2 lakh rupees": "120000 INR",
    "twenty five bucks": "25 USD",
    "ana owes me $35.50": "35.50 USD",
    "bigger than 1k": "1000 over",
    "find charges of exactly 9.99": "9.99",
    "was it 45 or 54?": "45 | 54",
    "rent is 1,450/month": "1450",
    "taxi 14 euro": "14 EUR",
    "loan of 2.5 crores": "25000000",
    "less than a hundred": "100 under",
    "no more than $50 a week": "50 USD under",
    "from 20 to 30 dollars": "20 | 30 USD",
    "15-20 quid": "15 GBP between | 20 GBP between",
    "bought 6 eggs for 3": "3",
    "netflix 649 rs": "649 INR",
    "AED 250 dinner": "250 AED",
    "250aed dinner": "250 AED",
    "S$12 laksa": "12 SGD",
    "4 beers 22": "22",
    "one hundred and five": "105",
    "a quid": "1 GBP",
    "split $90 three ways": "90 USD",
    "0.99 app": "0.99",
}

FRESH |= NEXT


@pytest.mark.parametrize("text", FRESH)
def test_reads(text):
    found = parse_amounts(text, currency="USD", decimal_comma=False, lexicon=load_lexicon("en"))
    expected = []
    for part in filter(None, FRESH[text].split(" | ")):
        value, *rest = part.split()
        currency = next((word for word in rest if word.isupper()), None)
        comparison = next((word for word in rest if word.islower()), None)
        expected.append((Decimal(value), currency, comparison))
    assert [(one.value, one.currency, one.comparison) for one in found] == expected


@pytest.mark.xfail(reason="a number in a product's name looks like a price", strict=True)
@pytest.mark.parametrize(("text", "price"), [("iphone 15 case 25", 25), ("5k run shoes 80", 80)])
def test_tells_a_product_from_its_price(text, price):
    found = parse_amounts(text, currency="USD", decimal_comma=False, lexicon=load_lexicon("en"))
    assert [one.value for one in found] == [price]
