"""What is read from Go, against what a person reads."""

import pytest
from outlines import outline, parents, uses
from repositories import indexed, write

FILES = {
    "go.mod": "module example.com/zoo\n\ngo 1.22\n",
    "zoo.go": """\
// Copyright 2020 The Authors.

// Package zoo keeps animals.
package zoo

import (
	"errors"
	food "example.com/zoo/feed"
)

// MaxAnimals is how many fit.
const MaxAnimals = 10

const (
	// Small is below a metre.
	Small Size = iota
	Large
)

var ErrFull = errors.New("full") // nobody fits

// Size of an animal.
type Size int

// Animal lives here.
type Animal[F any] struct {
	Body
	*food.Eater
	// Name is painted on the door.
	Name, Nick string `json:"name"`
	legs       int
}

// Keeper feeds.
type Keeper interface {
	food.Feeder
	// Feed gives n portions.
	Feed(a *Animal, n int) (left int, err error)
}

type Body struct{}

// New makes an animal.
//
// It never fails.
func New(name, nick string, tags ...string) (*Animal, error) {
	one := &Animal{Name: name}
	one.Grow(2)
	other := make2()
	other.Grow(1)
	food.Cook(MaxAnimals)
	tidy()
	unknown(one)
	for _, each := range all {
		each.Grow(1)
	}
	return one, nil
}

func make2() *Animal { return nil }
""",
    "grow.go": """\
package zoo

// Grow makes it larger.
func (a *Animal[F]) Grow(by int) error {
	a.legs += by
	go func() { a.shrink() }()
	a.Eater.Chew()
	return nil
}

func (a Animal) shrink() {}

func tidy() {}
""",
    "feed/feed.go": "package feed\n\ntype Eater struct{}\n\nfunc (e *Eater) Chew() {}\n\n"
    "func Cook(n int) int { return n }\n",
    "zoo_test.go": 'package zoo\n\nimport "testing"\n\nfunc TestNew(t *testing.T) { New("a", "b") }\n',
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    with indexed(write(tmp_path_factory.mktemp("go") / "zoo", FILES)) as index:
        yield index


def test_symbols(zoo):
    assert outline(zoo, "zoo.go") == [
        "constant MaxAnimals 12-12 = 10 # MaxAnimals is how many fit.",
        "constant Small 16-16 -> Size = iota # Small is below a metre.",
        "constant Large 17-17",
        'variable ErrFull 20-20 = errors.New("full") # nobody fits',
        "typedef Size 23-23 = int # Size of an animal.",
        "struct Animal 26-32 : Body, food.Eater # Animal lives here.",
        "member Animal.Name 30-30 -> string # Name is painted on the door.",
        "member Animal.Nick 30-30 -> string # Name is painted on the door.",
        "member Animal.legs 31-31 -> int",
        "interface Keeper 35-39 : food.Feeder # Keeper feeds.",
        "method Keeper.Feed 38-38 (a *Animal, n int) -> (left int, err error) # Feed gives n portions.",
        "struct Body 41-41",
        "function New 46-58 (name, nick string, tags ...string) -> (*Animal, error) "
        "# New makes an animal. /  / It never fails.",
        "function make2 60-60 () -> *Animal",
    ]
    assert outline(zoo, "grow.go") == [
        "method Animal.Grow 4-9 (by int) -> error # Grow makes it larger.",
        "method Animal.shrink 11-11 ()",
        "function tidy 13-13 ()",
    ]


def test_parameters_share_a_type(zoo):
    found = zoo.find("New")[0].parameters
    assert [(one.name, one.annotation) for one in found] == [
        ("name", "string"), ("nick", "string"), ("tags", "...string"),
    ]  # fmt: skip


def test_methods_belong_to_their_type_in_whichever_file(zoo):
    assert parents(zoo)["Animal.Grow"] == "zoo.go:Animal"
    assert parents(zoo)["Eater.Chew"] == "feed/feed.go:Eater"
    assert zoo.find("zoo.Animal.Grow")[0].path == "grow.go"


def test_uses(zoo):
    assert uses(zoo, "call", "inherit") == {
        "- call errors.New",
        "Animal inherit Body > zoo.go:Body",
        "Animal inherit food.Eater > feed/feed.go:Eater",
        "Keeper inherit food.Feeder",
        "New call one.Grow > grow.go:Animal.Grow",
        "New call make2 > zoo.go:make2",
        "New call other.Grow > grow.go:Animal.Grow",
        "New call food.Cook > feed/feed.go:Cook",
        "New call tidy > grow.go:tidy",
        "New call unknown",
        "New call each.Grow",
        "Animal.Grow call a.shrink > grow.go:Animal.shrink",
        "Animal.Grow call a.Eater.Chew",
        "TestNew call New > zoo.go:New",
    }
    assert {"- import errors", "- import example.com/zoo/feed", "- import testing"} == uses(zoo, "import")


def test_docs_modules_and_tests(zoo):
    docs = {one.path: one.doc for one in zoo.files()}
    assert docs["zoo.go"] == "Package zoo keeps animals."
    assert zoo.modules()["feed/feed.go"] == "feed"
    assert [one.qualified_name for one in zoo.symbols() if one.is_test] == ["TestNew"]
