// A parsed template: a tree of nodes, each of which prints itself. Internal to liquid/.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mail/liquid/expression.h"

namespace ashlar::mail::liquid {

class Renderer;

struct Node {
  virtual ~Node() = default;
  virtual void render(Renderer& renderer, std::string& out) const = 0;
};
using Nodes = std::vector<std::unique_ptr<Node>>;

struct Template {
  std::string source;  // the nodes' texts are views of it
  Nodes nodes;
};

// Throws LiquidError.
std::shared_ptr<const Template> parse_template(std::string source, const Limits& limits);

struct TextNode : Node {
  explicit TextNode(std::string_view of) : text(of) {}
  void render(Renderer& renderer, std::string& out) const override;
  std::string_view text;
};
struct OutputNode : Node {
  explicit OutputNode(Expression of) : expression(std::move(of)) {}
  void render(Renderer& renderer, std::string& out) const override;
  Expression expression;
};
struct AssignNode : Node {
  void render(Renderer& renderer, std::string& out) const override;
  std::string name;
  Expression expression;
};
struct CaptureNode : Node {
  void render(Renderer& renderer, std::string& out) const override;
  std::string name;
  Nodes body;
};
// if and unless: the first branch that holds; one without a condition is the rest.
struct IfNode : Node {
  struct Branch {
    std::optional<Condition> condition;
    bool wanted = true;
    Nodes body;
  };
  void render(Renderer& renderer, std::string& out) const override;
  std::vector<Branch> branches;
};
struct CaseNode : Node {
  struct Branch {
    std::vector<Operand> values;  // none: the rest
    Nodes body;
  };
  void render(Renderer& renderer, std::string& out) const override;
  Operand subject;
  std::vector<Branch> branches;
};
struct ForNode : Node {
  void render(Renderer& renderer, std::string& out) const override;
  std::string name;
  Operand list;
  std::optional<Operand> offset, limit;
  bool reversed = false;
  Nodes body, otherwise;
};
struct LeaveNode : Node {  // break, continue
  explicit LeaveNode(bool whole) : leaves_loop(whole) {}
  void render(Renderer& renderer, std::string& out) const override;
  bool leaves_loop;
};
struct CycleNode : Node {
  void render(Renderer& renderer, std::string& out) const override;
  std::vector<Operand> values;
};
struct CountNode : Node {  // increment, decrement
  void render(Renderer& renderer, std::string& out) const override;
  std::string name;
  int by = 1;
};
struct LayoutNode : Node {  // the body is all that follows
  void render(Renderer& renderer, std::string& out) const override;
  Operand name;
  std::vector<std::pair<std::string, Operand>> arguments;
  Nodes body;
};
struct BlockNode : Node {
  void render(Renderer& renderer, std::string& out) const override;
  std::string name;
  Nodes body;
};
struct PartialNode : Node {  // render, include
  void render(Renderer& renderer, std::string& out) const override;
  bool is_isolated = true;
  Operand name;
  std::optional<Operand> with;
  bool for_each = false;
  std::string alias;
  std::vector<std::pair<std::string, Operand>> arguments;
};

}  // namespace ashlar::mail::liquid
