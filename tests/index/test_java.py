"""What is read from Java, against what a person reads."""

import pytest
from outlines import outline, parents, uses
from repositories import indexed, write

FILES = {
    "src/main/java/org/zoo/Animal.java": """\
/*
 * Copyright 2020 The Authors. All rights reserved.
 */
package org.zoo;

import static org.zoo.food.Menu.serve;

import java.util.List;
import org.zoo.food.*;

/**
 * Lives in the zoo; see {@link Keeper#feed}.
 *
 * @param <T> what it <b>eats</b>
 */
@Deprecated
@Named("animal")
public abstract class Animal<T extends Food> extends Being<T> implements Comparable<Animal>, Keeper.Fed {
  /** How many fit. */
  public static final int MAX = 3, MIN = 1;

  private final Menu menu;
  protected String name = "none"; // painted on the door

  @Inject
  public Animal(Menu menu, String... names) throws ZooException {
    super(menu);
    this.menu = menu;
  }

  /** Grows. */
  public void grow() {
    grow(1);
  }

  public <R> List<R> grow(final int by) {
    menu.cook();
    serve(menu);
    live();
    Animal other = new Dog();
    other.grow();
    this.bark();
    Runnable later = () -> { String name = toString(); };
    Object nameless = new Object() { void hidden() {} };
    throw new ZooException("too large");
  }

  abstract void bark();

  enum Size implements Tag {
    SMALL(1),
    /** Above a metre. */
    LARGE(2) { void shout() {} };
    int metres;
  }

  record Point(int x, int y) implements Tag {}

  @interface Named { String value() default "x"; }

  class Dog extends Animal<Food> {
    void bark() {}
  }
}
""",
    "src/main/java/org/zoo/Keeper.java": """\
package org.zoo;
interface Keeper extends Tag {
  void feed(Animal animal);
  default int count() { return Animal.MAX; }
  interface Fed {}
}
interface Tag {}
""",
    "src/main/java/org/zoo/Being.java": """\
package org.zoo;
class Being<T> { void live() {} }
class ZooException extends RuntimeException {}
""",
    "src/main/java/org/zoo/food/Menu.java": """\
package org.zoo.food;
public class Menu {
  public void cook() {}
  public static void serve(Menu menu) {}
}
""",
    "src/test/java/org/zoo/AnimalTest.java": "package org.zoo;\nclass AnimalTest { void testMax() {} }\n",
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    with indexed(write(tmp_path_factory.mktemp("java") / "zoo", FILES)) as index:
        yield index


def test_symbols(zoo):
    assert outline(zoo, "src/main/java/org/zoo/Animal.java") == [
        "class Animal 18-64 : Being<T>, Comparable<Animal>, Keeper.Fed @Deprecated @Named "
        "# Lives in the zoo; see `Keeper.feed`. /  / @param <T> what it eats",
        "constant Animal.MAX 20-20 -> int = 3 # How many fit.",
        "constant Animal.MIN 20-20 -> int = 1 # How many fit.",
        "member Animal.menu 22-22 -> Menu",
        'member Animal.name 23-23 -> String = "none" # painted on the door',
        "method Animal.Animal 26-29 (Menu menu, String... names) @Inject",
        "method Animal.grow 32-34 () -> void # Grows.",
        "method Animal.grow 36-46 (final int by) -> List<R>",
        "method Animal.bark 48-48 () -> void",
        "enum Animal.Size 50-55 : Tag",
        "enumerator Animal.Size.SMALL 51-51",
        "enumerator Animal.Size.LARGE 53-53 # Above a metre.",
        "method Animal.Size.LARGE.shout 53-53 () -> void",
        "member Animal.Size.metres 54-54 -> int",
        "class Animal.Point 57-57 (int x, int y) : Tag",
        "interface Animal.Named 59-59",
        "method Animal.Named.value 59-59 -> String",
        "class Animal.Dog 61-63 : Animal<Food>",
        "method Animal.Dog.bark 62-62 () -> void",
    ]


def test_parameters_and_parents(zoo):
    made = zoo.find("Animal.Animal")[0]
    assert [(one.name, one.annotation) for one in made.parameters] == [("menu", "Menu"), ("names", "String...")]
    assert parents(zoo)["Animal.Size.LARGE"] == "src/main/java/org/zoo/Animal.java:Animal.Size"
    assert zoo.find("org.zoo.Keeper.feed")[0].returns == "void"


def test_uses(zoo):
    animal, menu = "src/main/java/org/zoo/Animal.java", "src/main/java/org/zoo/food/Menu.java"
    assert uses(zoo, "call", "raise") == {
        f"Animal.grow call grow > {animal}:Animal.grow",  # the one that takes an argument
        f"Animal.grow call menu.cook > {menu}:Menu.cook",
        f"Animal.grow call serve > {menu}:Menu.serve",
        "Animal.grow call live > src/main/java/org/zoo/Being.java:Being.live",
        f"Animal.grow call Dog > {animal}:Animal.Dog",
        f"Animal.grow call other.grow > {animal}:Animal.grow",
        f"Animal.grow call this.bark > {animal}:Animal.bark",
        "Animal.grow call toString",
        "Animal.grow call Object",
        "Animal.grow raise ZooException > src/main/java/org/zoo/Being.java:ZooException",
    }
    grow = {one.id: one for one in zoo.symbols() if one.qualified_name == "Animal.grow"}
    targets = {(one.name, one.target_id) for one in zoo.references() if one.target_id in grow}
    assert {(name, grow[target].line) for name, target in targets} == {("grow", 36), ("other.grow", 32)}


def test_bases_and_imports(zoo):
    animal, keeper = "src/main/java/org/zoo/Animal.java", "src/main/java/org/zoo/Keeper.java"
    assert uses(zoo, "inherit") == {
        "Animal inherit Being > src/main/java/org/zoo/Being.java:Being",
        "Animal inherit Comparable",
        f"Animal inherit Keeper.Fed > {keeper}:Keeper.Fed",
        f"Animal.Size inherit Tag > {keeper}:Tag",
        f"Animal.Point inherit Tag > {keeper}:Tag",
        f"Animal.Dog inherit Animal > {animal}:Animal",
        f"Keeper inherit Tag > {keeper}:Tag",
        "ZooException inherit RuntimeException",
    }
    assert uses(zoo, "import") == {
        "- import org.zoo.food.Menu.serve > src/main/java/org/zoo/food/Menu.java:Menu.serve",
        "- import java.util.List",
        "- import org.zoo.food.*",
    }
    assert [one.qualified_name for one in zoo.symbols() if one.is_test] == ["AnimalTest", "AnimalTest.testMax"]
