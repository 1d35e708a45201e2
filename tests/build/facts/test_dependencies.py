"""What comes from outside."""

import pytest
from stating import objects, sources, texts

from forklift.build.facts import architecture, dependencies
from forklift.build.facts.dependencies import last_name, package_of
from forklift.records import Reference

FILES = {
    "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["numpy>=2", "idna"]\n',
    "shop/__init__.py": "",
    "shop/a.py": "import json\nimport numpy as np\nfrom numpy.linalg import norm\nfrom shop import b\n\nA = 1\n",
    "shop/b.py": "from .a import A\nimport idna\nimport numpy\n\nB = 1\n",
    "web/page.ts": "import { x } from '@scope/kit/deep';\nimport y from './own';\nexport const page = 1;\n",
}


def test_packages_that_files_import_and_back(view_of_files):
    facts = list(dependencies.facts(view_of_files(FILES)))
    assert objects(facts, "imports") == {
        "shop/a.py": ("numpy",), "shop/b.py": ("idna", "numpy"), "web/page.ts": ("@scope/kit",),
    }  # fmt: skip
    assert objects(facts, "imported_by")["idna"] == ("shop/b.py",)
    assert texts(facts, "imported_by")["numpy"] == "`shop/a.py` (`norm`) and `shop/b.py`"
    assert sources(facts, "imported_by")["idna"] == [("imports", "shop/b.py")]


def test_the_evidence_is_the_import(view_of_files):
    (fact,) = [f for f in dependencies.facts(view_of_files(FILES)) if f.subject == "shop/a.py"]
    assert (fact.path, fact.line) == ("shop/a.py", 2)


def test_what_the_manifest_declares(view_of_files):
    (fact,) = [f for f in dependencies.facts(view_of_files(FILES)) if f.relation == "declares"]
    assert (fact.subject, fact.objects, fact.path, fact.line) == ("code", ("numpy", "idna"), "pyproject.toml", 3)
    assert fact.text == "`numpy` and `idna`, declared in `pyproject.toml`"


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({"package.json": '{"dependencies": {"left-pad": "1"}}'}, ("left-pad",)),
        ({"Cargo.toml": '[dependencies]\nserde = "1"\n'}, ("serde",)),
        ({"go.mod": "module x.org/y\n\nrequire (\n\tgithub.com/a/b v1.0.0\n\tc.org/d v1 // indirect\n)\n"},
         ("github.com/a/b",)),
        ({"setup.py": "from setuptools import setup\nsetup(install_requires=['idna>=3', 'six'])\n"}, ("idna", "six")),
        ({"setup.cfg": "[options]\ninstall_requires =\n    idna>=3\n    six\n"}, ("idna", "six")),
    ],
)  # fmt: skip
def test_manifests_of_other_languages(view_of_files, files, names):
    code = {"package.json": {"a.js": "function a() {}\n"}, "Cargo.toml": {"a.rs": "pub fn a() {}\n"}}
    code["go.mod"] = {"a.go": 'package y\n\nimport "github.com/a/b"\n\nfunc A() {}\n'}
    more = code.get(next(iter(files)), {"a.py": "A = 1\n"})
    facts = list(dependencies.facts(view_of_files({**more, **files})))
    assert objects(facts, "declares") == {"code": names}


@pytest.mark.parametrize(
    ("name", "language", "package"),
    [
        ("urllib3.util.retry.Retry", "python", "urllib3"),
        ("shop.stock", "python", ""),
        ("./utils", "javascript", ""),
        ("node:fs", "javascript", "fs"),  # of the standard library, which is left out later
        ("net/http", "go", ""),
        ("express/lib/router", "javascript", "express"),
        ("github.com/a/b", "go", "github.com/a/b"),
        ("serde::Deserialize", "rust", "serde"),
        ("org.apache.Thing", "java", ""),
    ],
)
def test_the_package_of_an_import(name, language, package):
    use = Reference("import", name, "a", 1, None, None)
    assert package_of(use, language, frozenset({"shop"})) == package


def test_what_is_taken_from_a_package():
    assert last_name("urllib3.util.retry.Retry", "urllib3", "python") == "Retry"
    assert last_name("urllib3", "urllib3", "python") == ""
    assert last_name("a/b", "a", "javascript") == ""


def test_what_the_repository_names_by_a_path_is_its_own(view_of_files):
    files = {
        "lib/shop.js": "var debug = require('debug')('shop');\nvar any = require(debug).a;\n"
        "var till = require('./till');\nfunction open() {}\n",
        "lib/till.js": "module.exports = {};\nfunction take() {}\n",
        "lib/shop/base.rb": "require 'shop/version'\nrequire 'rack'\nmodule Shop\n  def self.sell\n  end\nend\n",
        "lib/shop/version.rb": "module Shop\n  VERSION = '1.2.3'\nend\n",
    }
    view = view_of_files(files)
    assert objects(dependencies.facts(view), "imports") == {"lib/shop.js": ("debug",)}
    facts = list(architecture.facts(view))
    assert objects(facts, "depends_on") == {
        "lib/shop.js": ("lib/till.js",), "lib/shop/base.rb": ("lib/shop/version.rb",),
    }  # fmt: skip
    assert objects(facts, "needed_by")["lib/till.js"] == ("lib/shop.js",)


def test_what_runs_to_build_it_is_no_entry(view_of_files):
    view = view_of_files({"build.rs": "fn main() {}\n", "src/lib.rs": "pub fn sell() {}\n"})
    assert objects(architecture.facts(view), "entry_points") == {}
