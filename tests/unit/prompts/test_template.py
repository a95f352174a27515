from __future__ import annotations

import pytest

from prompts.template import FieldMissing, TemplateMalformed, compile_template, fill


def filled(text, **fields):
    return fill(compile_template(text), fields)


class TestFilling:
    def test_puts_values_in(self):
        assert filled("Spent {spent} on {what}.", spent="$5", what="tea") == "Spent $5 on tea."

    def test_never_reads_a_value_as_a_template(self):
        assert filled("Hi {name}!", name="{code} [[x]] \x00") == "Hi {code} [[x]] !"

    def test_refuses_a_placeholder_without_a_value(self):
        with pytest.raises(FieldMissing, match="what"):
            filled("Spent on {what}")

    @pytest.mark.parametrize(
        ("template", "fields", "text"),
        [
            ("Spent {a}[[ on {b}]].", {"a": "$5"}, "Spent $5."),
            ("Spent {a}[[ on {b}]].", {"a": "$5", "b": "tea"}, "Spent $5 on tea."),
            ("[[{a}, ]]then", {}, "then"),
            ("x [[{a}]] y", {}, "x y"),
            ("x [[{a}]] [[{b}]] y", {}, "x y"),
            ("x.[[ {a}.]] UNDO", {}, "x. UNDO"),
            ("x.[[ {a}.]][[ {b}.]] UNDO", {"b": "B"}, "x. B. UNDO"),
            ("x ([[{a}]])", {}, "x ()"),
            ("one\n[[two {a}]]\nthree", {}, "one\nthree"),
            ("one\n[[two {a}]]", {}, "one"),
            ("[[two {a}]]\nthree", {}, "three"),
            ("one\n[[two {a}]]\n[[2 {a}]]\nthree", {}, "one\nthree"),
            ("one\n[[two {a}]]\n[[2 {b}]]\nthree", {"b": "B"}, "one\n2 B\nthree"),
            ("[[a {a}[[, b {b}]]]]!", {"a": "A"}, "a A!"),
            ("[[a {a}[[, b {b}]]]]!", {"b": "B"}, "!"),
            ("[[{a}]]", {"a": ""}, ""),
        ],
    )
    def test_drops_optional_parts_that_lack_a_value_without_a_trace(self, template, fields, text):
        assert filled(template, **fields) == text


class TestCompiling:
    @pytest.mark.parametrize(
        "text", ["{Name}", "{a", "a}", "{a b}", "[[a {b}", "a {b}]]", "[[no slot]]", "{}", "{a:B}"]
    )
    def test_refuses_brackets_that_do_not_pair_up(self, text):
        with pytest.raises(TemplateMalformed):
            compile_template(text)

    def test_knows_what_it_needs_and_what_it_may_use(self):
        template = compile_template("{a} {b:near}[[ {c}[[ {d}]]]]")
        assert template.required == {"a", "b"}
        assert template.names == {"a", "b", "c", "d"}
