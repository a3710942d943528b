// Filters on texts.
#include <algorithm>
#include <cctype>

#include "base/json_writer.h"
#include "base/text.h"
#include "mail/liquid/filter_table.h"

namespace ashlar::mail::liquid {
namespace {

Value text_value(std::string_view text) { return {json::value(text)}; }
Value markup(std::string_view text) { return {json::value(text), true}; }

// Replaces the first `most` places, or the last one.
enum class Which { all, first, last };
Value replaced(const FilterInput& input, const std::string& with, Which which) {
  const auto text = input.text();
  const auto what = input.argument_text(0);
  if (what.empty()) return text_value(text);
  std::string out;
  std::size_t at = 0;
  auto found = which == Which::last ? text.rfind(what) : text.find(what);
  while (found != std::string::npos) {
    out.append(text, at, found - at).append(with);
    check_size(out, input.scope);
    at = found + what.size();
    if (which != Which::all) break;
    found = text.find(what, at);
  }
  return text_value(out.append(text, at));
}

// The text's characters as views.
std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> found;
  while (!text.empty()) {
    const auto size = std::max<std::size_t>(1, utf8_sequence_length(text));
    found.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return found;
}

Value split_text(FilterInput& input) {
  const auto text = input.text();
  const auto separator = input.argument_text(0);
  json::array parts;
  const auto add = [&](std::string_view part) {
    if (parts.size() >= input.scope.limits().list_entries) throw LiquidError("a list is too long");
    parts.push_back(json::value(part));
  };
  if (text.empty()) return {std::move(parts)};
  if (separator.empty()) {
    for (const auto character : characters(text)) add(character);
    return {std::move(parts)};
  }
  std::size_t at = 0;
  for (auto found = text.find(separator); found != std::string::npos; found = text.find(separator, at)) {
    add(std::string_view(text).substr(at, found - at));
    at = found + separator.size();
  }
  add(std::string_view(text).substr(at));
  while (!parts.empty() && parts.back().as_string().empty()) parts.pop_back();
  return {std::move(parts)};
}

// slice: start, length; from the end where start is negative. Of lists too.
Value slice(FilterInput& input) {
  const auto bounds = [&](std::size_t size) {
    auto start = input.argument_integer(0).value_or(0);
    if (start < 0) start += static_cast<std::int64_t>(size);
    const auto length = std::max<std::int64_t>(0, input.argument_integer(1).value_or(1));
    if (start < 0 || start >= static_cast<std::int64_t>(size)) return std::pair<std::size_t, std::size_t>{0, 0};
    const auto end = std::min<std::int64_t>(static_cast<std::int64_t>(size), start + length);
    return std::pair<std::size_t, std::size_t>{start, end};
  };
  if (const auto* list = input.value.data.if_array()) {
    const auto [start, end] = bounds(list->size());
    return {json::array(list->begin() + static_cast<std::ptrdiff_t>(start),
                        list->begin() + static_cast<std::ptrdiff_t>(end))};
  }
  const auto text = input.text();
  const auto all = characters(text);
  const auto [start, end] = bounds(all.size());
  std::string out;
  for (auto at = start; at < end; ++at) out += all[at];
  return text_value(out);
}

Value truncate(FilterInput& input) {
  constexpr std::int64_t usual = 50;
  const auto text = input.text();
  const auto ending = input.argument(1) != nullptr ? input.argument_text(1) : "...";
  const auto all = characters(text);
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(0, input.argument_integer(0).value_or(usual)));
  if (all.size() <= most) return text_value(text);
  const auto of_ending = characters(ending).size();
  std::string out;
  for (std::size_t at = 0; at + of_ending < most; ++at) out += all[at];
  return text_value(out + ending);
}

Value truncate_words(FilterInput& input) {
  constexpr std::int64_t usual = 15;
  const auto text = input.text();
  const auto most = std::max<std::int64_t>(1, input.argument_integer(0).value_or(usual));
  std::string out;
  std::int64_t words = 0;
  std::size_t at = 0;
  const auto is_space = [&](std::size_t i) { return std::isspace(static_cast<unsigned char>(text[i])) != 0; };
  while (true) {
    while (at < text.size() && is_space(at)) ++at;
    if (at == text.size()) return text_value(out);
    if (words == most) return text_value(out + (input.argument(1) != nullptr ? input.argument_text(1) : "..."));
    const auto start = at;
    while (at < text.size() && !is_space(at)) ++at;
    if (words++ > 0) out += ' ';
    out.append(text, start, at - start);
  }
}

// Leaves what stands between < and > out, with all of scripts, styles and comments.
Value strip_html(FilterInput& input) {
  const auto text = input.text();
  const auto lower = to_lower(text);
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto open = text.find('<', at);
    if (open == std::string::npos) break;
    out.append(text, at, open - at);
    std::string_view end = ">";
    const auto rest = std::string_view(lower).substr(open);
    if (rest.starts_with("<script")) end = "</script>";
    if (rest.starts_with("<style")) end = "</style>";
    if (rest.starts_with("<!--")) end = "-->";
    const auto close = lower.find(end, open);
    if (close == std::string::npos) return text_value(out);
    at = close + end.size();
  }
  return text_value(out.append(text, std::min(at, text.size())));
}

std::string with_line_breaks(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') out += "<br />";
    out += c;
  }
  return out;
}

// Escapes what is not an entity already.
std::string escaped_once(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '&') {
      auto end = at + 1;
      while (end < text.size() && end - at < 12 &&
             (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '#'))
        ++end;
      if (end > at + 1 && end < text.size() && text[end] == ';') {
        out.append(text, at, end - at + 1);
        at = end;
        continue;
      }
    }
    out += escape_markup(text.substr(at, 1));
  }
  return out;
}

std::string capitalized(const std::string& text) {
  const auto first = std::max<std::size_t>(text.empty() ? 0 : 1, utf8_sequence_length(text));
  return to_upper(std::string_view(text).substr(0, first)) + to_lower_unicode(std::string_view(text).substr(first));
}

std::string_view without_left(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  return text;
}
std::string_view without_right(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return text;
}

Value default_value(FilterInput& input) {
  const auto& data = input.value.data;
  const auto text = as_text(data);
  const bool is_missing = !is_truthy(data) || (text && text->empty()) || (data.is_array() && data.get_array().empty());
  if (!is_missing) return std::move(input.value);
  return {input.argument(0) != nullptr ? *input.argument(0) : json::value()};
}

Value printed_date(FilterInput& input) {
  const auto& data = input.value.data;
  std::optional<Moment> moment;
  if (data.is_number()) {
    constexpr double most = 2e11;
    const double seconds = data.to_number<double>();
    if (seconds >= -most && seconds <= most) moment = Moment{static_cast<std::int64_t>(seconds * 1000)};
  } else if (const auto text = as_text(data)) {
    if (*text == "now" || *text == "today") {
      moment = input.scope.now();
    } else if (const auto parsed = parse_iso(trim(*text))) {
      moment = parsed->moment();
    }
  }
  if (!moment) return std::move(input.value);
  const auto format = input.argument_text(0);
  return text_value(format_moment(format.empty() ? "%Y-%m-%d %H:%M" : format, *moment));
}

Value size(FilterInput& input) {
  const auto& data = input.value.data;
  if (const auto* list = data.if_array()) return {json::value(list->size())};
  if (const auto* object = data.if_object()) return {json::value(object->size())};
  return {json::value(characters(input.text()).size())};
}

}  // namespace

void add_text_filters(FilterTable& table) {
  table["append"] = [](FilterInput& in) { return text_value(in.text() + in.argument_text(0)); };
  table["prepend"] = [](FilterInput& in) { return text_value(in.argument_text(0) + in.text()); };
  table["upcase"] = [](FilterInput& in) { return text_value(to_upper(in.text())); };
  table["downcase"] = [](FilterInput& in) { return text_value(to_lower_unicode(in.text())); };
  table["capitalize"] = [](FilterInput& in) { return text_value(capitalized(in.text())); };
  table["strip"] = [](FilterInput& in) { return Value{json::value(trim(in.text())), in.value.is_markup}; };
  table["lstrip"] = [](FilterInput& in) { return Value{json::value(without_left(in.text())), in.value.is_markup}; };
  table["rstrip"] = [](FilterInput& in) { return Value{json::value(without_right(in.text())), in.value.is_markup}; };
  table["strip_newlines"] = [](FilterInput& in) {
    return text_value(replace_all(replace_all(in.text(), "\r", ""), "\n", ""));
  };
  table["newline_to_br"] = [](FilterInput& in) {
    return markup(with_line_breaks(in.value.is_markup ? in.text() : escape_markup(in.text())));
  };
  table["strip_html"] = strip_html;
  table["truncate"] = truncate;
  table["truncatewords"] = truncate_words;
  table["replace"] = [](FilterInput& in) { return replaced(in, in.argument_text(1), Which::all); };
  table["replace_first"] = [](FilterInput& in) { return replaced(in, in.argument_text(1), Which::first); };
  table["replace_last"] = [](FilterInput& in) { return replaced(in, in.argument_text(1), Which::last); };
  table["remove"] = [](FilterInput& in) { return replaced(in, {}, Which::all); };
  table["remove_first"] = [](FilterInput& in) { return replaced(in, {}, Which::first); };
  table["remove_last"] = [](FilterInput& in) { return replaced(in, {}, Which::last); };
  table["split"] = split_text;
  table["slice"] = slice;
  table["size"] = size;
  table["escape"] = [](FilterInput& in) { return markup(in.value.is_markup ? in.text() : escape_markup(in.text())); };
  table["escape_once"] = [](FilterInput& in) { return markup(escaped_once(in.text())); };
  table["raw"] = [](FilterInput& in) { return Value{std::move(in.value.data), true}; };
  table["url_encode"] = [](FilterInput& in) { return text_value(percent_encode(in.text())); };
  table["url_decode"] = [](FilterInput& in) {
    auto text = percent_decode(in.text(), true);
    return text_value(is_utf8(text) ? text : in.text());
  };
  table["json"] = [](FilterInput& in) {
    std::string out;
    write_json(out, in.value.data);
    return text_value(out);
  };
  table["default"] = default_value;
  table["date"] = printed_date;
}

}  // namespace ashlar::mail::liquid
