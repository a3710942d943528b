// Texts made of HTML, and HTML made of Markdown.
#include <gtest/gtest.h>

#include "mail/html_text.h"
#include "mail/markdown.h"

namespace ashlar::mail {
namespace {

TEST(HtmlText, ShowsWhatAReaderWouldSee) {
  EXPECT_EQ(text_of_html("<html><head><title>T</title><style>p { }</style></head><body><h1>Hello</h1><p>A  "
                         "<b>bold</b>\nword &amp; &lt;more&gt;.</p>"
                         "<ul><li>one</li><li>two</li></ul><script>x</script><!-- <p>no</p> --></body></html>"),
            "Hello\n\nA bold word & <more>.\n\n- one\n- two\n");
}

TEST(HtmlText, NamesWhereLinksLead) {
  EXPECT_EQ(text_of_html("<p>Go <a class='x' href=\"https://x.example/?a=1&amp;b=2\">there</a> now</p>"),
            "Go there: https://x.example/?a=1&b=2 now\n");
  EXPECT_EQ(text_of_html("<a href='https://x.example'>https://x.example</a>"), "https://x.example\n");
  EXPECT_EQ(text_of_html("<a href=\"https://x.example\"><img src='y'></a>"), "https://x.example\n");
}

TEST(HtmlText, TakesAnything) {
  for (const auto* html :
       {"", "<", "<p", "</", "<a href=", "<a href='", "<style>", "&", "&amp", "<!--", "</a>", "<a href=x>"}) {
    EXPECT_NO_THROW(text_of_html(html)) << html;
  }
}

struct Case {
  const char* markdown;
  const char* html;
};
class Markdown : public testing::TestWithParam<Case> {};
TEST_P(Markdown, BecomesHtml) { EXPECT_EQ(html_of_markdown(GetParam().markdown), GetParam().html); }
INSTANTIATE_TEST_SUITE_P(
    All, Markdown,
    testing::Values(Case{"# One\n\ntext", "<h1>One</h1>\n<p>text</p>\n"},
                    Case{"a\nb\n\nc", "<p>a<br>\nb</p>\n<p>c</p>\n"},
                    Case{"**b** *i* `c<` ~~d~~ snake_case_name",
                         "<p><strong>b</strong> <em>i</em> <code>c&lt;</code> <del>d</del> snake_case_name</p>\n"},
                    Case{"- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
                    Case{"1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"},
                    Case{"> q\n> r", "<blockquote><p>q<br>\nr</p>\n</blockquote>\n"},
                    Case{"```\n<x>\n```", "<pre><code>&lt;x&gt;\n</code></pre>\n"},
                    Case{"[a *b*](https://x.example)", "<p><a href=\"https://x.example\">a <em>b</em></a></p>\n"},
                    Case{"see https://x.example/a_b.",
                         "<p>see <a href=\"https://x.example/a_b\">https://x.example/a_b</a>.</p>\n"},
                    Case{"a * b * c \\*d\\*", "<p>a * b * c *d*</p>\n"}, Case{"---", "<hr>\n"}));

// Whoever writes it, the reader is safe.
TEST(Markdown, HasNothingThatRuns) {
  for (const auto* text :
       {"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))",
        "[x](data:text/html,x)", "[x](//evil.example)", "[x](https://a.example/\"onmouseover=\"alert(1))",
        "https://a.example/\"onmouseover=\"x", "`<b>`"}) {
    const auto html = html_of_markdown(text);
    EXPECT_EQ(html.find("<script"), std::string::npos) << html;
    EXPECT_EQ(html.find("<img"), std::string::npos) << html;
    EXPECT_EQ(html.find("href=\"j"), std::string::npos) << html;
    EXPECT_EQ(html.find("href=\"d"), std::string::npos) << html;
    EXPECT_EQ(html.find("href=\"//"), std::string::npos) << html;
    EXPECT_EQ(html.find("\"onmouseover"), std::string::npos) << html;
  }
}

TEST(Markdown, EndsSoon) {
  for (const char c : {'*', '_', '[', '>', '`', '#', '-', '\\', '~', '('}) html_of_markdown(std::string(100'000, c));
  std::string nested;
  for (int i = 0; i < 50'000; ++i) nested += "[*";
  html_of_markdown(nested);
}

}  // namespace
}  // namespace ashlar::mail
