// The removal of old history, on all databases.
#include "system/retention.h"
#include "items/write.h"
#include "system/fixture.h"

namespace ashlar::system {
namespace {

constexpr std::int64_t day = 24 * 3600 * 1000;

class Retention : public WithModel {
 protected:
  Retention() {
    table("notes", R"({"field": "text", "type": "string", "meta": {}, "schema": {}})");
    table("lines", R"({"field": "note", "type": "integer", "meta": {}, "schema": {}})");
    relate(R"({"collection": "lines", "field": "note", "related_collection": "notes",
               "meta": {"one_field": "lines"}, "schema": {}})");
    delete_all();
    services.clock = [this] { return moment; };
  }

  void delete_all() {
    const auto connection = database.writer();
    connection->run("DELETE FROM " + database.dialect().quoted("directus_revisions"));
    connection->run("DELETE FROM " + database.dialect().quoted("directus_activity"));
  }

  void create_note(std::string_view text) {
    items::create_item(services, &admin, "notes", {{"text", text}, {"lines", {json::object(), json::object()}}});
  }

  std::size_t count(std::string_view table) {
    const auto text = rows(table, {"id"});
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }

  Moment moment = now();
  config::RetentionSettings retention{.enabled = true,
                                      .batch = 4,
                                      .schedule = {},
                                      .activity_milliseconds = 10 * day,
                                      .revisions_milliseconds = 10 * day,
                                      .flow_logs_milliseconds = 2 * day};
};

TEST_P(Retention, RemovesWhatIsOlderInBatches) {
  for (int i = 0; i < 5; ++i) create_note("old");
  moment.milliseconds += 11 * day;
  create_note("new");
  const auto removed = remove_old_history(services, retention);
  EXPECT_EQ(removed.activity, 15);
  EXPECT_EQ(removed.revisions, 15);
  EXPECT_EQ(count("directus_activity"), 3u);
  EXPECT_EQ(count("directus_revisions"), 3u);
  EXPECT_EQ(remove_old_history(services, retention).activity, 0);
}

TEST_P(Retention, RemovesRevisionsAndRunsOfFlowsByTimesOfTheirOwn) {
  create_note("a");
  add("directus_activity", {{"action", std::string("run")},
                            {"collection", std::string("directus_flows")},
                            {"item", std::string("1")},
                            {"timestamp", database.dialect().time_value(schema::Type::timestamp, moment)}});
  moment.milliseconds += 5 * day;
  retention.revisions_milliseconds = 4 * day;
  const auto removed = remove_old_history(services, retention);
  EXPECT_EQ(removed.activity, 1);
  EXPECT_EQ(removed.revisions, 3);
  EXPECT_EQ(activity(), "create lines 1\ncreate lines 2\ncreate notes 1\n");
}

TEST_P(Retention, EndsEarlyWhereItIsTold) {
  for (int i = 0; i < 3; ++i) create_note("old");
  moment.milliseconds += 11 * day;
  int asked = 0;
  EXPECT_EQ(remove_old_history(services, retention, [&] { return ++asked == 1; }).activity, 4);
}

INSTANTIATE_TEST_SUITE_P(All, Retention, testing::ValuesIn(database::all_vendors), database::vendor_test_name);

}  // namespace
}  // namespace ashlar::system
