#include "items/read.h"

#include <variant>

#include "base/error.h"
#include "base/json_writer.h"
#include "items/model_race.h"
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
  if (error.kind == DatabaseError::Kind::too_complex) {
    throw ApiError::invalid_query("The filter is nested too deeply, or goes over too many relations.");
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

DecisionPointer decide(const Services& services, const query::Reader& reader, const Collection& collection, Query query,
                       const Selection& selection) {
  const query::PlanOptions options{services.limits, selection.key, selection.keys};
  auto result = std::make_shared<Decision>();
  result->permissions = reader.permissions;
  if (query::is_aggregate(query)) {
    result->plan = query::plan_aggregate(query, collection, reader, options);
  } else {
    result->plan = query::plan(query, collection, reader, options);
  }
  if (!selection.key) {
    if (query.total_count) result->total = query::plan_count(query, collection, reader, false);
    if (query.filter_count) result->filtered = query::plan_count(query, collection, reader, true);
  }
  result->query = std::move(query);
  return result;
}

// The decision for the parameters of a URL: the one that was kept, or a new one, which is then kept where it may be.
DecisionPointer decide(const Services& services, const query::Reader& reader, const access::Accountability* who,
                       const Collection& collection, const UrlQuery& query, const Selection& selection) {
  const bool is_keepable = !selection.keys && query.text.size() <= ReadCache::longest_parameters;
  if (!is_keepable) return decide(services, reader, collection, query.parse(), selection);
  const auto version = reader.schema->version();
  auto name =
      ReadCache::name(version, reader.permissions.get(), collection.name, selection.key.has_value(), query.text);
  if (auto kept = services.reads->find(name)) return kept;
  auto own_name = who != nullptr ? ReadCache::name_for(name, *who) : std::string();
  if (who != nullptr) {
    if (auto kept = services.reads->find(own_name)) return kept;
  }
  auto decision = decide(services, reader, collection, query.parse(), selection);
  const auto use = reader.used_variables();
  if (decision->rows() == nullptr || use == access::VariableUse::more) return decision;
  if (use == access::VariableUse::none) {
    services.reads->keep(version, std::move(name), decision);
  } else if (who != nullptr) {
    services.reads->keep(version, std::move(own_name), decision);
  }
  return decision;
}

void run_decision(const Services& services, const query::Reader& reader, database::Connection& connection,
                  const Collection& collection, const Selection& selection, const Decision& decision, std::string& out,
                  const query::Drain& drain) {
  const auto& dialect = services.database.dialect();
  const auto start = out.size();
  const bool filtered = has_read_filters(services, collection);
  std::size_t count = 0;
  try {
    if (const auto* plan = decision.rows(); plan != nullptr && selection.key) {
      const auto key = query::readable_key(*selection.key, collection.key_field());
      count = query::run_item(*plan, key, connection, dialect, services.limits, out);
    } else if (plan != nullptr) {
      count = query::run(*plan, connection, dialect, services.limits, out, filtered ? query::Drain{} : drain);
    } else {
      count = query::run_aggregate(std::get<query::AggregatePlan>(decision.plan), connection, dialect, out);
    }
  } catch (const DatabaseError& error) {
    throw_translated(error);
  }
  if (count == 0 && selection.key) throw ApiError::forbidden();
  if (count == 0 && collection.is_singleton) {
    out.resize(start);
    write_defaults(collection, reader, decision.query, out);
  }
  if (filtered) {
    auto data = out.substr(start);
    apply_read_filters(services, reader, connection, collection, data);
    out.replace(start, std::string::npos, data);
  }
}

}  // namespace

void read_data(const Services& services, const query::Reader& reader, database::Connection& connection,
               const Collection& collection, const Query& query, const Selection& selection, std::string& out) {
  const auto decision = decide(services, reader, collection, query, selection);
  run_decision(services, reader, connection, collection, selection, *decision, out, {});
}

struct PreparedRead::State {
  const Services& services;
  std::optional<access::Accountability> who;
  std::optional<database::Lease> lease;
  query::Reader reader;
  std::string collection_name;
  const Collection* collection = nullptr;
  Selection selection;
  DecisionPointer decision;
};

PreparedRead::PreparedRead(const Services& services, const access::Accountability* who, std::string_view collection,
                           Query query, Selection selection)
    : PreparedRead(services, who, collection, std::move(selection)) {
  auto& state = *state_;
  state.decision = decide(services, state.reader, *state.collection, std::move(query), state.selection);
}

PreparedRead::PreparedRead(const Services& services, const access::Accountability* who, std::string_view collection,
                           const UrlQuery& query, Selection selection)
    : PreparedRead(services, who, collection, std::move(selection)) {
  auto& state = *state_;
  state.decision =
      decide(services, state.reader, state.who ? &*state.who : nullptr, *state.collection, query, state.selection);
}

PreparedRead::PreparedRead(const Services& services, const access::Accountability* who, std::string_view collection,
                           Selection selection)
    : state_(new State{services,
                       {},
                       services.database.reader(),
                       {},
                       std::string(collection),
                       nullptr,
                       std::move(selection),
                       nullptr}) {
  auto& state = *state_;
  if (who != nullptr) state.who = *who;
  state.reader = make_reader(services, services.schemas.current(), state.who ? &*state.who : nullptr, **state.lease);
  state.collection = &state.reader.readable(collection);
}

PreparedRead::~PreparedRead() = default;

bool PreparedRead::is_single() const { return state_->selection.key.has_value() || state_->collection->is_singleton; }

const Query& PreparedRead::query() const { return state_->decision->query; }

const query::Plan* PreparedRead::plan() const { return state_->decision->rows(); }

bool PreparedRead::may_be_large() const { return plan() != nullptr && query::may_be_large(*plan()); }

void PreparedRead::release_connection() { state_->lease.reset(); }

database::Connection& PreparedRead::connection() {
  if (!state_->lease) state_->lease.emplace(state_->services.database.reader());
  return **state_->lease;
}

void PreparedRead::run_data(std::string& out, const query::Drain& drain) {
  const auto start = out.size();
  bool has_drained = false;
  query::Drain noting;
  if (drain) {
    noting = [&](std::string& piece) {
      has_drained = true;
      drain(piece);
    };
  }
  auto& state = *state_;
  bool is_decided = true;
  with_current_model(state.services, [&] {
    if (!is_decided) decide_anew();
    is_decided = false;
    try {
      run_decision(state.services, state.reader, connection(), *state.collection, state.selection, *state.decision, out,
                   noting);
    } catch (const DatabaseError& error) {
      if (error.kind != DatabaseError::Kind::missing_table) throw;
      // What was sent can't be taken back.
      if (has_drained) throw ApiError::internal("The data model has changed while the answer was sent.");
      out.resize(start);
      release_connection();
      throw;
    }
  });
}

// With the schema as it is now.
void PreparedRead::decide_anew() {
  auto& state = *state_;
  state.reader =
      make_reader(state.services, state.services.schemas.current(), state.who ? &*state.who : nullptr, connection());
  state.collection = &state.reader.readable(state.collection_name);
  state.decision = decide(state.services, state.reader, *state.collection, state.decision->query, state.selection);
}

void PreparedRead::run(std::string& out, const query::Drain& drain) {
  out += R"({"data":)";
  run_data(out, drain);
  const auto& decision = *state_->decision;
  if (decision.total || decision.filtered) {
    const auto& dialect = state_->services.database.dialect();
    out += R"(,"meta":{)";
    if (decision.total) {
      write_json_key(out, "total_count");
      write_json_integer(out, query::run_count(*decision.total, connection(), dialect));
    }
    if (decision.filtered) {
      if (decision.total) out += ',';
      write_json_key(out, "filter_count");
      write_json_integer(out, query::run_count(*decision.filtered, connection(), dialect));
    }
    out += '}';
  }
  out += '}';
}

void read(const Services& services, const access::Accountability* who, std::string_view collection, const Query& query,
          const Selection& selection, std::string& out) {
  PreparedRead(services, who, collection, query, selection).run(out);
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
