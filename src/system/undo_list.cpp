#include "system/undo_list.h"

#include <exception>

#include "base/log.h"

namespace ashlar::system {

void UndoList::run() {
  needed_ = false;  // the steps are changes themselves
  while (!steps_.empty()) {
    const auto step = std::move(steps_.back());
    steps_.pop_back();
    try {
      step();
    } catch (const std::exception& error) {
      log::warn("A failed change of the data model could not be taken back completely: {}", error.what());
    }
  }
}

}  // namespace ashlar::system
