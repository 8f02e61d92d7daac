#!/usr/bin/env -S python3 -B
# SPDX-License-Identifier: GPL-2.0-only OR MIT
"""What Doxygen is given: comments.py on headers, stage.py on pages."""

import pathlib
import tempfile
import unittest

import comments
import stage

HEADER = """/* SPDX */
/*
 * a.h - what it is for.
 */
struct pool; /* an engine */

/* A thing. */
struct thing {
	int first, last; /* of its pages:
	                  * both count */
	int count;       /* how many */
};

/* thing_open: opens. INVALID. */
int thing_open(struct thing *thing);

/* relax: turns. yield: lets others. */
void relax(void);
void yield(void);

/* step: both do
 * this. */
int step(int a,
         int b);
int stride(int a);
"""

DESCRIBED = """/* SPDX */
/** @file
a.h - what it is for. */

struct pool; /* an engine */

/** A thing. */
struct thing {
	int first; /**< @brief of its pages: both count */ int last; /**< @brief of its pages: both count */

	int count;       /**< @brief how many */
};

/** Opens. INVALID. */
int thing_open(struct thing *thing);

/** Turns. */
void relax(void);
/** Lets others. */ void yield(void);

/** Both do
this. */
int step(int a,
         int b);
/** Both do this. */ int stride(int a);
"""

CXX = """// SPDX
//
// a.hpp - what it is for.

// A thing.
class Thing {
 public:
  Thing() = default;  // closed
  // Opens.
  int open();
  int width;  // at most
              // this
};  // end
"""

DESCRIBED_CXX = """// SPDX
/// @file
/// a.hpp - what it is for.

/// A thing.
class Thing {
 public:
  Thing() = default;  ///< @brief closed
  /// Opens.
  int open();
  int width;  ///< @brief at most
              ///< this
};  // end
"""


class Comments(unittest.TestCase):
    def test_a_c_header(self):
        self.assertEqual(comments.filtered("a.h", HEADER), DESCRIBED)

    def test_a_cxx_header(self):
        self.assertEqual(comments.filtered("a.hpp", CXX), DESCRIBED_CXX)


class Pages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        (root / "src").mkdir()
        (root / "src/a.cc").write_text("int a;\n")
        self.stage = stage.Stage(root, ["docs/page.md", "docs/other/README.md"], ["include/a_b.h"])

    def test_links(self):
        for target, url in [("#Some-part", "page.html#page-Some-part"), ("other/README.md", "other.html"),
                            ("other/README.md#a", "other.html#other-a"), ("../include/a_b.h", "a__b_8h.html"),
                            ("../src/a.cc", "src-a-cc.html")]:
            self.assertEqual(self.stage.url("docs/page.md", target), url)
        self.assertEqual((self.stage.shown, self.stage.broken), ({"src/a.cc"}, []))
        self.stage.url("docs/page.md", "no.md")
        self.assertEqual(len(self.stage.broken), 1)

    def test_a_page(self):
        text = ("# Title\n\nSee `@x <y>` @z <w> [other](other/README.md).\n\n<!-- from: src/a.cc -->\n```c\n"
                "int [a](b);\n```\n\n## A part, with `code`\n\n```\nplain\n```\n")
        self.assertEqual(self.stage.markdown("docs/page.md", text),
                         "# Title {#page}\n\nSee `@x <y>` \\@z &lt;w> [other](other.html).\n\n~~~{.c}\nint [a](b);\n"
                         "~~~\n\n## A part, with code {#page-a-part-with-code}\n\n~~~{.unparsed}\nplain\n~~~\n")


if __name__ == "__main__":
    unittest.main()
