#include "items/write_context.h"

#include <utility>

#include "base/error.h"

namespace ashlar::items {

WriteContext::WriteContext(const Services& for_services, schema::SchemaPointer with_schema,
                           const access::Accountability* by, database::Connection& on, const WriteOptions& with_options)
    : services(for_services),
      schema(std::move(with_schema)),
      who(by),
      connection(on),
      options(with_options),
      reader(make_reader(services, schema, who, connection)),
      now(services.clock()) {}

const access::CollectionAccess* WriteContext::access(const schema::Collection& collection,
                                                     access::Action action) const {
  return reader.permissions ? reader.permissions->find(collection.name, action) : nullptr;
}

void WriteContext::count_mutations(std::int64_t rows) {
  mutations += rows;
  if (services.mutation_limit && mutations > *services.mutation_limit) {
    throw ApiError::invalid_payload("Exceeded the limit of " + std::to_string(*services.mutation_limit) +
                                    " items that one request may write.");
  }
}

}  // namespace ashlar::items
