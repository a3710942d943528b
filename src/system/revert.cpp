#include "system/revert.h"

#include "base/error.h"
#include "items/read.h"
#include "items/write.h"

namespace ashlar::system {
namespace {

// What is concealed was not kept, and a hash would be hashed again: writing them would destroy what is there.
void remove_secrets(json::object& data, const schema::Collection& collection) {
  for (const auto& field : collection.fields) {
    if (field.special.conceal || field.special.encrypt || field.special.hash) data.erase(field.name);
  }
}

}  // namespace

void revert_to(const items::Services& services, const access::Accountability* who, const json::value& revision) {
  query::Query query;
  query.fields = {"collection", "item", "data"};
  const auto found = items::read_value(services, who, "directus_revisions", query, {revision, std::nullopt});
  const auto* data = find_member(found, "data");
  if (data == nullptr || !data->is_object() || data->get_object().empty()) {
    throw ApiError::invalid_payload("The revision holds nothing to go back to.");
  }
  const auto name = to_text(found.at("collection"));
  const auto schema = services.schemas.current();
  const auto* collection = schema->collection(name);
  if (collection == nullptr) throw ApiError::forbidden();
  auto values = data->get_object();
  remove_secrets(values, *collection);
  items::update_items(services, who, name, {found.at("item")}, std::move(values), {.allow_system = true});
}

}  // namespace ashlar::system
