"""What is read from C#, against what a person reads."""

import pytest
from outlines import outline, parents, uses
from repositories import indexed, write

FILES = {
    "Zoo/Animal.cs": """\
// Copyright 2020 The Authors.
using System;
using Zoo.Feeding;
using Dish = Zoo.Feeding.Menu;

namespace Zoo
{
    /// <summary>
    /// Lives here, see <see cref="Keeper"/>.
    /// </summary>
    /// <typeparam name="T">what it eats</typeparam>
    [Serializable, Named("animal")]
    public partial class Animal<T> : Being<T>, IFed where T : class
    {
        public const int Max = 3;
        private readonly Menu _menu, _other;
        public static readonly string Kind = "x"; // of all
        /// <summary>Painted on the door.</summary>
        public string Name { get; set; } = "none";
        public int Legs => 4;
        public event EventHandler Changed;

        public Animal(Menu menu) : base(menu) { _menu = menu; }

        /// <summary>Grows.</summary>
        /// <param name="by">how much</param>
        /// <returns>what is left</returns>
        [Obsolete]
        public async Task<int> Grow(int by = 1, params string[] rest)
        {
            _menu.Cook();
            this.Shrink();
            Live();
            var dish = new Dish();
            dish.Cook();
            Keeper keeper = Find();
            keeper?.Feed(2);
            nameof(by);
            void Local() {}
            throw new TooLarge("x");
        }

        public static Animal<T> operator +(Animal<T> a, Animal<T> b) => a;
        public delegate void Handler(int x);
        enum Size { Small = 1, Large }
        struct Point { public int X; }
    }

    record Tag(int Number, string Text) : IFed;
    class TooLarge : Exception {}
}
""",
    "Zoo/Animal.Shrink.cs": "namespace Zoo\n{\n    partial class Animal<T> : ITagged\n    {\n"
    "        void Shrink() {}\n        Keeper Find() => null;\n    }\n}\n",
    "Zoo/Keeper.cs": "namespace Zoo;\n\nclass Being<T> { protected void Live() {} }\ninterface IFed { void Eat(); }\n"
    "interface ITagged {}\nclass Keeper { public void Feed(int a) {} public void Feed(int a, int b) {} }\n",
    "Zoo/Feeding/Menu.cs": "namespace Zoo.Feeding { public class Menu { public void Cook() {} } }\n",
    "Zoo.Tests/AnimalTests.cs": "namespace Zoo.Tests;\nclass AnimalTests { void Grows() { new Menu(); } }\n",
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    with indexed(write(tmp_path_factory.mktemp("cs") / "zoo", FILES)) as index:
        yield index


def test_symbols(zoo):
    assert outline(zoo, "Zoo/Animal.cs") == [
        "namespace Zoo 6-51",
        "class Animal 13-47 : Being<T>, IFed @Serializable @Named "
        "# Lives here, see `Keeper`. /  / @typeparam T what it eats",
        "constant Animal.Max 15-15 -> int = 3",
        "member Animal._menu 16-16 -> Menu",
        "member Animal._other 16-16 -> Menu",
        'constant Animal.Kind 17-17 -> string = "x" # of all',
        "property Animal.Name 19-19 -> string # Painted on the door.",
        "property Animal.Legs 20-20 -> int",
        "member Animal.Changed 21-21 -> EventHandler",
        "method Animal.Animal 23-23 (Menu menu)",
        "method Animal.Grow 29-41 (int by = 1, params string[] rest) -> Task<int> @Obsolete "
        "# Grows. /  / @param by how much /  / @returns what is left",
        "function Animal.Grow.Local 39-39 () -> void",
        "method Animal.operator + 43-43 (Animal<T> a, Animal<T> b) -> Animal<T>",
        "typedef Animal.Handler 44-44 = delegate void (int x)",
        "enum Animal.Size 45-45",
        "enumerator Animal.Size.Small 45-45 = 1",
        "enumerator Animal.Size.Large 45-45",
        "struct Animal.Point 46-46",
        "member Animal.Point.X 46-46 -> int",
        "class Tag 49-49 (int Number, string Text) : IFed",
        "class TooLarge 50-50 : Exception",
    ]


def test_parameters_and_full_names(zoo):
    found = zoo.find("Animal.Grow")[0].parameters
    assert [(one.name, one.annotation, one.default) for one in found] == [
        ("by", "int", "1"), ("rest", "params string[]", ""),
    ]  # fmt: skip
    assert zoo.find("Zoo.Feeding.Menu.Cook")[0].path == "Zoo/Feeding/Menu.cs"


def test_the_parts_of_a_partial_class_are_one(zoo):
    assert [one.path for one in zoo.symbols() if one.qualified_name == "Animal"] == ["Zoo/Animal.cs"]
    assert parents(zoo)["Animal.Shrink"] == "Zoo/Animal.cs:Animal"


def test_uses(zoo):
    animal, keeper, menu = "Zoo/Animal.cs", "Zoo/Keeper.cs", "Zoo/Feeding/Menu.cs"
    assert uses(zoo, "call", "raise", "inherit") == {
        f"Animal inherit Being > {keeper}:Being",
        f"Animal inherit IFed > {keeper}:IFed",
        f"Animal inherit ITagged > {keeper}:ITagged",
        f"Tag inherit IFed > {keeper}:IFed",
        "TooLarge inherit Exception",
        f"Animal.Grow call _menu.Cook > {menu}:Menu.Cook",
        "Animal.Grow call this.Shrink > Zoo/Animal.Shrink.cs:Animal.Shrink",
        f"Animal.Grow call Live > {keeper}:Being.Live",
        f"Animal.Grow call Dish > {menu}:Menu",
        f"Animal.Grow call dish.Cook > {menu}:Menu.Cook",
        "Animal.Grow call Find > Zoo/Animal.Shrink.cs:Animal.Find",
        f"Animal.Grow call keeper?.Feed > {keeper}:Keeper.Feed",
        f"Animal.Grow raise TooLarge > {animal}:TooLarge",
        "AnimalTests.Grows call Menu",  # not in scope there
    }
    assert uses(zoo, "import") == {
        "- import System",
        "- import Zoo.Feeding",
        "- import Zoo.Feeding.Menu > Zoo/Feeding/Menu.cs:Menu",
    }
    assert [one.qualified_name for one in zoo.symbols() if one.is_test][-1] == "AnimalTests.Grows"
