#include "items/answer.h"

#include <algorithm>

#include "base/error.h"
#include "items/model_race.h"
#include "items/read.h"

namespace ashlar::items {
namespace {

std::optional<std::string> answer(const Services& services, const access::Accountability* who, std::string_view name,
                                  const query::Query& query, const Selection& selection) {
  std::string out;
  const auto read = [&] {
    const auto lease = services.database.reader();
    const auto reader = make_reader(services, services.schemas.current(), who, *lease);
    out = R"({"data":)";
    read_data(services, reader, *lease, reader.readable(name), query, selection, out);
  };
  try {
    with_current_model(services, read);
  } catch (const ApiError& error) {
    if (error.status() != 403) throw;
    return std::nullopt;
  }
  out += '}';
  return out;
}

}  // namespace

std::optional<std::string> answer_one(const Services& services, const access::Accountability* who,
                                      std::string_view collection, const query::Query& query, const json::value& key) {
  return answer(services, who, collection, query, {key, std::nullopt});
}

std::optional<std::string> answer_many(const Services& services, const access::Accountability* who,
                                       std::string_view collection, query::Query query, const Keys& keys) {
  if (keys.empty()) return R"({"data":[]})";
  if (!query.limit) query.limit = static_cast<std::int64_t>(keys.size());
  return answer(services, who, collection, query, {std::nullopt, keys});
}

}  // namespace ashlar::items
