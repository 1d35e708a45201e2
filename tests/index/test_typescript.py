"""What is read from TypeScript and JavaScript, against what a person reads."""

import pytest
from outlines import outline, parents, uses
from repositories import indexed, write

FILES = {
    "src/animal.ts": """\
/*! Copyright 2020 The Authors. */

/** Keeps animals. */

import type { Food as Meal, Menu } from './food';
import cook, * as kitchen from '../lib/kitchen.js';
export * from './food';
export { Menu as Card } from './food';

/**
 * Lives here.
 *
 * @typeParam T what it eats
 */
@Named({ kind: "animal" })
export abstract class Animal<T> extends Being.Kind<T> implements Fed, Tagged<T> {
  static readonly MAX = 3;
  /** Painted on the door. */
  private name?: string = "none";
  #secret = 1;
  constructor(private readonly menu: Menu, size = 3) { super(size); this.tags = []; }
  @Logged async grow<R>(by: number, how?: string, ...rest: any[]): Promise<R> {
    this.menu.cook();
    this.shrink();
    const other = new Animal();
    other.shrink();
    cook(by);
    kitchen.wash();
    unknown();
    throw new TooLarge("x");
  }
  get size(): number { return 1; }
  set size(value) {}
  abstract shrink(): void;
  later = async (x: number) => { this.shrink(); };
}

export interface Fed<T> extends Tagged<T>, Other { menu: Menu; feed?(n: number): void; readonly done: () => void }
interface Tagged<T> {}
class TooLarge extends Error {}
export type Pair<T> = { left: T; right: T } | null;
export enum Size { Small = 1, Large }
declare function outside(x: number): string;
namespace Tools { export const sharp = 1; export function cut() {} }
export function over(a: string): void;
export function over(a: any) {}
// Doubles.
export const double = <T,>(x: T): T[] => [x, x], LIMIT = 4;
export const create = ((x) => over(x)) as Create;
export default function main() {
  const inner = (y: number) => y;
  inner(double(2));
  let local = 3;
}
export const api = {
  /** Gets. */
  get(x) { return over(x); },
  post: (y) => y,
  deep: { er() {} },
  plain: 3,
};
""",
    "src/food.ts": "export class Menu { cook() {} }\nexport type Food = string;\n",
    "src/view.tsx": "import main, { Animal } from './animal';\n"
    "export const View = () => <div onClick={() => main()} />;\n",
    "lib/kitchen.js": """\
'use strict'

/**
 * Module dependencies.
 */

var fs = require('fs'), view = require('./view').View;
const { wash: scrub, dry } = require('./wash');

/**
 * Cooks.
 */

exports = module.exports = cook;

function cook(what) {
  scrub(what);
  dry();
  view();
  this.lid = 1;
}

/** Washes. */
exports.wash = function (q) { cook(q) };

cook.prototype.taste = function taste(salt, { pepper } = {}, ...rest) { return this.smell() };
cook.prototype.smell = () => 1;

var app = {};
app.use = function use(fn) { return this.handle(fn) };
app.set =
app.handle = function handle(a) {};

(function () { function inner() {} var hidden = 1 })();
describe('x', function () { var hidden = 2 });
""",
    "lib/wash.js": "class Soap extends require('x') { static bar = 1; foam() {} }\n"
    "module.exports = { wash, dry: towel, soak() {} };\nfunction wash() {}\nfunction towel() {}\n",
    "lib/view.js": "module.exports.View = class {};\n",
    "src/animal.test.ts": "import { Animal } from './animal';\nnew Animal();\n",
}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory):
    with indexed(write(tmp_path_factory.mktemp("js") / "zoo", FILES)) as index:
        yield index


def test_symbols_of_typescript(zoo):
    assert outline(zoo, "src/animal.ts") == [
        "class Animal 16-36 : Being.Kind, Fed, Tagged<T> @Named # Lives here. /  / @typeParam T what it eats",
        "member Animal.MAX 17-17 = 3",
        'member Animal.name 19-19 -> string = "none" # Painted on the door.',
        "member Animal.#secret 20-20 = 1",
        "method Animal.constructor 21-21 (private readonly menu: Menu, size = 3)",
        "member Animal.menu 21-21 -> Menu",
        "member Animal.tags 21-21 = []",
        "method Animal.grow 22-31 (by: number, how?: string, ...rest: any[]) -> Promise<R> @Logged",
        "property Animal.size 32-32 () -> number",
        "method Animal.shrink 34-34 () -> void",
        "method Animal.later 35-35 (x: number)",
        "interface Fed 38-38 : Tagged<T>, Other",
        "member Fed.menu 38-38 -> Menu",
        "method Fed.feed 38-38 (n: number) -> void",
        "member Fed.done 38-38 -> () => void",
        "interface Tagged 39-39",
        "class TooLarge 40-40 : Error",
        "typedef Pair 41-41 = { left: T; right: T } | null",
        "enum Size 42-42",
        "enumerator Size.Small 42-42 = 1",
        "enumerator Size.Large 42-42",
        "function outside 43-43 (x: number) -> string",
        "module Tools 44-44",
        "constant Tools.sharp 44-44 = 1",
        "function Tools.cut 44-44 ()",
        "function over 46-46 (a: any)",
        "function double 48-48 (x: T) -> T[] # Doubles.",
        "constant LIMIT 48-48 = 4 # Doubles.",
        "function create 49-49 (x)",
        "function main 50-54 ()",
        "function main.inner 51-51 (y: number)",
        "constant api 55-61 = { get(x) { return over(x); }, post: (y) => y, deep: { er() {} }, plain: 3, }",
        "method api.get 57-57 (x) # Gets.",
        "method api.post 58-58 (y)",
        "member api.deep 59-59 = { er() {} }",
        "method api.deep.er 59-59 ()",
    ]


def test_symbols_of_javascript(zoo):
    assert outline(zoo, "lib/kitchen.js") == [
        "function cook 16-21 (what)",
        "function wash 24-24 (q) # Washes.",
        "method cook.taste 26-26 (salt, { pepper } = {}, ...rest)",
        "method cook.smell 27-27 ()",
        "variable app 29-29 = {}",
        "method app.use 30-30 (fn)",
        "method app.set 31-32 (a)",
        "method app.handle 32-32 (a)",
        "function inner 34-34 ()",
    ]
    assert outline(zoo, "lib/wash.js") == [
        "class Soap 1-1",
        "member Soap.bar 1-1 = 1",
        "method Soap.foam 1-1 ()",
        "function soak 2-2 ()",
        "function wash 3-3 ()",
        "function towel 4-4 ()",
    ]


def test_parameters_and_parents(zoo):
    taste = zoo.find("cook.taste")[0].parameters
    assert [(one.name, one.default) for one in taste] == [("salt", ""), ("{ pepper }", "{}"), ("...rest", "")]
    grow = zoo.find("Animal.grow")[0].parameters
    assert [(one.name, one.annotation) for one in grow] == [("by", "number"), ("how", "string"), ("...rest", "any[]")]
    assert parents(zoo)["app.use"] == "lib/kitchen.js:app"
    assert parents(zoo)["Tools.cut"] == "src/animal.ts:Tools"


def test_uses(zoo):
    animal, kitchen, wash = "src/animal.ts", "lib/kitchen.js", "lib/wash.js"
    found = uses(zoo, "call", "raise")
    assert found >= {
        "Animal.grow call this.menu.cook > src/food.ts:Menu.cook",
        f"Animal.grow call this.shrink > {animal}:Animal.shrink",
        f"Animal.grow call Animal > {animal}:Animal",
        f"Animal.grow call other.shrink > {animal}:Animal.shrink",
        f"Animal.grow call cook > {kitchen}:cook",
        f"Animal.grow call kitchen.wash > {kitchen}:wash",
        "Animal.grow call unknown",
        f"Animal.grow raise TooLarge > {animal}:TooLarge",
        f"create call over > {animal}:over",
        f"main call inner > {animal}:main.inner",
        f"main call double > {animal}:double",
        f"View call main > {animal}:main",
        f"api.get call over > {animal}:over",
        f"cook call scrub > {wash}:wash",
        f"cook call dry > {wash}:towel",
        f"wash call cook > {kitchen}:cook",
        f"cook.taste call this.smell > {kitchen}:cook.smell",
        f"app.use call this.handle > {kitchen}:app.handle",
        f"- call Animal > {animal}:Animal",
    }
    assert not any(one.startswith("- call require") for one in found)


def test_bases_and_imports(zoo):
    assert uses(zoo, "inherit") == {
        "Animal inherit Being.Kind",
        "Animal inherit Fed > src/animal.ts:Fed",
        "Animal inherit Tagged > src/animal.ts:Tagged",
        "Fed inherit Tagged > src/animal.ts:Tagged",
        "Fed inherit Other",
        "TooLarge inherit Error",
    }
    assert {one.rpartition(" ")[2] for one in uses(zoo, "import")} >= {"fs", "./food", "../lib/kitchen.js"}
    assert [one.path for one in zoo.files() if one.is_test] == ["src/animal.test.ts"]
    assert {one.path: one.doc for one in zoo.files()}["src/animal.ts"] == "Keeps animals."
