#include "config/environment.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/json.h"
#include "config/error.h"
#include "support/support.h"

namespace ashlar::config {
namespace {

class EnvironmentTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) { std::ofstream(folder_.path() / name) << content; }

  LoadedEnvironment load(const EnvironmentPairs& pairs = {}) { return load_environment(pairs, folder_.path()); }

  json::value value(const LoadedEnvironment& loaded, std::string_view name) {
    const auto* found = loaded.environment.find(name);
    return found ? found->value : json::value("<not set>");
  }

  std::string error(const EnvironmentPairs& pairs = {}) {
    try {
      load(pairs);
    } catch (const ConfigError& thrown) {
      return thrown.what();
    }
    return "<no error>";
  }

  test::TemporaryFolder folder_;
};

TEST_F(EnvironmentTest, HasTheDefaultsOfTheTable) {
  const auto loaded = load();
  EXPECT_EQ(value(loaded, "PORT"), json::value("8055"));
  EXPECT_EQ(value(loaded, "QUERY_LIMIT_DEFAULT"), json::value(100));
  EXPECT_EQ(value(loaded, "SERVE_APP"), json::value(true));
  EXPECT_EQ(value(loaded, "CORS_METHODS"), json::value("GET,POST,PATCH,DELETE"));
  EXPECT_EQ(value(loaded, "DB_EXCLUDE_TABLES"), (json::array{"spatial_ref_sys", "sysdiagrams"}));
  EXPECT_EQ(loaded.environment.find("DB_CLIENT"), nullptr);
  EXPECT_TRUE(loaded.environment.find("PORT")->is_default);
}

TEST_F(EnvironmentTest, TheFileWinsOverTheProcessEnvironment) {
  write(".env", "PORT=9000\n");
  const auto loaded = load({{"PORT", "7000"}, {"HOST", "127.0.0.1"}});
  EXPECT_EQ(value(loaded, "PORT"), json::value("9000"));
  EXPECT_EQ(value(loaded, "HOST"), json::value("127.0.0.1"));
  EXPECT_FALSE(loaded.environment.find("PORT")->is_default);
}

TEST_F(EnvironmentTest, ConfigPathIsReadFromTheProcessEnvironmentOnly) {
  write("other.conf", "PORT=9000\nCONFIG_PATH=third.conf\n");
  write("third.conf", "PORT=9999\n");
  EXPECT_EQ(value(load({{"CONFIG_PATH", "other.conf"}}), "PORT"), json::value("9000"));
  EXPECT_EQ(value(load({{"CONFIG_PATH", (folder_.path() / "other.conf").string()}}), "PORT"), json::value("9000"));
  EXPECT_EQ(value(load({{"CONFIG_PATH", "missing.json"}}), "PORT"), json::value("8055"));
}

TEST_F(EnvironmentTest, ReadsJson) {
  write("c.json", R"({"PORT": 9000, "DB_SSL": {"ca": "x"}, "SERVE_APP": "false", "DB_POOL__MAX": 3})");
  const auto loaded = load({{"CONFIG_PATH", "c.json"}});
  EXPECT_EQ(value(loaded, "PORT"), json::value("9000"));
  EXPECT_EQ(value(loaded, "SERVE_APP"), json::value(false));
  EXPECT_EQ(value(loaded, "DB_SSL"), (json::object{{"ca", "x"}}));
  write("c.json", "[1]");
  EXPECT_NE(error({{"CONFIG_PATH", "c.json"}}).find("CONFIG_PATH"), std::string::npos);
  write("c.json", "{");
  EXPECT_NE(error({{"CONFIG_PATH", "c.json"}}).find("not valid JSON"), std::string::npos);
}

TEST_F(EnvironmentTest, ReadsYaml) {
  for (const std::string name : {"c.yaml", "c.yml"}) {
    write(name,
          "PORT: 9000\nSERVE_APP: false\nPROJECT_NAME: 'x y'\nDB_PASSWORD: 0123\nTELEMETRY_URL: null\n"
          "CORS_METHODS:\n  - GET\n  - POST\nAUTH_KC_PARAMS:\n  prompt: login\n  depth: 1.5\n");
    const auto loaded = load({{"CONFIG_PATH", name}});
    EXPECT_EQ(value(loaded, "PORT"), json::value("9000"));
    EXPECT_EQ(value(loaded, "SERVE_APP"), json::value(false));
    EXPECT_EQ(value(loaded, "PROJECT_NAME"), json::value("x y"));
    EXPECT_EQ(value(loaded, "DB_PASSWORD"), json::value("0123"));
    EXPECT_EQ(value(loaded, "CORS_METHODS"), (json::array{"GET", "POST"}));
    EXPECT_EQ(value(loaded, "AUTH_KC_PARAMS"), (json::object{{"prompt", "login"}, {"depth", 1.5}}));
  }
  write("empty.yaml", "# nothing\n");
  EXPECT_EQ(value(load({{"CONFIG_PATH", "empty.yaml"}}), "PORT"), json::value("8055"));
  write("list.yaml", "- 1\n");
  EXPECT_NE(error({{"CONFIG_PATH", "list.yaml"}}).find("object of names"), std::string::npos);
  write("broken.yaml", "a: [1\n");
  EXPECT_NE(error({{"CONFIG_PATH", "broken.yaml"}}).find("not valid YAML"), std::string::npos);
}

TEST_F(EnvironmentTest, ReadsJavaScriptModules) {
  write("object.cjs",
        "console.log('noise'); module.exports = { PORT: 9000, CORS_ORIGIN: /\\.example$/, SERVE_APP: false };");
  auto loaded = load({{"CONFIG_PATH", "object.cjs"}});
  EXPECT_EQ(value(loaded, "PORT"), json::value("9000"));
  EXPECT_EQ(value(loaded, "SERVE_APP"), json::value(false));
  EXPECT_EQ(value(loaded, "CORS_ORIGIN"), regular_expression("\\.example$"));
  write("function.mjs", "export default (env) => ({ PROJECT_NAME: env.WHO + '!' });");
  loaded = load({{"CONFIG_PATH", "function.mjs"}, {"WHO", "me"}});
  EXPECT_EQ(value(loaded, "PROJECT_NAME"), json::value("me!"));
  write("plain.js", "module.exports = function () { return { PORT: 1234 }; };");
  EXPECT_EQ(value(load({{"CONFIG_PATH", "plain.js"}}), "PORT"), json::value("1234"));
}

TEST_F(EnvironmentTest, RefusesJavaScriptModulesThatGiveNoObject) {
  write("text.cjs", "module.exports = 'x';");
  EXPECT_NE(error({{"CONFIG_PATH", "text.cjs"}}).find("must export an object"), std::string::npos);
  write("throws.cjs", "throw new Error('out of order');");
  EXPECT_NE(error({{"CONFIG_PATH", "throws.cjs"}}).find("out of order"), std::string::npos);
  write("exits.cjs", "process.exit(0);");
  EXPECT_NE(error({{"CONFIG_PATH", "exits.cjs"}}).find("ended before"), std::string::npos);
}

TEST_F(EnvironmentTest, TakesValuesFromFiles) {
  write("password", "0123\n");
  auto loaded = load({{"DB_PASSWORD_FILE", (folder_.path() / "password").string()}});
  EXPECT_EQ(value(loaded, "DB_PASSWORD"), json::value("0123\n"));
  EXPECT_EQ(loaded.environment.find("DB_PASSWORD_FILE"), nullptr);
  write("points", "25");
  loaded = load({{"RATE_LIMITER_POINTS_FILE", "points"}, {"PROJECT_NAME_FILE", "string:points"}});
  EXPECT_EQ(value(loaded, "RATE_LIMITER_POINTS"), json::value(25));
  EXPECT_EQ(value(loaded, "PROJECT_NAME"), json::value("25"));
  loaded = load({{"AUTH_KC_CLIENT_SECRET_FILE", "password"}, {"DB_SSL__CA_FILE", "password"}});
  EXPECT_EQ(value(loaded, "AUTH_KC_CLIENT_SECRET"), json::value("0123\n"));
  EXPECT_EQ(value(loaded, "DB_SSL__CA"), json::value("0123\n"));
}

TEST_F(EnvironmentTest, AValueFromAFileWinsOverTheValueItself) {
  write("secret", "from the file");
  EXPECT_EQ(value(load({{"SECRET_FILE", "secret"}, {"SECRET", "itself"}}), "SECRET"), json::value("from the file"));
}

TEST_F(EnvironmentTest, LeavesUnknownNamesOfFilesAlone) {
  const auto loaded = load({{"SSL_CERT_FILE", "/nowhere"}});
  EXPECT_EQ(value(loaded, "SSL_CERT_FILE"), json::value("/nowhere"));
}

TEST_F(EnvironmentTest, NamesTheVariableWhoseFileIsMissing) {
  EXPECT_NE(error({{"SECRET_FILE", "/nowhere/secret"}}).find("SECRET_FILE"), std::string::npos);
}

TEST_F(EnvironmentTest, NestsGroups) {
  const auto loaded = load({{"DB_SSL__REJECT_UNAUTHORIZED", "false"},
                            {"DB_POOL__MAX", "5"},
                            {"DB_APPLICATION_NAME", "x"},
                            {"REDIS_HOST", "r"}});
  const auto nested = loaded.environment.nested("DB_");
  EXPECT_EQ(nested.at("ssl"), (json::object{{"rejectUnauthorized", false}}));
  EXPECT_EQ(nested.at("pool"), (json::object{{"max", 5}}));
  EXPECT_EQ(nested.at("applicationName"), json::value("x"));
  EXPECT_FALSE(nested.contains("host"));
  EXPECT_FALSE(loaded.environment.nested("DB_", {"DB_POOL_"}).contains("pool"));
}

TEST_F(EnvironmentTest, AnObjectSaysMoreThanAFlag) {
  const auto nested = load({{"DB_SSL", "true"}, {"DB_SSL__CA", "pem"}}).environment.nested("DB_");
  EXPECT_EQ(nested.at("ssl"), (json::object{{"ca", "pem"}}));
}

TEST_F(EnvironmentTest, RefusesUnknownNamesOfItsOwn) {
  EXPECT_EQ(error({{"ASHLAR_DB_STATMENT_TIMEOUT", "5s"}}),
            "ASHLAR_DB_STATMENT_TIMEOUT: there is no such variable. Did you mean ASHLAR_DB_STATEMENT_TIMEOUT?");
  write(".env", "ASHLAR_X=1\n");
  EXPECT_EQ(error(), "ASHLAR_X: there is no such variable.");
}

TEST_F(EnvironmentTest, WarnsOfUnknownNamesInTheFileButNotInTheProcessEnvironment) {
  write(".env", "PUBLC_URL=https://x.example\nMY_OWN=1\nnonsense\n");
  const auto loaded = load({{"SOME_PATH", "x"}});
  EXPECT_EQ(loaded.warnings.size(), 3u);
  const auto all = testing::PrintToString(loaded.warnings);
  EXPECT_NE(all.find("PUBLC_URL is no setting. Did you mean PUBLIC_URL?"), std::string::npos) << all;
  EXPECT_NE(all.find("MY_OWN is no setting."), std::string::npos) << all;
  EXPECT_NE(all.find(":3: not a NAME=value line"), std::string::npos) << all;
  EXPECT_EQ(value(loaded, "MY_OWN"), json::value(1));
  EXPECT_EQ(value(loaded, "SOME_PATH"), json::value("x"));
}

TEST_F(EnvironmentTest, NamesTheVariableOfAMalformedPrefixedValue) {
  EXPECT_NE(error({{"CORS_ORIGIN", "regex:("}}).find("CORS_ORIGIN: "), std::string::npos);
  EXPECT_NE(error({{"QUERY_LIMIT_MAX", "number:x"}}).find("QUERY_LIMIT_MAX: "), std::string::npos);
  EXPECT_EQ(error({{"SOMETHING_ELSE", "regex:("}}), "<no error>");
}

}  // namespace
}  // namespace ashlar::config
