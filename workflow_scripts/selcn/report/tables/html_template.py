"""Template and style sheet of tables as HTML: in a module, so that the digest of the code that uses them has them."""

TEMPLATE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>{{ style|safe }}</style>
</head>
<body>
<main>
{% for heading, part in parts %}
{% if part is string %}
{{ part|safe }}
{% else %}
<div class="scroll" tabindex="0" role="group" aria-label="{{ heading }}">
<table class="sortable n-last">
<caption>{{ heading }}</caption>
<thead>
<tr>
{% for name in part.head %}
<th scope="col">{{ name }}</th>
{% endfor %}
</tr>
</thead>
<tbody>
{% for row in part.rows %}
<tr>
{% for entry in row %}
{% if entry is string %}
<td>{{ entry }}</td>
{% else %}
<td{{ attributes(entry)|xmlattr }}>
{%- if entry.mark %}<strong class="{{ emphasis[entry.mark] }}">{{ entry.text }}</strong>
{%- else %}{{ entry.text }}{% endif %}
<span class="spread">{{ entry.spread }}</span>
{%- if entry.aside %} <span class="aside">({{ entry.aside }})</span>{% endif %}
</td>
{% endif %}
{% endfor %}
</tr>
{% endfor %}
</tbody>
</table>
</div>
{% endif %}
{% if loop.first %}
<p class="hint">Click the name of a column to sort{{ "; with Shift, by the difference" if differences }}.</p>
{% endif %}
{% endfor %}
</main>
<script>{{ script|safe }}</script>
</body>
</html>
"""

STYLE = """
:root {
  color-scheme: light dark;
  --ground: #fff; --surface: #f4f5f7; --text: #1c2127; --muted: #565d66; --line: #d5d9de; --accent: #0b5cad;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --surface: #1f2428; --text: #e8eaed; --muted: #a7afb8; --line: #3a4148; --accent: #7fb8f0;
  }
}
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { padding: 1rem 1.25rem 2rem; }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 1.75rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 .5rem; }
p, ul, blockquote { max-width: 75ch; }
ul { padding-left: 1.25rem; }
blockquote { margin: .75rem 0; padding: .25rem 1rem; border-left: 4px solid var(--accent); background: var(--surface); }
code { font: .92em ui-monospace, monospace; }
.hint, .spread, .aside { color: var(--muted); }
.hint { font-size: .87rem; }
.scroll { overflow-x: auto; margin: .75rem 0; }
.scroll:focus-visible, th:focus-visible { outline: 2px solid var(--accent); }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: .35rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { background: var(--surface); vertical-align: bottom; white-space: nowrap; }
tbody tr:hover { background: var(--surface); }
td { white-space: nowrap; }
.aside { display: block; font-size: .92em; }
.of-all { font-style: italic; text-decoration: underline; text-underline-offset: 3px; }
@media print { .hint { display: none; } .scroll { overflow: visible; } td, th { padding: .2rem .4rem; } }
"""
