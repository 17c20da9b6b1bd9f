"""Templates that would loop, fill the memory or leave the sandbox: refused within a second, the line named.

The limits are counted, so what is refused does not depend on the machine; the seconds only prove that a count
stands for little time.
"""

from __future__ import annotations

import sys
import time

import pytest

from wardian.errors import InputError, ModelError
from wardian.generation import ChatTemplate
from wardian.generation.templates.program import LONGEST_SOURCE, MOST_TOKENS

SECONDS = 30 if sys.platform == "emscripten" else 5
"""Of CPU, in Pyodide of the clock; most take milliseconds, the longest half a second on a quiet machine."""

USER = [{"role": "user", "content": "Hello"}]
NS = "{% set ns = namespace(v=START) %}{% for i in range(200) %}{% set ns.v = STEP %}{% endfor %}"


def grown(start: str, step: str, end: str = "{{ ns.v }}") -> str:
    return NS.replace("START", start).replace("STEP", step) + end


LONG = {
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "a loop that filters": "{% for a in range(999) %}{% for b in range(99999) if false %}{% endfor %}{% endfor %}",
    "a loop that calls itself": "{% for a in range(99) recursive %}{{ loop(range(99)) }}{% endfor %}",
    "text of a loop": "{% for a in range(99999) %}" + "text " * 2000 + "{% endfor %}",
    "macros, twice": "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(50) }}",
    "callers": "{% macro m() %}{{ caller() }}{{ caller() }}{% endmacro %}" + "{% call m() %}" * 30 + "x" + "{% endcall %}" * 30,
    "times": "{{ 'x' * 10 ** 9 }}",
    "list times": "{{ [0] * 10 ** 10 }}",
    "times, often": grown("'x'", "ns.v * 9"),
    "~": grown("'x'", "ns.v ~ ns.v"),
    "+": grown("'x'", "ns.v + ns.v"),
    "join": grown("'x'", "[ns.v, ns.v] | join"),
    "method join": grown("'x'", "''.join([ns.v, ns.v])"),
    "join of an iterator": grown("'x'", "range(9) | map('replace', '1', ns.v) | join(ns.v)"),
    "list of lists": "{% set l = [1] %}" + "{% set l = [l, l] %}" * 40 + "{{ l }}",
    "list of lists, JSON": "{% set l = [1] %}" + "{% set l = {'a': l, 'b': l} %}" * 40 + "{{ l | tojson }}",
    "list of lists, compared": "{% set l = [1] %}{% set m = [1] %}" + "{% set l = [l, l] %}{% set m = [m, m] %}" * 40
    + "{{ l == m }}",
    "tuples as a key": "{% set l = (1, 2) %}" + "{% set l = (l, l) %}" * 40 + "{{ {l: 1} }}",
    "tuples as an index": "{% set l = (1, 2) %}" + "{% set l = (l, l) %}" * 40 + "{{ {}[l] }}",
    "unique": "{% set l = (1, 2) %}" + "{% set l = (l, l) %}" * 40 + "{{ [l, l] | unique | list | length }}",
    "center": "{{ 'x' | center(10 ** 9) }}",
    "method center": "{{ 'x'.center(10 ** 9) }}",
    "center, by item": "{{ range(99999) | map('string') | map('center', 9999) | join }}",
    "attr": "{{ ('x' | attr('ljust'))(10 ** 9) }}",
    "zfill": "{{ '1'.zfill(10 ** 9) }}",
    "expandtabs": "{{ '\t'.expandtabs(tabsize=10 ** 9) }}",
    "replace": grown("'xx'", "ns.v.replace('x', ns.v)"),
    "replace filter": grown("'xx'", "ns.v | replace('x', ns.v)"),
    "translate": grown("'xx'", "ns.v.translate({120: ns.v})"),
    "indent": grown("'x\\n'", "ns.v | indent(99999, true)"),
    "indented JSON": grown("'x'", "[ns.v] | tojson(indent=99)"),
    "wordwrap": "{{ ('word ' * 99999) | wordwrap(1, wrapstring='x' * 99999) }}",
    "batch": "{{ [1] | batch(10 ** 9, 'x') | list }}",
    "slice": "{{ [1] | slice(10 ** 9) | list }}",
    "format filter": "{{ '%*d' | format(10 ** 9, 1) }}",
    "%": "{{ '%*d' % (10 ** 9, 1) }}",
    "% of one value": grown("'x'", "'%(a)s%(a)s%(a)s' % {'a': ns.v}"),
    "format": grown("'x'", "'{0}{0}{0}'.format(ns.v)"),
    "to_bytes": "{{ (1).to_bytes(10 ** 10, 'big') }}",
    "sum of lists": "{{ range(99999) | batch(1) | sum(start=[]) | length }}",
    "sort": "{% for i in range(999) %}{{ range(99999) | sort | length }}{% endfor %}",
    "slices": "{% set s = 'x' * 999999 %}{% for i in range(9999) %}{% set t = s[1:] %}{% endfor %}",
    "striptags": "{{ ('<!-- -->' * 99999) | striptags }}",
    "methods of text": "{% set s = 'x' * 999999 %}{% for i in range(9999) %}{% set t = s.upper() %}{% endfor %}",
    "dict": "{% for i in range(9999) %}{% set d = dict.fromkeys(range(99999), 1) %}{% endfor %}",
}  # fmt: skip


@pytest.mark.parametrize("name", LONG)
def test_what_would_take_for_ever_is_refused(name: str) -> None:
    start = time.process_time()
    with pytest.raises(
        ModelError, match=r"takes too long or makes too much text\. Got line 3|nests "
    ) as caught:
        ChatTemplate("\n\n" + LONG[name]).render(USER)
    assert time.process_time() - start < SECONDS
    assert caught.value.hint is not None


REFUSED = {
    "endless macro": ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "calls itself, or nests calls"),
    "endless block": ("{% block b %}{{ self.b() }}{% endblock %}", "calls itself, or nests calls"),
    "deep lists": (grown("1", "[ns.v]"), "nests lists or mappings deeper"),
    "big integers": ("{{ 9 ** (9 ** 9) }}", "integers of more than"),
    "integers, squared": (grown("99", "ns.v * ns.v"), "integers of more than"),
    "width": ("{{ '%1000000000d' % 1 }}", "a width of more than nine digits"),
    "width of format": ("{{ '{:>1000000000}'.format(1) }}", "a width of more than nine digits"),
    "format in a format": ("{{ '{:{w}}'.format(1, w=10 ** 9) }}", "a format inside of a format"),
    "round": ("{{ 1.5 | round(10 ** 9, 'ceil') }}", "rounds to more than"),
    "wide JSON": ("{{ [1] | tojson(indent=10 ** 9) }}", "indents JSON"),
    "range": ("{{ range(10 ** 9) }}", "Range too big"),
    "text of a namespace": ("{% set a = namespace() %}{% set a.a = a %}{{ a }}", "text of a namespace"),
    "lipsum": ("{{ lipsum() }}", "uses lipsum, which is not supported"),
    "random": ("{{ [1, 2] | random }}", "uses random, which is not supported"),
    "urlize": ("{{ 'a' | urlize }}", "uses urlize, which is not supported"),
    "pprint": ("{{ 'a' | pprint }}", "uses pprint, which is not supported"),
    "class": ("{{ ''.__class__.__mro__ }}", "the sandbox keeps"),
    "class, by attr": ("{{ ('' | attr('__class__')).mro() }}", "the sandbox keeps"),
    "class, by index": ("{{ ''['__class__'].x }}", "the sandbox keeps"),
    "class, by map": ("{{ [''] | map(attribute='__class__') | map(attribute='x') | list }}", "the sandbox keeps"),
    "class, by format": ("{{ '{0.__class__.x}'.format('') }}", "the sandbox keeps"),
    "class, by format_map": ("{{ '{a.__class__.x}'.format_map({'a': ''}) }}", "the sandbox keeps"),
    "globals of a function": ("{{ raise_exception.__globals__ }}{{ raise_exception.__globals__.x }}", "the sandbox keeps"),
    "globals of a macro": ("{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}", "the sandbox keeps"),
    "the environment": ("{{ self._TemplateReference__context.environment }}", "the sandbox keeps"),
    "a class of namespace": ("{{ namespace(__class__='x') }}", "the sandbox keeps"),
    "a private name": ("{% set n = namespace() %}{% set n._a = 1 %}", "the sandbox keeps"),
    "append": ("{{ messages.append(1) }}", "the sandbox keeps"),
    "update": ("{{ messages[0].update(role='x') }}", "the sandbox keeps"),
    "include": ("{% include 'other' %}", "no loader"),
    "import": ("{% import 'os' as os %}", "no loader"),
    "undefined": ("{{ a.b.c }}", "'a' is undefined"),
    "division": ("{{ 1 // 0 }}", "zero"),
    "types": ("{{ 'a' + 1 }}", "concatenate"),
    "unknown filter": ("{{ 'a' | no_such }}", "No filter named 'no_such'"),
    "unknown tag": ("{% do messages %}", "unknown tag 'do'"),
    "syntax": ("{% if %}", "Expected an expression"),
    "an open block": ("{% for m in messages %}", "Unexpected end of template"),
    "brackets": ("{{ " + "(" * 9999 + ")" * 9999 + " }}", "brackets inside each other"),
    "loops in loops": ("{% for i in [1] %}" * 300 + "{% endfor %}" * 300, None),
    "a chain": ("{{ a" + ".b" * 3000 + " }}", None),
    "signs": ("{{ " + "-" * 9999 + "1 }}", None),
    "filters": ("{{ a" + "|d" * 3000 + " }}", None),
    "sums": ("{{ 1" + "+1" * 3000 + " }}", None),
    "tokens": ("{{ a }}" * MOST_TOKENS, "is too long|tokens"),
    "length": ("x" * (LONGEST_SOURCE + 1), "is too long"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_allowed_is_refused_by_name(name: str) -> None:
    source, message = REFUSED[name]
    start = time.process_time()
    with pytest.raises(ModelError, match=message or "nested too deep|cannot be read|fails"):
        ChatTemplate(source).render(USER)
    assert time.process_time() - start < SECONDS


def test_a_template_works_again_after_a_refusal() -> None:
    template = ChatTemplate(
        "{% for m in messages %}{% if m.content == 'loop' %}{% for a in range(99999) %}{% for b in range(99999) %}"
        "{% endfor %}{% endfor %}{% elif m.content == 'no' %}{{ raise_exception('x' * 5000) }}{% endif %}"
        "{{ m.content }}{% endfor %}"
    )  # fmt: skip
    for text, error in (("loop", ModelError), ("no", InputError), ("loop", ModelError)):
        with pytest.raises(error) as caught:
            template.render([{"role": "user", "content": text}])
        assert len(str(caught.value)) < 500
        assert template.render(USER) == "Hello"


def test_what_is_large_and_harmless_is_rendered() -> None:
    """A thousand turns and a tool of a thousand parameters: the limit is far from what people do."""
    turns = [{"role": "user" if i % 2 == 0 else "assistant", "content": "words " * 50} for i in range(1000)]
    tool = {"name": "f", "parameters": {f"p{i}": {"type": "string", "enum": ["a", "b"]} for i in range(1000)}}
    template = ChatTemplate(
        "{% for t in tools %}{{ t | tojson(indent=2) }}{% endfor %}{% set ns = namespace(seen=[]) %}"
        "{% for m in messages %}{% set ns.seen = ns.seen + [m.role] %}{{ m.role ~ m.content | trim }}"
        "{% if m == messages[-1] %}{{ ns.seen | length }}{% endif %}{% endfor %}"
    )
    rendered = template.render(turns, tools=[tool])
    assert rendered.endswith("words1000") and len(rendered) > 300_000
