// Creating items: contract items-write 1.2. Plain items are written many at a time; those with nested data one by one,
// with their nested items around them.
#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "items/activity.h"
#include "items/database_errors.h"
#include "items/nested.h"
#include "items/statements.h"
#include "items/write.h"
#include "items/write_events.h"
#include "items/write_rules.h"

namespace ashlar::items {
namespace {

using access::Action;
using database::DatabaseError;
using schema::Collection;

// An item on its way: checked, but not written yet.
struct Draft {
  json::object payload;  // with presets and the filters' changes
  LinkedKeys linked;
  Announcement announcement;
};

class Creation {
 public:
  Creation(WriteContext& context, const Collection& collection)
      : context_(context),
        collection_(collection),
        maker_{context.services, context.who, context.now, context.options.keep_stamps, &context.hashes} {
    const auto& hooks = context.services.hooks;
    const auto found = hooks.find(collection.name);
    if (found != hooks.end()) hooks_ = &found->second;
    // Those who look at the table before each item shall see the items before it.
    const bool is_watched = (context.options.emit_events && has_filters(context.services, collection, "create")) ||
                            (hooks_ != nullptr && (hooks_->before_create || hooks_->after_create));
    most_together_ = is_watched ? 1 : rows_per_statement;
  }

  Keys run(json::array payloads) {
    for (auto& payload : payloads) {
      if (!payload.is_object()) throw ApiError::invalid_payload("Items must be objects.");
    }
    for (auto& payload : payloads) add(std::move(payload.get_object()));
    write_waiting();
    return std::move(keys_);
  }

 private:
  void add(json::object payload) {
    context_.count_mutations(1);
    if (context_.options.emit_events && has_filters(context_.services, collection_, "create")) {
      json::value changed(std::move(payload));
      filter(context_.services, event_context(context_), collection_, "create", changed,
             {{"collection", collection_.name}});
      if (!changed.is_object()) throw ApiError::invalid_payload("Items must be objects.");
      payload = std::move(changed.get_object());
    }
    if (!rules_) rules_.emplace(context_, collection_, Action::create);
    rules_->check_fields(payload);
    rules_->add_presets(payload);
    rules_->validate(payload);
    if (hooks_ != nullptr && hooks_->before_create) hooks_->before_create(context_, payload);
    check_given_key(payload);

    if (has_nested(context_, collection_, payload)) {
      write_waiting();
      write_nested(std::move(payload));
      return;
    }
    waiting_.push_back({std::move(payload), {}, Announcement(context_, collection_, "create")});
    if (waiting_.size() >= most_together_) write_waiting();
  }

  // An empty key of a field that makes its own counts as none.
  void check_given_key(const json::object& payload) const {
    const auto* key = key_in(payload, collection_.primary_key);
    const auto& field = collection_.key_field();
    const bool counts_as_none = field.special.uuid && key != nullptr && key->is_string() && key->get_string().empty();
    if (key != nullptr && !counts_as_none) check_key(*key, field);
  }

  void write_waiting() {
    if (waiting_.empty()) return;
    auto drafts = std::exchange(waiting_, {});
    finish(drafts, mark_revisions(context_), false);
  }

  void write_nested(json::object payload) {
    std::vector<Draft> draft;
    draft.push_back({std::move(payload), {}, Announcement(context_, collection_, "create")});
    const auto mark = mark_revisions(context_);
    draft.front().linked = write_linked(context_, collection_, draft.front().payload);
    finish(draft, mark, true);
  }

  void finish(std::vector<Draft>& drafts, const RevisionMark& mark, bool has_children) {
    std::vector<Row> rows;
    for (const auto& draft : drafts) {
      rows.push_back(maker_.make(collection_, draft.payload, draft.linked, RowMaker::Purpose::create));
    }
    const auto keys = insert(drafts, rows);
    context_.written.insert(collection_.name);
    if (context_.options.collect_created) {
      for (const auto& key : keys) context_.created[collection_.name].insert(to_text(key));
    }
    if (has_children) write_children(context_, collection_, keys.front(), drafts.front().payload, true);
    record_all(drafts, keys, rows, mark);
    for (std::size_t i = 0; i < drafts.size(); ++i) {
      if (hooks_ != nullptr && hooks_->after_create) hooks_->after_create(context_, keys[i], drafts[i].payload);
      if (!drafts[i].announcement.is_awaited()) continue;
      drafts[i].announcement.complete(
          {{"payload", std::move(drafts[i].payload)}, {"key", keys[i]}, {"collection", collection_.name}});
    }
    keys_.insert(keys_.end(), keys.begin(), keys.end());
  }

  void record_all(const std::vector<Draft>& drafts, const Keys& keys, const std::vector<Row>& rows,
                  const RevisionMark& mark) {
    std::vector<std::optional<RevisionTexts>> revisions;
    if (keeps_revisions(context_, collection_)) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        revisions.emplace_back(created_revision(context_, collection_, rows[i], drafts[i].payload));
      }
    }
    record(context_, collection_, "create", keys, revisions, mark);
  }

  Keys insert(const std::vector<Draft>& drafts, const std::vector<Row>& rows) {
    RowRange broken;
    try {
      return insert_rows(context_.connection, context_.dialect(), collection_, rows, broken);
    } catch (const DatabaseError& error) {
      throw_for(error, drafts, rows, broken);
    }
  }

  [[noreturn]] void throw_for_draft(const DatabaseError& error, const Draft& draft) {
    throw_api_error(error, {context_, collection_, &draft.payload, &draft.linked});
  }

  // The error is that of one row of the statement; which one, PostgreSQL tells by the value. The others undo only the
  // statement: there the rows are tried one by one.
  [[noreturn]] void throw_for(const DatabaseError& error, const std::vector<Draft>& drafts,
                              const std::vector<Row>& rows, const RowRange& broken) {
    const auto& first = drafts[broken.first];
    const bool is_refusal = error.kind != DatabaseError::Kind::busy && error.kind != DatabaseError::Kind::unavailable &&
                            error.kind != DatabaseError::Kind::timeout;
    if (broken.count == 1 || !is_refusal) throw_for_draft(error, first);
    if (context_.dialect().vendor() == database::Vendor::postgres) {
      for (std::size_t i = broken.first; i < broken.first + broken.count; ++i) {
        if (holds_value(error, drafts[i].payload)) throw_for_draft(error, drafts[i]);
      }
      throw_for_draft(error, first);
    }
    for (std::size_t i = broken.first; i < broken.first + broken.count; ++i) {
      RowRange ignored;
      try {
        insert_rows(context_.connection, context_.dialect(), collection_, {&rows[i], 1}, ignored);
      } catch (const DatabaseError& of_row) {
        throw_for_draft(of_row, drafts[i]);
      }
    }
    throw_for_draft(error, first);
  }

  static bool holds_value(const DatabaseError& error, const json::object& payload) {
    const auto* sent = error.columns.empty() ? nullptr : payload.if_contains(error.columns.front());
    return sent != nullptr && equals_ignoring_case(to_text(*sent), error.value);
  }

  WriteContext& context_;
  const Collection& collection_;
  RowMaker maker_;
  const CollectionHooks* hooks_ = nullptr;
  std::size_t most_together_;
  std::optional<WriteRules> rules_;  // made after the first filter
  std::vector<Draft> waiting_;
  Keys keys_;
};

}  // namespace

Keys create_items(WriteContext& context, const Collection& collection, json::array payloads) {
  return Creation(context, collection).run(std::move(payloads));
}

json::value create_item(WriteContext& context, const Collection& collection, json::object payload) {
  json::array payloads;
  payloads.push_back(std::move(payload));
  return create_items(context, collection, std::move(payloads)).front();
}

}  // namespace ashlar::items
