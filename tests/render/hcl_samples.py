"""Random HCL in every layout a person may type, for comparing our formatter with `terraform fmt`."""

from __future__ import annotations

from hypothesis import strategies as st

_word = st.sampled_from(["a", "bb", "some_name", "x-y", "list", "type", "for_each", "in", "if", "é", "日本", "x\u0301"])
_inside_quotes = st.sampled_from(
    [
        "",
        "a",
        "some text",
        "é\u0301",
        "👨‍👩‍👧",
        "🇬🇧x",
        "$",
        "$$",
        "%",
        "$${",
        "%%{",
        r"\"",
        r"\\",
        r"\n",
        r"$\u007b",
        "#",
        "//",
        "/*",
    ]
)
_blank = st.sampled_from(["", "", " ", "  ", "\t", "   "])
_gap = st.sampled_from([" ", " ", "  ", "\t"])
_end = st.sampled_from(
    ["\n", "\n", "\n", "  \n", " # comment\n", "// é note\n", "#\n", " /* x */\n", "\t/* y */ # z\n", "\n\n"]
)
_filler = st.sampled_from(["\n", "\n  \n", "# alone\n", "  // alone\n", "/* over\n   two lines */\n", "   #x\n"])


def _join(draw: st.DrawFn, *parts: str) -> str:
    """The parts with random blanks between them."""
    return "".join(part + draw(_blank) for part in parts[:-1]) + parts[-1]


@st.composite
def _string(draw: st.DrawFn, depth: int) -> str:
    pieces = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.integers(0, 5 if depth else 3))
        if kind <= 3:
            pieces.append(draw(_inside_quotes))
        elif kind == 4:
            strip = draw(st.sampled_from(["", "~"]))
            pieces.append(_join(draw, "${" + strip, draw(_expression(depth - 1)), strip + "}"))
        else:
            pieces.append(_join(draw, "%{", "if" + draw(_gap) + draw(_expression(0)), "}"))
            pieces.append(draw(_inside_quotes) + _join(draw, "%{", "endif", "}"))
    return '"' + "".join(pieces) + '"'


@st.composite
def _items(draw: st.DrawFn, depth: int, opening: str, closing: str, spread: bool = False) -> str:
    """A bracketed list, on one line or several."""
    items = draw(st.lists(_expression(depth), max_size=3))
    if spread and items:
        items[-1] += draw(st.sampled_from(["", "...", " ..."]))
    if draw(st.booleans()):
        separated = [part for item in items for part in (item, ",")][:-1]
        return _join(draw, opening, *separated, closing)
    comma = "" if items and items[-1].endswith("...") else ","
    lines = [draw(_blank) + item + draw(_blank) + "," + draw(_end) for item in items[:-1]]
    lines += [draw(_blank) + item + comma + draw(_end) for item in items[-1:]]
    return opening + draw(_end) + "".join(lines) + draw(_blank) + closing


@st.composite
def _object(draw: st.DrawFn, depth: int) -> str:
    items = []
    for _ in range(draw(st.integers(0, 3))):
        key = draw(st.one_of(_word.filter(lambda word: word != "for"), _string(0), st.just("(a.b)")))
        items.append(_join(draw, key, draw(st.sampled_from(["=", "=", ":"])), draw(_expression(depth))))
    if draw(st.booleans()):
        return "{" + draw(_blank) + ", ".join(items) + draw(_blank) + "}"
    ends = st.one_of(_end, st.just(",\n"), st.just(" , # c\n"))
    return "{" + draw(_end) + "".join(draw(_blank) + item + draw(ends) for item in items) + draw(_blank) + "}"


@st.composite
def _binary(draw: st.DrawFn, depth: int) -> str:
    operator = draw(st.sampled_from(["+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||"]))
    return _join(draw, draw(_expression(depth)), operator, draw(_expression(depth)))


@st.composite
def _for(draw: st.DrawFn, depth: int) -> str:
    names = draw(st.sampled_from(["x", "k,v", "k , v"]))
    source, value = draw(_expression(depth)), draw(_expression(depth))
    condition = draw(st.sampled_from(["", " if x", "  if !x", " if x==1"]))
    if draw(st.booleans()):
        return f"[{draw(_blank)}for {names} in {source}{draw(_gap)}:{draw(_blank)}{value}{condition}{draw(_blank)}]"
    dots = draw(st.sampled_from(["", "...", " ..."]))
    newline = draw(st.sampled_from(["", "\n"]))
    return f"{{{newline}for {names} in {source} :{draw(_blank)}x{draw(_blank)}=>{draw(_blank)}{value}{dots}{condition}{newline}}}"


def _expression(depth: int) -> st.SearchStrategy[str]:
    simple = st.one_of(
        _string(0),
        st.sampled_from(
            [
                "1",
                "-1",
                "- 1",
                "3.14",
                "1e5",
                "true",
                "null",
                "!a",
                "! a",
                "var.x",
                "a.b[0].c",
                "a.0.b",
                "a[ * ].b",
                "a.*.b",
            ]
        ),
        st.sampled_from(
            ['x["k"]', "x [1]", "f()", "provider::x::f(1)", "(1)", "[]", "{}", "[ ]", "{ }", "each.value", "in"]
        ),
    )
    if depth <= 0:
        return simple
    return st.one_of(
        simple,
        _string(depth),
        _items(depth - 1, "[", "]"),
        _items(depth - 1, "f(", ")", spread=True),
        _items(depth - 1, "max (", ")", spread=True),
        _object(depth - 1),
        _binary(depth - 1),
        _for(depth - 1),
        st.builds("{}?{} : {}".format, simple, simple, _expression(depth - 1)),
        st.builds("{} ? {}:{}".format, simple, _expression(depth - 1), simple),
        st.builds("({})".format, _expression(depth - 1)),
        st.builds("(\n{}\n  )".format, _expression(depth - 1)),
        st.builds("-{}".format, _expression(depth - 1)),
    )


@st.composite
def _heredoc(draw: st.DrawFn) -> str:
    marker = draw(st.sampled_from(["<<EOT", "<<-EOT", "<<-é"]))
    text = st.sampled_from(
        [
            "plain",
            "  indented # not a comment",
            "",
            "${a+b}",
            "a ${ f( 1 ) } b",
            "%{ if x }y%{endif}",
            "$${x}",
            "$",
            "EOTX",
            "x = {",
        ]
    )
    body = "".join(draw(text) + "\n" for _ in range(draw(st.integers(0, 3))))
    return f"{marker}\n{body}{draw(_blank)}{marker.strip('<-')}{draw(st.sampled_from(['', ' ']))}\n"


@st.composite
def _body(draw: st.DrawFn, depth: int) -> str:
    out = []
    for number in range(draw(st.integers(0, 5))):
        kind = draw(st.integers(0, 9))
        name = draw(st.sampled_from(["a", "long_name", "é", "type", "日本", "x\u0301-"])) + str(number)
        name = draw(st.sampled_from([name, name, name, "type"])) if not any("type" in text for text in out) else name
        margin = draw(_blank)
        if kind <= 4:
            out.append(margin + _join(draw, name, "=", draw(_expression(2))) + draw(_end))
        elif kind == 5:
            value = draw(
                st.one_of(
                    _heredoc(),
                    st.builds(
                        '"{}{}{}"\n'.format,
                        st.sampled_from(["${", "${ ", "${\n"]),
                        _expression(1),
                        st.sampled_from(["}", " }", "\n}"]),
                    ),
                )
            )
            out.append(margin + _join(draw, name, "=", value))
        elif kind == 6:
            out.append(draw(_filler))
        elif kind == 7 and depth:
            inner = draw(st.sampled_from(["", " ", "a = 1", 'type="string"', 'a="${x}"']))
            out.append(f"{margin}blk{draw(_blank)}{{{inner}}}{draw(_end)}")
        elif depth:
            labels = draw(
                st.lists(st.sampled_from(['"x"', " y", '"a b"', '"é"', ' /* c */ "z"', '"a\\"b"', '""']), max_size=2)
            )
            block = draw(st.sampled_from(["resource", "variable", "blk", "locals"]))
            body = draw(_body(depth - 1))
            out.append(
                f"{margin}{block}{draw(_blank)}{''.join(label + draw(_blank) for label in labels)}{{{draw(_end)}{body}{margin}}}{draw(_end)}"
            )
    return "".join(out)


_file_end = st.sampled_from(
    ["", "", "", "  ", "\t\t", "# end", "a = 1", "a = 1  ", "a = 1 /* c */", "a = 1 # c ", "/* c */", "# c\n\n"]
)
_newlines = st.sampled_from([lambda text: text, lambda text: text, lambda text: text.replace("\n", "\r\n")])

files = st.builds(lambda body, end, newlines: newlines(body + end), _body(2), _file_end, _newlines)
"""The text of a whole file; some are not valid HCL."""
