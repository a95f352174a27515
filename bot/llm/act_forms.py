"""The forms in which a sentence says that an act is done, out of the verbs of ``acts.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_ADVERBS = (
    r"(?:(?!only\b|family\b|likely\b|hardly\b|barely\b|scarcely\b)\w+ly|now|already|just|also|all"
    r"|both|then|either|too|ya|todo|tambien|recien|\w+mente|bien|even|right|since|gone ahead and"
    r"|went ahead and|ahora|ahora mismo)"
)
_BETWEEN = rf"(?:{_ADVERBS}\s+){{0,3}}"
_DOERS = (
    r"(?:(?:i|we)(?:\s+have|'?ve|\s+had|'d(?!\s+(?:\w+\s+)?(?:set|put|cut|let|split|reset)\b))?(?:\s+(?:got|had|gotten|managed\s+to\s+get)\s+(?:it|that|them))?"
    r"|(?:i|we)(?:\s+have|'?ve)?\s+(?:went|gone)\s+ahead\s+and)"
)
_WEAK = r"(?:is|are|was|were|it's|that's|they're|he's|she's|'s|'re|gets|get)"
_STRONG = (
    r"(?:has\s+(?:now\s+|just\s+)?been|have\s+(?:now\s+|just\s+)?been|had\s+been|'s\s+been|'ve\s+been"
    r"|(?:is|are|was|were|it's|that's|they're)\s+(?:now|just|already)|(?:is|are)\s+(?:now\s+)?being|got|gotten)"
)
_ES_STRONG = (
    r"(?:ha\s+sido|han\s+sido|ya\s+esta|ya\s+estan|quedan?|quedo|quedaron|ya\s+ha\s+quedado"
    r"|ha\s+quedado|han\s+quedado|se\s+(?:me\s+|te\s+|le\s+)?han?|esta\s+siendo|estan\s+siendo)"
)
_ES_WEAK = r"(?:esta|estan|fue|fueron|ha\s+sido|han\s+sido)"
_CLITICS = r"(?:(?:te|se|le|les|me|nos)\s+)?(?:(?:lo|la|los|las)\s+)?"
# At most twice, and of few words: these are tried at every place of a text.
_AFTER = (
    r"(?:\s+(?:now|already|successfully|correctly|today|just\s+now|for\s+you|as\s+asked"
    r"|as\s+requested|as\s+you\s+asked|ya|correctamente|con\s+exito|para\s+ti"
    r"|(?:to|from|in|into|on|for|under|as|a|en|de|para)(?:\s+[\w'\u2026$€%.]+){1,5})){0,2}"
)
_NO_ELLIPSIS = (
    r"(?:you|they|it|he|she|i|we|who|that|which|what|to|be|is|are|was|were|been|being|not|no|nothing"
    r"|none|never|have|has|had|if|once|when|until|before|can|will|would|could|should|get|got|than|as"
    r"|by|did|do|does|don't|isn't|que|nada|tu|usted|han|ha|he|hay|haya|ser|sea|nunca|sin|si|cuando"
    r"|por|son|es|esta|estan|fue|fueron|los|las|tus|mis|sus|estos|estas|unos|unas|these|those|any"
    r"|still|aun|todavia|nor|ni|neither|queda|quedo|without|were|wasn't|aren't|hasn't|haven't|lo|se)"
)
_NOUNS = rf"^\W*(?:(?!{_NO_ELLIPSIS}\b)[\w\u2026'$€%.-]+\s+){{0,5}}"
_NOTHING_DONE = r"(?!\s+(?:up|nothing|none|neither|nobody|no)\b)"
# What prices and the like do by themselves.
_MOVES = (
    r"(?!\W*(?:\w+\s+)*(?:prices?|rates?|things?|spending|income|rent|balances?|markets?|values?"
    r"|costs?|bills?|precios?)\s+(?:changed|dropped|moved|closed|opened|stopped|cleared|resumed"
    r"|raised|increased|reduced|lowered)\b)"
)
# What a Spanish past without its accent is in English.
_ENGLISH = r"(?:active|reserve|pause)"


@dataclass(frozen=True, slots=True)
class Verbs:
    """One form: how it reads; told with accents kept; whether the bot itself is who
    did it; ``loose``: others do so too, which a fact or a row beside it tells.
    """

    pattern: re.Pattern[str]
    first: bool = False
    accented: bool = False
    loose: bool = False


@dataclass(frozen=True, slots=True)
class _Nothing:
    """Words after which a claim claims nothing: denied, on a condition, or a wish close by."""

    denied: re.Pattern[str]
    conditional: re.Pattern[str]
    near: re.Pattern[str]
    near_first: re.Pattern[str]


_IFS = r"if|once|when|whenever|until|unless|before|whether|as soon as|in case"
_ES_IFS = r"si|cuando|hasta que|una vez(?: que)?|antes de que|en cuanto|a menos que"
_MODAL = (
    r"would|could|can|may|might|should|will|must|shall|'ll|'d|cannot|podria|puede|puedo|debe|sera"
    r"|seran|seria|habra"
)
NO_CLAIM = _Nothing(
    denied=re.compile(
        r"(?i)\bnot\b(?!\s+only)|n't\b|\b(?:no(?!\s+(?:problem|worries|need|doubt|fear))\b|never"
        r"|nothing|none|nobody|neither|nor|without|cannot|hardly|nada|nunca|ningun[oa]?|nadie"
        r"|tampoco|sin|jamas)\b"
    ),
    conditional=re.compile(
        rf"(?i)\b(?:{_IFS}|{_ES_IFS})\b|\b(?:a|an|any|every|each|anything|whatever|what)\b[^,]*"
        r"\b(?:that|which)\s*$|\b(?:what(?:ever)?|how\s+\w+)\s*$"
    ),
    near=re.compile(rf"(?i)(?:\b|(?<='))(?:{_MODAL})\s*(?:\w+\s+)?$"),
    near_first=re.compile(
        rf"(?i)\b(?:{_IFS}|{_ES_IFS}|que|think|thought|says?|claim|which|not\s+that)\s*(?:\w+\s+)?$"
        r"|\b(?:not|nunca|jamas|tampoco|ni|nothing)\s*(?:\w+\s+)?$|\bno\s*(?:(?:lo|la|los|las|te|se|me)\s+)*$"
    ),
)
IDIOMS = re.compile(
    r"(?i)\b(?:i|we)(?:'ve|\s+have|'?m)?\s+(?:\w+ly\s+|just\s+|already\s+)?"
    r"(?:took|taken|dealt|seen|saw)\s+(?:care\s+of|with|to)\s+(?:it|that|this|them|everything|your|the|all)\b"
    r"|\b(?:been|is|are|was|were|it's|that's|all)\s+(?:now\s+|all\s+)?(?:taken\s+care\s+of|dealt\s+with|squared\s+away"
    r"|seen\s+to)\b"
    r"|\b(?:you'?re|you\s+are|it'?s|that'?s|we'?re|everything\s+is|everything's)\s+(?:now\s+)?(?:all\s+set|good\s+to\s+go|all\s+done"
    r"|sorted|all\s+sorted)\b"
    r"|\b(?:it'?s|it\s+is|that'?s|this\s+is|that\s+is|all\s+is|everything\s+is|job\s+is)\s+(?:all\s+|now\s+|already\s+)?done\b"
    r"|\b(?:is|are|it's|that's|they're|has|have)\s+(?:now\s+|all\s+)?gone\b(?!\s+(?:up|down|to|on|into|through|from\s+(?!your)))"
    r"|\bconsider\s+it\s+\w+|\bmission\s+accomplished\b|\bgood\s+as\s+\w+ed\b"
    r"|\b(?:money|transfer|payment|refund|report|pdf|request|it|file|e-?mail)(?:'s|\s+is|\s+are)\s+(?:now\s+)?(?:on\s+(?:its|the)\s+way|underway)\b"
    r"|\bno\s+longer\s+(?:active|subscribed|running)\b|\bwon't\s+be\s+(?:charged|billed)\s+(?:again|anymore|any\s+more)\b"
    r"|\b(?:i|we)(?:'ve|\s+have)?\s+(?:made\s+(?:it|that)\s+happen|got\s+(?:it|that)\s+done|did\s+(?:it|that|so|this)|put\s+it\s+through"
    r"|got\s+rid\s+of)\b"
    r"|\b(?:todo|asunto)\s+(?:esta\s+|queda\s+)?(?:listo|resuelto|arreglado|hecho|solucionado)\b|\besta\s+(?:todo\s+)?(?:listo|hecho)\b"
    r"|\bya\s+(?:quedo|esta\s+listo|no\s+(?:te\s+)?(?:cobraran|esta\s+activ[oa]))\b|\bva\s+en\s+camino\b|\bya\s+no\s+existe\b"
)
_CHANGE = (
    r"(?:change|payment|transfer|update|switch|adjustment|cancellation|order|request|deposit)s?"
)
OWN_IDIOMS = re.compile(
    rf"(?i)\b(?:i|we)(?:'ve|\s+have)?\s+(?:\w+ly\s+|just\s+|already\s+|now\s+)?"
    rf"(?:made\s+(?:(?:the|a|that|this|your|all\s+the)\s+)?{_CHANGE}\b|told\s+(?!you\b)"
    r"|asked\s+(?!you\b|me\b|for\b|what\b|about\b|whether\b|how\b|if\b|which\b|because\b)"
    r"|(?:wrote|got|noted)\s+(?:it|that|this|them)\s+down\b|took\s+the\s+liberty\s+of\b"
    r"|let\s+(?!me\b|you\b)\w+\s+know\b|(?:took|taken)\s+[^,.]{1,40}?\s(?:off|out\s+of)\b"
    r"|put\s+[^,.]{1,40}?\s(?:into|aside|towards|back|through|on\s+hold|in\s+place)\b)"
    r"|\boff\s+it\s+went\b|\b(?:deje|dejamos)\s+\w+[ao]d[oa]\b|\b(?:lo|la)\s+hice\b"
)
MORE_IDIOMS = re.compile(
    rf"(?i)\b{_CHANGE}\s+(?:(?:is|are|was|were|has\s+been|have\s+been|now)\s+)*"
    r"(?:made|complete|completed|confirmed|through|successful|in)\b(?!\s+(?:by|in|on|to))"
    r"|\b(?:got|has|received)\s+(?:his|her|their|its|the)\s+(?:cancellation|money)\b"
    r"|\btiene\s+(?:ya\s+)?(?:su|el)\s+dinero\b|\b(?:that's|it's)\s+over\W*$"
    r"|\b(?:limit|budget|goal|cap)\s+just\s+went\b|\bnow\s+(?:sits|lives)\s+(?:under|in)\b"
    r"|\bno\s+longer\s+exists?\b|\b(?:has|have)\s+(?:now\s+)?come\s+to\s+an\s+end\b"
    r"|\b(?:alerts?|reminders?|notifications?|it|card|subscription)\s+(?:is|are)\s+(?:now\s+)?(?:off|on|live)\b"
    r"(?:\s+now)?\s*(?=[.,!;]|$)"
    r"|\breceived\s+(?:the|your)\b|\bya\s+recib(?:io|ieron)\b|\bbaja\s+(?:esta\s+)?confirmada\b"
    r"|\bya\s+no\s+(?:esta|sale|aparece)\b"
)
MONEY_IDIOMS = re.compile(
    r"(?i)(?<!you )\b(?:went|has\s+gone|have\s+gone|gone)\s+through\b|\b(?:salio|pasaron)\s+bien\b"
)


def forms(
    tables: Mapping[str, Mapping[str, Sequence[str]]],
) -> tuple[Iterable[Verbs], Iterable[re.Pattern[str]]]:
    """Return the forms that stand in a sentence, and those that are all there is of a part."""
    english, spanish = _english(tables["en"]), _spanish(tables["es"])
    participles = [*tables["en"]["strict"], *tables["en"]["own"]]
    stems = [stem for kind in ("strict", "money", "own") for stem in tables["es"][kind]]
    ends = _any([*participles, *tables["en"]["money"]], "verb")
    alone = [
        rf"{_MOVES}{_NOUNS}{ends}{_AFTER}\W*$",
        rf"{_NOUNS}{_stems(stems, '[oa]')}{_AFTER}\W*$",
        rf"^\W*{_stems(stems, 's?')}\s+(?:el|la|los|las|tu|tus|su)\b",
        rf"^\W*{_BETWEEN}{_any(participles, 'verb')}\s+(?!up\b|against\b|so\s+far\b)"
        r"(?:it|that|them|this|these|those|both|all|your|the|an?|my|one|to|from|\u2026|\d|\$|(?-i:[A-Z]))",
        r"^\W*(?:(?:all|and|it's|yes|ok|okay|ya|todo|muy\s+bien)\W+)?(?P<verb>done|sorted|completed|success|hecho|listo"
        r"|lista|completado|finished|all\s+set|ya\s+esta|taken\s+care\s+of|ya\s+fue)(?:\s+(?:now|then|ya))?\W*$",
        rf"^\W*(?!{_ENGLISH}\b){_any(tables['es']['first'], 'verb', fold_ends=True)}\W*$",
    ]
    return [*english, *spanish], [_made(one) for one in alone]


def _english(words: Mapping[str, Sequence[str]]) -> Iterable[Verbs]:
    every = _any([*words["strict"], *words["money"], *words["own"], "done"], "verb")
    acts = _any([*words["strict"], *words["money"]], "verb")
    own = _any(words["own"], "verb")
    gerunds = _any(words["gerunds"], "verb")
    allowed = "|".join(map(re.escape, words["allowed"]))
    yield Verbs(_made(rf"\b{_DOERS}\s+{_BETWEEN}{every}\b{_NOTHING_DONE}"), first=True)
    # What the bot says of itself in the past is an act, unless it is looking and the like.
    yield Verbs(
        _made(rf"\b{_DOERS}\s+{_BETWEEN}(?!(?:{allowed})\b)(?P<verb>\w{{2,}}ed)\b{_NOTHING_DONE}"),
        first=True,
    )
    yield Verbs(
        _made(
            rf"\b(?:i|we)(?:'ve|\s+have)?\s+(?:(?!you\b|they\b|not\b|can\b|will\b|could\b|would\b|to\b)"
            rf"[\w']+\s+){{1,8}}and\s+{_BETWEEN}{_any(words['strict'], 'verb')}\b(?!\s+up\b)"
        ),
        first=True,
    )
    yield Verbs(_made(rf"(?:\b|(?='))(?:{_WEAK}|{_STRONG})\s+{_BETWEEN}{acts}\b"))
    yield Verbs(
        _made(
            rf"(?:\b|(?=')){_STRONG}\s+{_BETWEEN}(?P<verb>(?!(?:{allowed})\b)\w{{2,}}ed"
            r"|told|written|rung|withheld)\b"
        ),
        loose=True,
    )
    yield Verbs(_made(rf"\byou(?:'ve|\s+have)\s+successfully\s+{acts}\b"))
    yield Verbs(_made(rf"(?:\b|(?=')){_STRONG}\s+{_BETWEEN}{own}\b"))
    yield Verbs(
        _made(rf"\b(?:i'?m|i\s+am|we'?re|we\s+are)\s+{_BETWEEN}{gerunds}\b(?!\s+up\b)"), first=True
    )
    yield Verbs(
        _made(
            rf"^\W*{_BETWEEN}{gerunds}\b(?!.*\b(?:would|could|can|might|may|is|means|will|saves?)\b)"
            r".*\b(?:now|right\s+away|for\s+you|at\s+once|it|that)\b"
        )
    )


def _spanish(words: Mapping[str, Sequence[str]]) -> Iterable[Verbs]:
    strict = [*words["strict"], *words["money"]]
    bare = _any(words["first"], "verb", fold_ends=True)
    wanted = _any(words["infinitives"], "verb")
    every = [*strict, *words["own"]]
    allowed = "|".join(map(re.escape, words["allowed"]))
    yield Verbs(
        _made(
            rf"\b(?:he|hemos)\s+{_BETWEEN}(?!puesto\s+(?:primero|lo|en\s+orden)\b)"
            rf"{_stems(every, 'o')}"
        ),
        first=True,
    )
    yield Verbs(
        _made(
            rf"\b(?:he|hemos)\s+{_BETWEEN}(?!(?:{allowed})\b)(?P<verb>\w{{2,}}(?:ado|ido))\b"
            r"(?!\s+nada\b)"
        ),
        first=True,
    )
    yield Verbs(_made(rf"\btienes\s+(?:\w+\s+){{1,4}}{_stems(words['strict'], '[oa]s?')}"))
    yield Verbs(_made(rf"\bse\s+acaban?\s+de\s+{wanted}\b"))
    yield Verbs(_made(rf"\b(?:{_ES_WEAK}|{_ES_STRONG})\s+{_BETWEEN}{_stems(strict, '[oa]s?')}"))
    yield Verbs(_made(rf"\b{_ES_STRONG}\s+{_BETWEEN}{_stems(words['own'], '[oa]s?')}"))
    yield Verbs(_made(rf"\b{_any(words['first'], 'verb')}\b"), first=True, accented=True)
    yield Verbs(_made(rf"\b(?:ya|yo)\s+(?:no\s+)?{_CLITICS}{bare}\b"))
    yield Verbs(_made(rf"^\W*(?:te|se|lo|la|los|las)\s+{_CLITICS}{bare}\b"))
    yield Verbs(
        _made(rf"\b(?:ya|te|se|lo|la|los|las)\s+{_CLITICS}{_any(words['plural'], 'verb')}\b")
    )
    yield Verbs(_made(rf"\bse\s+{_CLITICS}{_any(words['third'], 'verb')}\b"), accented=True)
    yield Verbs(_made(rf"\b(?:estoy|estamos|se\s+esta|se\s+estan)\s+{_BETWEEN}{_gerund(words)}"))
    yield Verbs(
        _made(rf"\b(?:acabo|acabamos)\s+de\s+{wanted}(?:te|lo|la|los|las|se)*\b"),
        first=True,
    )


def _gerund(words: Mapping[str, Sequence[str]]) -> str:
    return rf"{_any(words['gerunds'], 'verb')}(?:te|se|lo|la|los|las)*\b"


def _stems(stems: Iterable[str], ends: str) -> str:
    """Return a pattern for Spanish participles: in "dad de baja" the ending is inside."""
    inside = [
        re.escape(stem).replace("dad\\ de", f"dad{ends}\\ de")
        if " de " in stem
        else re.escape(stem) + ends
        for stem in sorted(stems, key=len, reverse=True)
    ]
    return rf"(?P<verb>{'|'.join(inside)})\b"


def _any(words: Iterable[str], name: str, *, fold_ends: bool = False) -> str:
    """Return a pattern for any of some words, the longer ones first."""
    plain = [word.replace("é", "e").replace("í", "i") if fold_ends else word for word in words]
    return (
        f"(?P<{name}>{'|'.join(re.escape(word) for word in sorted(plain, key=len, reverse=True))})"
    )


def _made(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
