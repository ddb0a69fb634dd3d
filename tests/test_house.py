"""The rules of the house that a reviewer would otherwise have to remember."""

import ast
import importlib
import inspect
import pathlib
import re

import pytest

import jaxinfo

# A room imports rooms of lower floors, and itself: never sideways, never up. The root
# stands outside: it imports rooms, and no room imports it.
FLOORS = {
    "_core": 0,
    "kernels": 1,
    "probs": 2,
    "logits": 2,
    "families": 3,  # two of them hand on functions of `probs`
    "distributions": 4,
    "bounds": 5,
    "channels": 5,
    "streaming": 5,
    "losses": 5,
    "benchmarks": 8,
    "plots": 8,
}
# How many functions each public room offers; the contract has a row for every one.
OFFERS = {
    "probs": 46,
    "logits": 45,
    "families": 161,
    "distributions": 6,
    "bounds": 11,
    "channels": 4,
    "losses": 14,
    "plots": 5,
    "streaming": 11,
}
ROOT = pathlib.Path(jaxinfo.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
SECTIONS = ["Args", "Returns", "Raises", "Examples", "Notes", "References", "See Also"]

every_file = pytest.mark.parametrize(
    "path", FILES, ids=lambda path: str(path.relative_to(ROOT))
)


def tree_of(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def room_of(path):
    """The room that a file belongs to; `None` for the root."""
    part = path.relative_to(ROOT).parts[0].removesuffix(".py")
    return None if part == "__init__" else part


def imports(tree):
    """Everything that a module imports, anywhere in it, by its full dotted name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call):
            yield from lazily_imported(node)


def lazily_imported(call):
    """What `import_module` and `__import__` are called with; "?" if it is computed."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    if name in ("import_module", "__import__"):
        first = call.args[0] if call.args else None
        yield first.value if isinstance(first, ast.Constant) else "?"


def functions_of(tree):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def test_the_whole_house_is_seen():
    """A glob that finds nothing passes every other test of this file."""
    rooms = {room_of(path) for path in FILES} - {None}
    assert rooms == set(FLOORS)
    assert len(FILES) >= 46
    assert sum(len(functions_of(tree_of(path))) for path in FILES) >= 330
    assert {room: len(offered(room)) for room in OFFERS} == OFFERS
    assert set(OFFERS) == set(FLOORS) - {"_core", "kernels", "benchmarks"}


@every_file
def test_imports_go_downstairs(path):
    here = room_of(path)
    if here is None:
        return
    for name in imports(tree_of(path)):
        first, *rest = name.split(".")
        if name == "?":
            assert FLOORS[here] == 8, f"{here} imports a module whose name it computes"
        elif first == "jaxinfo":
            there = rest[0] if rest else "the root"
            assert there in FLOORS, f"{here} must not import {name}"
            below = FLOORS[there] < FLOORS[here]
            assert there == here or below, f"{here} must not import {name}"


def test_private_modules_stay_in_their_room():
    """Rooms share what a room offers, or what `_core` has; never a private module."""
    seen = 0
    for path in FILES:
        for name in imports(tree_of(path)):
            parts = name.split(".")
            if parts[0] == "jaxinfo" and len(parts) > 2 and parts[2].startswith("_"):
                assert parts[1] == room_of(path), f"{path}: {name}"
                seen += 1
    assert seen > 20


@every_file
def test_file_is_short_enough_to_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500


@every_file
def test_checkers_are_not_silenced(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"#\s*(type:\s*ignore|pyright:|noqa|ruff:)", text)


@every_file
def test_names_offered_are_sorted(path):
    for node in tree_of(path).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if [getattr(target, "id", "") for target in targets] == ["__all__"]:
            names = [e.value for e in node.value.elts if isinstance(e, ast.Constant)]
            # Constants first, then classes, then functions, each in order.
            kinds = [(not n.isupper(), not n[0].isupper(), n) for n in names]
            assert kinds == sorted(kinds)
            assert len(set(names)) == len(names)


@every_file
def test_module_is_documented(path):
    assert ast.get_docstring(tree_of(path))


def everything_offered(room):
    """The public functions and classes of a room, and of its public modules."""
    module = importlib.import_module(f"jaxinfo.{room}")
    for name in module.__all__:
        if inspect.ismodule(getattr(module, name)):
            yield from everything_offered(f"{room}.{name}")
        else:
            yield f"{room}.{name}", getattr(module, name)


def offered(room):
    """The public functions of a room."""
    return [fn for _, fn in everything_offered(room) if not inspect.isclass(fn)]


PUBLIC = [pytest.param(jaxinfo.checked, id="checked")] + [
    pytest.param(fn, id=name)
    for room in OFFERS
    for name, fn in everything_offered(room)
    if not inspect.isclass(fn)
]
CLASSES = [
    cls
    for room in OFFERS
    for _, cls in everything_offered(room)
    if inspect.isclass(cls)
]
every_function = pytest.mark.parametrize("fn", PUBLIC)


# What has no source outside of this library, and may have no sibling in it.
OWN = (
    "._core.checked",
    ".losses._reductions",
    ".probs._normalize",
    ".streaming._adaptors",
)


@every_function
def test_docstring_has_every_section_in_order(fn):
    found = re.findall(r"^(\w[\w ]*):$", inspect.getdoc(fn), flags=re.MULTILINE)
    assert found == [section for section in SECTIONS if section in found]
    own = fn.__module__.endswith(OWN)
    optional = {"References", "See Also"} if own else set()
    if not inspect.signature(fn).parameters:
        optional |= {"Args", "Raises"}
    assert set(SECTIONS) - set(found) <= optional


@every_function
def test_docstring_has_every_parameter(fn):
    text = inspect.getdoc(fn)
    args = text.partition("Args:")[2].partition("Returns:")[0]
    described = re.findall(r"^  (\w+):", args, flags=re.MULTILINE)
    assert described == list(inspect.signature(fn).parameters)


@every_function
def test_docstring_has_an_example_that_runs(fn):
    assert ">>> " in inspect.getdoc(fn)


@every_function
def test_options_are_keyword_only(fn):
    kinds = inspect.Parameter
    for parameter in inspect.signature(fn).parameters.values():
        optional = parameter.default is not kinds.empty
        named = optional or parameter.name in ("num_samples", "k")
        assert named == (parameter.kind is kinds.KEYWORD_ONLY)
        assert parameter.annotation is not kinds.empty


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_fields_of_results_are_documented(cls):
    text = inspect.getdoc(cls)
    described = re.findall(r"^  (\w+):", text, flags=re.MULTILINE)
    assert described == list(cls._fields)


def test_verbs_of_tables_are_at_the_root():
    rooms = set(FLOORS) - {"_core", "kernels"}
    assert set(jaxinfo.__all__) == {*jaxinfo.probs.__all__, *rooms, "checked"}
    for name in jaxinfo.probs.__all__:
        assert getattr(jaxinfo, name) is getattr(jaxinfo.probs, name)
