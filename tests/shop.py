"""A small real repository to lift: a Python package with some C, documentation, a licence and tests."""

import os
import subprocess
from pathlib import Path

FILES = {
    "LICENSE": "MIT License\n\nCopyright (c) 2024 The Shop Authors\n\nPermission is hereby granted, free of charge, "
    "to any person obtaining a copy\nof this software and associated documentation files (the "
    '"Software"), to deal\nin the Software without restriction, including without limitation the rights\n',
    "README.md": "# Shop\n\nKeeps stock, takes orders and prints barcodes.\n",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "0.3"\nlicense = "MIT"\n',
    "docs/guide.md": "# Guide\n\nCreate a `Stock`, then call `place_order`.\n",
    "docs/conf.py": 'def configure_documentation(application):\n    """Sets up the pages of the documentation."""\n',
    "src/shop/__init__.py": '"""A shop that keeps stock and takes orders."""\n\nfrom shop.orders import place_order\n',
    "src/shop/errors.py": '''\
"""What can go wrong in the shop."""


class ShopError(Exception):
    """Base of every failure that a customer may see."""


class OutOfStockError(ShopError):
    """Raised when fewer items are left than were wanted."""


class PaymentError(ShopError):
    pass
''',
    "src/shop/stock.py": '''\
"""The shelves of the shop, in memory."""

from shop.errors import OutOfStockError

MAX_ITEMS = 1_000
CURRENCIES = ("EUR", "USD")
FALLBACK = MAX_ITEMS // 2
_shelves = None


class Container:
    """Something with room inside, e.g. a shelf. It may be full."""

    def has_room(self, wanted: int = 1) -> bool:
        """Tells whether :meth:`add_items` would succeed for so many items."""
        return self.free_places() >= wanted

    def free_places(self) -> int:
        return MAX_ITEMS

    def describe(self) -> str:
        return "container"


class Stock(Container):
    """All items that the shop can sell.

    They are counted by article.
    """

    def __init__(self, capacity: int = MAX_ITEMS) -> None:
        self.capacity = capacity
        self.counts: dict[str, int] = {}

    def free_places(self) -> int:
        return self.capacity - sum(self.counts.values())

    def add_items(self, article: str, *, amount: int = 1, strict=True) -> None:
        """Puts `amount` items of an article on the shelf.

        :param article: what to add
        """
        self.counts[article] = self.counts.get(article, 0) + amount

    def take_items(self, article: str, amount: int) -> int:
        """
        :param article: what to take

        Takes items from the shelf
        """
        if self.counts.get(article, 0) < amount:
            raise OutOfStockError(article)
        self.counts[article] -= amount
        return amount


class ColdStock(Stock):
    """Stock that is kept **below** ``TEMPERATURE`` degrees."""

    TEMPERATURE = 4

    def describe(self) -> str:
        return "cold stock"
''',
    "src/shop/orders.py": '''\
"""Orders of customers."""

from shop.errors import OutOfStockError, PaymentError
from shop.prices import price_of, round_price
from shop.stock import Stock

ORDER_PREFIX = "SO-"


def place_order(stock: Stock, article: str, amount: int = 1, customer=None) -> "Order":
    """Takes the items out of the stock and writes an order for them."""
    check_amount(amount)
    stock.take_items(article, amount)
    return Order(article, amount, round_price(amount * price_of(article)))


def check_amount(amount: int) -> None:
    if amount < 1:
        raise ValueError("nothing wanted")


def cancel_order(order: "Order") -> None:
    """Undoes an order"""
    order.cancelled = True


def refund(order: "Order", voucher_code: str = "NONE") -> float:
    """Pays the customer back, unless the order was cancelled before."""
    if order.cancelled:
        raise PaymentError(order.number)
    cancel_order(order)
    return order.total


class Order:
    """What one customer wants: an article, an amount and a total price."""

    cancelled = False

    def __init__(self, article: str, amount: int, total: float) -> None:
        self.article = article
        self.amount = amount
        self.total = total
        self.number = ORDER_PREFIX + article

    def describe(self) -> str:
        return f"{self.amount} of {self.article}"

    def ship(self, *parcels: str, **labels: str) -> None:
        """See :class:`~shop.stock.Stock`."""
        if not parcels:
            raise OutOfStockError(self.article)
''',
    "src/shop/prices.py": '''\
"""Prices, with and without tax."""

TAX_RATE = 0.19
PRICES = {"apple": 1.2, "pear": 1.5}


def price_of(article: str) -> float:
    """Looks up the price of an article in the price list."""
    return with_tax(PRICES[article])


def with_tax(price: float, rate: float = TAX_RATE) -> float:
    return price * (1 + rate)


def round_price(price: float, digits: int = 2) -> float:
    """Rounds half a cent upwards, as the law demands in most countries."""
    return round(price, digits)


def main() -> None:
    print(price_of("apple"))
''',
    "src/shop/tools/prices.py": "def main() -> None:\n    print('another tool of the same name')\n",
    "native/barcode.h": """\
/* Barcodes for parcels. */

#ifndef BARCODE_H
#define BARCODE_H

#define BARCODE_DIGITS 13

/* One printable barcode of a parcel. */
struct barcode {
    int digits[BARCODE_DIGITS];
    int width;
};

int barcode_checksum(const struct barcode *code);
#endif
""",
    "native/barcode.c": """\
#include "barcode.h"

/* Weighs every second digit three times. */
static int weighted_sum(const struct barcode *code, int length)
{
    int sum = 0;
    for (int i = 0; i < length; i++)
        sum += code->digits[i] * (i % 2 ? 3 : 1);
    return sum;
}

/* Computes the last digit of a barcode from all the others. */
int barcode_checksum(const struct barcode *code)
{
    return (10 - weighted_sum(code, BARCODE_DIGITS - 1) % 10) % 10;
}
""",
    "tests/test_stock.py": "from shop.stock import Stock\n\n\ndef test_it_is_empty():\n    assert not Stock().counts\n",
}


def write_files(root: Path, files: dict[str, str]) -> Path:
    """Writes {path: content} below `root`, and returns it."""
    for path, content in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return root


def commit_all(root: Path, message: str = "Open the shop") -> None:
    """Commits everything in `root`, a git repository from then on."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    clean |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=Shop", "-c", "user.email=shop@example.org"]
    for arguments in (["init", "-q"], ["add", "-A", "-f"], [*identity, "commit", "-q", "-m", message]):
        subprocess.run(["git", *arguments], cwd=root, env=clean, check=True, capture_output=True)
