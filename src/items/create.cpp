// Creating items: contract items-write 1.2. Many are written at a time, also below each other where all of them are
// new; those that link or change items that are there are written one by one, with their nested items around them.
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "items/item_maker.h"
#include "items/nested.h"
#include "items/new_below.h"
#include "items/write.h"

namespace ashlar::items {
namespace {

using schema::Collection;

// Items of one collection that are written together with all below them (see NewTrees): one level after the other. They
// are recorded and told of afterwards, in the order in which they would have been written one by one.
class NewItems {
 public:
  NewItems(WriteContext& context, ItemMaker& maker) : context_(context), maker_(maker) {}

  // Takes an item that was checked.
  void add(json::object payload) { drafts_.push_back({std::move(payload), {}, {}, {}}); }
  std::size_t size() const { return drafts_.size(); }
  const json::value& key(std::size_t item) const { return drafts_[item].key; }

  void write();

  // Records those from the first one, and what is below each of them.
  void finish(std::size_t first, std::size_t count);

 private:
  struct Branch;
  // What lies below one item in a branch.
  struct Part {
    Branch* branch;
    std::size_t first, count;
  };

  Branch& branch_of(const NewBelow& below);
  void find_branches();
  void write_linked(Branch& branch);
  void write_children(Branch& branch);

  WriteContext& context_;
  ItemMaker& maker_;
  std::vector<Draft> drafts_;
  std::vector<std::vector<Part>> parts_;  // by item
  std::vector<std::unique_ptr<Branch>> branches_;
};

// All that lies below one member of the items, in one collection.
struct NewItems::Branch {
  Branch(WriteContext& context, const NewBelow& first)
      : field(first.field), is_list(first.is_list()), maker(context, *first.collection), items(context, maker) {}

  std::string field;
  bool is_list;
  std::vector<std::pair<std::size_t, NewBelow>> entries;  // by item above
  ItemMaker maker;
  NewItems items;
};

void NewItems::write() {
  find_branches();
  for (const auto& branch : branches_) {
    if (!branch->is_list) within_field(branch->field, [&] { write_linked(*branch); });
  }
  maker_.insert(drafts_);
  for (const auto& branch : branches_) {
    if (branch->is_list) within_field(branch->field, [&] { write_children(*branch); });
  }
}

void NewItems::finish(std::size_t first, std::size_t count) {
  for (auto item = first; item < first + count; ++item) {
    Announcement announcement(context_, maker_.collection(), "create");
    const auto mark = mark_revisions(context_);
    for (const auto& part : parts_[item]) part.branch->items.finish(part.first, part.count);
    maker_.finish(drafts_[item], announcement, mark);
  }
}

NewItems::Branch& NewItems::branch_of(const NewBelow& below) {
  for (const auto& branch : branches_) {
    if (branch->field == below.field && &branch->maker.collection() == below.collection) return *branch;
  }
  return *branches_.emplace_back(std::make_unique<Branch>(context_, below));
}

void NewItems::find_branches() {
  parts_.resize(drafts_.size());
  std::map<const Branch*, std::size_t> sizes;
  for (std::size_t item = 0; item < drafts_.size(); ++item) {
    auto found = new_below(context_, maker_.collection(), drafts_[item].payload, nullptr);
    for (auto& below : *found) {
      auto& branch = branch_of(below);
      auto& size = sizes[&branch];
      parts_[item].push_back({&branch, size, below.items.size()});
      size += below.items.size();
      branch.entries.emplace_back(item, std::move(below));
    }
  }
}

void NewItems::write_linked(Branch& branch) {
  for (const auto& [item, below] : branch.entries) {
    auto payload = *below.items.front();
    branch.maker.check(payload);
    branch.items.add(std::move(payload));
  }
  branch.items.write();
  for (std::size_t i = 0; i < branch.entries.size(); ++i) {
    const auto& [item, below] = branch.entries[i];
    const auto& key = branch.items.key(i);
    // Keys of any-to-one items are texts.
    drafts_[item].linked.emplace(branch.field,
                                 below.kind == schema::RelationKind::any_to_one ? json::value(to_text(key)) : key);
  }
}

void NewItems::write_children(Branch& branch) {
  for (const auto& [item, below] : branch.entries) {
    std::int64_t next = 1;
    for (const auto* child : below.items) {
      auto payload = *child;
      payload[below.relation->field] = drafts_[item].key;
      if (below.numbered != nullptr && !payload.contains(below.numbered->name)) payload[below.numbered->name] = next++;
      branch.maker.check(payload);
      branch.items.add(std::move(payload));
    }
  }
  branch.items.write();
}

class Creation {
 public:
  Creation(WriteContext& context, const Collection& collection)
      : context_(context), collection_(collection), maker_(context, collection) {
    most_together_ = watches_creation(context, collection) ? 1 : rows_per_statement;
    begin();
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
  void begin() {
    waiting_.emplace(context_, maker_);
    trees_.emplace(context_, collection_);
    has_given_key_ = false;
  }

  void add(json::object payload) {
    maker_.check(payload);
    const bool is_given = payload.contains(collection_.primary_key);
    if (has_nested(context_, collection_, payload)) {
      // What is below an item may name one before it, if that has a key of the client's.
      const bool may_join = most_together_ > 1 && !is_given;
      const bool joins = may_join && !has_given_key_ && trees_->take(payload);
      if (!joins) write_waiting();
      if (!joins && !(may_join && trees_->take(payload))) {
        begin();
        write_alone(std::move(payload));
        return;
      }
    }
    has_given_key_ = has_given_key_ || is_given;
    waiting_->add(std::move(payload));
    if (waiting_->size() >= most_together_) write_waiting();
  }

  void write_waiting() {
    if (waiting_->size() > 0) {
      waiting_->write();
      waiting_->finish(0, waiting_->size());
      for (std::size_t i = 0; i < waiting_->size(); ++i) keys_.push_back(waiting_->key(i));
    }
    begin();
  }

  void write_alone(json::object payload) {
    Draft draft{std::move(payload), {}, {}, {}};
    Announcement announcement(context_, collection_, "create");
    const auto mark = mark_revisions(context_);
    draft.linked = write_linked(context_, collection_, draft.payload);
    maker_.insert({&draft, 1});
    write_children(context_, collection_, draft.key, draft.payload, true);
    maker_.finish(draft, announcement, mark);
    keys_.push_back(std::move(draft.key));
  }

  WriteContext& context_;
  const Collection& collection_;
  ItemMaker maker_;
  std::size_t most_together_;
  std::optional<NewItems> waiting_;
  std::optional<NewTrees> trees_;
  bool has_given_key_ = false;  // of those that wait
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
