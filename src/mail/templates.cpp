#include "mail/templates.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/log.h"
#include "mail/embedded.h"
#include "mail/liquid/engine.h"

namespace ashlar::mail {
namespace {

std::optional<std::string> built_in(std::string_view name) {
  struct Entry {
    std::string_view name;
    std::string_view (*source)();
  };
  static constexpr Entry entries[] = {{"base", embedded::base_liquid},
                                      {"button", embedded::button_liquid},
                                      {"password-reset", embedded::password_reset_liquid},
                                      {"user-invitation", embedded::user_invitation_liquid},
                                      {"user-registration", embedded::user_registration_liquid}};
  for (const auto& entry : entries) {
    if (entry.name == name) return std::string(entry.source());
  }
  return std::nullopt;
}

bool is_template_name(std::string_view name) {
  constexpr std::size_t longest = 200;
  if (name.empty() || name.size() > longest || name.front() == '/' || name.find("..") != std::string_view::npos) {
    return false;
  }
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '\\' && c != 0x7F; });
}

// "base.liquid" is meant as "base".
std::string_view without_extension(std::string_view name) {
  constexpr std::string_view extension = ".liquid";
  return name.ends_with(extension) ? name.substr(0, name.size() - extension.size()) : name;
}

}  // namespace

std::optional<std::string> Templates::own(std::string_view given) const {
  const auto name = without_extension(given);
  if (!is_template_name(name)) return std::nullopt;
  std::ifstream file(folder_ / (std::string(name) + ".liquid"), std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

bool Templates::exists(std::string_view name) const { return own(name) || built_in(without_extension(name)); }

std::string Templates::render(std::string_view name, const json::object& variables,
                              const std::set<std::string, std::less<>>& markup) const {
  if (!exists(name)) throw ApiError::invalid_payload("There is no mail template \"" + std::string(name) + "\".");
  const liquid::RenderInput input{.name = name, .variables = variables, .markup = markup, .now = now()};
  const liquid::Loader only_built_in = [](std::string_view wanted) { return built_in(without_extension(wanted)); };
  const liquid::Loader all = [&](std::string_view wanted) {
    auto source = own(wanted);
    return source ? source : only_built_in(wanted);
  };
  try {
    return liquid::render(all, input);
  } catch (const liquid::LiquidError& error) {
    log::error("The mail template {} can't be used: {}", name, error.what());
  }
  try {
    return liquid::render(only_built_in, input);
  } catch (const liquid::LiquidError&) {
    throw ApiError::invalid_payload("The mail template \"" + std::string(name) + "\" has an error.");
  }
}

}  // namespace ashlar::mail
