"""ISO 4217 currency codes with their minor-unit exponents, frozen (list of 2026-01-01).

Source: the ISO 4217 maintenance agency's list one, read through the public-domain
``iso4217`` package, version 1.16.20260101. CLDR disagrees on 13 of them and is for display
only. Codes without a minor unit (metals, test codes) are left out: nobody can hold them here.
"""

from __future__ import annotations

_BY_EXPONENT: dict[int, str] = {
    0: ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN "
        "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD "
        "FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW "
        "KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR "
        "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG "
        "SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD "
        "USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG"
    ),
    3: ("BHD IQD JOD KWD LYD OMR TND"),
    4: ("CLF UYW"),
}

# What the euro replaced (ISO 4217 list three): old statements are still in these, and nobody types
# them any more, so they are no words of the dialogue.
_RETIRED: dict[int, str] = {
    0: "BEF ESP GRD ITL LUF PTE",
    2: "ATS CYP DEM EEK FIM FRF HRK IEP LTL LVL MTL NLG SIT SKK",
}

RETIRED: frozenset[str] = frozenset(" ".join(_RETIRED.values()).split())

EXPONENTS: dict[str, int] = {
    code: exponent
    for table in (_BY_EXPONENT, _RETIRED)
    for exponent, codes in table.items()
    for code in codes.split()
}
