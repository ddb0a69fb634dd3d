"""What building the site adds to its pages: formulas, code and output of the examples.

- `<!-- source: examples/NAME.py FUNCTION -->` becomes the code of that function.
- `<!-- output: lessons/NAME.txt -->` becomes what the script printed.
- `<!-- region: README.md NAME -->` becomes what stands between two marks of that file.
- `<!-- signatures -->` becomes the list of every public signature.
- Formulas become MathML, which browsers typeset by themselves: no script, no network.
"""

import ast
import html
import importlib
import inspect
import pathlib
import re
import types
from collections.abc import Iterator

from latex2mathml import converter

DOCS = pathlib.Path(__file__).parent
ROOT = DOCS.parent
# In the order of the page of signatures.
ROOMS = (
    "probs",
    "logits",
    "families",
    "distributions",
    "losses",
    "bounds",
    "channels",
    "streaming",
    "plots",
    "benchmarks",
)


def on_page_markdown(markdown: str, **_: object) -> str:
    """Put in what stands in other files."""
    markdown = re.sub(r"<!-- source: (\S+) (\w+) -->", source, markdown)
    markdown = re.sub(r"<!-- output: (\S+) -->", output, markdown)
    markdown = re.sub(r"<!-- region: (\S+) (\w+) -->", region, markdown)
    return re.sub("<!-- signatures -->", lambda _: signatures(), markdown)


def on_page_content(html: str, **_: object) -> str:
    """Typeset the formulas."""
    marked = r'<(span|div) class="arithmatex">(.*?)</\1>'
    return re.sub(marked, formula, html, flags=re.DOTALL)


def source(match: re.Match[str]) -> str:
    """Return the code of one function of a file."""
    text = (ROOT / match[1]).read_text("utf-8")
    (node,) = [
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name == match[2]
    ]
    first = min([node.lineno] + [d.lineno for d in node.decorator_list])
    code = "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    return f"```python\n{code}\n```"


def output(match: re.Match[str]) -> str:
    """Return what a script printed."""
    return f"```text\n{(DOCS / match[1]).read_text('utf-8')}```"


def region(match: re.Match[str]) -> str:
    """Return what stands in a file between `NAME: start` and `NAME: end`."""
    text = (ROOT / match[1]).read_text("utf-8")
    marked = rf"<!-- {match[2]}: start -->\n(.*?)<!-- {match[2]}: end -->"
    (inside,) = re.findall(marked, text, flags=re.DOTALL)
    return inside


def formula(match: re.Match[str]) -> str:
    """Return a formula as MathML."""
    display = "block" if match[1] == "div" else "inline"
    tex = html.unescape(match[2].strip())[2:-2]
    mathml = converter.convert(tex, display=display)
    if unknown := re.search(r"<mi>\\|&#x0005C;\w", mathml):
        raise ValueError(f"No MathML for {unknown[0]!r} in {tex!r}.")
    return spaced(mathml)


def spaced(mathml: str) -> str:
    """Set names of functions apart: "p(x) log p(x)", but "log(p)"."""
    space, word = '<mspace width="0.17em"/>', r"<mi>\w{2,}</mi>"
    # With its index or exponent it is one: a formula breaks where these come apart.
    index = r"(?:<mrow>)?<m[ino]>[^<]*</m[ino]>(?:</mrow>)?"
    name = rf"(?:<msu[bp]>{word}{index}</msu[bp]>|(?<!<msu[bp]>){word})"
    end = r"</m(?:i|n|sub|sup|frac)>|(?:\)|&#x00029;)</mo>"
    mathml = re.sub(f"({end})({name})", rf"\1{space}\2", mathml)
    return re.sub(rf"({name})(?!<mo[^>]*>(?:\(|&#x00028;))", rf"\1{space}", mathml)


def public_names(module: str = "jaxinfo") -> Iterator[tuple[str, list[str]]]:
    """Yield every public module with the names of its functions and classes."""
    room = importlib.import_module(module)
    inner = [name for name in room.__all__ if inspect.ismodule(getattr(room, name))]
    names = [name for name in room.__all__ if name not in inner]
    if module == "jaxinfo":
        inner.sort(key=ROOMS.index)
        names = [name for name in names if name not in room.probs.__all__]
    yield module, names
    for name in inner:
        yield from public_names(f"{module}.{name}")


def signatures() -> str:
    """Return the signature of every public function, room by room."""
    lines = []
    for module, names in public_names():
        room = importlib.import_module(module)
        lines += ["", f"## {module}", "", "```python"]
        lines += [signature(name, getattr(room, name)) for name in names]
        lines.append("```")
    return "\n".join(lines)


def signature(name: str, value: object) -> str:
    """Return how one function is called, without types."""
    if isinstance(value, type):
        fields = getattr(value, "_fields", None)
        return name if fields is None else f"{name}({', '.join(fields)})"
    if not callable(value) or isinstance(value, types.ModuleType):
        return name
    parameters = inspect.signature(value).parameters.values()
    return name + str(inspect.Signature([plain(x) for x in parameters]))


def plain(parameter: inspect.Parameter) -> inspect.Parameter:
    """Return a parameter without its type, and a default function by its name."""
    parameter = parameter.replace(annotation=inspect.Parameter.empty)
    if callable(parameter.default) and not isinstance(parameter.default, type):
        return parameter.replace(default=Name(parameter.default.__name__))
    return parameter


class Name:
    """What is shown by its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name
