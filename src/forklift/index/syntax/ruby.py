"""Ruby."""

from collections.abc import Iterator

import tree_sitter_ruby
from tree_sitter import Language, Node

from forklift.index.syntax.generic import Reader
from forklift.index.syntax.grammar import Grammar, Import
from forklift.index.syntax.model import Definition
from forklift.index.syntax.tree import one_line, text
from forklift.records import Parameter

QUERY = """
(comment) @comment
(call method: (identifier) @_m (#any-of? @_m "require" "require_relative")
  arguments: (argument_list . (string (string_content)))) @import
(call method: (identifier) @_m (#eq? @_m "autoload")
  arguments: (argument_list (_) . (string (string_content)))) @import

(class name: (constant)) @class
(class name: (scope_resolution scope: (_) @owner name: (_) @name)) @class
(module name: (constant)) @module
(module name: (scope_resolution scope: (_) @owner name: (_) @name)) @module
(assignment left: (constant) @name right: (call receiver: (constant) @_r method: (identifier) @_n
  (#any-of? @_r "Class" "Struct" "Data") (#any-of? @_n "new" "define"))) @class
(method) @function
(singleton_method object: [(self) (constant)]) @function
(alias name: (identifier) @name) @inner.function
(call method: (identifier) @_m (#any-of? @_m "attr_accessor" "attr_reader" "attr_writer")
  arguments: (argument_list (simple_symbol) @name)) @property
(call method: (identifier) @_m (#any-of? @_m "define_method" "alias_method")
  arguments: (argument_list . (simple_symbol) @name)) @inner.function
(assignment left: (constant) @name) @constant
(assignment left: (instance_variable) @name right: (_) @value) @attribute

(class superclass: (superclass [(constant) (scope_resolution)] @base))
(class superclass: (superclass (call receiver: (constant) @base)))
(assignment left: (constant) right: (call receiver: (constant) @_r method: (identifier) @_n
  arguments: (argument_list . [(constant) (scope_resolution)] @base) (#eq? @_r "Class") (#eq? @_n "new")))
(call !receiver method: (identifier) @_m (#any-of? @_m "include" "prepend" "extend")
  arguments: (argument_list [(constant) (scope_resolution)] @base))

(assignment left: (identifier) @name right: (_) @value) @local
(method_parameters (identifier) @local)
(optional_parameter name: (_) @name) @local
(keyword_parameter name: (_) @name) @local
(block_parameters (identifier) @local)
(exception_variable (identifier) @local)
(lambda) @block
(call !receiver method: (identifier) @_m (#any-of? @_m "lambda" "proc") block: (_) @block)

(call !receiver method: (identifier) @_m (#eq? @_m "raise")
  arguments: (argument_list . [(constant) (scope_resolution)] @target)) @raise
(call !receiver method: (identifier) @_m (#eq? @_m "raise")
  arguments: (argument_list . (call receiver: [(constant) (scope_resolution)] @target) @none)) @raise
(call !receiver method: (identifier) @_m (#any-of? @_m "include" "prepend" "extend" "private" "public" "protected"
  "module_function" "private_constant" "raise" "lambda" "proc" "loop")) @none
(rescue exceptions: (exceptions [(constant) (scope_resolution)] @catch))
(call receiver: (_) @target method: (identifier) @_n (#eq? @_n "new")) @call
(assignment left: (call) @none)
(call method: [(identifier) (constant)]) @call
"""


def parameters(listed: Node) -> Iterator[Parameter]:
    """With the marks that Ruby writes: *rest, **options, &block, key:."""
    marks = {"splat_parameter": "*", "hash_splat_parameter": "**", "block_parameter": "&"}
    for node in listed.named_children:
        name = one_line(node.child_by_field_name("name") or (node if node.type == "identifier" else None))
        if node.type == "keyword_parameter":
            name += ":"
        if name:
            default = one_line(node.child_by_field_name("value"))
            yield Parameter(marks.get(node.type, "") + name, "", default)


def refine(one: Definition, node: Node) -> None:
    """What `attr_writer` makes is called with "="; another method may read."""
    if text(node.child_by_field_name("method")) == "attr_writer":
        one.name, one.qualified_name = f"{one.name}=", f"{one.qualified_name}="


def imports(node: Node) -> Iterator[Import]:
    listed = node.child_by_field_name("arguments")
    path = text(listed.named_children[-1]).strip("\"'") if listed is not None and listed.named_children else ""
    dots = "1" if text(node.child_by_field_name("method")) == "require_relative" else "0"
    yield Import(path, "", (("import", dots, path, ""),))


read = Reader(
    Grammar(
        languages=(Language(tree_sitter_ruby.language()),),
        query=QUERY,
        names=frozenset({"identifier", "constant"}),
        words=frozenset({"instance_variable", "global_variable", "class_variable", "hash_key_symbol"}),
        access={"scope_resolution": ("scope", "name"), "call": ("receiver", "method")},
        calls={"call": ""},
        this=frozenset({"self"}),
        fields=frozenset({"instance_variable"}),
        creators=frozenset({"new"}),
        initialisers=frozenset({"initialize"}),
        owners=frozenset({"class", "module"}),
        reopens=True,
        members_bare=True,
        shared="outwards",
        parameters=parameters,
        refine=refine,
        imports=imports,
    )
)
