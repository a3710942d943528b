#include "system/doctor.h"

#include <fmt/format.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "base/text.h"
#include "config/environment.h"
#include "config/variables.h"
#include "schema/system_tables.h"

namespace ashlar::system {
namespace {

using Level = Finding::Level;

void warn(Findings& findings, std::string what, std::string mend) {
  findings.push_back({Level::warning, std::move(what), std::move(mend)});
}

// ---- settings

void examine_public_url(Findings& findings, const config::Settings& settings) {
  const auto& url = settings.server.public_url;
  const bool is_https = url.starts_with("https://"), is_http = url.starts_with("http://");
  if (!is_https && !is_http) return;  // a warning of the settings
  const auto rest = std::string_view(url).substr(is_https ? 8 : 7);
  const auto authority = rest.substr(0, rest.find('/'));
  const auto colon = authority.rfind(':');
  const auto host = authority.substr(0, colon);
  const auto port = colon == std::string_view::npos ? (is_https ? "443" : "80") : authority.substr(colon + 1);
  const bool is_local = host == "localhost" || host == "127.0.0.1" || host == "[::1]";
  if (is_local && settings.server.unix_socket_path.empty() && port != std::to_string(settings.server.port)) {
    warn(findings,
         fmt::format("PUBLIC_URL names port {} of this machine, but the server listens on {}.", port,
                     settings.server.port),
         "Give both the same port, or name the proxy's own address.");
  }
  const auto& tokens = settings.tokens;
  for (const auto& [cookie, name] :
       {std::pair(&tokens.session, "SESSION_COOKIE"), std::pair(&tokens.refresh, "REFRESH_TOKEN_COOKIE")}) {
    if (is_https && !cookie->secure) {
      warn(findings,
           fmt::format("{}_SECURE is off, though PUBLIC_URL is https: the cookie also travels in the clear.", name),
           fmt::format("Set {}_SECURE=true.", name));
    }
    if (is_http && cookie->secure && !is_local) {
      warn(findings,
           fmt::format("{}_SECURE is on, but PUBLIC_URL is http: browsers do not send the cookie back.", name),
           fmt::format("Serve by https, or set {}_SECURE=false.", name));
    }
  }
}

// Whether what is written there is gone with the container, or after a restart.
bool is_ephemeral(const std::filesystem::path& path) {
  const auto absolute = std::filesystem::absolute(path).lexically_normal().string();
  for (const auto* folder : {"/tmp/", "/var/tmp/", "/dev/shm/", "/run/"}) {
    if ((absolute + '/').starts_with(folder)) return true;
  }
  auto existing = std::filesystem::path(absolute);
  while (!std::filesystem::exists(existing) && existing.has_relative_path()) existing = existing.parent_path();
  struct statfs system {};
  if (statfs(existing.c_str(), &system) != 0) return false;
  constexpr long tmpfs = 0x01021994, overlayfs = 0x794c7630;
  return system.f_type == tmpfs || system.f_type == overlayfs;
}

void examine_places(Findings& findings, const config::Settings& settings) {
  constexpr auto mend = "Put it on a volume, or a folder of the machine, that is kept.";
  for (const auto& location : settings.files.locations) {
    if (location.driver == "local" && is_ephemeral(location.root)) {
      warn(findings,
           fmt::format("Uploads to \"{}\" go to {}, which is lost with the container or at a restart.", location.name,
                       location.root),
           mend);
    }
  }
  if (settings.database.client == "sqlite3" && is_ephemeral(settings.database.filename)) {
    warn(findings,
         fmt::format("The database {} is lost with the container or at a restart.", settings.database.filename), mend);
  }
}

// Names in the environment that look like settings but are none. What the configuration file holds is warned of
// already.
void examine_names(Findings& findings, const config::EnvironmentPairs& environment) {
  std::set<std::string, std::less<>> groups;  // "CACHE_"
  for (const auto& group : config::variable_groups()) {
    for (const auto& variable : group.variables) {
      if (const auto end = variable.name.find('_'); end != std::string_view::npos && !variable.is_pattern()) {
        groups.emplace(variable.name.substr(0, end + 1));
      }
    }
  }
  for (const auto& [name, value] : environment) {
    const auto end = name.find('_');
    if (end == std::string::npos || config::is_known_name(name) || !groups.contains(name.substr(0, end + 1))) continue;
    const auto similar = config::similar_name(name);
    if (similar.empty()) continue;
    warn(findings, fmt::format("{} is no setting: it has no effect.", name), fmt::format("Did you mean {}?", similar));
  }
}

// Settings that somebody has set and that change nothing.
void examine_effects(Findings& findings, const config::Environment& environment) {
  std::vector<std::string> without_effect, not_built;
  for (const auto& [name, value] : environment.values()) {
    constexpr std::string_view of_file = "_FILE";
    const auto is_file = name.ends_with(of_file) && environment.find(name.substr(0, name.size() - of_file.size()));
    const auto* variable = config::find_variable(name);
    if (variable == nullptr || value.is_default || is_file) continue;
    if (variable->is(config::without_effect)) without_effect.push_back(name);
    // What is switched off is not missed; an empty folder of extensions neither.
    const bool is_off = value.value.is_bool() && !value.value.get_bool();
    if (variable->is(config::not_built) && !is_off && name != "EXTENSIONS_PATH") not_built.push_back(name);
  }
  if (!without_effect.empty()) {
    warn(findings, fmt::format("Set, but without any effect: {}.", fmt::join(without_effect, ", ")),
         "`ashlar docs settings` says why; they can be removed.");
  }
  if (!not_built.empty()) {
    warn(findings, fmt::format("Set, but for what is not built yet: {}.", fmt::join(not_built, ", ")),
         "`ashlar docs settings` says what they will do.");
  }
}

void examine_extensions(Findings& findings, const config::ExtensionSettings& extensions) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(extensions.path, ignored) || std::filesystem::is_empty(extensions.path, ignored)) {
    return;
  }
  warn(findings, fmt::format("Extensions are not built yet: those in {} will not be loaded.", extensions.path),
       "Leave the project with Directus while it needs them.");
}

// ---- model

bool has_index(const database::Table& table, const std::string& column) {
  return std::ranges::any_of(table.indexes, [&](const database::Index& index) {
    return !index.columns.empty() && index.columns.front() == column;
  });
}

// ---- access

bool is_write(access::Action action) {
  return action == access::Action::create || action == access::Action::update || action == access::Action::remove;
}

// Who writes there can give himself any right, or run what he likes.
constexpr std::array powerful{"directus_access", "directus_policies",   "directus_permissions",
                              "directus_roles",  "directus_users",      "directus_settings",
                              "directus_flows",  "directus_operations", "directus_extensions"};

}  // namespace

Findings examine_settings(const config::Settings& settings, const config::EnvironmentPairs& process_environment) {
  Findings findings;
  if (settings.tokens.secret.empty()) {
    warn(findings,
         "SECRET is not set: one is generated and kept in the database, where every copy of it carries it away.",
         "Set it to the output of `ashlar security secret:generate`.");
  }
  for (const auto& warning : settings.warnings) warn(findings, warning, "Correct the setting.");
  if (settings.cors.enabled && settings.cors.any_origin) {
    warn(findings,
         fmt::format("CORS is open: pages of any origin may read answers{}.",
                     settings.cors.credentials ? ", also those that need a login" : ""),
         "Name the origins in CORS_ORIGIN, such as CORS_ORIGIN=https://www.example.com.");
  }
  examine_public_url(findings, settings);
  examine_places(findings, settings);
  if (!settings.rate_limits.address.enabled) {
    warn(findings, "The rate limiter is off: passwords can be tried as fast as the server answers.",
         "Set RATE_LIMITER_ENABLED=true, or limit requests in the proxy.");
  }
  examine_names(findings, process_environment);
  examine_effects(findings, settings.environment);
  examine_extensions(findings, settings.extensions);
  return findings;
}

Findings examine_model(const schema::Schema& schema, const database::Dialect& dialect) {
  Findings findings;
  for (const auto& table : schema.catalog().tables) {
    if (table.is_view || schema::is_system_collection(table.name)) continue;
    if (table.primary_key.size() != 1) {
      warn(findings,
           fmt::format("The table {} has {}: it is no collection.", table.name,
                       table.primary_key.empty() ? "no primary key" : "a primary key of several columns"),
           "Give it a primary key of one column.");
    }
    for (const auto& key : table.foreign_keys) {
      if (key.columns.empty() || has_index(table, key.columns.front())) continue;
      warn(findings,
           fmt::format("The foreign key {}.{} has no index: lists of {} and deletions there read the whole table.",
                       table.name, key.columns.front(), key.referenced_table),
           fmt::format("CREATE INDEX ON {} ({}), or set is_indexed of the field.", dialect.quoted(table.name),
                       dialect.quoted(key.columns.front())));
    }
  }
  return findings;
}

Findings examine_access(const access::AccessData& access) {
  std::vector<std::string> lines;
  for (const auto& [id, policy] : access.policies) {
    if (policy.admin_access) continue;
    const bool is_public = std::ranges::find(access.public_policies, id) != access.public_policies.end();
    for (const auto& permission : policy.permissions) {
      if (!is_write(permission.action) || std::ranges::find(powerful, permission.collection) == powerful.end())
        continue;
      // The rule that users may change themselves is what the app needs.
      if (!is_public && !permission.rule.matches_all_rows() && permission.collection == "directus_users") continue;
      lines.push_back(fmt::format("The policy \"{}\"{} may {} in {} without being an administrator's.", policy.name,
                                  is_public ? " of the public" : "", access::action_name(permission.action),
                                  permission.collection));
    }
  }
  std::ranges::sort(lines);
  Findings findings;
  for (auto& line : lines) {
    warn(findings, std::move(line), "Take the permission away, or narrow its fields and its rule.");
  }
  return findings;
}

}  // namespace ashlar::system
