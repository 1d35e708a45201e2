"""TypeScript with JSX: what JavaScript has, and types."""

from dataclasses import replace

import tree_sitter_typescript
from tree_sitter import Language

from forklift.index.syntax import javascript
from forklift.index.syntax.generic import Reader

TYPES = """
(abstract_class_declaration) @class
(interface_declaration) @interface
(enum_declaration) @enum
(enum_assignment) @enumerator
(enum_body name: (property_identifier) @name @enumerator)
(type_alias_declaration) @typedef
(internal_module) @module
(module name: (identifier)) @module
(function_signature) @prototype
(class_body (method_signature) @prototype)
(abstract_method_signature) @method
(interface_body (method_signature) @method)
(interface_body (property_signature) @member)
(type_alias_declaration value: (object_type [(method_signature) @method (property_signature) @member]))
(type_alias_declaration
  value: (intersection_type (object_type [(method_signature) @method (property_signature) @member])))
(variable_declarator value: (as_expression (parenthesized_expression (arrow_function) @value))) @function
(public_field_definition value: [(arrow_function) (function_expression)] @value) @method
(public_field_definition) @member
(required_parameter (accessibility_modifier) pattern: (identifier) @name type: (type_annotation (_) @type)) @attribute

(extends_clause value: (_) @base)
(implements_clause (_) @base)
(extends_type_clause type: (_) @base)
(required_parameter pattern: (identifier) @name type: (type_annotation (_) @type)) @local
(required_parameter pattern: (identifier) @name) @local
(optional_parameter pattern: (identifier) @name type: (type_annotation (_) @type)) @local
"""

LANGUAGES = tree_sitter_typescript.language_typescript(), tree_sitter_typescript.language_tsx()
GRAMMAR = replace(javascript.GRAMMAR, languages=tuple(map(Language, LANGUAGES)), query=TYPES + javascript.QUERY)
read = Reader(GRAMMAR)
