#include "config/settings.h"

#include "base/text.h"
#include "config/groups.h"

namespace ashlar::config {
namespace {

// Every value against the type of its row, also of variables that no group reads.
void check_all(const Environment& environment) {
  const Reader reader(environment);
  for (const auto& [name, value] : environment.values()) reader.check(name);
}

}  // namespace

json::object options_of(const Environment& environment, std::string_view group, std::string_view name,
                        const std::vector<std::string>& names) {
  const auto prefix_of = [&](std::string_view of) { return std::string(group) + to_upper(of) + "_"; };
  const auto prefix = prefix_of(name);
  std::vector<std::string> longer;
  for (const auto& other : names) {
    auto other_prefix = prefix_of(other);
    if (other_prefix.size() > prefix.size() && other_prefix.starts_with(prefix))
      longer.push_back(std::move(other_prefix));
  }
  return environment.nested(prefix, {longer.begin(), longer.end()});
}

Settings load_settings(const EnvironmentPairs& process_environment, const std::filesystem::path& working_directory) {
  auto loaded = load_environment(process_environment, working_directory);
  Settings settings;
  settings.environment = std::move(loaded.environment);
  const auto& environment = settings.environment;
  const Reader reader(environment);
  Remarks remarks{std::move(loaded.warnings), {}};
  settings.database = read_database(reader, environment);  // first: without a database, nothing else matters
  check_all(environment);
  settings.server = read_server(reader, environment, remarks);
  settings.query_limits = read_query_limits(reader);
  settings.bootstrap = read_bootstrap(reader);
  settings.tokens = read_tokens(reader, remarks);
  settings.login = read_login(reader);
  settings.network = read_network(reader, environment, remarks);
  settings.cors = read_cors(reader);
  settings.rate_limits = read_rate_limits(reader, environment);
  settings.pressure = read_pressure(reader);
  settings.log = read_log(reader, environment);
  settings.metrics = read_metrics(reader);
  settings.cache = read_cache(reader);
  settings.redis = read_redis(reader, environment);
  settings.synchronization = read_synchronization(reader);
  settings.files = read_files(reader, environment);
  settings.assets = read_assets(reader);
  settings.resumable_uploads = read_resumable_uploads(reader);
  settings.auth = read_auth(reader, environment, remarks);
  settings.email = read_email(reader, environment);
  settings.extensions = read_extensions(reader);
  settings.flows = read_flows(reader);
  settings.openapi_enabled = reader.boolean("OPENAPI_ENABLED");
  settings.graphql = read_graphql(reader);
  settings.websockets = read_websockets(reader);
  settings.ai = read_ai(reader);
  settings.retention = read_retention(reader);
  settings.backup = read_backup(reader, settings.files);
  settings.warnings = std::move(remarks.warnings);
  settings.notes = std::move(remarks.notes);
  return settings;
}

EnvironmentPairs environment_pairs(const char* const* environment) {
  EnvironmentPairs pairs;
  for (; environment && *environment; ++environment) {
    const std::string_view entry = *environment;
    if (const auto sign = entry.find('='); sign != std::string_view::npos && sign > 0) {
      pairs.emplace_back(entry.substr(0, sign), entry.substr(sign + 1));
    }
  }
  return pairs;
}

}  // namespace ashlar::config
