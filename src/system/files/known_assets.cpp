#include "system/files/known_assets.h"

#include <utility>

namespace ashlar::system {
namespace {

bool is_old(Moment since, Moment now) {
  const auto age = now.milliseconds - since.milliseconds;
  return age < 0 || age >= KnownAssets::milliseconds;
}

// What nobody needs who only sends the file may be long.
void leave_out_texts(FileRow& row) {
  for (auto* text : {&row.title, &row.description, &row.tags, &row.metadata}) text->reset();
}

}  // namespace

KnownAssetPointer KnownAssets::find(std::string_view address, Moment now) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(address);
  if (entry == entries_.end() || is_old(entry->second.since, now)) return nullptr;
  return entry->second.asset;
}

void KnownAssets::keep(std::string address, KnownAsset asset, const Ticket& ticket) {
  if (address.size() > longest_address) return;
  leave_out_texts(asset.row);
  Entry entry{std::make_shared<const KnownAsset>(std::move(asset)), ticket.since};
  const std::lock_guard lock(mutex_);
  if (ticket.epoch != epoch_) return;
  if (entries_.size() >= capacity) {
    std::erase_if(entries_, [&](const auto& other) { return is_old(other.second.since, ticket.since); });
    if (entries_.size() >= capacity) entries_.clear();
  }
  entries_.insert_or_assign(std::move(address), std::move(entry));
}

void KnownAssets::forget() {
  const std::lock_guard lock(mutex_);
  ++epoch_;
  entries_.clear();
}

std::optional<VisibleFile> visible_at_once(const items::Services& services, const access::Accountability& who,
                                           const KnownAsset& known) {
  if (who.admin) return VisibleFile{known.row, known.is_public};
  const auto permissions = services.access.permissions(who);
  if (permissions->admin) return VisibleFile{known.row, known.is_public};
  const auto* access = permissions->find(files_collection, access::Action::read);
  if (access == nullptr) {
    if (!known.is_public) return std::nullopt;
    return VisibleFile{known.row, true};
  }
  if (!access->every_row) return std::nullopt;
  VisibleFile file{known.row, known.is_public};
  file.show(access->fields);
  return file;
}

}  // namespace ashlar::system
