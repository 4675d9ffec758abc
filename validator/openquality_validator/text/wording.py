"""Words that steer instead of inform: orders to agents, superlatives, borrowed authority.

A list of words is never complete; what it finds is a warning, and the real defence is that free
text is served apart and that comparisons read numbers only.
"""

import re
import string

_GAP = r"(?:\W+\w+){0,4}?\W+"
ORDER = re.compile(
    rf"\b(?:ignore|disregard|forget|override|bypass){_GAP}(?:instructions?|prompts?|rules?|"
    r"guidelines|context|messages?|suppliers?|competitors?|alternatives|findings|warnings)\b"
    rf"|\b(?:always|must|should|please|strongly)(?:{_GAP}|\W+)(?:recommend|choose|select|prefer|rank|"
    r"pick|favou?r|suggest)\b"
    r"|\b(?:recommend|choose|select|prefer|rank|buy|pick)\W+(?:this|us|our|it)\b"
    r"|\b(?:do not|don't|never)\W+(?:mention|recommend|consider|compare|reveal|tell|show|list)\b"
    r"|\byou are (?:now|a|an|the)\b|\bas an? (?:ai|assistant|agent|language model)\b"
    r"|\b(?:system|developer) (?:prompt|message|override|note)\b|^\s*(?:system|assistant|user)\s*:"
    r"|\b(?:ai|llms?|language models?|assistants?|shopping agents?|chatbots?)\W+"
    r"(?:must|should|shall)\b"
    r"|\b(?:note|instructions?|attention|message) (?:to|for) (?:the |all )?"
    r"(?:ai|llms?|agents?|assistants?|models)\b"
    r"|\brespond (?:only )?with\b|\bpretend (?:to|that|you)\b|<\|[a-z_]+\|>|\[/?inst\]"
    r"|\b(?:ignoriere|vergiss|missachte)\b|\bimmer empfehlen\b|\bempfiehl immer\b"
    r"|\bignore[zr]? (?:les|toutes)\b|\bignor[ae] (?:las|todas|tutte|le|as)\b"
    r"|忽略.{0,8}(?:指令|指示|提示)|以前の指示|始终推荐"
)
SUPERLATIVE = re.compile(
    r"\bbest(?!\W(?:before|effort|efforts|practice|practices|case|available|estimate|fit)\b)\b"
    r"|\bworld\W?(?:class|leading|beating)\b|\b(?:market|industry)\W?leading\b|\bmarket leader\b"
    r"|\bnumber one\b|(?:\bno\. ?1|\bnr\. ?1|#1)(?!\d)|\bunrivall?ed\b|\bunmatched\b"
    r"|\bunbeatable\b|\bunsurpassed\b"
    r"|\bsuperior\b|\boutstanding\b|\bflawless\b|\bperfect\b|\bfinest\b|\bultimate\b|\brevolutionary\b"
    r"|\bunparalleled\b|\bsecond to none\b|\btop\W?quality\b|\bhighest quality\b|\bguaranteed\b"
    r"|\bcutting\W?edge\b|\bstate\Wof\Wthe\Wart\b"
)
CERTIFIED = re.compile(
    r"(?<!not )(?<!non-)\b(?:certified|certificated|accredited|approved|homologated)\b"
    r"|\bt(?:ü|ue)v\b|\bul listed\b"
)
PRAISED = re.compile(
    r"\baward\W?winning\b|\baward(?:ed)? (?:by|for|winner)\b|\bbest\W?sell(?:er|ing)\b"
    r"|\b(?:endorsed|recommended|trusted|preferred) by\b|\beditor'?s choice\b|\btop\W?rated\b"
    r"|\b(?:five|5)\W?stars?\b|\bcustomers? love\b|\bverified (?:supplier|seller|vendor)\b"
)
# At least one of these words or phrases is in every text that a pattern above can match.
_WORD_LIST = """
ignore ignorer ignorez ignora ignoriere vergiss missachte disregard forget override bypass
always must should shall please strongly recommend choose select prefer favor favour rank buy
pick suggest mention consider compare reveal tell show list chatbot chatbots ai llm llms
agents agent assistant assistants models language prompt message messages instruction
instructions attention note developer inst you respond pretend empfehlen empfiehl best world
worldclass market industry unrivaled unrivalled unmatched unbeatable unsurpassed superior
outstanding flawless perfect finest ultimate revolutionary unparalleled highest top guaranteed
cutting art certified certificated accredited approved homologated tüv tuev ul award awarded
bestseller bestselling endorsed recommended trusted preferred editor editors rated star stars
love loves verified worldleading worldbeating marketleading industryleading cuttingedge toprated
topquality awardwinning fivestar fivestars 5star 5stars
"""
WORDS = frozenset(_WORD_LIST.encode().split())
PHRASES = tuple(
    phrase.encode()
    for phrase in (
        *("number one", "second to", "#1"),
        *("o. 1", "o.1", "r. 1", "r.1", "忽略", "以前の指示", "始终推荐"),
    )
)
SPEAKERS = ("system", "user")  # before a colon; alone they are words like others
_SPEAKER = re.compile(rb"(?:%s)\s*:" % "|".join(SPEAKERS).encode())
# Lower case, and blanks for all that separates words; bytes beyond ASCII belong to words.
_KEPT = frozenset(
    string.ascii_lowercase.encode() + string.digits.encode() + bytes(range(0x80, 0x100))
)
_TO_WORDS = bytes(b if b in _KEPT else ord(" ") for b in bytes(range(0x100)).lower())


def suspicious(text: bytes) -> bool:
    """Say whether a text needs the slower look; False is a proof that it is clean.

    The text is UTF-8; of what is beyond ASCII, letters are in lower case, and the rest is blank.
    """
    if not WORDS.isdisjoint(text.translate(_TO_WORDS).split()):
        return True
    lowered = text.lower()
    if b":" in text and _SPEAKER.search(lowered):
        return True
    return any(map(lowered.__contains__, PHRASES))
