// Markdown as people write it into notifications: paragraphs, headings, emphasis, code, links, lists, quotes. HTML in
// it is shown as text, and links lead to http, https and mailto only, so the result is safe whoever wrote the text.
#pragma once
#include <string>
#include <string_view>

namespace ashlar::mail {

std::string html_of_markdown(std::string_view text);

}  // namespace ashlar::mail
