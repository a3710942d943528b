#include "events/events.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace ashlar::events {
namespace {

TEST(Emitter, FiltersChangeThePayloadOneAfterTheOther) {
  Emitter emitter;
  emitter.on_filter("items.create", [](auto, json::value& payload, auto&, auto&) { payload = payload.as_int64() + 1; });
  emitter.on_filter("items.create",
                    [](auto, json::value& payload, auto&, auto&) { payload = payload.as_int64() * 10; });
  json::value payload = 1;
  emitter.filter("items.create", payload, {}, {});
  EXPECT_EQ(payload, json::value(20));
  emitter.filter("items.update", payload, {}, {});
  EXPECT_EQ(payload, json::value(20));
}

TEST(Emitter, AFilterThatThrowsRefuses) {
  Emitter emitter;
  emitter.on_filter("items.delete", [](auto, json::value&, auto&, auto&) { throw std::runtime_error("no"); });
  json::value payload;
  EXPECT_THROW(emitter.filter("items.delete", payload, {}, {}), std::runtime_error);
}

TEST(Emitter, ActionsCanNotDisturbEachOther) {
  Emitter emitter;
  int told = 0;
  emitter.on_action("items.create", [](auto, auto&, auto&) { throw std::runtime_error("broken listener"); });
  const auto second = emitter.on_action("items.create", [&](auto, auto&, auto&) { ++told; });
  emitter.action("items.create", {}, {});
  EXPECT_EQ(told, 1);
  emitter.remove(second);
  emitter.action("items.create", {}, {});
  EXPECT_EQ(told, 1);
  EXPECT_TRUE(emitter.has_action("items.create"));
}

TEST(Emitter, NamesOfEvents) {
  schema::Collection own;
  own.name = "articles";
  EXPECT_EQ(event_names(own, "create"), (std::vector<std::string>{"items.create", "articles.items.create"}));
  schema::Collection system;
  system.name = "directus_users";
  system.is_system = true;
  EXPECT_EQ(event_names(system, "update"), std::vector<std::string>{"users.update"});
}

}  // namespace
}  // namespace ashlar::events
