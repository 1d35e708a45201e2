"""Which files test rather than do, by the habits of each language."""

import pytest

from forklift.index.filters import is_test


@pytest.mark.parametrize(
    "path",
    [
        "tests/a.py", "test_a.py", "a_test.py", "conftest.py", "pkg/zoo_test.go", "pkg/testdata/a.go", "src/a.test.ts",
        "src/a.spec.js", "src/__tests__/a.tsx", "src/__mocks__/a.js", "src/test/java/A.java", "a/AnimalTest.java",
        "tests/whole.rs", "spec/a.rb", "lib/a_spec.rb", "test/a_test.rb", "Zoo.Tests/Helper.cs", "Zoo/AnimalTests.cs",
        "tests/AnimalTest.php", "Tests/Unit/A.php", "test/a.cc", "src/a_test.cc",
        "test.js", "src/tests.rs", "src/RowTestCase.php",
    ],
)  # fmt: skip
def test_tests(path):
    assert is_test(path)


@pytest.mark.parametrize(
    "path",
    [
        "src/contest.py",
        "latest.js",
        "src/Attest.java",
        "src/testimony.rs",
        "spectrum/a.rb",
        "Greatest.cs",
        "protest/a.go",
    ],
)
def test_no_tests(path):
    assert not is_test(path)
