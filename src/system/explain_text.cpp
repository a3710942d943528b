#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "system/explain.h"

namespace ashlar::system {
namespace {

constexpr int label_width = 12;

void line(std::string& out, std::string_view label, std::string_view text, int indent = 0) {
  out += fmt::format("{:{}}{:<{}}{}\n", "", indent, label, label_width, text);
}

// Rules and presets: JSON, or a dash.
std::string shown(const json::value& value, std::string_view otherwise = "-") {
  return value.is_null() ? std::string(otherwise) : json::serialize(value);
}

std::string name_of(const json::value& named) {
  const auto name = as_text(named.at("name"));
  return name ? fmt::format("\"{}\"", *name) : std::string(*as_text(named.at("id")));
}

std::string joined(const json::array& texts) {
  std::vector<std::string> parts;
  for (const auto& text : texts) parts.emplace_back(to_text(text));
  return parts.empty() ? "none" : join(parts, ", ");
}

std::string through(const json::array& attachments) {
  std::vector<std::string> parts;
  for (const auto& entry : attachments) {
    const auto& object = entry.as_object();
    if (const auto* role = object.if_contains("role")) {
      const bool is_inherited = object.at("inherited").as_bool();
      parts.push_back("role " + name_of(*role) + (is_inherited ? ", a parent of the own role" : ""));
    } else if (object.contains("user")) {
      parts.emplace_back("the user");
    } else {
      parts.emplace_back(object.contains("public") ? "the public" : "app access");
    }
  }
  return join(parts, "; ");
}

std::string asker(const json::object& who) {
  std::vector<std::string> tree;
  for (const auto& role : who.at("roles").as_array()) tree.insert(tree.begin(), name_of(role));
  const auto roles = tree.empty() ? std::string() : "role " + join(tree, " below ");
  if (who.at("user").is_null()) return roles.empty() ? "the public" : roles;
  const auto user = to_text(who.at("email").is_null() ? who.at("user") : who.at("email"));
  return user + (roles.empty() ? " (no role)" : " (" + roles + ")");
}

void write_fields(std::string& out, const json::object& explanation) {
  if (explanation.at("fields").is_null()) return;
  const auto& sources = explanation.at("field_sources").as_object();
  std::vector<std::string> parts;
  for (const auto& field : explanation.at("fields").as_array()) {
    auto part = to_text(field);
    if (const auto* numbers = sources.if_contains(part)) {
      for (const auto& number : numbers->as_array()) part += fmt::format(" [{}]", number.to_number<int>() + 1);
    }
    parts.push_back(std::move(part));
  }
  line(out, "fields", parts.empty() ? "none" : join(parts, ", "));
}

void write_sources(std::string& out, const json::object& explanation) {
  int number = 0;
  for (const auto& source : explanation.at("sources").as_array()) {
    const auto& policy = source.at("policy");
    out += fmt::format("\n[{}] {}, through {}\n", ++number, policy.is_null() ? "built in" : "policy " + name_of(policy),
                       through(source.at("through").as_array()));
    if (!explanation.at("fields").is_null()) line(out, "fields", joined(source.at("fields").as_array()), 4);
    if (explanation.at("action") != "create") line(out, "items", shown(source.at("rule"), "all"), 4);
    for (const std::string_view name : {"validation", "presets"}) {
      if (!source.at(name).is_null()) line(out, name, shown(source.at(name)), 4);
    }
  }
}

// Policies that are attached, but not from this address.
void write_left_out(std::string& out, const json::object& explanation) {
  for (const auto& policy : explanation.at("policies").as_array()) {
    if (policy.at("applies").as_bool()) continue;
    out += fmt::format("\nLeft out: policy {}, through {}, which counts from {} only\n", name_of(policy),
                       through(policy.at("through").as_array()), joined(policy.at("ip_access").as_array()));
  }
}

}  // namespace

std::string explanation_text(const json::object& explanation) {
  const auto& who = explanation.at("asker").as_object();
  std::string out = fmt::format("{} {} as {}\n\n", to_text(explanation.at("action")),
                                to_text(explanation.at("collection")), asker(who));
  const auto& status = who.at("status");
  if (!status.is_null() && status != "active") {
    line(out, "status", to_text(status) + ": this user can't log in");
  }
  line(out, "access", to_text(explanation.at("access")) + (who.at("admin").as_bool() ? ", as administrator" : ""));
  if (explanation.at("access") != "none") {
    write_fields(out, explanation);
    if (explanation.at("action") != "create") line(out, "items", shown(explanation.at("rule"), "all"));
    line(out, "validation", shown(explanation.at("validation")));
    line(out, "presets", shown(explanation.at("presets")));
  }
  for (const auto& [name, value] : explanation.at("variables").as_object()) {
    line(out, "with", fmt::format("{} = {}", std::string_view(name), json::serialize(value)));
  }
  write_sources(out, explanation);
  write_left_out(out, explanation);
  return out;
}

}  // namespace ashlar::system
