"""Bodies written in Markdown, made into HTML before data are filled in. Imports no Django.

Data never pass through here: what people type can become neither markup nor Markdown. Beside CommonMark and its tables:

    ## Fees [=fees]            a clause with a name to refer to; `[-]` a heading without a number,
                               `[recitals]` and `[points]` one whose list is counted (A) or (1), `[schedule =plan]` a schedule
    1. [=late] Who pays late … the clause's items; lists within them are (a), then (i)
    clause [#late]             the number of what has that name
    {% if … %} on its own line stands between blocks, also between the rows of a table

The elements of `numbering` and other HTML may be written as they are.
"""

import re
from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\[#[a-z][a-z0-9-]*\]", re.DOTALL)
# Marks that stand in for the template's own tags while Markdown is read; nobody writes these characters.
VALUE, STATEMENT, END = "\ue000", "\ue001", "\ue002"
ALONE = re.compile(rf"\s*(?:{STATEMENT}\d+{END}\s*)+")
ROW = re.compile(rf"<tr>\s*<td[^>]*>((?:{STATEMENT}\d+{END}\s*)+)</td>(?:\s*<td[^>]*></td>)*\s*</tr>")
MARK = re.compile(rf"[{VALUE}{STATEMENT}](\d+){END}")
PARAGRAPHS = re.compile(rf"<p>({VALUE}(\d+){END})</p>")
FLAGS = re.compile(r"\s*\[([a-z]*) ?(?:=([a-z][a-z0-9-]*))?\]$|\s*\[(-)\]$")
ITEM_NAME = re.compile(r"^\[=([a-z][a-z0-9-]*)\]\s*")


class MarkdownError(ValueError):
    """The body cannot be read as Markdown with template tags."""


def html_template(body: str) -> str:
    """The same template with HTML instead of Markdown; template tags stay as they are. Raises MarkdownError."""
    if any(mark in body for mark in (VALUE, STATEMENT, END)):
        raise MarkdownError("The text has characters of the private use area (U+E000 to U+E002).")
    tags: list[str] = []
    marked = TAG.sub(lambda found: _mark(found.group(), tags), body)
    reader = _reader()
    tokens = _elements(reader.parse(marked))
    html = str(reader.renderer.render(tokens, reader.options, {}))
    html = ROW.sub(r"\1", html)
    html = PARAGRAPHS.sub(lambda found: _bare(found, tags), html)
    return MARK.sub(lambda found: tags[int(found.group(1))], html)


def _bare(found: re.Match[str], tags: list[str]) -> str:
    """A value that makes paragraphs of its own does not stand in one."""
    tag = tags[int(found.group(2))]
    return found.group(1) if "|paragraphs" in tag.replace(" ", "") else found.group()


def _mark(tag: str, tags: list[str]) -> str:
    if tag.startswith("{#"):
        return ""
    tags.append(f'<ref to="{tag[2:-1]}">' if tag.startswith("[#") else tag)
    return f"{STATEMENT if tag.startswith('{%') else VALUE}{len(tags) - 1}{END}"


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    # A name such as {{ address }} in an address would be written there percent-encoded, and nothing is ever fetched.
    reader.disable(["link", "image", "autolink", "reference", "code"])
    reader.block.ruler.before("table", "statement", _statement, {"alt": ["paragraph", "list"]})
    return reader


def _statement(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A line of template statements alone is a block, so that `{% if %}` may stand around any other block."""
    line = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]]
    if not ALONE.fullmatch(line):
        return False
    if not silent:
        state.line = start + 1
        token = state.push("html_block", "", 0)
        token.content = line.strip() + "\n"
        token.map = [start, state.line]
    return True


def _elements(tokens: Sequence[Token]) -> list[Token]:
    """Headings of the second rank and ordered lists as the elements that get numbers."""
    made: list[Token] = []
    lists: list[bool] = []
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            made.append(_raw(_opening(tokens[index + 1])))
            token.tag = "h3" if made[-1].content.startswith("<clause") else "h2"
            tokens[index + 2].tag = token.tag
            made.append(token)
        elif token.type in {"ordered_list_open", "bullet_list_open"}:
            lists.append(token.type == "ordered_list_open")
            made += [] if lists[-1] else [token]
        elif token.type in {"ordered_list_close", "bullet_list_close"}:
            made += [] if lists.pop() else [token]
        elif token.type == "list_item_open" and lists[-1]:
            made.append(_raw(_item(tokens, index)))
        elif token.type == "list_item_close" and lists[-1]:
            made.append(_raw("</item>\n"))
        else:
            if token.type.startswith("paragraph") and lists and lists[-1]:
                token.hidden = False
            made.append(token)
    return made


def _opening(heading: Token) -> str:
    """The element that begins with this heading; its flags are taken out of the words."""
    found = FLAGS.search(heading.content)
    kind, name = "", ""
    if found:
        kind, name = found.group(1) or found.group(3) or "", found.group(2) or ""
        _cut(heading, -len(found.group()), None)
    identity = f' id="{name}"' if name else ""
    if kind == "":
        return f"<clause{identity}>\n"
    if kind == "schedule":
        return f"<schedule{identity}>\n"
    if kind == "-":
        return "<part>\n"
    if kind in {"recitals", "points"}:
        return f"<part>\n<{kind}>\n"
    raise MarkdownError(f"A heading is marked [{kind}], which means nothing here.")


def _item(tokens: Sequence[Token], index: int) -> str:
    for token in tokens[index + 1 : index + 3]:
        if token.type == "inline":
            found = ITEM_NAME.match(token.content)
            if found:
                _cut(token, None, len(found.group()))
                return f'<item id="{found.group(1)}">'
    return "<item>"


def _cut(inline: Token, last: int | None, first: int | None) -> None:
    """Take what was a mark for us out of an inline token: from its end (`last`) or its beginning (`first`)."""
    children = inline.children or []
    if last is not None:
        inline.content = inline.content[:last]
        children[-1].content = children[-1].content[:last]
    if first is not None:
        inline.content = inline.content[first:]
        children[0].content = children[0].content[first:]


def _raw(content: str) -> Token:
    token = Token("html_block", "", 0)
    token.content = content
    return token
