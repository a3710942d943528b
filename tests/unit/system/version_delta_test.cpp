// Deltas of versions: which marks a save leaves, and what they become.
#include "system/version_delta.h"

#include <gtest/gtest.h>

namespace ashlar::system {
namespace {

const SavedBy ann{"ann", "2024-01-01"}, bob{"bob", "2024-02-02"};

json::object parsed(std::string_view text) { return json::parse(text).as_object(); }

std::string saved(std::string_view stored, std::string_view payload) {
  return json::serialize(merged_delta(parsed(stored), parsed(payload), bob));
}

TEST(MergedDelta, MarksEveryObject) {
  EXPECT_EQ(saved("{}", R"({"a":1,"b":{"c":[{"d":2},3]}})"),
            R"({"a":1,"b":{"c":[{"d":2,"_user":"bob","_date":"2024-02-02"},3],"_user":"bob","_date":"2024-02-02"},)"
            R"("_user":"bob","_date":"2024-02-02"})");
}

TEST(MergedDelta, KeepsTheMarksOfWhatDidNotChange) {
  const auto stored = json::serialize(merged_delta({}, parsed(R"({"same":{"x":1},"other":{"x":1},"gone":1})"), ann));
  const auto now = merged_delta(parsed(stored), parsed(R"({"same":{"x":1},"other":{"x":2}})"), bob);
  EXPECT_EQ(now.at("same").at("_user"), "ann");
  EXPECT_EQ(now.at("other").at("_user"), "bob");
  EXPECT_EQ(now.at("gone"), 1);
}

TEST(MergedDelta, ReplacesRelationsAsAWhole) {
  const auto now =
      merged_delta(parsed(R"({"parts":{"create":[{"t":1}],"delete":[2]}})"), parsed(R"({"parts":{"create":[]}})"), bob);
  EXPECT_EQ(now.at("parts").as_object().if_contains("delete"), nullptr);
}

class MappedDelta : public testing::Test {
 protected:
  static schema::Field field(std::string name, bool made = false, bool changed = false) {
    schema::Field result;
    result.name = std::move(name);
    result.special.user_created = made;
    result.special.user_updated = changed;
    return result;
  }
  static schema::Schema make_schema() {
    std::vector<schema::Collection> collections(2);
    collections[0].name = "essays";
    collections[0].fields = {field("id"), field("title"), field("meta"), field("by", false, true)};
    collections[1].name = "parts";
    collections[1].fields = {field("id"), field("text"), field("made", true), field("changed", false, true),
                             field("essay")};
    for (auto& collection : collections) {
      collection.primary_key = "id";
      collection.index_fields();
    }
    schema::Relation relation;
    relation.collection = "parts";
    relation.field = "essay";
    relation.related_collection = "essays";
    relation.one_field = "parts";
    return {std::move(collections), {relation}, {}};
  }
  static std::string mapped(std::string_view payload) {
    const auto schema = make_schema();
    return json::serialize(mapped_delta(merged_delta({}, parsed(payload), ann), *schema.collection("essays"), schema));
  }
};

TEST_F(MappedDelta, TellsWhoChangedTheItem) { EXPECT_EQ(mapped(R"({"title":"T"})"), R"({"title":"T","by":"ann"})"); }

TEST_F(MappedDelta, TellsMadeFromChangedItems) {
  EXPECT_EQ(mapped(R"({"parts":{"create":[{"text":"a"}],"update":[{"id":1,"text":"b"}],"delete":[2]}})"),
            R"({"parts":{"create":[{"text":"a","made":"ann"}],"update":[{"id":1,"text":"b","changed":"ann"}],)"
            R"("delete":[2]},"by":"ann"})");
  EXPECT_EQ(mapped(R"({"parts":[1,{"text":"a"}]})"), R"({"parts":[1,{"text":"a","made":"ann"}],"by":"ann"})");
}

TEST_F(MappedDelta, LeavesJsonValuesMarkedUntilTheyAreWritten) {
  const auto shown = mapped(R"({"meta":{"k":1}})");
  EXPECT_EQ(shown, R"({"meta":{"k":1,"_user":"ann","_date":"2024-01-01"},"by":"ann"})");
  EXPECT_EQ(json::serialize(without_marks(json::parse(shown))), R"({"meta":{"k":1},"by":"ann"})");
}

}  // namespace
}  // namespace ashlar::system
