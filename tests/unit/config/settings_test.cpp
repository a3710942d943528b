#include "config/settings.h"

#include <gtest/gtest.h>

#include <fstream>

#include "config/error.h"
#include "support/support.h"

namespace ashlar::config {
namespace {

class SettingsTest : public testing::Test {
 protected:
  // With a SQLite database unless the names say something else.
  Settings load(EnvironmentPairs pairs = {}) {
    EnvironmentPairs all{{"DB_CLIENT", "sqlite3"}, {"DB_FILENAME", "data.db"}};
    all.insert(all.end(), pairs.begin(), pairs.end());
    return load_settings(all, folder_.path());
  }

  std::string error(EnvironmentPairs pairs) {
    try {
      load(std::move(pairs));
    } catch (const ConfigError& thrown) {
      return thrown.what();
    }
    return "<no error>";
  }

  std::string error_without_database(const EnvironmentPairs& pairs) {
    try {
      load_settings(pairs, folder_.path());
    } catch (const ConfigError& thrown) {
      return thrown.what();
    }
    return "<no error>";
  }

  static bool mentions(const std::vector<std::string>& lines, std::string_view word) {
    for (const auto& line : lines) {
      if (line.find(word) != std::string::npos) return true;
    }
    return false;
  }

  test::TemporaryFolder folder_;
};

TEST_F(SettingsTest, HaveTheDocumentedDefaults) {
  const auto settings = load();
  EXPECT_EQ(settings.server.host, "0.0.0.0");
  EXPECT_EQ(settings.server.port, 8055);
  EXPECT_EQ(settings.server.public_url, "/");
  EXPECT_EQ(settings.server.root_redirect, "./admin");
  EXPECT_EQ(settings.server.robots_txt, "User-agent: *\nDisallow: /");
  EXPECT_EQ(settings.server.max_payload_bytes, 1'048'576);
  EXPECT_EQ(settings.query_limits.max_batch_mutation, std::nullopt);
  EXPECT_EQ(settings.query_limits.limit_default, 100);
  EXPECT_EQ(settings.query_limits.limit_max, std::nullopt);
  EXPECT_EQ(settings.database.pool_max, 10);
  EXPECT_EQ(settings.database.search_path, std::vector<std::string>{"public"});
  EXPECT_EQ(settings.database.excluded_tables, (std::vector<std::string>{"spatial_ref_sys", "sysdiagrams"}));
  EXPECT_FALSE(settings.database.ssl);
  EXPECT_TRUE(settings.database.ssl_reject_unauthorized);
  EXPECT_EQ(settings.tokens.secret, "");
  EXPECT_EQ(settings.tokens.access_ttl_milliseconds, 15 * 60'000);
  EXPECT_EQ(settings.tokens.refresh.ttl_milliseconds, 7 * 86'400'000LL);
  EXPECT_EQ(settings.tokens.refresh.name, "directus_refresh_token");
  EXPECT_EQ(settings.tokens.session.same_site, "lax");
  EXPECT_EQ(settings.login.hash.memory_kib, 65'536);
  EXPECT_TRUE(settings.network.trusted_proxies.everyone);
  EXPECT_EQ(settings.network.client_address_header, std::nullopt);
  EXPECT_EQ(settings.network.cross_origin_opener_policy, "same-origin-allow-popups");
  EXPECT_EQ(settings.cors.methods, (std::vector<std::string>{"GET", "POST", "PATCH", "DELETE"}));
  EXPECT_TRUE(settings.cors.origins.empty());
  EXPECT_TRUE(settings.rate_limits.registration.enabled);
  EXPECT_EQ(settings.cache.shared_max_age, std::nullopt);
  EXPECT_EQ(settings.cache.system_ttl_milliseconds, std::nullopt);
  EXPECT_FALSE(settings.redis.enabled);
  ASSERT_EQ(settings.files.locations.size(), 1u);
  EXPECT_EQ(settings.files.locations[0].driver, "local");
  EXPECT_EQ(settings.files.locations[0].root, "./uploads");
  EXPECT_EQ(settings.files.locations[0].healthcheck_threshold_milliseconds, 750);
  EXPECT_EQ(settings.assets.timeout_milliseconds, 7500);
  EXPECT_EQ(settings.resumable_uploads.chunk_bytes, 8'388'608);
  EXPECT_TRUE(settings.auth.providers.empty());
  EXPECT_EQ(settings.websockets.rest.auth, "handshake");
  EXPECT_EQ(settings.websockets.logs.path, "/websocket/logs");
  EXPECT_EQ(settings.retention.activity_milliseconds, 90 * 86'400'000LL);
  EXPECT_TRUE(settings.flows.environment_allow_list.empty());
}

TEST_F(SettingsTest, TakeGivenValues) {
  const auto settings = load({{"PORT", "9000"},
                              {"PUBLIC_URL", "https://data.example.com/"},
                              {"ROOT_REDIRECT", "false"},
                              {"MAX_PAYLOAD_SIZE", "300b"},
                              {"MAX_BATCH_MUTATION", "5"},
                              {"QUERY_LIMIT_MAX", "6"},
                              {"ACCESS_TOKEN_TTL", "2s"},
                              {"SESSION_COOKIE_SAME_SITE", "Strict"},
                              {"CACHE_CONTROL_S_MAXAGE", "60"},
                              {"CACHE_VALUE_MAX_SIZE", "2kb"},
                              {"ASHLAR_DB_STATEMENT_TIMEOUT", "5s"},
                              {"FLOWS_ENV_ALLOW_LIST", "A,B"},
                              {"IMPORT_TIMEOUT", "90s"},
                              {"NODE_ENV", "development"}});
  EXPECT_EQ(settings.server.port, 9000);
  EXPECT_EQ(settings.server.public_url, "https://data.example.com");
  EXPECT_EQ(settings.server.root_redirect, std::nullopt);
  EXPECT_EQ(settings.server.max_payload_bytes, 300);
  EXPECT_TRUE(settings.server.development);
  EXPECT_EQ(settings.query_limits.max_batch_mutation, 5);
  EXPECT_EQ(settings.query_limits.limit_max, 6);
  EXPECT_EQ(settings.tokens.access_ttl_milliseconds, 2000);
  EXPECT_EQ(settings.tokens.session.same_site, "strict");
  EXPECT_EQ(settings.cache.shared_max_age, "60");
  EXPECT_EQ(settings.cache.max_value_bytes, 2048);
  EXPECT_EQ(settings.database.statement_timeout_milliseconds, 5000);
  EXPECT_EQ(settings.flows.environment_allow_list, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(settings.files.import_timeout_milliseconds, 90'000);
}

TEST_F(SettingsTest, KeepTextsAsTheyWereWritten) {
  const auto settings = load({{"PROJECT_NAME", "Acme, Inc"}, {"ADMIN_PASSWORD", "1e3"}, {"EMAIL_SMTP_USER", "12 "}});
  EXPECT_EQ(settings.bootstrap.project_name, "Acme, Inc");
  EXPECT_EQ(settings.bootstrap.admin_password, "1e3");
  EXPECT_EQ(settings.email.smtp_user, "12 ");
}

TEST_F(SettingsTest, TakeEmptyValuesAsNotSetExceptForTextsAndLists) {
  const auto settings = load({{"PORT", "8055"},
                              {"ADMIN_EMAIL", ""},
                              {"QUERY_LIMIT_DEFAULT", ""},
                              {"SERVE_APP", ""},
                              {"CACHE_TTL", ""},
                              {"LOG_LEVEL", ""},
                              {"PUBLIC_URL", ""},
                              {"IMPORT_IP_DENY_LIST", ""},
                              {"ROBOTS_TXT", ""}});
  EXPECT_EQ(settings.bootstrap.admin_email, std::nullopt);
  EXPECT_EQ(settings.query_limits.limit_default, 100);
  EXPECT_TRUE(settings.server.serve_app);
  EXPECT_EQ(settings.cache.ttl_milliseconds, 300'000);
  EXPECT_EQ(settings.log.level, "info");
  EXPECT_EQ(settings.server.public_url, "/");
  EXPECT_TRUE(settings.network.import_deny_list.empty());
  EXPECT_EQ(settings.server.robots_txt, "");
}

TEST_F(SettingsTest, NameTheVariableThatIsMissing) {
  const auto missing = [&](const EnvironmentPairs& pairs) {
    const auto message = error_without_database(pairs);
    return message.substr(0, message.find(' '));
  };
  EXPECT_EQ(missing({}), "DB_CLIENT");
  EXPECT_EQ(missing({{"DB_CLIENT", ""}}), "DB_CLIENT");
  EXPECT_EQ(missing({{"DB_CLIENT", "sqlite3"}}), "DB_FILENAME");
  EXPECT_EQ(missing({{"DB_CLIENT", "pg"}}), "DB_HOST");
  EXPECT_EQ(missing({{"DB_CLIENT", "pg"}, {"DB_HOST", "h"}}), "DB_PORT");
  EXPECT_EQ(missing({{"DB_CLIENT", "pg"}, {"DB_HOST", "h"}, {"DB_PORT", "5432"}}), "DB_DATABASE");
  EXPECT_EQ(missing({{"DB_CLIENT", "pg"}, {"DB_HOST", "h"}, {"DB_PORT", "5432"}, {"DB_DATABASE", "d"}}), "DB_USER");
  EXPECT_EQ(missing({{"DB_CLIENT", "pg"}, {"DB_CONNECTION_STRING", "postgres://h/d"}}), "<no");
  EXPECT_EQ(missing({{"DB_CLIENT", "mysql"}, {"DB_SOCKET_PATH", "/s"}, {"DB_DATABASE", "d"}, {"DB_USER", "u"}}),
            "DB_PASSWORD");
  EXPECT_EQ(missing({{"DB_CLIENT", "mysql"},
                     {"DB_SOCKET_PATH", "/s"},
                     {"DB_DATABASE", "d"},
                     {"DB_USER", "u"},
                     {"DB_PASSWORD", ""}}),
            "<no");
}

TEST_F(SettingsTest, RefuseDatabasesThatAreNotSupported) {
  for (const std::string client : {"cockroachdb", "mssql", "oracledb"}) {
    EXPECT_EQ(error({{"DB_CLIENT", client}}),
              "DB_CLIENT: " + client + " is not supported; expected sqlite3, pg or mysql");
  }
  EXPECT_EQ(error({{"DB_CLIENT", "postgres"}}), "DB_CLIENT: expected sqlite3, pg or mysql, found \"postgres\"");
}

struct Malformed {
  std::string name, value, expected;
};

class MalformedValues : public SettingsTest, public testing::WithParamInterface<Malformed> {};

TEST_P(MalformedValues, AreErrorsThatNameTheVariableAndSayWhatIsExpected) {
  const auto& [name, value, expected] = GetParam();
  const auto message = error({{name, value}});
  EXPECT_TRUE(message.starts_with(name + ": expected ")) << message;
  EXPECT_NE(message.find(expected), std::string::npos) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Table, MalformedValues,
    testing::Values(
        Malformed{"QUERY_LIMIT_DEFAULT", "many", "a whole number"},
        Malformed{"QUERY_LIMIT_MAX", "-2", "-1 for no limit"}, Malformed{"MAX_RELATIONAL_DEPTH", "1", "at least 2"},
        Malformed{"EXPORT_BATCH_SIZE", "1.5", "a whole number"}, Malformed{"MAX_BATCH_MUTATION", "x", "a whole number"},
        Malformed{"PORT", "http", "a port number"}, Malformed{"PORT", "70000", "65535"},
        Malformed{"DB_PORT", "5432x", "a whole number"}, Malformed{"SERVE_APP", "yes", "true or false"},
        Malformed{"CACHE_ENABLED", "2", "true or false"}, Malformed{"OPENAPI_ENABLED", "flase", "true or false"},
        Malformed{"ACCESS_TOKEN_TTL", "15 parsecs", "a duration"}, Malformed{"CACHE_TTL", "-5s", "a duration"},
        Malformed{"ASHLAR_DB_STATEMENT_TIMEOUT", "soon", "a duration"},
        Malformed{"SERVER_SHUTDOWN_TIMEOUT", "soon", "milliseconds"}, Malformed{"MAX_PAYLOAD_SIZE", "1 mile", "a size"},
        Malformed{"FILES_MAX_UPLOAD_SIZE", "-1", "a size"}, Malformed{"LOG_LEVEL", "loud", "fatal, error, warn, info"},
        Malformed{"CACHE_STORE", "memcache", "memory, redis"}, Malformed{"AUTH_KC_DRIVER", "oauth", "oauth2, openid"},
        Malformed{"AUTH_KC_ROLE_MAPPING", "x", "a JSON object"},
        Malformed{"RETENTION_SCHEDULE", "daily", "a cron expression"},
        Malformed{"PRESSURE_LIMITER_MAX_EVENT_LOOP_UTILIZATION", "most", "a number"},
        Malformed{"STORAGE_LOCATIONS", ",", "at least one name"}, Malformed{"HASH_TYPE", "3", "Argon2id"},
        Malformed{"DB_POOL__MIN", "11", "DB_POOL__MAX"}));

TEST_F(SettingsTest, ShowTheWrongValueUnlessItIsSecret) {
  EXPECT_NE(error({{"LOG_LEVEL", "loud"}}).find("found \"loud\""), std::string::npos);
  const auto message = error({{"REDIS_PORT", "x"}, {"DB_SSL__KEY", "private"}});
  EXPECT_EQ(message.find("private"), std::string::npos);
  EXPECT_EQ(error({{"AUTH_X_PASSWORD", "hunter2"}, {"CACHE_TTL", "x"}}).find("hunter2"), std::string::npos);
}

TEST_F(SettingsTest, UnderstandWhoIsTrustedAsAProxy) {
  EXPECT_FALSE(load({{"IP_TRUST_PROXY", "false"}}).network.trusted_proxies.everyone);
  EXPECT_EQ(load({{"IP_TRUST_PROXY", "2"}}).network.trusted_proxies.hops, 2);
  EXPECT_EQ(load({{"IP_TRUST_PROXY", "loopback,10.0.0.0/8"}}).network.trusted_proxies.addresses,
            (std::vector<std::string>{"loopback", "10.0.0.0/8"}));
  EXPECT_EQ(load({{"IP_TRUST_PROXY", "10.0.0.1"}}).network.trusted_proxies.addresses,
            std::vector<std::string>{"10.0.0.1"});
}

TEST_F(SettingsTest, UnderstandOriginsOfEveryKind) {
  EXPECT_TRUE(load({{"CORS_ORIGIN", "true"}}).cors.any_origin);
  EXPECT_EQ(load({{"CORS_ORIGIN", "https://a.example"}}).cors.origins,
            (std::vector<TextPattern>{{"https://a.example", false}}));
  const auto origins = load({{"CORS_ORIGIN", R"(array:https://a.example,regex:\.b\.example$)"}}).cors.origins;
  ASSERT_EQ(origins.size(), 2u);
  EXPECT_TRUE(origins[0].matches("https://a.example"));
  EXPECT_FALSE(origins[0].matches("https://a.example.org"));
  EXPECT_TRUE(origins[1].matches("https://x.b.example"));
  EXPECT_FALSE(origins[1].matches("https://x.b.example.org"));
}

TEST_F(SettingsTest, GatherThePolicyHeadersAsTheyWereGiven) {
  const auto network = load({{"CONTENT_SECURITY_POLICY_DIRECTIVES__FRAME_SRC", "https://videos.example.com"},
                             {"ASSETS_CONTENT_SECURITY_POLICY_DIRECTIVES__IMG_SRC", "array:'self',data:"},
                             {"HSTS_ENABLED", "true"},
                             {"HSTS_MAX_AGE", "1000"}})
                           .network;
  EXPECT_EQ(network.content_security_policy,
            (json::object{{"directives", {{"frameSrc", "https://videos.example.com"}}}}));
  EXPECT_EQ(network.assets_content_security_policy.at("directives").at("imgSrc"), (json::array{"'self'", "data:"}));
  EXPECT_TRUE(network.hsts.enabled);
  EXPECT_EQ(network.hsts.max_age_seconds, 1000);
}

TEST_F(SettingsTest, UseTlsWhereAnyOfItsOptionsIsGiven) {
  const auto with_options = load({{"DB_SSL__CA", "pem"}, {"DB_SSL__REJECT_UNAUTHORIZED", "false"}}).database;
  EXPECT_TRUE(with_options.ssl);
  EXPECT_EQ(with_options.ssl_ca, "pem");
  EXPECT_FALSE(with_options.ssl_reject_unauthorized);
  EXPECT_TRUE(load({{"DB_SSL", "true"}}).database.ssl);
  EXPECT_FALSE(load({{"DB_SSL", R"({"rejectUnauthorized":false})"}}).database.ssl_reject_unauthorized);
  EXPECT_FALSE(load({{"DB_SSL", "false"}, {"DB_SSL__CA", "pem"}}).database.ssl);
}

TEST_F(SettingsTest, ListStorageLocationsWithTheirOptions) {
  const auto locations = load({{"STORAGE_LOCATIONS", "local,archive,archive_cold"},
                               {"STORAGE_ARCHIVE_DRIVER", "s3"},
                               {"STORAGE_ARCHIVE_KEY", "id"},
                               {"STORAGE_ARCHIVE_SECRET", "0123"},
                               {"STORAGE_ARCHIVE_COLD_DRIVER", "local"},
                               {"STORAGE_ARCHIVE_COLD_ROOT", "/cold"}})
                             .files.locations;
  ASSERT_EQ(locations.size(), 3u);
  EXPECT_EQ(locations[1].name, "archive");
  EXPECT_EQ(locations[1].driver, "s3");
  EXPECT_EQ(locations[1].root, "");
  EXPECT_EQ(locations[1].options, (json::object{{"driver", "s3"}, {"key", "id"}, {"secret", "0123"}}));
  EXPECT_EQ(locations[2].root, "/cold");
  EXPECT_NE(error({{"STORAGE_LOCATIONS", "local,s3"}}).find("STORAGE_S3_DRIVER is not set"), std::string::npos);
}

TEST_F(SettingsTest, ListLoginProvidersThatHaveADriver) {
  const auto settings = load({{"AUTH_PROVIDERS", "corp,hub,empty"},
                              {"AUTH_CORP_DRIVER", "local"},
                              {"AUTH_CORP_LABEL", "Corp"},
                              {"AUTH_HUB_DRIVER", "oauth2"},
                              {"AUTH_HUB_MODE", "cookie"},
                              {"AUTH_HUB_CLIENT_SECRET", "s"},
                              {"AUTH_HUB_ROLE_MAPPING", R"({"a":"1","b":"2"})"}});
  ASSERT_EQ(settings.auth.providers.size(), 2u);
  EXPECT_EQ(settings.auth.providers[0].label, "Corp");
  EXPECT_EQ(settings.auth.providers[0].mode, "session");
  EXPECT_EQ(settings.auth.providers[0].login_timeout_milliseconds, 300'000);
  EXPECT_EQ(settings.auth.providers[1].mode, "cookie");
  EXPECT_EQ(settings.auth.providers[1].options.at("clientSecret"), json::value("s"));
  EXPECT_EQ(settings.auth.providers[1].role_mapping, (json::object{{"a", "1"}, {"b", "2"}}));
  EXPECT_TRUE(mentions(settings.warnings, "AUTH_EMPTY_DRIVER"));
}

TEST_F(SettingsTest, RefuseAGlobalLimitThatIsNotAboveThatOfOneAddress) {
  EXPECT_NE(error({{"RATE_LIMITER_GLOBAL_ENABLED", "true"}}).find("RATE_LIMITER_GLOBAL_ENABLED"), std::string::npos);
  const EnvironmentPairs both{{"RATE_LIMITER_ENABLED", "true"}, {"RATE_LIMITER_GLOBAL_ENABLED", "true"}};
  EXPECT_EQ(error(both), "<no error>");
  auto low = both;
  low.emplace_back("RATE_LIMITER_GLOBAL_POINTS", "50");
  EXPECT_NE(error(low).find("RATE_LIMITER_GLOBAL_POINTS"), std::string::npos);
}

TEST_F(SettingsTest, KnowWhetherRedisIsUsed) {
  EXPECT_TRUE(load({{"REDIS", "redis://localhost"}}).redis.enabled);
  EXPECT_TRUE(load({{"REDIS_HOST", "localhost"}}).redis.enabled);
  EXPECT_FALSE(load({{"REDIS_HOST", "localhost"}, {"REDIS_ENABLED", "false"}}).redis.enabled);
}

TEST_F(SettingsTest, WarnOfWhatIsHardlyMeantSo) {
  const auto doubtful = load({{"SECRET", "short"}});
  EXPECT_TRUE(mentions(doubtful.warnings, "SECRET"));
  EXPECT_TRUE(mentions(doubtful.warnings, "PUBLIC_URL"));
  EXPECT_TRUE(mentions(doubtful.notes, "IP_TRUST_PROXY"));
  const auto fine = load({{"SECRET", "0123456789abcdef0123456789abcdef"},
                          {"PUBLIC_URL", "http://localhost:8055"},
                          {"IP_TRUST_PROXY", "true"}});
  EXPECT_TRUE(fine.warnings.empty()) << testing::PrintToString(fine.warnings);
  EXPECT_TRUE(fine.notes.empty());
}

TEST_F(SettingsTest, ReadTheNamesOfAProgramsEnvironment) {
  const char* environment[] = {"A=1", "B=x=y", "C=", "strange", "=D:", nullptr};
  EXPECT_EQ(environment_pairs(environment), (EnvironmentPairs{{"A", "1"}, {"B", "x=y"}, {"C", ""}}));
}

}  // namespace
}  // namespace ashlar::config
