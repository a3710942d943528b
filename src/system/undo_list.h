// UndoList: how to take back what a database does not take back by itself. MySQL commits whatever was written whenever
// a table is changed, so a change of the data model that fails in the middle is undone step by step, the last one
// first.
#pragma once
#include <functional>
#include <utility>
#include <vector>

namespace ashlar::system {

class UndoList {
 public:
  // Without `needed` nothing is kept: the transaction does it all.
  explicit UndoList(bool needed) : needed_(needed) {}

  bool needed() const { return needed_; }
  void add(std::function<void()> step) {
    if (needed_) steps_.push_back(std::move(step));
  }

  // Runs all steps. One that fails is logged and does not stop the others.
  void run();

 private:
  bool needed_;
  std::vector<std::function<void()>> steps_;
};

}  // namespace ashlar::system
