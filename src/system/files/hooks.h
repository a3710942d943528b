// What records of files need when they are written as items: names in the storage that nobody else has, bytes that
// follow a new name, bytes that go with their record.
#pragma once
#include "items/hooks.h"
#include "system/files/library.h"

namespace ashlar::system {

// `library` must outlive the hooks.
items::CollectionHooks file_hooks(const FileLibrary& library);

}  // namespace ashlar::system
