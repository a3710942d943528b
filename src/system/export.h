// Exports as /utils/export runs them: the answer to a query, written into a file of the library, with a notification at
// the end (contract items-write 12.3).
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "items/export_format.h"
#include "items/services.h"
#include "system/files/library.h"

namespace ashlar::system {

// Makes a file of the library: `file` holds members of directus_files (title, filename_download, type, and what the
// client gave of folder, storage ...); `write` hands the content over piece by piece, once, and may throw. Gives the
// key of the file. Nothing of it is left where it throws.
using StoreFile = std::function<std::string(const access::Accountability& who, const json::object& file,
                                            const std::function<void(const items::FileSink&)>& write)>;

// Into the library, by way of a temporary file: storages pull. `library` must outlive it.
StoreFile store_in_library(const FileLibrary& library);

struct Export {
  std::string collection;
  json::object query;  // as parameters of a URL have it; without a limit it means all items
  std::string format;
  json::object file;
};

// The body of a request. Throws INVALID_PAYLOAD without `query` or `format`, FORBIDDEN for a collection that is not
// there or of which nothing may be read.
Export parse_export(const items::Services& services, const access::Accountability& who, std::string collection,
                    const json::value& body);

// Runs it, and tells whoever asked of its end, also of a bad one. Throws nothing. `public_url` is where links lead to.
void run_export_and_tell(const items::Services& services, const access::Accountability& who, const Export& request,
                         const StoreFile& store, std::string_view public_url) noexcept;

}  // namespace ashlar::system
