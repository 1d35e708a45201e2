"""What is read from Ruby, against what a person reads."""

import pytest
from outlines import outline, parents, uses
from repositories import indexed, write

from forklift.index import whole_sentence

FILES = {
    "lib/zoo.rb": """\
# frozen_string_literal: true

# Keeps animals.

require 'json'
require_relative 'zoo/food'

# The zoo.
module Zoo
  # How many fit.
  MAX = 3

  class TooLarge < StandardError; end
  Point = Struct.new(:x, :y) do
    def far?; x > 1; end
  end

  # Lives here.
  #
  # For long.
  class Animal < Being
    include Comparable, Tagged
    extend Zoo::Finder

    attr_accessor :name, :nick
    attr_reader :legs # four mostly

    # Makes one.
    def initialize(name, legs = 4, *rest, size:, kind: nil, **options, &block)
      @menu = Food::Menu.new(name)
      @menu.cook
      helper(1)
      self.grow
      local = Food::Menu.new(2)
      local.cook
      unknown(3)
      raise TooLarge, "x" if legs > MAX
      raise TooLarge.new("y")
    end

    def self.find(key) = new(key)

    class << self
      def build; Animal.new(1); end
    end

    def ==(other); end
    def name=(value); end
    alias old_grow grow
    alias_method :older, :grow
    define_method(:shout) { |x| x }

    private

    def grow; end
    def helper(n) = n
  end
end
""",
    "lib/zoo/food.rb": """\
module Zoo
  module Food
    class Menu
      def cook; end
    end
  end
  module Tagged; end
  module Finder; end
  class Being; end
end

class Zoo::Food::Menu
  def wash; end
end
""",
    "spec/zoo_spec.rb": "describe Zoo::Animal do\n  it { Zoo::Animal.build }\nend\n",
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    with indexed(write(tmp_path_factory.mktemp("ruby") / "zoo", FILES)) as index:
        yield index


def test_symbols(zoo):
    assert outline(zoo, "lib/zoo.rb") == [
        "module Zoo 9-58 # The zoo.",
        "constant Zoo.MAX 11-11 = 3 # How many fit.",
        "class Zoo.TooLarge 13-13 : StandardError",
        "class Zoo.Point 14-16",
        "method Zoo.Point.far? 15-15",
        "class Zoo.Animal 21-57 : Being, Comparable, Tagged, Zoo::Finder # Lives here. /  / For long.",
        "property Zoo.Animal.name 25-25",
        "property Zoo.Animal.nick 25-25",
        "property Zoo.Animal.legs 26-26",
        "method Zoo.Animal.initialize 29-39 (name, legs = 4, *rest, size:, kind: nil, **options, &block) # Makes one.",
        "member Zoo.Animal.menu 30-30 = Food::Menu.new(name)",
        "method Zoo.Animal.find 41-41 (key)",
        "method Zoo.Animal.build 44-44",
        "method Zoo.Animal.== 47-47 (other)",
        "method Zoo.Animal.name= 48-48 (value)",
        "method Zoo.Animal.old_grow 49-49",
        "method Zoo.Animal.older 50-50",
        "method Zoo.Animal.shout 51-51",
        "method Zoo.Animal.grow 55-55",
        "method Zoo.Animal.helper 56-56 (n)",
    ]
    assert {one.path: one.doc for one in zoo.files()}["lib/zoo.rb"] == "Keeps animals."


def test_parameters(zoo):
    found = zoo.find("Animal.initialize")[0].parameters
    assert [(one.name, one.default) for one in found] == [
        ("name", ""), ("legs", "4"), ("*rest", ""), ("size:", ""), ("kind:", "nil"), ("**options", ""), ("&block", ""),
    ]  # fmt: skip


def test_reopened_modules_and_classes_are_one(zoo):
    assert [one.qualified_name for one in zoo.symbols() if one.kind == "module"].count("Zoo") == 1
    assert parents(zoo)["Zoo.Food.Menu.wash"] == parents(zoo)["Zoo.Food.Menu.cook"] == "lib/zoo/food.rb:Zoo.Food.Menu"
    assert parents(zoo)["Zoo.Food"] == "lib/zoo.rb:Zoo"


def test_uses(zoo):
    file, food = "lib/zoo.rb", "lib/zoo/food.rb"
    made = "Zoo.Animal.initialize"
    assert uses(zoo, "call", "raise", "inherit") >= {
        f"{made} call Food::Menu > {food}:Zoo.Food.Menu",
        f"{made} call @menu.cook > {food}:Zoo.Food.Menu.cook",
        f"{made} call self.grow > {file}:Zoo.Animal.grow",
        f"{made} call local.cook > {food}:Zoo.Food.Menu.cook",
        f"{made} call helper > {file}:Zoo.Animal.helper",
        f"{made} call unknown",
        f"{made} raise TooLarge > {file}:Zoo.TooLarge",
        f"Zoo.Animal.build call Animal > {file}:Zoo.Animal",
        f"Zoo.Animal inherit Being > {food}:Zoo.Being",
        f"Zoo.Animal inherit Tagged > {food}:Zoo.Tagged",
        f"Zoo.Animal inherit Zoo::Finder > {food}:Zoo.Finder",
        "Zoo.Animal inherit Comparable",
        "Zoo.TooLarge inherit StandardError",
        f"- call Zoo::Animal.build > {file}:Zoo.Animal.build",
    }
    assert uses(zoo, "import") == {"- import json", "- import zoo/food"}
    assert [one.path for one in zoo.files() if one.is_test] == ["spec/zoo_spec.rb"]


def test_names_that_end_in_a_mark_are_known_however_they_are_written(zoo):
    assert all(zoo.knows(name) for name in ("far?", "`Point.far?`", "far?(1)", "Zoo::Point#far?", "name=", "grow!"))
    assert [zoo.locate(name).name for name in ("`far?`", "name=")] == ["Zoo.Point.far?", "Zoo.Animal.name="]
    assert not any(zoo.knows(name) for name in ("near?", "far!", "far", "Point.near?", "leg="))


def test_a_heading_of_a_comment_is_not_what_it_says(tmp_path):
    code = "# = Zoo::Gate\n#\n# Opens in the morning, so that animals see the sun.\nclass Gate; end\n"
    code += "# == Usage\nclass Fence; end\n"
    with indexed(write(tmp_path / "zoo", {"gate.rb": code})) as index:
        docs = {one.name: whole_sentence(one.doc) for one in index.symbols()}
    assert docs["Fence"] == ""
    assert docs["Gate"].startswith("Opens in the morning")
