"""What is read from PHP, against what a person reads."""

import pytest
from outlines import outline, parents, uses
from repositories import indexed, write

FILES = {
    "src/Animal.php": """\
<?php

/**
 * Copyright 2020 The Authors.
 */

declare(strict_types=1);

namespace Zoo;

use Zoo\\Feeding\\Menu as Card;
use Zoo\\Feeding\\{Cook, Waiter};
use function Zoo\\Feeding\\serve;

/**
 * Lives here.
 *
 * @template T
 */
#[Named("animal")]
abstract class Animal extends Being implements Fed, \\Countable
{
    use Tagged, Loud;

    const MAX = 3, MIN = 1;
    public const string KIND = 'x';

    /** Painted on the door. */
    protected ?Card $card = null;
    private static array $all = [1, 2];

    public function __construct(private readonly Card $menu, int ...$rest)
    {
        $this->menu->cook();
        $this->card->cook();
        parent::__construct();
        self::make();
        static::make();
        $cook = new Cook($menu);
        $cook->stir();
        serve(1);
        \\Zoo\\Feeding\\serve(2);
        \\strlen('x');
        unknown(3);
        throw new TooLarge('x');
    }

    /** Makes one. */
    #[Pure]
    public static function make(int|string $a = 3, &$b = []): ?static
    {
        return null;
    }

    abstract protected function shout(string $what): void;
}

interface Fed extends Countable { public function feed(); }
trait Tagged { public $tag = 'x'; }
enum Suit: string implements Fed { case Hearts = 'H'; const WILD = 1; public function label(): string { return ''; } }
class TooLarge extends \\RuntimeException {}
function top(array $x): int { $later = function ($y) { return $y; }; return 1; }
const LIMIT = 4;
define('OLD', 5);
""",
    "src/Being.php": "<?php\nnamespace Zoo;\nclass Being { public function __construct() {} }\n",
    "src/Feeding/Menu.php": "<?php\nnamespace Zoo\\Feeding;\nclass Menu { public function cook() {} }\n"
    "class Cook { public function stir() {} }\nfunction serve(int $n) {}\n",
    "tests/AnimalTest.php": "<?php\nnamespace Zoo\\Tests;\n"
    "class AnimalTest { function testMake() { \\Zoo\\Animal::make(); } }\n",
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    with indexed(write(tmp_path_factory.mktemp("php") / "zoo", FILES)) as index:
        yield index


def test_symbols(zoo):
    assert outline(zoo, "src/Animal.php") == [
        "class Animal 21-56 : Being, Fed, \\Countable, Tagged, Loud @Named # Lives here. /  / @template T",
        "constant Animal.MAX 25-25 = 3",
        "constant Animal.MIN 25-25 = 1",
        "constant Animal.KIND 26-26 -> string = 'x'",
        "member Animal.card 29-29 -> ?Card = null # Painted on the door.",
        "member Animal.all 30-30 -> array = [1, 2]",
        "method Animal.__construct 32-46 (private readonly Card $menu, int ...$rest)",
        "member Animal.menu 32-32 -> Card",
        "method Animal.make 50-53 (int|string $a = 3, &$b = []) -> ?static @Pure # Makes one.",
        "method Animal.shout 55-55 (string $what) -> void",
        "interface Fed 58-58 : Countable",
        "method Fed.feed 58-58 ()",
        "trait Tagged 59-59",
        "member Tagged.tag 59-59 = 'x'",
        "enum Suit 60-60 : Fed",
        "enumerator Suit.Hearts 60-60 = 'H'",
        "constant Suit.WILD 60-60 = 1",
        "method Suit.label 60-60 () -> string",
        "class TooLarge 61-61 : \\RuntimeException",
        "function top 62-62 (array $x) -> int",
        "constant LIMIT 63-63 = 4",
        "constant OLD 64-64 = 5",
    ]


def test_parameters_and_full_names(zoo):
    made = zoo.find("Animal.make")[0].parameters
    assert [(one.name, one.annotation, one.default) for one in made] == [("$a", "int|string", "3"), ("$b", "", "[]")]
    assert zoo.find("Zoo.Feeding.Menu.cook")[0].path == "src/Feeding/Menu.php"
    assert parents(zoo)["Animal.make"] == "src/Animal.php:Animal"


def test_uses(zoo):
    animal, menu = "src/Animal.php", "src/Feeding/Menu.php"
    made = "Animal.__construct"
    assert uses(zoo, "call", "raise", "inherit") == {
        "Animal inherit Being > src/Being.php:Being",
        f"Animal inherit Fed > {animal}:Fed",
        "Animal inherit \\Countable",
        f"Animal inherit Tagged > {animal}:Tagged",
        "Animal inherit Loud",
        "Fed inherit Countable",
        f"Suit inherit Fed > {animal}:Fed",
        "TooLarge inherit \\RuntimeException",
        f"{made} call $this->menu->cook > {menu}:Menu.cook",
        f"{made} call $this->card->cook > {menu}:Menu.cook",
        f"{made} call parent::__construct > src/Being.php:Being.__construct",
        f"{made} call self::make > {animal}:Animal.make",
        f"{made} call static::make > {animal}:Animal.make",
        f"{made} call Cook > {menu}:Cook",
        f"{made} call $cook->stir > {menu}:Cook.stir",
        f"{made} call serve > {menu}:serve",
        f"{made} call \\Zoo\\Feeding\\serve > {menu}:serve",
        f"{made} call \\strlen",
        f"{made} call unknown",
        f"{made} raise TooLarge > {animal}:TooLarge",
        f"AnimalTest.testMake call \\Zoo\\Animal::make > {animal}:Animal.make",
    }
    assert uses(zoo, "import") == {
        f"- import Zoo\\Feeding\\Menu > {menu}:Menu",
        f"- import Zoo\\Feeding\\Cook > {menu}:Cook",
        "- import Zoo\\Feeding\\Waiter",
        f"- import Zoo\\Feeding\\serve > {menu}:serve",
    }
    assert [one.qualified_name for one in zoo.symbols() if one.is_test] == ["AnimalTest", "AnimalTest.testMake"]
