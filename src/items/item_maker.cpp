#include "items/item_maker.h"

#include "base/error.h"
#include "base/text.h"
#include "items/database_errors.h"

namespace ashlar::items {
namespace {

using database::DatabaseError;
using schema::Collection;

const CollectionHooks* hooks_of(const WriteContext& context, const Collection& collection) {
  const auto found = context.services.hooks.find(collection.name);
  return found == context.services.hooks.end() ? nullptr : &found->second;
}

bool filters_creation(const WriteContext& context, const Collection& collection) {
  return context.options.emit_events && has_filters(context.services, collection, "create");
}

bool holds_value(const DatabaseError& error, const json::object& payload) {
  const auto* sent = error.columns.empty() ? nullptr : payload.if_contains(error.columns.front());
  return sent != nullptr && equals_ignoring_case(to_text(*sent), error.value);
}

}  // namespace

bool watches_creation(const WriteContext& context, const Collection& collection) {
  const auto* hooks = hooks_of(context, collection);
  return filters_creation(context, collection) || (hooks != nullptr && (hooks->before_create || hooks->after_create));
}

ItemMaker::ItemMaker(WriteContext& context, const Collection& collection)
    : context_(context),
      collection_(collection),
      rows_{context.services, context.who, context.now, context.options.keep_stamps, &context.hashes},
      hooks_(hooks_of(context, collection)),
      has_filters_(filters_creation(context, collection)) {}

void ItemMaker::check(json::object& payload) {
  context_.count_mutations(1);
  if (has_filters_) {
    json::value changed(std::move(payload));
    filter(context_.services, event_context(context_), collection_, "create", changed,
           {{"collection", collection_.name}});
    if (!changed.is_object()) throw ApiError::invalid_payload("Items must be objects.");
    payload = std::move(changed.get_object());
  }
  if (!rules_) rules_.emplace(context_, collection_, access::Action::create);
  rules_->check_fields(payload);
  rules_->add_presets(payload);
  rules_->validate(payload);
  if (hooks_ != nullptr && hooks_->before_create) hooks_->before_create(context_, payload);
  check_given_key(payload);
}

// An empty key of a field that makes its own counts as none.
void ItemMaker::check_given_key(const json::object& payload) const {
  const auto* key = key_in(payload, collection_.primary_key);
  const auto& field = collection_.key_field();
  const bool counts_as_none = field.special.uuid && key != nullptr && key->is_string() && key->get_string().empty();
  if (key != nullptr && !counts_as_none) check_key(*key, field);
}

void ItemMaker::insert(std::span<Draft> drafts) {
  std::vector<Row> rows;
  rows.reserve(drafts.size());
  for (const auto& draft : drafts) {
    rows.push_back(rows_.make(collection_, draft.payload, draft.linked, RowMaker::Purpose::create));
  }
  Keys keys;
  RowRange broken;
  try {
    keys = insert_rows(context_.connection, context_.dialect(), collection_, rows, broken);
  } catch (const DatabaseError& error) {
    throw_for(error, drafts, rows, broken);
  }
  context_.written.insert(collection_.name);
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    if (context_.options.collect_created) context_.created[collection_.name].insert(to_text(keys[i]));
    drafts[i].row = std::move(rows[i]);
    drafts[i].key = std::move(keys[i]);
  }
}

void ItemMaker::throw_for_draft(const DatabaseError& error, const Draft& draft) const {
  throw_api_error(error, {context_, collection_, &draft.payload, &draft.linked});
}

// The error is that of one row of the statement; which one, PostgreSQL tells by the value. The others undo only the
// statement: there the rows are tried one by one.
void ItemMaker::throw_for(const DatabaseError& error, std::span<const Draft> drafts, std::span<const Row> rows,
                          const RowRange& broken) const {
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
      insert_rows(context_.connection, context_.dialect(), collection_, rows.subspan(i, 1), ignored);
    } catch (const DatabaseError& of_row) {
      throw_for_draft(of_row, drafts[i]);
    }
  }
  throw_for_draft(error, first);
}

void ItemMaker::finish(Draft& draft, Announcement& announcement, const RevisionMark& mark) {
  std::vector<std::optional<RevisionTexts>> revisions;
  if (keeps_revisions(context_, collection_)) {
    revisions.emplace_back(created_revision(context_, collection_, draft.row, draft.payload));
  }
  record(context_, collection_, "create", {draft.key}, revisions, mark);
  if (hooks_ != nullptr && hooks_->after_create) hooks_->after_create(context_, draft.key, draft.payload);
  if (!announcement.is_awaited()) return;
  announcement.complete({{"payload", std::move(draft.payload)}, {"key", draft.key}, {"collection", collection_.name}});
}

}  // namespace ashlar::items
