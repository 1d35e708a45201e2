"""What repositories that nobody had looked at before showed to be wrong, once each."""

from stating import objects, said, texts

from forklift.build.facts import (
    architecture,
    attributes,
    collect_facts,
    comparison,
    dependencies,
    flows,
    hierarchy,
    purpose,
    reasons,
    settings,
)


def test_a_call_that_may_mean_the_method_of_a_class_below_is_no_step(view_of_files):
    code = "class A:\n    def new(self):\n        self.bind()\n        self.far()\n        self.away()\n"
    code += "    def bind(self):\n        self.far()\n        self.away()\n"
    code += "    def far(self): ...\n    def away(self): ...\n"
    code += "class B(A):\n    def bind(self):\n        super().bind()\n        self.far()\n"
    found = list(flows.facts(view_of_files({"a.py": code})))
    assert texts(found, "main_line") == {
        "B.bind": "`B.bind` calls `A.bind` and `A.far`; `A.bind` among others calls `A.away`"
    }
    assert {one.subject for one in found if one.relation == "reaches"} == {"B.bind"}


def test_a_method_of_the_same_name_replaces_one_where_it_says_so(view_of_files):
    code = "class A {\n  static A get(int x) { return null; }\n  void emit() {}\n}\n"
    code += "class B extends A {\n  static B get(String x) { return null; }\n  @Override void emit() {}\n}\n"
    assert objects(comparison.facts(view_of_files({"A.java": code})), "overrides") == {"B": ("emit", "A")}


def test_a_trait_is_implemented(view_of_files):
    code = "pub trait Feed {\n    fn feed(&self);\n}\npub struct Dog;\nimpl Feed for Dog {\n    fn feed(&self) {}\n}\n"
    facts = list(comparison.facts(view_of_files({"src/lib.rs": code})))
    assert said(facts, "overrides") == ["`Dog` implements `feed` of `Feed`."]
    assert not said(facts, "overridden_by")


def test_constants_of_a_rust_type_are_not_what_it_holds(view_of_files):
    code = "pub struct Dog {\n    legs: u8,\n}\nimpl Dog {\n    const MOST: u8 = 4;\n}\n"
    assert objects(attributes.facts(view_of_files({"src/lib.rs": code})), "attributes") == {"Dog": ("legs",)}


def test_methods_of_a_type_without_a_name_have_no_label(view_of_files):
    code = "pub trait Feed {\n    fn feed(&self);\n}\nimpl Feed for &[u8] {\n    fn feed(&self) {}\n}\n"
    assert set(view_of_files({"src/lib.rs": code}).labels.values()) == {"Feed", "Feed.feed"}


def test_what_is_needed_in_some_cases_only_is_not_declared(view_of_files):
    toml = '[project]\nname = "a"\ndependencies = ["rich", "backport; python_version<\'3.11\'"]\n'
    assert said(dependencies.facts(view_of_files({"pyproject.toml": toml, "a.py": "def a(): ...\n"})), "declares") == [
        "`code` always needs `rich`, declared in `pyproject.toml`."
    ]


def test_what_only_tests_of_go_import_is_not_needed(view_of_files):
    module = "module a.b/zoo\n\nrequire (\n\tgithub.com/x/cast v1.0.0\n\tgithub.com/x/testify v1.0.0\n)\n"
    files = {"go.mod": module, "zoo.go": 'package zoo\n\nimport "github.com/x/cast/deep"\n\nfunc Feed() { deep.A() }\n'}
    files["zoo_test.go"] = 'package zoo\n\nimport "github.com/x/testify"\n\nfunc TestFeed() { testify.A() }\n'
    assert objects(dependencies.facts(view_of_files(files)), "declares") == {"code": ("github.com/x/cast",)}


def test_a_description_that_a_namesake_has_too_leads_to_neither(view_of_files):
    files = {f"{one}/zoo.py": 'def feed():\n    """Feeds every hungry animal."""\n' for one in ("a", "b")}
    files["zoo.py"] = 'def keep():\n    """Feeds every hungry animal."""\n'
    assert objects(purpose.facts(view_of_files(files)), "described_by") == {}


def test_variables_of_the_environment_are_some(view_of_files):
    code = "import os\n\ndef run():\n" + "".join(f'    os.getenv("V{n}")\n' for n in range(10))
    (found,) = said(settings.facts(view_of_files({"a.py": code})), "reads_environment")
    assert found.startswith("From the environment, `run` reads, for instance, `V0`,")
    assert found.endswith("`V7`, among 10 in all.")


def test_reasons_are_neither_what_something_is_for_nor_about_a_parameter(view_of_files):
    rust = "/// Grows the cage so that every animal fits.\npub fn grow() {\n    let x = 1;\n}\n"
    python = 'def feed(food):\n    """Feeds animals.\n\n    Args:\n        food: '
    python += 'Only there to avoid hungry animals today.\n    """\n'
    more = 'def free():\n    """Frees animals.\n\n    You will have to make sure that no animal is hungry.\n    """\n'
    more += "\n\ndef feed():\n    # There might be other ways to prevent hunger in general.\n    return 1\n"
    more += "\n\ndef lock():\n    # Set to a number so that more cages are locked at night.\n    return 1\n"
    view = view_of_files({"src/lib.rs": rust, "a.py": python, "b.py": more})
    assert list(reasons.facts(view)) == []


def test_code_at_the_start_of_a_reason_keeps_its_case(view_of_files):
    code = "def cut():\n    # cut(start) removes all of them, so it must not match here.\n    return 1\n"
    (found,) = view_of_files({"a.py": code}).index.notices()
    assert found.text == "cut(start) removes all of them, so it must not match here"


def test_a_header_of_the_system_is_none_of_the_repository(view_of_files):
    files = {"a.c": "#include <poll.h>\nint a(void) { return 1; }\n", "b/poll.h": "static int b(void) { return 2; }\n"}
    assert not said(architecture.facts(view_of_files(files)), "needed_by")


def test_a_macro_before_a_friend_hides_nothing(view_of_files):
    code = "class Zoo : public Base {\n\n  Q_OBJECT\n\n  friend\n  void feed(void *zoo) { }\n\n"
    code += "public:\n  void add() { }\n};\n"
    assert objects(hierarchy.facts(view_of_files({"a.cpp": code})), "has_methods") == {"Zoo": ("add",)}


def test_what_every_array_has_is_not_meant(view_of_files):
    text = "# One\n\nCall `filter()` and `feed()` of it.\n"
    view = view_of_files({"a.js": "function filter() {}\nfunction feed() {}\n", "README.md": text})
    assert objects(collect_facts(view.index)[1], "explains") == {"One": ("feed",)}


def test_to_note_something_is_no_note(view_of_files):
    code = 'class Cage:\n    """Keeps animals.\n\n    Note the quotes in the unwrapped example.\n    """\n'
    other = 'class Zoo:\n    """Keeps cages.\n\n    Note: cages of elephants are never closed.\n    """\n'
    assert texts(reasons.facts(view_of_files({"a.py": code + other})), "caution") == {
        "Zoo": "Cages of elephants are never closed"
    }


def test_tables_of_contents_speak_of_nothing(view_of_files):
    text = "# Contents\n\n- [Wall.paint](#wall-paint)\n- [Other](#other)\n\n# Walls\n\nA `Wall` is painted.\n"
    view = view_of_files({"a.py": "class Wall:\n    def paint(self): ...\n", "README.md": text})
    assert objects(collect_facts(view.index)[1], "explains").keys() == {"Walls"}


def test_brackets_of_a_call_in_a_heading_stay(view_of_files):
    view = view_of_files({"a.py": "def a(): ...\n", "README.md": "# One\n\nText.\n\n## zoo.feed([food])\n\nText.\n"})
    assert "zoo.feed([food])" in objects(collect_facts(view.index)[1], "section_in")


def test_bundles_are_left_out(view_of_files):
    files = {"lib/a.js": "function feed() {}\n", "dist/a.js": "function feed() {}\n//# sourceMappingURL=a.js.map\n"}
    assert [one.path for one in view_of_files(files).files] == ["lib/a.js"]


def test_methods_that_are_made_when_the_code_runs_leave_no_whole_list(view_of_files):
    script = "class Http {\n  send() {}\n}\n['get'].forEach(function (one) {\n  Http.prototype[one] = one;\n});\n"
    ruby = "class Zoo\n  def_delegators :cage, :lock\n  def feed\n  end\nend\nclass Cage\n  def lock\n  end\nend\n"
    found = list(hierarchy.facts(view_of_files({"a.js": script, "a.rb": ruby})))
    assert texts(found, "has_methods") == {"Http": "others", "Zoo": "others", "Cage": ""}


def test_what_objects_hold_may_be_more(view_of_files):
    files = {
        "a.py": "class Zoo:\n    def __init__(self):\n        self.cages = []\n",
        "a.go": "package a\n\ntype Dog struct {\n\tlegs int\n}\n",
    }
    assert set(said(attributes.facts(view_of_files(files)), "attributes")) == {
        "`Zoo` holds, for instance, `cages`.", "`Dog` holds `legs` (`int`).",
    }  # fmt: skip


def test_a_class_says_what_its_methods_replace_wherever_their_bodies_are(view_of_files):
    code = "class A {\npublic:\n  virtual int feed(int x) { return x; }\n  virtual int name() { return 1; }\n};\n"
    code += "class B : public A {\npublic:\n  virtual int feed(int x) override;\n  int name();\n};\n"
    code += "int B::feed(int x) { return 2; }\nint B::name() { return 2; }\n"
    assert objects(comparison.facts(view_of_files({"a.cpp": code})), "overrides") == {"B": ("feed", "A")}


def test_comments_that_say_little_are_no_purposes(view_of_files):
    docs = {
        "feed": "See the keeper of animals",
        "lock": "TODO locking needs more work",
        "free": "Frees animals at night",
    }
    code = "".join(f'def {one}():\n    """{doc}."""\n' for one, doc in docs.items())
    assert objects(purpose.facts(view_of_files({"a.py": code})), "documented_as").keys() == {"free"}


def test_steps_are_told_from_the_first_on_or_not_at_all(view_of_files):
    steps = "".join(f"{n}. Feed the {one}.\n" for n, one in enumerate("dogs cats cows pigs ants bees".split(), 1))
    text = f"# Zoo\n\n## Feeding animals\n\n{steps}\n## Locking the cages\n\n"
    text += "1. Take keys.\n2. See below how.\n3. Lock it.\n"
    facts = collect_facts(view_of_files({"a.py": "def a(): ...\n", "README.md": text}).index)[1]
    told = texts(facts, "how_to")
    assert told["feed animals"].endswith("4. Feed the pigs; 5. Feed the ants; and others")
    assert "lock the cages" not in told


def test_what_lost_its_address_is_not_quoted(view_of_files):
    code = "def feed():\n    # NOTE: feeding of animals is not allowed at night, see https://a.b/c\n    return 1\n"
    assert list(reasons.facts(view_of_files({"a.py": code}))) == []


def test_what_a_server_hands_over_is_not_the_environment(view_of_files):
    code = 'import os\n\ndef run(environ):\n    return environ["HTTP_HOST"], os.environ["HOME"]\n'
    assert objects(settings.facts(view_of_files({"a.py": code})), "reads_environment") == {"run": ("HOME",)}
