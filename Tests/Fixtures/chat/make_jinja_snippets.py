#!/usr/bin/env python3
"""Writes jinja-snippets.jsonl: small templates with the text that jinja2 gives in transformers' environment, or null for an error.

    python3 Tests/Fixtures/chat/make_jinja_snippets.py

Each line: {"snippet": …, "jinja2": text or null}. The conversation is the same for all and stands in the first line.
"""
import copy, datetime, json, os
import jinja2, jinja2.ext
from jinja2.sandbox import ImmutableSandboxedEnvironment

MESSAGES = [
    {"role": "user", "content": "Hi <b> \"q\" 'x' é 日本", "n": 3, "tags": ["b", "A", "c"]},
    {"role": "assistant", "content": "ok\n\n fine ", "n": -1.5, "meta": {"k": None, "deep": {"x": [1, 2]}}},
    {"role": "User", "content": "", "n": 7},
]


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[jinja2.ext.loopcontrols])
env.filters["tojson"] = tojson
env.globals["raise_exception"] = raise_exception
env.globals["strftime_now"] = lambda f: datetime.datetime(2024, 7, 26).strftime(f)


def texts():
    V = ["'a,b,,c'", "'  a  b c '", "'aXbXc'", "''", "'ΑΣ ΟΔΟΣ.Σ'", "'ß ǅ İx'", "'line\\nb\\r\\nc\\u2028d'", "'-042'", "'a1_b'",
         "messages[0].content"]
    M = ["upper()", "lower()", "title()", "capitalize()", "swapcase()", "strip()", "lstrip('a ')", "rstrip(',c')", "split()",
         "split(',')", "split('X', 1)", "rsplit('X', 1)", "rsplit(None, 1)", "split(maxsplit=1)", "splitlines()",
         "splitlines(true)", "find('b')", "rfind('X')", "count('')", "count('X')", "startswith('a')", "startswith(('x', ''))",
         "endswith('c')", "replace('', '-')", "replace('X', 'yy', 1)", "replace(',', '')", "partition(',')", "rpartition('X')",
         "zfill(8)", "center(9, '*')", "center(10)", "ljust(7, '.')", "rjust(7)", "removeprefix('a')", "removesuffix('c')",
         "isdigit()", "isalpha()", "isalnum()", "isspace()", "isupper()", "islower()", "istitle()", "isnumeric()",
         "isidentifier()", "expandtabs(3)", "join(['x', 'y'])"]
    for v in V:
        for m in M:
            yield "{{ %s.%s }}" % (v, m)
    F = ["upper", "lower", "title", "capitalize", "trim", "trim('a ')", "length", "list", "reverse", "first", "last", "string",
         "int", "int(5)", "float", "float(1.5)", "wordcount", "e", "indent", "indent(2, true)", "indent('> ', blank=true)",
         "replace('a', 1)", "center(12)", "truncate(5)", "truncate(5, true, '…', 0)", "tojson", "tojson(ensure_ascii=true)", "default('d')",
         "default('d', true)", "join('-')", "sort", "unique|list", "map('upper')|list", "batch(2)|list", "slice(2)|list",
         "select|list", "abs", "round", "sum", "min", "max", "count", "safe", "string|length", "format(1)", "nosuch"]
    for v in V + ["none", "true", "3", "-2.5", "2.675", "[3, 1, 2]", "['b', 'A', 'a', 'B']", "(1, 'x')", "{'b': 1, 'A': 'z'}", "missing",
                  "range(4)", "messages", "messages[1]", "[]", "[[2, 'b'], [1, 'a']]", "[none, '']", "[1.5, 2, true]"]:
        for f in F:
            yield "{{ %s | %s }}" % (v, f)


def operators():
    A = ["1", "-7", "2.5", "true", "none", "'a'", "'3'", "[1, 2]", "(1, 2)", "{'a': 1}", "missing", "range(3)", "''", "9007199254740993", "0"]
    for a in A:
        for b in A:
            for op in ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or"]:
                if op in ("*", "**") and "9007199254740993" in (a, b):
                    continue
                yield "{{ %s %s %s }}" % (a, op, b)
    T = ["defined", "undefined", "none", "boolean", "true", "false", "integer", "float", "number", "string", "sequence", "iterable",
         "mapping", "callable", "odd", "even", "upper", "lower", "divisibleby 2", "eq 1", "ne 1", "gt 1", "lt 2.5", "in [1, 'a']", "escaped",
         "not defined", "sameas none", "sameas true"]
    for a in A + ["raise_exception", "messages[0].items", "loop", "('a'|e)", "'A B'"]:
        for t in T:
            yield "{{ %s is %s }}" % (a, t)
    for a in A:
        yield "{{ not %s }}|{{ -%s if %s is number else '' }}|{{ %s if %s else 'no' }}" % (a, a, a, a, a)
        yield "{{ [%s] }}|{{ (%s,) }}|{{ {'k': %s} }}|{{ [%s]|tojson }}" % (a, a, a, a)
        for i in ["0", "-1", "5", "'a'", "true", "1.0", "none"]:
            yield "{{ %s[%s] }}" % (a, i)
        for s in ["1:", ":-1", "::-1", "::2", "-2:", "5:1", "1:9:2"]:
            yield "{{ %s[%s] }}" % (a, s)
            yield "{{ 'häßlich'[%s] }}" % s


def formats():
    for f, a in [("%s", "'x'"), ("%s-%d", "('a', 3)"), ("%5.2f|", "3.14159"), ("%-6s|", "'ab'"), ("%06d", "-42"), ("%+d", "5"), ("%x", "255"),
                 ("%%", "()"), ("%s", "(1, 2)"), ("%s", "[1, 2]"), ("%r", "'it'"), ("%(a)s", "{'a': 1}"), ("%d", "3.9"), ("%e", "12345.678"),
                 ("%g", "0.0001"), ("%s %s", "'x'"), ("%.3s|", "'abcdef'"), ("%c", "65"), ("%i", "true"), ("%s", "none"), ("%", "1"), ("%5s|", "none"),
                 ("abc", "()"), ("abc", "1"), ("abc", "{'a': 1}"), ("%s", "missing"), ("% d", "4"), ("%o", "8"), ("%X", "-255"), ("%.0f", "2.5")]:
        yield "{{ '%s' %% %s }}" % (f, a)
        if a.startswith("("):
            yield "{{ '%s' | format%s }}" % (f, a)
    for f, a in [("{} and {}", "'a', 1"), ("{0}{1}{0}", "'a', 'b'"), ("{x}", "x=3"), ("{:>5}|", "'ab'"), ("{:<5}|", "7"), ("{:^7}|", "'mid'"),
                 ("{:05d}", "-42"), ("{:.2f}", "3.14159"), ("{:,}", "1234567"), ("{:x}", "255"), ("{{}}", ""), ("{!r}", "'q'"), ("{:*^9}", "'x'"),
                 ("{:+}", "5"), ("{:e}", "1234.5"), ("{:%}", "0.25"), ("{} {}", "1"), ("{", "1"), ("}", "1"), ("{:.3}", "'abcdef'"), ("{:d}", "2.5"),
                 ("{}", "none"), ("{}", "[1, 'a']"), ("{:5}|", "true"), ("{:b}", "5"), ("{:10.3f}|", "2.0"), ("{:_}", "1234567"), ("{:,.1f}", "98765.43")]:
        yield "{{ '%s'.format(%s) }}" % (f, a)


OTHER = r"""
{{ messages | map(attribute='role') | join(', ') }}|{{ messages | map(attribute='nope', default='-') | list }}
{{ messages | map(attribute='role') }}
{{ messages | selectattr('role', 'equalto', 'user') | list | length }}|{{ messages | rejectattr('role', 'in', ['user']) | map(attribute='n') | list }}
{{ messages | selectattr('nope') | list }}{% if messages | selectattr('nope') %}always{% endif %}
{% set g = messages | map(attribute='role') %}{{ g | join }}|{{ g | join }}|{{ g | list }}
{% set g = [1,2,3] | reverse %}{{ g | first }}{{ g | list }}
{{ messages | groupby('role') | length }}|{% for g in messages | groupby('role') %}{{ g.grouper }}:{{ g.list | length }};{% endfor %}
{% for r, ms in messages | groupby('role', case_sensitive=true) %}{{ r }}={{ ms | map(attribute='n') | list }};{% endfor %}
{{ [('b', 1), ('a', 2)] | groupby(0) }}
{{ {'b': 1, 'A': 2} | dictsort }}|{{ {'b': 1, 'A': 2} | dictsort(true) }}|{{ {'b': 1, 'A': 2} | dictsort(by='value', reverse=true) }}
{{ {'b': 1}.items() }}|{{ {'b': 1}.keys() }}|{{ {'b': 1}.values() }}|{{ range(3) }}|{{ range(1, 9, 2) }}
{{ {'b': 1}.items() | list }}|{{ {'b': 1} | items | list }}|{{ {'b': 1}.keys() | length }}|{{ 'b' in {'b': 1}.keys() }}
{{ messages | sort(attribute='role') | map(attribute='role') | list }}|{{ messages | sort(attribute='n', reverse=true) | map(attribute='n') | list }}
{{ messages | sort(attribute='role,n') | map(attribute='n') | list }}|{{ ['a', 'A'] | max }}|{{ ['B', 'a'] | min }}|{{ messages | max(attribute='n') | tojson }}
{{ [1, 2, 3] | sum }}|{{ messages | sum(attribute='n') }}|{{ [[1], [2]] | sum(start=[]) }}|{{ [1, 1.0, true, 'a', 'A'] | unique | list }}
{{ [1, 2, 3, 4, 5] | batch(2) | list }}|{{ [1, 2, 3] | batch(2, 'x') | list }}|{{ [1, 2, 3, 4, 5] | slice(3) | list }}|{{ [1, 2, 3, 4] | slice(3, 0) | list }}
{{ 42 | round }}|{{ 42.55 | round }}|{{ 2.5 | round }}|{{ 2.675 | round(2) }}|{{ 1.1 | round(0, 'ceil') }}|{{ 1.15 | round(1, 'floor') }}|{{ -0.5 | round }}
{% for i in range(4) %}{{ loop.cycle('x', 'y', 'z') }}{{ loop.changed(i // 2) }}{{ loop.previtem }}{{ loop.nextitem }} {% endfor %}
{% for i in [1, 1, 2] if i != 5 %}{{ loop.index }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }} {% endfor %}
{% for i in [] %}x{% else %}none{% endfor %}|{% for i in range(5) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}
{% for t in [{'n': 1, 'c': [{'n': 2, 'c': [{'n': 3}]}, {'n': 4}]}] recursive %}{{ loop.depth }}{{ t.n }}{% if t.c %}({{ loop(t.c) }}){% endif %}{% endfor %}
{% for (a, (b, c)) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}|{% set (x, y) = (1, 2) %}{{ x }}{{ y }}|{% set x, = [7] %}{{ x }}
{% set t = 1, 2 %}{{ t }}|{{ 1, 2 }}|{{ () }}|{{ (1,) }}|{{ ((1, 2), [3]) }}|{{ (1, 2) + (3,) }}|{{ (1, 2) == [1, 2] }}|{{ (1, 2) * 2 }}|{{ (1, 2)[::-1] }}
{% raw %}{{ not }} {% if %} {# x #}{% endraw %}|{%- raw -%}  a  {%- endraw -%} b
  {% raw %}
 x {% endraw %}
y
{% with %}{% set q = 1 %}{{ q }}{% endwith %}{{ q is defined }}|{% with a = 1, b = a %}{{ a }}{{ b }}{% endwith %}|{% with (a, b) = (1, 2) %}{{ a }}{{ b }}{% endwith %}
{% macro f(a, b='z') %}<{{ a }}{{ b }}>{% endmacro %}{{ f(1) }}{{ f(1, b=2) }}{{ f() }}{{ f('q') | upper }}|{{ f }}|{{ f.name }}|{{ f.arguments }}
{% macro f(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, 3, k=3) }}|{{ f(*[1, 2]) }}|{{ f(1, **{'z': 4}) }}|{{ f(*(9,), **{}) }}
{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}
{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, a=2) }}
{% macro f(a) %}{{ a }}{% endmacro %}{{ f(b=2) }}
{% macro f(x) %}[{{ caller(x, 2) }}]{% endmacro %}{% call(a, b) f(1) %}in{{ a }}{{ b }}{% endcall %}|{% macro g() %}({{ caller() }}){% endmacro %}{% call g() %}x{% endcall %}
{% macro f() %}{{ caller is defined }}{% if caller %}{{ caller() }}{% endif %}{% endmacro %}{{ f() }}{% call f() %}y{% endcall %}
{% macro f() %}x{% endmacro %}{% call f() %}y{% endcall %}
{% macro a(x) %}A{{ x }}{% endmacro %}{% macro b(x) %}B{{ x }}{% endmacro %}{% set ms = {'a': a, 'b': b} %}{% set args = [1] %}{{ ms['a'](*args) }}{{ ms.b(**{'x': 5}) }}
{% set ns = namespace(x=0, l=[]) %}{% for i in range(3) %}{% set ns.x = ns.x + i %}{% set ns.l = ns.l + [i] %}{% endfor %}{{ ns.x }}{{ ns.l }}{{ ns }}{{ ns.nope is defined }}
{% set x %}  block {{ 1 + 1 }} {% endset %}{{ x }}|{{ x | length }}|{% set y | upper | trim %} abc {% endset %}{{ y }}|{% filter upper | replace('B', '-') %}abc{% endfilter %}
{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}{% for i in [1] %}{% set x = 3 %}{{ x }}{% endfor %}{{ x }}
{{ dict(a=1) }}|{{ dict({'a': 1}, b=2) }}|{{ dict([('x', 1)]) }}|{{ messages[1].meta.deep.x[1] }}|{{ messages[0].get('nope', 'd') }}|{{ messages[0].copy() == messages[0] }}
{{ messages[0].update({'x': 1}) }}
{{ messages.append(1) }}|{{ messages[0].pop('role') }}
{{ messages[0].update }}|{{ messages[0].nope }}|{{ messages[0].__class__ }}|{{ messages.append is defined }}
{{ '<' ~ ('<b>' | e) ~ '<' }}|{{ ('<b>' | e) + 'x' }}|{{ ('a' | safe) | upper }}|{{ '<a>' | safe }}|{{ '<a>' | e | e }}|{{ '<a>' | forceescape }}
{{ ('<b>' | e) + '<i>' }}
{{ 'a' 'b' }}|{{ 'it\'s' }}|{{ "tab\tnew\\n" }}|{{ '\u00e9\x41\101\0' }}|{{ 'a\qb' }}
{{ 'bad \x4' }}
{{ 'a\é' }}
{{ 1_000 }}|{{ 0x1F }}|{{ 0b11 }}|{{ 0o17 }}|{{ 1e3 }}|{{ 1.5E-3 }}|{{ 1_0.2_5 }}|{{ 00 }}
{{ 007 }}
{{ .5 }}
{{ 1. }}
{{ [[1, 2], [3]].0.1 }}|{{ (1).real is defined }}
{{ 2 ** 3 ** 2 }}|{{ -2 ** 2 }}|{{ 1 < 2 < 3 }}|{{ 1 < 3 < 2 }}|{{ 7 // -2 }}|{{ -7 % 3 }}|{{ 7.5 // -2 }}|{{ -7.5 % 2 }}|{{ 2 ** -1 }}|{{ 10 / 4 }}|{{ -0.0 }}
{{ 1 if false }}|{{ (1 if false) is defined }}|{{ 'x' if none else 'y' if true }}|{{ true and 'x' }}|{{ '' or 'y' }}|{{ not none }}
{{ [1.0, 1e20, 1e16, 123456789012345680.0, 1e-5, 0.0001, 1/3, 5e-324, 1.7976931348623157e308] }}|{{ 1e15 }}|{{ 1e300 * 1e10 }}
{{ 9223372036854775807 }}|{{ -9223372036854775807 - 1 }}
{{ "é日<>&'" | tojson }}|{{ "\u2028\u0000\x7f/\\" | tojson }}|{{ "é🙂" | tojson(ensure_ascii=true) }}|{{ [] | tojson(indent=2) }}|{{ {'a': [], 'b': {}} | tojson(indent=4) }}
{{ {'b': 1, 'a': [{'z': 1}]} | tojson(sort_keys=true) }}|{{ {'b': [1, 2]} | tojson(separators=(',', ':')) }}|{{ {'b': [1]} | tojson(indent=2, separators=(', ', '=')) }}|{{ {'a': 1} | tojson(indent='\t') }}|{{ [1] | tojson(indent=0) }}
{{ messages | tojson(indent=2) }}|{{ (1, [2]) | tojson }}|{{ 1e100 | tojson }}|{{ 1.0 | tojson }}
{{ missing | tojson }}
{{ range(2) | tojson }}
{{ missing.x }}
{{ missing + 'a' }}
{{ missing | int }}
{{ missing[0] }}
{{ missing() }}
{{ 'x' in missing }}|{{ missing == missing }}|{{ missing == none }}|{{ missing in [1] }}|{{ [missing] }}|{% for x in missing %}x{% endfor %}|{{ missing | list }}
{{ [1, 'a'] | sort }}
{{ [none, 1] | max }}
{{ 'a' < 1 }}
{{ [1, 2] < [1, 3] }}|{{ (1, 2) < (1,) }}|{{ [] < [1] }}|{{ 'é' > 'z' }}|{{ true < 2 }}|{{ [[2, 1], [1, 5]] | sort }}|{{ [['B'], ['a']] | sort }}
{{ '\xa0\u200b\u2028é' }}|{{ ['\xa0\u200b\u2028é\ue000\U0001F600\x7f\x00'] }}|{{ ["it's", 'a"b', '\'"', '\\'] }}
{{ {'a': 1} == {'a': 1.0} }}|{{ 1 == true }}|{{ '1' == 1 }}|{{ 9007199254740993 == 9007199254740992.0 }}|{{ 0.1 + 0.2 == 0.3 }}
{{ lipsum is defined }}|{{ cycler is defined }}|{{ joiner is defined }}|{{ f is callable }}|{{ raise_exception is callable }}|{{ tools is none }}
{{ 'abc' | trim(chars='c') }}|{{ 'aXa' | replace('a', 'b', count=1) }}|{{ 'x' | indent(width=2, first=true) }}
{{ 'abc' | trim(foo=1) }}
{{ 'abc' | upper(1) }}
{{ 'abc' | replace('a') }}
{{ [1, 2] | join(d='-') }}|{{ messages | join(',', attribute='role') }}|{{ 'abc' | join('.') }}|{{ [1, none, 'x'] | join(0) }}
{{ '3.7' | int }}|{{ ' 12 ' | int }}|{{ '1_0' | int }}|{{ '0x1A' | int(0, 16) }}|{{ 'x' | int(9) }}|{{ '1e3' | int }}|{{ 'nan' | int }}|{{ '+5' | int }}|{{ none | int }}|{{ '١' | int }}
{{ '1_0.5' | float }}|{{ 'inf' | float }}|{{ '0x10' | float }}|{{ ' 1e2 ' | float }}|{{ none | float }}|{{ '1__0' | float(3) }}
{{ '99999999999999999999' | int }}
{{ 1e30 | int }}
{{ 5 is divisibleby 5 }}|{{ 5 is not divisibleby(2) }}|{{ 2.0 is even }}|{{ 1 is in [1] }}|{{ 'a' is in 'cat' }}|{{ 5 is gt 3 }}|{{ 5 is greaterthan(3) }}|{{ 1 is eq true }}
{{ 'a' is odd }}
{{ 1 is divisibleby 0 }}
{{ 1 is divisibleby }}
{{ x is defined if true else 1 }}
{{ [1, 2, 3, 4] | select('odd') | list }}|{{ [1, 2, 3] | reject('in', [2]) | list }}|{{ [1, 0, none] | select | list }}|{{ [1, 2] | select('>', 1) | list }}|{{ ['a'] | map('replace', 'a', 'b') | list }}
{{ strftime_now('%Y-%m-%d %B %b %A %d') }}|{{ raise_exception }}
{{ raise_exception('no') }}
{% do messages %}
{% set x = 1 %}{% set x = x + 1 %}{{ x }}|{%+ if true %} y {%+ endif %}|{{- ' z ' -}}|
  {%- if true -%}  a  {%- endif -%}  b
a
  {% if true %}
  b
  {% endif %}
c {# comment #} d
  {#- x -#}
 e{#-#} f
{{ 'a' }}

b {{- 1 -}} c
{% if messages[0].foo %}y{% elif messages[0].role == 'user' %}u{% else %}n{% endif %}
{{ messages[5] }}|{{ messages[5] is defined }}|{{ messages['x'] }}|{{ messages[0]['items'] is callable }}|{{ messages[0].items() | length }}
{{ "a\u0301" | length }}|{{ '👩‍👩‍👧' | length }}|{{ '日本語'[1] }}|{{ 'abc'[5] }}|{{ 'abc'[-1] }}|{{ 'abc'.x }}|{{ 'abc'['upper']() }}
{{ loop }}
{% for x in [1] %}{{ loop }}{{ loop is iterable }}{{ loop is callable }}{% endfor %}
{% for x in [1, 2] %}{% set outer = loop %}{% for y in [1] %}{{ outer.index }}{{ loop.index }}{% endfor %}{% endfor %}
{{ {1: 2} }}
{{ {'a': 1, 'a': 2} }}|{{ {'b': 1}['b'] }}|{{ {'a': {'b': 2}}.a.b }}|{{ {} or 'e' }}
{{ 1 is defined and 2 is defined }}|{{ not missing is defined }}|{{ missing is not defined }}|{{ 'a' in ['a'] and not 'b' in ['a'] }}
{{ [1, 2, 3][1:] | tojson }}|{{ messages[1:] | length }}|{{ messages[::-1] | map(attribute='role') | list }}|{{ messages[-1].n }}|{{ messages | last | length }}
{{ ['x'] * 3 }}|{{ 'ab' * 2 }}|{{ 'a' * -1 }}|{{ 2 * 'a' }}|{{ [] * 5 }}
{{ 'a' * 2.0 }}
{{ [1] + (2,) }}
{{ 'a' + 1 }}
{{ [1, 2] | first | string ~ 'x' }}|{{ -1 | abs }}|{{ (-1) | abs }}|{{ messages | length - 1 }}|{{ '3' | int + 1 }}
{{ ''.join(messages | map(attribute='role')) }}|{{ ', '.join(['a', 'b']) }}
{{ ', '.join([1]) }}
{{ 'abc'.index('c') }}|{{ [1, 2].index(2) }}|{{ (1, 1).count(1) }}|{{ 'aaa'.rfind('aa') }}|{{ 'aaa'.rsplit('aa', 1) }}|{{ 'aaaa'.count('aa') }}
{{ 'abc'.index('x') }}
{{ [1].index(5) }}
{{ 'abc'.startswith(['a']) }}
{{ 'abc'.nope() }}
{{ none.x }}|{{ none['x'] }}|{{ 1.5.x }}|{{ true.x }}
{{ none() }}
{{ range(2, 0) | list }}|{{ range(5)[2] }}|{{ 3 in range(5) }}|{{ range(3) == range(0, 3) }}|{{ range(0) | length }}|{{ 'y' if range(0) else 'n' }}
{{ range(999999) | list }}
{% for k, v in {'x': 1, 'y': [2]}.items() %}{{ k }}={{ v }}{{ ',' if not loop.last }}{% endfor %}|{% for k in {'x': 1} %}{{ k }}{% endfor %}
{% for a, b in [1, 2] %}x{% endfor %}
{% set a, b = 'xy' %}{{ a }}{{ b }}|{% set a, b = [1, 2] %}{{ a + b }}
{{ messages | map(attribute='tags.0') | list }}|{{ messages | map(attribute='meta.k') | list }}
{{ messages | selectattr('tags', 'defined') | map(attribute='tags.1') | list }}|{{ [[1, 2], [3, 4]] | map('last') | list }}|{{ [[1, 2], [3, 4]] | map(attribute=1) | list }}
{{ 'x' | map('upper') | first }}|{{ {'a': 1} | map('upper') | list }}|{{ ['a', 'b'] | map('length') | sum }}
{{ x.y.z if x is defined else 'safe' }}|{{ (x | default({})).y is defined }}|{{ (x or {}).get('y', 3) }}
"""


def main():
    seen, rows = set(), []
    # A template of several lines begins with two spaces or stands between others; the separator is a line of its own otherwise.
    others = [line for line in OTHER.strip("\n").split("\n")]
    multi = ["  {% raw %}\n x {% endraw %}\ny", "  {%- if true -%}  a  {%- endif -%}  b\na\n  {% if true %}\n  b\n  {% endif %}\nc {# comment #} d\n  {#- x -#}\n e{#-#} f",
             "{{ 'a' }}\n\nb {{- 1 -}} c", "a\n{% raw %}\n{{ x }}\n{% endraw %}\nb", "{% for m in messages %}\n{{ m.role }}\n{% endfor %}\n", "x\r\ny\rz\n\n",
             "{% set x %}\n a\n{% endset %}\n[{{ x }}]", "  {# c #}\n  {{ 1 }}\n\t{% if 1 %}\n{% endif %}z"]
    for snippet in list(texts()) + list(operators()) + list(formats()) + others + multi:
        if snippet in seen:
            continue
        seen.add(snippet)
        try:
            text = env.from_string(snippet).render(messages=copy.deepcopy(MESSAGES), tools=None, documents=None, bos_token="<s>", add_generation_prompt=False)
        except Exception:
            text = None
        if text is not None and (" at 0x" in text or "<lambda" in text or "bound method" in text or "built-in" in text):
            text = None  # An address: no text that could be the same.
        rows.append({"snippet": snippet, "jinja2": text})
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "jinja-snippets.jsonl")
    with open(path, "w") as out:
        out.write(json.dumps({"messages": MESSAGES}, ensure_ascii=False) + "\n")
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(len(rows), sum(r["jinja2"] is None for r in rows))


main()
