"""A repository as symbols and references, and the lookups that every layer above uses."""

from forklift.index.build import IndexSummary, build_index
from forklift.index.documents import is_document
from forklift.index.git import web_address
from forklift.index.messages import sentences
from forklift.index.prose import first_sentence, whole_sentence
from forklift.index.reader import Index, open_index
from forklift.index.reasons import gives_reason
from forklift.index.search import Statement
from forklift.index.secrets import WITHHELD
from forklift.index.source import checkout, source_hash
from forklift.index.store import store_facts
from forklift.index.walk import META, Around, around
from forklift.index.words import split_identifier

__all__ = [
    "META",
    "WITHHELD",
    "Around",
    "Index",
    "IndexSummary",
    "Statement",
    "around",
    "build_index",
    "checkout",
    "first_sentence",
    "gives_reason",
    "is_document",
    "open_index",
    "sentences",
    "source_hash",
    "split_identifier",
    "store_facts",
    "web_address",
    "whole_sentence",
]
