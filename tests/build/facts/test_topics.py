"""Topics: what people ask about without naming a symbol."""

from forklift.build.facts.topics import topics


def phrases(view) -> list[str]:
    return [topic.phrase for topic in topics(view)]


def test_files_and_classes_give_topics(shop_view):
    found = phrases(shop_view)
    assert {"prices", "orders", "stock"} <= set(found)
    assert {"cold stock", "payment error"} <= set(found)


def test_words_that_names_share_give_topics(view_of_files):
    code = "".join(f"def {name}(): pass\n" for name in ("follow_redirect", "redirect_target", "is_redirect", "other"))
    assert "redirect" in phrases(view_of_files({"web.py": code}))


def test_pairs_of_words_in_documentation_give_topics(view_of_files):
    names = ("one", "two", "three")
    code = "".join(f'def {name}():\n    """Uses the connection pool of {name}."""\n' for name in names)
    assert "connection pool" in phrases(view_of_files({"web.py": code}))


def test_words_that_say_nothing_give_none(view_of_files):
    code = "".join(f"def get_{name}_value(): pass\n" for name in ("a", "b", "c", "d"))
    assert not {"get", "value", "get value"} & set(phrases(view_of_files({"x.py": code})))


def test_each_topic_is_there_once_most_central_first(shop_view):
    found = topics(shop_view)
    keys = [frozenset(word.rstrip("s") for word in topic.phrase.split()) for topic in found]
    assert len(keys) == len(set(keys))
    assert [topic.rank for topic in found] == sorted((topic.rank for topic in found), reverse=True)
