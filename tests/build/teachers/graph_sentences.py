"""Facts about the code graph, and the sentences that state them."""

from forklift.records import Fact


def fact_of(relation, subject="Stock.take", objects=("OutOfStock",), text="", kind="method"):
    return Fact("id", "facet", relation, subject, kind, tuple(objects), "a/stock.py", 3, 9, text)


GRAPH_SENTENCES = [
    (fact_of("components", "shop", ["Stock"], "`Stock` (`a.py`: shelves), among 3 in all"),
     "The key components of `shop` are `Stock` (`a.py`: shelves), among 3 in all."),
    (fact_of("modules", "src/shop", ["src/shop/a.py"], "`src/shop/a.py` (shelves)"),
     "`src/shop` holds the files `src/shop/a.py` (shelves)."),
    (fact_of("key_methods", "Stock", ["put", "take"], "`put` (adds) and `take` (removes)"),
     "The main methods of `Stock` are `put` (adds) and `take` (removes)."),
    (fact_of("depends_on", "a.py", ["b.py"], "`b.py` (`Order`)"), "`a.py` depends on `b.py` (`Order`)."),
    (fact_of("needed_by", "a.py", ["b.py"], "9"), "`a.py` is needed by `b.py`, among 9 in all."),
    (fact_of("entry_points", "shop", ["main"], "`main` (`a.py`)"), "One enters `shop` through `main` (`a.py`)."),
    (fact_of("exports", "src/shop", ["A", "B"]), "The package `src/shop` offers `A` and `B`."),
    (fact_of("descendants", "Stock", ["A", "B"], "`A` and `B`, all in `a.py`"),
     "The types that build on `Stock`, directly or not, are `A` and `B`, all in `a.py`."),
    (fact_of("ancestors", "A", ["B", "C"]), "`A` derives from `B`, which derives from `C`."),
    (fact_of("exceptions", "shop", ["A", "B"], "`A` and `B`"), "The exceptions of `shop` are `A` and `B`."),
    (fact_of("family", "a.py", ["a_x", "a_y"], "functions starting with `a_`"),
     "The functions starting with `a_` in `a.py` are `a_x` and `a_y`."),
    (fact_of("family", "a.py", ["AX", "BX"], "9 classes ending in `X`"),
     "Among the 9 classes ending in `X` in `a.py` are `AX` and `BX`."),
    (fact_of("decorated", "app.route", ["index", "show"]), "`app.route` decorates `index` and `show`."),
    (fact_of("enum_members", "Colour", ["RED", "BLUE"], "3"),
     "The members of the enumeration `Colour` are `RED` and `BLUE`, among 3 in all."),
    (fact_of("attributes", "Stock", ["room"], "`room` (`int`)"), "`Stock` holds `room` (`int`)."),
    (fact_of("attribute_of", "room", ["Stock"]), "`room` is an attribute of `Stock`."),
    (fact_of("attribute_type", "Stock.room", ["int"]), "`Stock.room` is of type `int`."),
    (fact_of("properties", "Stock", ["a", "b"], "`a` and `b`"), "The properties of `Stock` are `a` and `b`."),
]  # fmt: skip
