#include "items/import.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "base/error.h"
#include "items/activity.h"
#include "items/write.h"
#include "query/plan.h"
#include "schema/system_tables.h"

namespace ashlar::items {
namespace {

using schema::Collection;

constexpr std::size_t rows_together = 1000;
constexpr std::size_t least_range = 4;  // so many rows one after the other are told as a range

// The errors of all rows: those that say the same of the same field are one, with the rows where it is so.
class ErrorReport {
 public:
  explicit ErrorReport(std::int64_t most) : most_(most) {}

  void add(const ApiError& error, std::int64_t row) {
    for (const auto& detail : error.details()) {
      if (!names_field(detail)) {
        throw ApiError(
            {{detail.status, detail.code, fmt::format("{} (row {})", detail.message, row), detail.extensions}});
      }
      auto shown = shown_extensions(detail);
      const auto found = std::find_if(groups_.begin(), groups_.end(), [&](const Group& group) {
        return group.detail.code == detail.code && group.detail.extensions == shown;
      });
      auto& group =
          found != groups_.end()
              ? *found
              : groups_.emplace_back(Group{{detail.status, detail.code, detail.message, std::move(shown)}, {}});
      if (group.rows.empty() || group.rows.back() != row) group.rows.push_back(row);
      if (++count_ >= most_) throw_all();
    }
  }

  bool is_empty() const { return groups_.empty(); }

  [[noreturn]] void throw_all() {
    std::vector<ErrorDetail> details;
    for (auto& group : groups_) {
      auto rows = shown_rows(group.rows);
      group.detail.message += " (" + text_of(rows) + ")";
      group.detail.extensions["rows"] = std::move(rows);
      details.push_back(std::move(group.detail));
    }
    throw ApiError(std::move(details));
  }

 private:
  struct Group {
    ErrorDetail detail;
    std::vector<std::int64_t> rows;
  };

  static bool names_field(const ErrorDetail& detail) {
    const auto* field = detail.extensions.if_contains("field");
    return field != nullptr && field->is_string();
  }

  // What rows have in common: neither where the item is nested nor which value it was that is there already.
  static json::object shown_extensions(const ErrorDetail& detail) {
    json::object shown;
    for (const std::string_view name : {"field", "type", "valid", "invalid", "substring"}) {
      if (const auto* value = detail.extensions.if_contains(name)) shown.emplace(name, *value);
    }
    return shown;
  }

  static json::array shown_rows(const std::vector<std::int64_t>& rows) {
    json::array shown, single;
    for (std::size_t start = 0; start < rows.size();) {
      auto end = start + 1;
      while (end < rows.size() && rows[end] == rows[end - 1] + 1) ++end;
      if (end - start >= least_range) {
        shown.push_back({{"type", "range"}, {"start", rows[start]}, {"end", rows[end - 1]}});
      } else {
        single.insert(single.end(), rows.begin() + static_cast<std::ptrdiff_t>(start),
                      rows.begin() + static_cast<std::ptrdiff_t>(end));
      }
      start = end;
    }
    if (!single.empty()) shown.push_back({{"type", "lines"}, {"rows", std::move(single)}});
    return shown;
  }

  // "rows 2 to 5, 7, 9"
  static std::string text_of(const json::array& rows) {
    std::string text = "rows";
    const auto* joint = " ";
    const auto add = [&](const std::string& part) {
      text += joint + part;
      joint = ", ";
    };
    for (const auto& part : rows) {
      if (const auto* single = find_member(part, "rows")) {
        for (const auto& row : single->get_array()) add(to_text(row));
      } else {
        add(to_text(part.at("start")) + " to " + to_text(part.at("end")));
      }
    }
    return text;
  }

  std::int64_t most_, count_ = 0;
  std::vector<Group> groups_;
};

class Import {
 public:
  Import(WriteContext& context, const Collection& collection, const ImportOptions& options)
      : context_(context), collection_(collection), options_(options), report_(options.max_errors) {
    // Singletons have one row, and limits of what may be written hold for each.
    is_one_by_one_ = collection.is_singleton || context.services.mutation_limit.has_value();
  }

  void run(RowSource& source) {
    context_.expect_many_rows();
    json::value row;
    while (source.next(row)) {
      if (collection_.is_singleton && first_ + static_cast<std::int64_t>(rows_.size()) > 1) {
        throw ApiError::invalid_payload("A singleton takes one row.");
      }
      rows_.push_back(std::move(row));
      if (is_one_by_one_ || rows_.size() == rows_together) write_rows();
    }
    write_rows();
    if (!report_.is_empty()) report_.throw_all();
  }

 private:
  void write_rows() {
    if (options_.check) options_.check();
    const auto rows = std::exchange(rows_, {});
    if (rows.size() == 1) {
      write_alone(rows.front(), first_);
    } else if (!rows.empty() && !write_together(rows)) {
      // Once more, each by itself: to know all of them that are wrong.
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (options_.check) options_.check();
        write_alone(rows[i], first_ + static_cast<std::int64_t>(i));
      }
    }
    first_ += static_cast<std::int64_t>(rows.size());
  }

  bool write_together(const json::array& rows) {
    try {
      undoable([&] { upsert(rows); });
      return true;
    } catch (const ApiError&) {
      return false;
    }
  }

  void write_alone(const json::value& row, std::int64_t number) {
    try {
      undoable([&] {
        if (!row.is_object()) throw ApiError::invalid_payload("Items must be objects.");
        if (collection_.is_singleton) {
          upsert_singleton(context_, collection_, row.get_object());
        } else {
          upsert(json::array{row});
        }
      });
    } catch (const ApiError& error) {
      report_.add(error, number);
    }
  }

  void upsert(const json::array& rows) {
    for (const auto& row : rows) {
      if (!row.is_object()) throw ApiError::invalid_payload("Items must be objects.");
    }
    upsert_items(context_, collection_, rows);
  }

  // What fails leaves neither rows nor anything that would be told of them.
  template <typename Work>
  void undoable(const Work& work) {
    const auto actions = context_.actions.size();
    context_.mutations = 0;
    // Nothing stands above the rows of a file.
    context_.open_revisions.clear();
    context_.history = {};
    database::Transaction savepoint(context_.connection);
    try {
      work();
      write_history(context_);
      savepoint.commit();
    } catch (...) {
      context_.history = {};
      context_.actions.erase(context_.actions.begin() + static_cast<std::ptrdiff_t>(actions), context_.actions.end());
      throw;
    }
  }

  WriteContext& context_;
  const Collection& collection_;
  const ImportOptions& options_;
  ErrorReport report_;
  json::array rows_;        // that wait to be written
  std::int64_t first_ = 1;  // the number of the first of them
  bool is_one_by_one_;
};

}  // namespace

void require_import(const Services& services, const access::Accountability* who, std::string_view name) {
  const bool is_admin = who == nullptr || who->admin;
  if (schema::is_system_collection(name) && !is_admin) throw ApiError::forbidden();
  for (const std::string_view of_model : {"directus_collections", "directus_fields", "directus_relations"}) {
    if (name == of_model) throw ApiError::forbidden();
  }
  const auto schema = services.schemas.current();
  if (schema->collection(name) == nullptr) throw query::forbidden_collection(name);
  if (is_admin) return;
  const auto permissions = services.access.permissions(*who);
  for (const auto action : {access::Action::create, access::Action::update}) {
    if (!permissions->admin && permissions->find(name, action) == nullptr) throw query::forbidden_collection(name);
  }
}

void import_items(const Services& services, const access::Accountability* who, std::string_view collection,
                  const std::function<std::unique_ptr<RowSource>()>& open, const ImportOptions& options) {
  require_import(services, who, collection);
  write(services, who, {.allow_system = true}, [&](WriteContext& context) {
    const auto* found = context.schema->collection(collection);
    if (found == nullptr) throw query::forbidden_collection(collection);
    Import(context, *found, options).run(*open());
  });
}

}  // namespace ashlar::items
