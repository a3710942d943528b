#include "mail/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/random.h"
#include "base/text.h"
#include "mail/encoding.h"

namespace ashlar::mail {
namespace {

constexpr std::size_t header_width = 76;

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7F; });
}

// A name before an address: quoted, or as encoded words.
std::string phrase(std::string_view name) {
  if (!is_plain(name)) return encoded_words(name);
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

// Nothing that ends a header's line gets into one.
std::string without_controls(std::string_view text) {
  std::string out;
  for (const char c : text) out += static_cast<unsigned char>(c) < ' ' || c == 0x7F ? ' ' : c;
  return out;
}

std::string shown(const Address& address) {
  const auto bare = without_controls(address.address);
  return address.name.empty() ? bare : phrase(without_controls(address.name)) + " <" + bare + ">";
}

void add_addresses(std::string& out, std::string_view name, const std::vector<Address>& addresses) {
  if (addresses.empty()) return;
  out.append(name).append(": ");
  for (std::size_t i = 0; i < addresses.size(); ++i) out += (i > 0 ? ",\r\n " : "") + shown(addresses[i]);
  out += "\r\n";
}

std::string date_text(Moment moment) {
  constexpr std::array<const char*, 7> days = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  constexpr std::int64_t day_milliseconds = 86'400'000;
  const auto civil = civil_utc(moment);
  const auto weekday = static_cast<std::size_t>((moment.milliseconds / day_milliseconds) % 7);
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", days.at(weekday), civil.day,
                     months.at(static_cast<std::size_t>(civil.month - 1)), civil.year, civil.hour, civil.minute,
                     civil.second);
}

std::string text_part(std::string_view type, std::string_view text) {
  return fmt::format("Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{}\r\n",
                     type, quoted_printable(text));
}

std::string multipart(std::string_view kind, const std::vector<std::string>& parts) {
  const auto boundary = "=_" + random_token(24);  // "=_" never stands in quoted-printable or base64
  auto out = fmt::format("Content-Type: multipart/{}; boundary=\"{}\"\r\n\r\n", kind, boundary);
  for (const auto& part : parts) out += "--" + boundary + "\r\n" + part;
  return out + "--" + boundary + "--\r\n";
}

std::string file_part(const Attachment& file) {
  auto name = without_controls(file.name);
  // By RFC 2231 where the name is not plain.
  const auto parameter = is_plain(name) && name.find_first_of("\"\\") == std::string::npos
                             ? "filename=\"" + name + '"'
                             : "filename*=utf-8''" + percent_encode(name);
  const auto type = file.type.empty() ? "application/octet-stream" : without_controls(file.type);
  return fmt::format(
      "Content-Type: {}\r\nContent-Disposition: attachment; {}\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
      type, parameter, base64_lines(file.content));
}

std::string body_part(const Message& message) {
  if (message.html.empty()) return text_part("text/plain", message.text);
  if (message.text.empty()) return text_part("text/html", message.html);
  return multipart("alternative", {text_part("text/plain", message.text), text_part("text/html", message.html)});
}

}  // namespace

std::vector<std::string> recipients(const Message& message) {
  std::vector<std::string> all;
  for (const auto* list : {&message.to, &message.cc, &message.bcc}) {
    for (const auto& address : *list) {
      if (std::find(all.begin(), all.end(), address.address) == all.end()) all.push_back(address.address);
    }
  }
  return all;
}

std::optional<Address> parse_address(std::string_view text) {
  text = trim(text);
  const bool has_control =
      std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7F; });
  if (has_control) return std::nullopt;
  Address found;
  if (text.ends_with('>')) {
    const auto open = text.rfind('<');
    if (open == std::string_view::npos) return std::nullopt;
    auto name = trim(text.substr(0, open));
    if (name.size() >= 2 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
    found.name = replace_all(replace_all(std::string(name), "\\\"", "\""), "\\\\", "\\");
    text = trim(text.substr(open + 1, text.size() - open - 2));
  }
  const bool fits = text.find('@') != std::string_view::npos && text.front() != '@' && text.back() != '@' &&
                    text.find_first_of(" <>,;") == std::string_view::npos;
  if (!fits) return std::nullopt;
  found.address = text;
  return found;
}

std::string mime_text(const Message& message, Moment now, std::string_view id) {
  const auto at = message.from.address.rfind('@');
  const auto domain = at == std::string::npos ? "localhost" : message.from.address.substr(at + 1);
  std::string out;
  add_addresses(out, "From", {message.from});
  add_addresses(out, "To", message.to);
  add_addresses(out, "Cc", message.cc);
  add_addresses(out, "Reply-To", message.reply_to);
  const auto subject = without_controls(message.subject);
  const bool fits = is_plain(subject) && subject.size() < header_width && subject.find("=?") == std::string::npos;
  out += "Subject: " + (fits ? subject : encoded_words(subject)) + "\r\n";
  out += fmt::format("Message-ID: <{}@{}>\r\nDate: {}\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n", id,
                     without_controls(domain), date_text(now));
  if (message.attachments.empty()) return out + body_part(message);
  std::vector<std::string> parts = {body_part(message)};
  for (const auto& file : message.attachments) parts.push_back(file_part(file));
  return out + multipart("mixed", parts);
}

}  // namespace ashlar::mail
