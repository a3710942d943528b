// The plain text of an HTML mail, for readers that show no HTML.
#pragma once
#include <string>
#include <string_view>

namespace ashlar::mail {

// Paragraphs and list entries become lines, links "label: address". Takes any bytes.
std::string text_of_html(std::string_view html);

}  // namespace ashlar::mail
