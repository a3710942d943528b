// Exports to files, and the notification at their end, on all databases.
#include "system/export.h"

#include "items/write.h"
#include "system/fixture.h"

namespace ashlar::system {
namespace {

class ExportFile : public WithModel {
 protected:
  ExportFile() {
    table("tools", R"({"field": "name", "type": "string", "meta": {}, "schema": {}})");
    items::create_items(services, &admin, "tools", {{{"name", "Saw"}}, {{"name", "Nail, long"}}});
    add("directus_users", {{"id", *admin.user},
                           {"first_name", std::string("Ann")},
                           {"last_name", std::string("Lee")},
                           {"status", std::string("active")},
                           {"provider", std::string("default")}});
  }

  void run(std::string_view body) {
    run_export_and_tell(services, admin, parse_export(services, admin, "tools", parsed(body)), store, "http://x/");
  }

  std::string notices() {
    return rows("directus_notifications", {"subject", "message", "collection", "item", "recipient"});
  }

  json::object file;
  std::string text;
  StoreFile store = [this](const access::Accountability&, const json::object& members, const auto& write) {
    file = members;
    write([this](std::string_view piece) { text += piece; });
    return std::string("f-1");
  };
};

TEST_P(ExportFile, WritesAllItemsAndTells) {
  run(R"({"query": {"fields": ["name"], "sort": ["-name"]}, "format": "csv",
          "file": {"title": "T", "folder": "f", "filename_disk": "../../etc"}})");
  EXPECT_EQ(text, "\"name\"\n\"Saw\"\n\"Nail, long\"");
  EXPECT_EQ(printed(file), R"({"title":"T","folder":"f","type":"text/csv","filename_download":"T.csv"})");
  EXPECT_EQ(notices(),
            "Your export of tools is ready,\nHello Ann Lee,\n\nYour export of tools is ready. "
            "<a href=\"http://x/admin/files/f-1\">Click here to view.</a>\n,directus_files,f-1," +
                *admin.user + "\n");
}

TEST_P(ExportFile, TellsOfFailure) {
  run(R"({"query": {}, "format": "pdf"})");
  store = nullptr;
  run(R"({"query": {}, "format": "json"})");
  const auto failure =
      "Your export of tools failed,Please contact your system administrator for more information."
      ",null,null," +
      *admin.user + "\n";
  EXPECT_EQ(notices(), failure + failure);
}

TEST_P(ExportFile, RefusesWhatLacksSomething) {
  EXPECT_EQ(code_of([&] { run(R"({"format": "csv"})"); }), "INVALID_PAYLOAD");
  EXPECT_EQ(code_of([&] { run(R"({"query": {}})"); }), "INVALID_PAYLOAD");
  EXPECT_EQ(code_of([&] { parse_export(services, admin, "nowhere", parsed(R"({"query": {}, "format": "csv"})")); }),
            "FORBIDDEN");
}

INSTANTIATE_TEST_SUITE_P(All, ExportFile, testing::ValuesIn(database::all_vendors), database::vendor_test_name);

}  // namespace
}  // namespace ashlar::system
