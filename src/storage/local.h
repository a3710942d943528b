// Files below a folder of this machine. Written aside (without a name where the file system can do that, else under a
// hidden one), brought to the disk, then renamed.
#pragma once
#include "storage/storage.h"

namespace ashlar::storage {

class LocalStorage final : public Storage {
 public:
  // The folder is made when something is written.
  explicit LocalStorage(std::filesystem::path root) : root_(std::move(root)) {}

  std::optional<Stat> stat(std::string_view name) override;
  void read(std::string_view name, const Range& range, const Sink& sink) override;
  std::uint64_t write(std::string_view name, const Source& source, std::string_view content_type) override;
  void copy(std::string_view from, std::string_view to) override;
  void move(std::string_view from, std::string_view to) override;
  void remove(std::string_view name) override;
  void list(std::string_view prefix, const std::function<void(std::string_view name)>& found) override;
  void join(const std::vector<std::string>& parts, std::string_view to, std::string_view content_type) override;
  std::optional<std::filesystem::path> local_path(std::string_view name) const override;

 private:
  std::filesystem::path path_of(std::string_view name) const;

  std::filesystem::path root_;
};

}  // namespace ashlar::storage
