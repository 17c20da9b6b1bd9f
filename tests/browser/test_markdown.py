"""Markdown as models write it: the parser against CommonMark's own examples, and against what is hostile."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wardian_build import paths, process

#: To HTML as in CommonMark's examples; line breaks and links, which differ on purpose, in their own form.
TO_HTML = """
const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escape = (text) => text.replace(/[&<>"]/g, (letter) => ENTITIES[letter]);
const span = ({ text, code, strong, emphasis, strike, address }) => {
  let made = code ? `<code>${escape(text)}</code>` : escape(text);
  if (strong) made = `<strong>${made}</strong>`;
  if (emphasis) made = `<em>${made}</em>`;
  if (strike) made = `<del>${made}</del>`;
  return address === undefined ? made : `<a ${address}>${made}</a>`;
};
const spans = (all) => all.map(span).join("");
const cells = (kind, row) => `<tr>${row.map((cell) => `<${kind}>${spans(cell)}</${kind}>`).join("")}</tr>`;
const block = (one) => ({
  paragraph: () => `<p>${spans(one.spans)}</p>`,
  heading: () => `<h${one.level}>${spans(one.spans)}</h${one.level}>`,
  code: () => `<pre ${one.language}>${escape(one.text)}</pre>`,
  quote: () => `<blockquote>${one.blocks.map(block).join("")}</blockquote>`,
  list: () => {
    const tag = one.ordered ? `ol ${one.start}` : "ul";
    const items = one.items.map((item) => `<li>${item.map(block).join("")}</li>`);
    return `<${tag}>${items.join("")}</${tag.slice(0, 2)}>`;
  },
  table: () => `<table>${cells("th", one.head)}${one.rows.map((row) => cells("td", row)).join("")}</table>`,
  rule: () => "<hr>",
}[one.kind]());
const depth = (value) =>
  typeof value !== "object" || value === null
    ? 0 : 1 + Object.values(value).reduce((most, one) => Math.max(most, depth(one)), 0);
"""

Run = Callable[[str, Any], Any]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs JavaScript beside the parser, with `given`."""
    target = tmp_path_factory.mktemp("markdown") / "blocks.mjs"
    esbuild = paths.NODE_MODULES / "esbuild" / "bin" / "esbuild"
    source = paths.APP / "page" / "markdown" / "blocks.ts"
    options = ["--bundle", "--format=esm", "--log-level=warning", f"--outfile={target}"]
    process.run([process.node(), esbuild, source, *options], "bundling the parser")

    def run(code: str, given: Any) -> Any:
        script = f"import {{ parse }} from {json.dumps(target.as_uri())};{TO_HTML}{code}"
        path = Path(target).with_name("script.mjs")
        path.write_text(f"const given = {json.dumps(given)};\n{script}", "utf-8")
        done = subprocess.run(
            [process.node(), str(path)], capture_output=True, text=True, check=True, timeout=120
        )
        return json.loads(done.stdout)

    return run


#: Number of an example in CommonMark 0.31.2 (or of GitHub's extension), its Markdown, its result.
COMMONMARK = [
    (43, "***\n---\n___", "<hr><hr><hr>"),
    (46, "--\n**\n__", "<p>--\n**\n__</p>"),
    (62, "# foo\n## foo\n### foo\n###### foo", "<h1>foo</h1><h2>foo</h2><h3>foo</h3><h6>foo</h6>"),
    (63, "####### foo", "<p>####### foo</p>"),
    (64, "#5 bolt\n\n#hashtag", "<p>#5 bolt</p><p>#hashtag</p>"),
    (66, "# foo *bar* \\*baz\\*", "<h1>foo <em>bar</em> *baz*</h1>"),
    (71, "## foo ##\n###   bar    ###", "<h2>foo</h2><h3>bar</h3>"),
    (75, "# foo#", "<h1>foo#</h1>"),
    (77, "****\n## foo\n****", "<hr><h2>foo</h2><hr>"),
    (119, "```\n<\n >\n```", "<pre >&lt;\n &gt;</pre>"),
    (121, "``\nfoo\n``", "<p><code>foo</code></p>"),
    (122, "```\naaa\n~~~\n```", "<pre >aaa\n~~~</pre>"),
    (124, "````\naaa\n```\n``````", "<pre >aaa\n```</pre>"),
    (126, "```", "<pre ></pre>"),
    (127, "`````\n\n```\naaa", "<pre >\n```\naaa</pre>"),
    (128, "> ```\n> aaa\n\nbbb", "<blockquote><pre >aaa</pre></blockquote><p>bbb</p>"),
    (131, " ```\n aaa\naaa\n```", "<pre >aaa\naaa</pre>"),
    (140, "foo\n```\nbar\n```\nbaz", "<p>foo</p><pre >bar</pre><p>baz</p>"),
    (142, "```ruby\ndef foo(x)\n  return 3\nend\n```", "<pre ruby>def foo(x)\n  return 3\nend</pre>"),
    (148, "<table><tr><td>", "<p>&lt;table&gt;&lt;tr&gt;&lt;td&gt;</p>"),
    (228, "> # Foo\n> bar\n> baz", "<blockquote><h1>Foo</h1><p>bar\nbaz</p></blockquote>"),
    (233, "> bar\nbaz", "<blockquote><p>bar\nbaz</p></blockquote>"),
    (234, "> foo\n---", "<blockquote><p>foo</p></blockquote><hr>"),
    (259, "- one\n\n  two", "<ul><li><p>one</p><p>two</p></li></ul>"),
    (265, "- foo\n\n\n  bar", "<ul><li><p>foo</p><p>bar</p></li></ul>"),
    (
        301,
        "- foo\n- bar\n+ baz",
        "<ul><li><p>foo</p></li><li><p>bar</p></li></ul><ul><li><p>baz</p></li></ul>",
    ),
    (
        302,
        "1. foo\n2. bar\n3) baz",
        "<ol 1><li><p>foo</p></li><li><p>bar</p></li></ol><ol 3><li><p>baz</p></li></ol>",
    ),
    (303, "Foo\n- bar\n- baz", "<p>Foo</p><ul><li><p>bar</p></li><li><p>baz</p></li></ul>"),
    (304, "The number is\n14.  The number", "<p>The number is\n14.  The number</p>"),
    (305, "The number is\n1.  The number", "<p>The number is</p><ol 1><li><p>The number</p></li></ol>"),
    (12, '\\!\\"\\#\\$\\%\\&', "<p>!&quot;#$%&amp;</p>"),
    (14, "\\*not emphasized*\n\\[foo]", "<p>*not emphasized*\n[foo]</p>"),
    (17, "`` \\[\\` ``", "<p><code>\\[\\`</code></p>"),
    (328, "`foo`", "<p><code>foo</code></p>"),
    (329, "`` foo ` bar ``", "<p><code>foo ` bar</code></p>"),
    (338, "`foo\\`bar`", "<p><code>foo\\</code>bar`</p>"),
    (341, "*foo`*`", "<p>*foo<code>*</code></p>"),
    (347, "```foo``", "<p>```foo``</p>"),
    (350, "*foo bar*", "<p><em>foo bar</em></p>"),
    (351, "a * foo bar*", "<p>a * foo bar*</p>"),
    (355, "foo*bar*", "<p>foo<em>bar</em></p>"),
    (360, "foo_bar_", "<p>foo_bar_</p>"),
    (362, "пристаням_стремятся_", "<p>пристаням_стремятся_</p>"),
    (378, "**foo bar**", "<p><strong>foo bar</strong></p>"),
    (379, "** foo bar**", "<p>** foo bar**</p>"),
    (404, "*foo **bar** baz*", "<p><em>foo </em><em><strong>bar</strong></em><em> baz</em></p>"),
    (411, "*foo**bar*", "<p><em>foo**bar</em></p>"),
    (418, "***foo** bar*", "<p><em><strong>foo</strong></em><em> bar</em></p>"),
    (442, "**foo*", "<p>*<em>foo</em></p>"),
    (443, "*foo**", "<p><em>foo</em>*</p>"),
    (463, "*foo _bar* baz_", "<p><em>foo _bar</em> baz_</p>"),
    (482, '[link](/uri "title")', "<p><a /uri>link</a></p>"),
    (485, "[link]()", "<p><a >link</a></p>"),
    (488, "[link](/my uri)", "<p>[link](/my uri)</p>"),
    (498, "[link](foo(and(bar))", "<p>[link](foo(and(bar))</p>"),
    (512, "[link [bar](/uri)", "<p>[link <a /uri>bar</a></p>"),
    (518, "[foo [bar](/uri)](/uri)", "<p>[foo <a /uri>bar</a>](/uri)</p>"),
    (594, "<http://foo.bar.baz>", "<p><a http://foo.bar.baz>http://foo.bar.baz</a></p>"),
    (491, "~~Hi~~ Hello, ~there~ world!", "<p><del>Hi</del> Hello, ~there~ world!</p>"),
    (
        198,
        "| foo | bar |\n| --- | --- |\n| baz | bim |",
        "<table><tr><th>foo</th><th>bar</th></tr><tr><td>baz</td><td>bim</td></tr></table>",
    ),
    (
        200,
        "| f\\|oo  |\n| ------ |\n| b **\\|** im |",
        "<table><tr><th>f|oo</th></tr><tr><td>b <strong>|</strong> im</td></tr></table>",
    ),
    (203, "| abc | def |\n| --- |\n| bar |", "<p>| abc | def |\n| --- |\n| bar |</p>"),
]

#: Where CommonMark leaves off, or what models write though it is not CommonMark. By hand.
OURS = [
    ("**你好。**再见", "<p><strong>你好。</strong>再见</p>"),
    ("1. a\n  - b\n2. c", "<ol 1><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ol>"),
    ("- a\n  ```js\n  x = 1;\n  ```\n- b", "<ul><li><p>a</p><pre js>x = 1;</pre></li><li><p>b</p></li></ul>"),
    ("![a cat](cat.png)", "<p><a cat.png>a cat</a></p>"),
    ("one<br>two", "<p>one\ntwo</p>"),
    ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
    ("so far:\n```py\nx = 1", "<p>so far:</p><pre py>x = 1</pre>"),
    ("so **far", "<p>so **far</p>"),
    ("a\r\nb\rc", "<p>a\nb\nc</p>"),
    ("", ""),
]


@pytest.mark.parametrize(
    "cases", [[case[1:] for case in COMMONMARK], OURS], ids=["CommonMark", "as models write"]
)
def test_examples(node: Run, cases: list[tuple[str, str]]) -> None:
    made = node(
        "console.log(JSON.stringify(given.map((text) => parse(text).map(block).join(''))));",
        [c[0] for c in cases],
    )
    assert made == [expected for _, expected in cases]


#: A piece of a text, repeated until there is a lot of it.
HOSTILE = {
    "quotes": ">",
    "lists": "- ",
    "steps": " - a\n",
    "brackets": "[",
    "links": "[](",
    "open links": "[a](b",
    "parentheses": "[a](b(",
    "stars": "*",
    "starred": "*a ",
    "mixed": "*a_b ",
    "both": "**a* ",
    "closers": "a** ",
    "backticks": "`",
    "growing": "`a``b```c",
    "angles": "<",
    "addresses": "<http://a",
    "hashes": "#",
    "heading": "# a #",
    "pipes": "|",
    "table": "|a|\n|-|\n",
    "rules": "- - ",
    "fences": "```\n",
    "escapes": "\\",
    "spaces": " ",
    "tabs": "\t",
    "numbers": "1. ",
    "deep": "- a\n  > b\n",
    "emphasis": "*a **b ",
    "strikes": "~~a ",
    "lines": "a\n",
    "quoted lines": "> a\n",
    "words": "word ",
    "javascript": "[a](javascript:alert(1)) ",
}

TIMES = """
const made = Object.entries(given).map(([name, piece]) => {
  const long = (size) => piece.repeat(Math.ceil(size / piece.length));
  const text = long(200_000);
  // Of the processor, so that a busy machine does not count.
  const before = process.cpuUsage();
  parse(text);
  const { user, system } = process.cpuUsage(before);
  return [name, (user + system) / 1e6, depth(parse(long(5_000)))];
});
console.log(JSON.stringify(made));
"""

LIMIT = 10
"""Seconds for 200 kB. What is linear takes less than one; what is not has 4e10 steps."""


def test_hostile_texts_take_linear_time(node: Run) -> None:
    for name, seconds, depth in node(TIMES, HOSTILE):
        print(f"{name}: {seconds:.2f} s")
        assert seconds < LIMIT, name
        # Blocks, lists of lists and spans: eight levels of four.
        assert depth < 60, name
