// Liquid templates of any bytes, with a layout and a part of any bytes too: rendering may refuse them, and must end.
// What follows the first and the second zero byte are the other two templates.
#include <cstddef>
#include <cstdint>

#include "base/json.h"
#include "mail/html_text.h"
#include "mail/liquid/engine.h"
#include "mail/markdown.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ashlar;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto first = std::min(text.find('\0'), text.size());
  const auto second = std::min(text.find('\0', first + 1), text.size());
  const std::string main(text.substr(0, first));
  const std::string base(text.substr(std::min(first + 1, text.size()), second - std::min(first + 1, second)));
  const std::string part(text.substr(std::min(second + 1, text.size())));
  const mail::liquid::Loader loader = [&](std::string_view name) -> std::optional<std::string> {
    if (name == "main") return main;
    if (name == "base") return base;
    if (name == "part") return part;
    return std::nullopt;
  };
  static const json::object variables{{"url", "https://example.com/?a=1&b=<x>"},
                                      {"html", "<p>x</p>"},
                                      {"list", {3, "b", nullptr, {{"a", 1}}}},
                                      {"n", 2.5},
                                      {"o", {{"k", "v"}}}};
  // Small limits, so that what is slow is found as what is large.
  const mail::liquid::Limits limits{
      .output_bytes = 100'000, .value_bytes = 20'000, .list_entries = 2'000, .steps = 20'000};
  try {
    const auto html = mail::liquid::render(
        loader, {.name = "main", .variables = variables, .markup = {"html"}, .now = {}, .limits = limits});
    mail::text_of_html(html);
  } catch (const mail::liquid::LiquidError&) {
  }
  mail::html_of_markdown(text);
  return 0;
}
