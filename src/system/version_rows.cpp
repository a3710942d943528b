#include "system/version_rows.h"

#include <openssl/evp.h>

#include <fmt/format.h>

#include "base/error.h"
#include "items/read.h"
#include "system/version_delta.h"

namespace ashlar::system {
namespace {

std::string sha1_of(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

query::Query row_query() {
  query::Query query;
  query.fields = {"id", "key", "collection", "item", "hash", "delta"};
  return query;
}

VersionRow row_of(const json::value& value) {
  const auto text = [&](std::string_view name) { return std::string(text_member(value, name).value_or("")); };
  const auto* delta = find_member(value, "delta");
  return {text("id"), text("key"), text("collection"), text("item"), text("hash"), delta ? *delta : json::value()};
}

}  // namespace

VersionRow version_row(const items::Services& services, const access::Accountability* who, const json::value& id) {
  return row_of(items::read_value(services, who, versions_table, row_query(), {id, std::nullopt}));
}

VersionRow version_row(const items::Services& services, const access::Accountability* who, std::string_view collection,
                       std::string_view item, std::string_view key) {
  auto query = row_query();
  query.filter = {{"collection", {{"_eq", collection}}}, {"item", {{"_eq", item}}}, {"key", {{"_eq", key}}}};
  query.limit = 1;
  const auto found = items::read_value(services, who, versions_table, query, {});
  if (!found.is_array() || found.get_array().empty()) throw ApiError::forbidden();
  return row_of(found.get_array().front());
}

MainItem main_item(const items::Services& services, const access::Accountability* who, std::string_view collection,
                   std::string_view item) {
  auto data = items::read_value(services, who, collection, {}, {json::value(item), std::nullopt});
  auto hash = sha1_of(json::serialize(data));
  return {std::move(data), std::move(hash)};
}

json::object shown_delta(const VersionRow& row, const schema::Schema& schema) {
  const auto* collection = schema.collection(row.collection);
  if (collection == nullptr) throw ApiError::forbidden();
  json::object delta;
  if (row.delta.is_object()) delta = mapped_delta(row.delta.get_object(), *collection, schema);
  delta[collection->primary_key] = row.item;
  return delta;
}

json::object written_delta(const VersionRow& row, const schema::Schema& schema) {
  auto delta = without_marks(shown_delta(row, schema));
  delta.get_object().erase(schema.collection(row.collection)->primary_key);
  return std::move(delta.get_object());
}

}  // namespace ashlar::system
