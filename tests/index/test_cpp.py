"""What is read from C++, against what a person reads."""

import pytest
from outlines import outline, parents, uses
from repositories import indexed, write

FILES = {
    "include/zoo/animal.h": """\
// Copyright 2020 The Authors.
#pragma once
#include "food.h"
#define ZOO_API
#define ZOO_MAX 3
#define ZOO_SQUARE(x) ((x) * (x))

namespace zoo {
namespace detail { int twice(int n); struct Tag {}; }

/// Lives here.
///
/// \\brief For long.
template <typename T>
class ZOO_API Animal final : public Being<T>, private detail::Tag {
 public:
  explicit Animal(int size = 3) : size_(size) {}
  ~Animal() override;
  /** Grows by some. */
  virtual void grow(const std::string& how, int by = 2) const;
  virtual void shrink() = 0;
  static Animal* make();
  bool operator==(const Animal& other) const { return size_ == other.size_; }
  template <class U> U get() { return this->size_; }
  enum Kind { SMALL = 1, LARGE };
  using Number = int;
  int size_;  ///< in metres
  static constexpr int LEGS = 4;
  struct Inner { int depth; };
  friend class Keeper;

 private:
  Food* food_;
};

enum class Color : int { Red, Green };
typedef unsigned long size_type;
typedef struct { int a; } Plain;
void feed(Food& food, int times = 1);
void overloaded(int a);
void overloaded(const char* a);
extern int elsewhere;
}  // namespace zoo
""",
    "include/zoo/food.h": "#pragma once\nnamespace zoo {\nstruct Food { void cook(); int price; };\n"
    "template <class T> class Being { public: void live() {} };\n"
    "struct Cow : Being<int> { Cow(); void moo() { live(); } };\n}\n",
    "src/animal.cpp": """\
#include "zoo/animal.h"
using namespace zoo;

zoo::Animal::~Animal() {}

namespace zoo {

constexpr int LIMIT = 10;
static int counter = 0;

template <typename T>
void Animal<T>::grow(const std::string& how, int by) const {
  food_->cook();
  shrink();
  Food local;
  local.cook();
  auto* other = new Cow();
  other->moo();
  other->live();
  detail::twice(by);
  feed(local);
  unknown();
  overloaded(1);
  throw std::runtime_error("x");
}

void feed(Food& food, int times) { ZOO_SQUARE(times); }
void overloaded(int a) {}
void overloaded(const char* a) {}
Cow::Cow() {}
void Food::cook() { auto later = [](int x) { return x; }; }

namespace { int hidden() { return LIMIT; } }
}  // namespace zoo

int zoo::detail::twice(int n) { return n * 2; }
""",
    "tests/animal_test.cc": '#include "zoo/animal.h"\nint main() { zoo::feed(zoo::Food{}); }\n',
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    with indexed(write(tmp_path_factory.mktemp("cpp") / "zoo", FILES)) as index:
        yield index


def test_symbols_of_the_header(zoo):
    assert outline(zoo, "include/zoo/animal.h") == [
        "macro ZOO_MAX 5-5 = 3",
        "macro ZOO_SQUARE 6-6 (x) = ((x) * (x))",
        "namespace zoo 8-43",
        "namespace detail 9-9",
        "struct Tag 9-9",
        "class Animal 14-34 : Being<T>, detail::Tag # Lives here. /  / For long.",
        "method Animal.Animal 17-17 (int size = 3)",
        "method Animal.shrink 21-21 () -> void",
        "method Animal.make 22-22 () -> Animal *",
        "method Animal.operator== 23-23 (const Animal& other) -> bool",
        "method Animal.get 24-24 () -> U",
        "enum Animal.Kind 25-25",
        "enumerator Animal.Kind.SMALL 25-25 = 1",
        "enumerator Animal.Kind.LARGE 25-25",
        "typedef Animal.Number 26-26 = int",
        "member Animal.size_ 27-27 -> int # in metres",
        "constant Animal.LEGS 28-28 -> int = 4",
        "struct Animal.Inner 29-29",
        "member Animal.Inner.depth 29-29 -> int",
        "member Animal.food_ 33-33 -> Food *",
        "enum Color 36-36",
        "enumerator Color.Red 36-36",
        "enumerator Color.Green 36-36",
        "typedef size_type 37-37 = unsigned long",
        "struct Plain 38-38",
        "member Plain.a 38-38 -> int",
    ]


def test_definitions_apart_from_their_class(zoo):
    assert [line for line in outline(zoo, "src/animal.cpp") if not line.startswith("namespace")] == [
        "method Animal.~Animal 4-4 ()",
        "constant LIMIT 8-8 -> int = 10",
        "variable counter 9-9 -> int = 0",
        "method Animal.grow 11-25 (const std::string& how, int by) -> void # Grows by some.",
        "function feed 27-27 (Food& food, int times) -> void",
        "function overloaded 28-28 (int a) -> void",
        "function overloaded 29-29 (const char* a) -> void",
        "method Cow.Cow 30-30 ()",
        "method Food.cook 31-31 () -> void",
        "function hidden 33-33 () -> int",
        "function twice 36-36 (int n) -> int",
    ]
    above = parents(zoo)
    assert above["Animal.grow"] == above["Animal.~Animal"] == "include/zoo/animal.h:Animal"
    assert above["Food.cook"] == "include/zoo/food.h:Food"
    assert zoo.find("zoo::Animal::grow")[0].path == zoo.find("zoo.detail.twice")[0].path == "src/animal.cpp"


def test_defaults_come_from_the_header(zoo):
    grow = zoo.find("Animal.grow")[0].parameters
    assert [(one.name, one.annotation, one.default) for one in grow] == [
        ("how", "const std::string &", ""), ("by", "int", "2"),
    ]  # fmt: skip


def test_a_namespace_is_one_symbol(zoo):
    assert [one.qualified_name for one in zoo.symbols() if one.kind == "namespace"].count("zoo") == 1


def test_uses(zoo):
    header, food, source = "include/zoo/animal.h", "include/zoo/food.h", "src/animal.cpp"
    assert uses(zoo, "call", "raise", "inherit") == {
        f"Animal inherit Being > {food}:Being",
        f"Animal inherit detail::Tag > {header}:Tag",
        f"Cow inherit Being > {food}:Being",
        f"Cow.moo call live > {food}:Being.live",
        f"Animal.grow call food_->cook > {source}:Food.cook",
        f"Animal.grow call shrink > {header}:Animal.shrink",
        f"Animal.grow call local.cook > {source}:Food.cook",
        f"Animal.grow call Cow > {food}:Cow",
        f"Animal.grow call other->moo > {food}:Cow.moo",
        f"Animal.grow call other->live > {food}:Being.live",
        f"Animal.grow call detail::twice > {source}:twice",
        "Animal.grow call unknown",
        f"Animal.grow call feed > {source}:feed",
        "Animal.grow call overloaded",  # two of one argument
        "Animal.grow raise std::runtime_error",
        f"feed call ZOO_SQUARE > {header}:ZOO_SQUARE",
        f"main call zoo::feed > {source}:feed",
    }
    assert {"- import food.h", "- import zoo/animal.h"} <= uses(zoo, "import")
