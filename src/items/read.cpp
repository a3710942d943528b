#include "items/read.h"

#include "base/error.h"
#include "base/json_writer.h"
#include "query/aggregate.h"
#include "query/field_tree.h"
#include "query/output.h"

namespace ashlar::items {
namespace {

using database::DatabaseError;
using query::Query;
using schema::Collection;

// What the database says of values that don't fit is the asker's fault.
[[noreturn]] void throw_translated(const DatabaseError& error) {
  if (error.kind == DatabaseError::Kind::invalid_value || error.kind == DatabaseError::Kind::out_of_range) {
    throw ApiError::invalid_query("A value does not fit the type of its field.");
  }
  throw error;
}

// What an empty singleton shows: the key as null and every default, as far as the fields are asked for.
void write_defaults(const Collection& collection, const query::Reader& reader, const Query& query, std::string& out) {
  const auto asked = [&](const std::string& name) {
    for (const auto& field : query.fields) {
      if (field == "*" || field == name) return true;
    }
    return false;
  };
  json::object defaults;
  for (const auto& field : collection.fields) {
    if (field.is_alias || !asked(field.name) || !reader.may_read(collection, field.name)) continue;
    if (field.name == collection.primary_key) {
      defaults.emplace(field.name, nullptr);
    } else if (!field.default_value.is_null()) {
      defaults.emplace(field.name, field.default_value);
    }
  }
  write_json(out, defaults);
}

// Filters of `read` events see the rows as a document, and may change them.
void apply_read_filters(const Services& services, const query::Reader& reader, database::Connection& connection,
                        const Collection& collection, std::string& data) {
  const auto names = events::event_names(collection, "read");
  const events::Context context{&connection, reader.schema, nullptr};
  json::value value;
  bool parsed = false;
  for (const auto& name : names) {
    if (!services.events.has_filter(name)) continue;
    if (!std::exchange(parsed, true)) value = parse_json(data).value_or(nullptr);
    services.events.filter(name, value, {{"collection", collection.name}}, context);
  }
  if (!parsed) return;
  data.clear();
  write_json(data, value);
}

bool has_read_filters(const Services& services, const Collection& collection) {
  for (const auto& name : events::event_names(collection, "read")) {
    if (services.events.has_filter(name)) return true;
  }
  return false;
}

}  // namespace

void read_data(const Services& services, const query::Reader& reader, database::Connection& connection,
               const Collection& collection, const Query& query, const Selection& selection, std::string& out,
               const query::Drain& drain) {
  const query::PlanOptions options{services.limits, selection.key, selection.keys};
  const auto& dialect = services.database.dialect();
  const auto start = out.size();
  const bool filtered = has_read_filters(services, collection);
  std::size_t count = 0;
  try {
    if (query::is_aggregate(query)) {
      const auto plan = query::plan_aggregate(query, collection, reader, options);
      count = query::run_aggregate(plan, connection, dialect, out);
    } else {
      const auto plan = query::plan(query, collection, reader, options);
      count = query::run(plan, connection, dialect, services.limits, out, filtered ? query::Drain{} : drain);
    }
  } catch (const DatabaseError& error) {
    throw_translated(error);
  }
  if (count == 0 && selection.key) throw ApiError::forbidden();
  if (count == 0 && collection.is_singleton) {
    out.resize(start);
    write_defaults(collection, reader, query, out);
  }
  if (filtered) {
    auto data = out.substr(start);
    apply_read_filters(services, reader, connection, collection, data);
    out.replace(start, std::string::npos, data);
  }
}

void read(const Services& services, const access::Accountability* who, std::string_view collection_name,
          const Query& query, const Selection& selection, std::string& out, const query::Drain& drain) {
  const auto lease = services.database.reader();
  const auto reader = make_reader(services, services.schemas.current(), who, *lease);
  const auto& collection = reader.readable(collection_name);
  out += R"({"data":)";
  read_data(services, reader, *lease, collection, query, selection, out, drain);
  if ((query.total_count || query.filter_count) && !selection.key) {
    const auto& dialect = services.database.dialect();
    out += R"(,"meta":{)";
    if (query.total_count) {
      write_json_key(out, "total_count");
      write_json_integer(out, query::run_count(query::plan_count(query, collection, reader, false), *lease, dialect));
    }
    if (query.filter_count) {
      if (query.total_count) out += ',';
      write_json_key(out, "filter_count");
      write_json_integer(out, query::run_count(query::plan_count(query, collection, reader, true), *lease, dialect));
    }
    out += '}';
  }
  out += '}';
}

json::value read_value(const Services& services, const access::Accountability* who, std::string_view collection,
                       const Query& query, const Selection& selection) {
  const auto lease = services.database.reader();
  const auto reader = make_reader(services, services.schemas.current(), who, *lease);
  std::string out;
  read_data(services, reader, *lease, reader.readable(collection), query, selection, out);
  return parse_json(out).value_or(nullptr);
}

}  // namespace ashlar::items
