"""HTML and Markdown in free text: a page or a chat window would obey it."""

import re

HTML = re.compile(
    r"</?[a-z][a-z0-9_:.-]*(?:\s[^<>]*)?/?>"  # a tag, of any vocabulary
    r"|<(?:!--|!doctype|!\[cdata|\?xml|https?:)"  # a comment, declaration or autolink
    r"|<(?:script|img|svg|iframe|style|object|embed|form|link|meta|a)\b"  # a tag never closed
    r"|&(?:#\d+|#x[0-9a-f]+|[a-z]{2,31});"  # a character reference
    r"|\b(?:java|vb)script:",
    re.IGNORECASE,
)
MARKDOWN = re.compile(
    r"!?\[[^\]]*\]\([^)]*\)"  # a link or image
    r"|`[^`]+`|```"
    r"|\*\*[^\s*][^*]*\*\*|(?<!\w)__[^\s_][^_]*__(?!\w)|~~[^\s~][^~]*~~"
    r"|^\s{0,3}#{1,6} "  # a heading
    r"|^\s*\[[^\]]+\]:\s*\S"  # a link definition
    r"|\|\s*:?-{3,}"  # a table
)
