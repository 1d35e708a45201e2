"""What is read from Rust, against what a person reads."""

import pytest
from outlines import outline, parents, uses
from repositories import indexed, write

FILES = {
    "Cargo.toml": '[package]\nauthors = ["a"]\nname = "my-zoo"\nversion = "1.0.0"\n',
    "src/lib.rs": """\
//! Keeps animals.

mod food;
pub use crate::food::Menu;
use std::fmt::{self, Display};

/// How many fit.
pub const MAX: usize = 10;
static mut COUNT: u32 = 0;

/// Lives here.
///
/// For long.
#[derive(Debug, Clone)]
pub struct Animal<T: Food> where T: Clone {
    /// Painted on the door.
    pub name: String, // behind
    legs: Vec<T>,
}

/** How large. */
pub enum Size { Small, Large(u32), Huge { metres: u8 }, Code = 3 }

pub trait Feed: Display + 'static {
    const TIMES: u32 = 2;
    type Left;
    /// Feeds once.
    fn feed(&mut self, menu: &Menu) -> u32;
    fn twice(&mut self) {}
}

impl<T> Feed for Animal<T> {
    type Left = u8;
    fn feed(&mut self, menu: &Menu) -> u32 {
        menu.cook();
        self.grow(1);
        let one = Animal::new("a");
        one.grow(2);
        food::serve(3);
        unknown();
        panic!("no")
    }
}

impl<T> Animal<T> {
    pub async fn new(name: &str) -> Self { Self::blank() }
    #[inline]
    fn grow(&self, by: u32) -> Result<(), Error> { let helper = |x| x; helper(by); Ok(()) }
    fn blank() -> Animal<T> { loop {} }
}

macro_rules! shout { ($x:expr) => { $x }; }

type Pair<T> = (T, T);

union Bits { whole: u32 }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows() { shout!(Animal::new("b")); }
}
""",
    "src/food.rs": """\
pub struct Menu;
impl Menu { pub fn cook(&self) {} }
pub(crate) fn serve(n: u32) -> bool { crate::food::inner::taste(n) }
pub mod inner { pub fn taste(n: u32) -> bool { n > 0 } }
""",
    "src/more.rs": "use crate::{Animal, Menu};\n\nimpl Animal<u8> { fn more(&self, menu: Menu) { menu.cook() } }\n",
    "tests/whole.rs": 'use my_zoo::Animal;\n\nfn check() { Animal::new("c"); }\n',
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    with indexed(write(tmp_path_factory.mktemp("rust") / "zoo", FILES)) as index:
        yield index


def test_symbols(zoo):
    assert outline(zoo, "src/lib.rs") == [
        "constant MAX 8-8 -> usize = 10 # How many fit.",
        "variable COUNT 9-9 -> u32 = 0",
        "struct Animal 15-19 : Feed @derive # Lives here. /  / For long.",
        "member Animal.name 17-17 -> String # Painted on the door.",
        "member Animal.legs 18-18 -> Vec<T>",
        "enum Size 22-22 # How large.",
        "enumerator Size.Small 22-22",
        "enumerator Size.Large 22-22",
        "enumerator Size.Huge 22-22",
        "member Size.Huge.metres 22-22 -> u8",
        "enumerator Size.Code 22-22 = 3",
        "trait Feed 24-30 : Display",
        "constant Feed.TIMES 25-25 -> u32 = 2",
        "typedef Feed.Left 26-26",
        "method Feed.feed 28-28 (&mut self, menu: &Menu) -> u32 # Feeds once.",
        "method Feed.twice 29-29 (&mut self)",
        "typedef Animal.Left 33-33 = u8",
        "method Animal.feed 34-42 (&mut self, menu: &Menu) -> u32",
        "method Animal.new 46-46 (name: &str) -> Self",
        "method Animal.grow 48-48 (&self, by: u32) -> Result<(), Error> @inline",
        "method Animal.blank 49-49 () -> Animal<T>",
        "macro shout 52-52",
        "typedef Pair 54-54 = (T, T)",
        "union Bits 56-56",
        "member Bits.whole 56-56 -> u32",
        "module tests 59-64 @cfg",
        "function tests.it_grows 63-63 () @test",
    ]
    assert [one.name for one in zoo.find("Animal.feed")[0].parameters] == ["menu"]
    assert {one.path: one.doc for one in zoo.files()}["src/lib.rs"] == "Keeps animals."


def test_impl_blocks_belong_to_their_type_in_whichever_file(zoo):
    assert parents(zoo)["Animal.feed"] == "src/lib.rs:Animal"
    assert parents(zoo)["Animal.more"] == "src/lib.rs:Animal"
    assert zoo.find("my_zoo::food::inner::taste")[0].path == "src/food.rs"


def test_uses(zoo):
    assert uses(zoo, "call", "inherit") == {
        "Animal inherit Feed > src/lib.rs:Feed",
        "Feed inherit Display",
        "Animal.feed call menu.cook > src/food.rs:Menu.cook",
        "Animal.feed call self.grow > src/lib.rs:Animal.grow",
        "Animal.feed call Animal::new > src/lib.rs:Animal.new",
        "Animal.feed call one.grow > src/lib.rs:Animal.grow",
        "Animal.feed call food::serve > src/food.rs:serve",
        "Animal.feed call unknown",
        "Animal.feed call panic",
        "Animal.new call Self::blank > src/lib.rs:Animal.blank",
        "Animal.grow call helper",
        "Animal.grow call Ok",
        "tests.it_grows call shout > src/lib.rs:shout",
        "serve call crate::food::inner::taste > src/food.rs:inner.taste",
        "Animal.more call menu.cook > src/food.rs:Menu.cook",
        "check call Animal::new > src/lib.rs:Animal.new",
    }
    assert uses(zoo, "import") == {
        "- import crate::food::Menu > src/food.rs:Menu",
        "- import std::fmt",
        "- import std::fmt::Display",
        "tests import super::*",
        "- import crate::Animal > src/lib.rs:Animal",
        "- import crate::Menu > src/food.rs:Menu",  # passed on by lib.rs
        "- import my_zoo::Animal > src/lib.rs:Animal",
    }


def test_what_the_source_marks_as_a_test(zoo):
    assert [one.qualified_name for one in zoo.symbols() if one.is_test] == ["tests", "tests.it_grows", "check"]


def test_a_type_between_angles_is_no_tag(tmp_path):
    with indexed(
        write(tmp_path / "zoo", {"src/lib.rs": "/// Calls `.cast::<U>()` on <b>all</b>.\nfn cast() {}\n"})
    ) as index:
        assert [one.doc for one in index.symbols()] == ["Calls `.cast::<U>()` on all."]
