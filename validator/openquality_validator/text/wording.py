"""Words that steer instead of inform: orders to agents, superlatives, borrowed authority.

A list of words is never complete; what it finds is a warning, and the real defence is that free
text is served apart and that comparisons read numbers only.
"""

import re

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
