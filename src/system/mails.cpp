#include "system/mails.h"

#include <algorithm>
#include <cctype>

#include "auth/encoding.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "items/read.h"

namespace ashlar::system {
namespace {

constexpr std::string_view usual_name = "Directus";
constexpr std::string_view usual_color = "#171717";

std::string text_of(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto text = value != nullptr ? as_text(*value) : std::nullopt;
  return std::string(text.value_or(""));
}

// #rgb or #rrggbb; anything else could be more than a colour.
bool is_color(std::string_view text) {
  return (text.size() == 4 || text.size() == 7) && text.front() == '#' &&
         std::all_of(text.begin() + 1, text.end(),
                     [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
}

// White or nearly black: what can be read on the colour.
std::string_view text_color_on(std::string_view color) {
  constexpr double bright = 150;
  const bool is_short = color.size() == 4;
  const auto part = [&](std::size_t index) {
    const std::string digits =
        is_short ? std::string(2, color[1 + index]) : std::string(color.substr(1 + 2 * index, 2));
    return static_cast<double>(std::stoi(digits, nullptr, 16));
  };
  const double brightness = 0.299 * part(0) + 0.587 * part(1) + 0.114 * part(2);
  return brightness > bright ? "#171717" : "#ffffff";
}

mail::Address address_of(const json::value& value) {
  if (const auto* object = value.if_object()) {
    auto address = mail::parse_address(text_of(*object, "address"));
    if (!address) throw ApiError::invalid_payload("A mail's address needs an \"address\".");
    address->name = text_of(*object, "name");
    return std::move(*address);
  }
  const auto text = as_text(value);
  auto address = text ? mail::parse_address(*text) : std::nullopt;
  if (!address) throw ApiError::invalid_payload("\"" + to_text(value) + "\" is no mail address.");
  return std::move(*address);
}

// A text with commas between addresses, one address, or a list of those.
std::vector<mail::Address> addresses_of(const json::object& options, std::string_view name) {
  const auto* value = options.if_contains(name);
  std::vector<mail::Address> addresses;
  if (value == nullptr || value->is_null()) return addresses;
  if (const auto* list = value->if_array()) {
    for (const auto& entry : *list) addresses.push_back(address_of(entry));
  } else if (const auto text = as_text(*value)) {
    for (const auto part : split(*text, ',')) {
      if (!trim(part).empty()) addresses.push_back(address_of(json::value(part)));
    }
  } else {
    addresses.push_back(address_of(*value));
  }
  return addresses;
}

std::string decoded(std::string_view base64) {
  std::string bare;
  for (const char c : base64) {
    if (c != '=' && !std::isspace(static_cast<unsigned char>(c))) bare += c;
  }
  auto bytes = auth::base64_decode_unpadded(bare);
  if (!bytes) throw ApiError::invalid_payload("The content of an attachment is no base64.");
  return std::move(*bytes);
}

std::vector<mail::Attachment> attachments_of(const json::object& options) {
  std::vector<mail::Attachment> attachments;
  const auto* list = options.if_contains("attachments");
  if (list == nullptr || !list->is_array()) return attachments;
  for (const auto& entry : list->get_array()) {
    const auto* object = entry.if_object();
    if (object == nullptr) continue;
    mail::Attachment file{text_of(*object, "filename"), text_of(*object, "contentType"), text_of(*object, "content")};
    if (text_of(*object, "encoding") == "base64") file.content = decoded(file.content);
    attachments.push_back(std::move(file));
  }
  return attachments;
}

// Without blanks at both ends of each line: templates are indented for people.
std::string with_trimmed_lines(std::string_view html) {
  std::string out;
  for (const auto line : split(html, '\n')) {
    const auto text = trim(line);
    if (!text.empty()) out.append(text).append("\n");
  }
  return out;
}

}  // namespace

std::string Mails::address_of(std::string_view path) const {
  const auto& base = settings_.server.public_url;
  return (base == "/" ? std::string() : base) + std::string(path);
}

json::object Mails::from_template(std::string_view to, std::string_view subject, std::string_view name,
                                  json::object data) {
  return {{"to", to}, {"subject", subject}, {"template", json::object{{"name", name}, {"data", std::move(data)}}}};
}

// What every template knows of the project.
json::object Mails::project() const {
  query::Query query;
  query.fields = {"project_name", "project_color", "project_logo", "project_url"};
  const auto row = items::read_value(services_, nullptr, "directus_settings", query, {});
  const auto setting = [&](std::string_view name) { return std::string(text_member(row, name).value_or("")); };
  auto name = setting("project_name");
  auto color = setting("project_color");
  if (!is_color(color)) color = usual_color;
  const auto logo = setting("project_logo");
  const auto text_color = text_color_on(color);
  return {{"projectName", name.empty() ? std::string(usual_name) : name},
          {"projectColor", color},
          {"projectTextColor", text_color},
          {"projectLogo", address_of(logo.empty() ? "/admin/img/directus-white.png" : "/assets/" + logo)},
          {"hasLogo", !logo.empty()},
          {"projectUrl", setting("project_url")}};
}

mail::Message Mails::message_of(const json::object& options) const {
  auto variables = project();
  mail::Message message;
  message.from = mailer_.sender();
  if (const auto* from = options.if_contains("from"); from != nullptr && !from->is_null()) {
    message.from = system::address_of(*from);
  }
  if (message.from.name.empty()) message.from.name = text_of(variables, "projectName");
  message.to = addresses_of(options, "to");
  message.cc = addresses_of(options, "cc");
  message.bcc = addresses_of(options, "bcc");
  message.reply_to = addresses_of(options, "replyTo");
  message.subject = text_of(options, "subject");
  message.html = text_of(options, "html");
  message.text = text_of(options, "text");
  message.attachments = attachments_of(options);
  if (const auto* chosen = options.if_contains("template"); chosen != nullptr && chosen->is_object()) {
    const auto& of_template = chosen->get_object();
    if (const auto* data = of_template.if_contains("data"); data != nullptr && data->is_object()) {
      for (const auto& [key, value] : data->get_object()) variables[key] = value;
    }
    message.html = mailer_.templates().render(text_of(of_template, "name"), variables, {"html"});
  }
  message.html = with_trimmed_lines(message.html);
  return message;
}

void Mails::send(json::object options) const {
  json::value changed = std::move(options);
  if (services_.events.has_filter("email.send")) {
    services_.events.filter("email.send", changed, {}, {.schema = services_.schemas.current()});
  }
  if (!changed.is_object()) return;
  mailer_.send(message_of(changed.get_object()));
}

void Mails::send_or_log(json::object options) const noexcept {
  try {
    send(std::move(options));
  } catch (const std::exception& error) {
    log::error("A mail could not be sent: {}", error.what());
  }
}

}  // namespace ashlar::system
