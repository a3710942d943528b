// Makes the tree of nodes from the pieces of a template.
#include <algorithm>
#include <initializer_list>

#include "mail/liquid/nodes.h"
#include "mail/liquid/pieces.h"

namespace ashlar::mail::liquid {
namespace {

class Parser {
 public:
  Parser(const std::vector<Piece>& pieces, const Limits& limits) : pieces_(pieces), nesting_(limits.nesting) {}

  Nodes all() {
    auto nodes = body();
    if (at_ < pieces_.size()) fail(pieces_[at_], "was not expected");
    return nodes;
  }

 private:
  [[noreturn]] static void fail(const Piece& piece, const std::string& what) {
    throw LiquidError("line " + std::to_string(piece.line) + ": {% " + std::string(piece.name) + " %} " + what);
  }

  ExpressionReader reader(const Piece& piece) const { return {piece.text, piece.line, nesting_}; }

  bool is_at(std::initializer_list<std::string_view> names) const {
    if (at_ >= pieces_.size() || pieces_[at_].kind != Piece::Kind::tag) return false;
    return std::find(names.begin(), names.end(), pieces_[at_].name) != names.end();
  }

  // Up to a tag that is none of this level: one that ends something, or begins another branch.
  Nodes body() {
    Nodes nodes;
    while (at_ < pieces_.size()) {
      const auto& piece = pieces_[at_];
      if (piece.kind == Piece::Kind::text) {
        nodes.push_back(std::make_unique<TextNode>(piece.text));
        ++at_;
      } else if (piece.kind == Piece::Kind::output) {
        nodes.push_back(output(piece));
        ++at_;
      } else {
        auto node = tag(piece);
        if (!node) break;
        nodes.push_back(std::move(node));
      }
    }
    return nodes;
  }

  // The body of a tag, and its end.
  Nodes body_until(const Piece& opening, std::string_view end) {
    auto nodes = nested_body(opening);
    close(opening, end);
    return nodes;
  }
  Nodes nested_body(const Piece& opening) {
    if (--nesting_ < 0) fail(opening, "is nested too deeply");
    auto nodes = body();
    ++nesting_;
    return nodes;
  }
  void close(const Piece& opening, std::string_view end) {
    if (!is_at({end})) fail(opening, "is not closed by {% " + std::string(end) + " %}");
    ++at_;
  }

  std::unique_ptr<Node> output(const Piece& piece) const {
    auto parts = reader(piece);
    auto node = std::make_unique<OutputNode>(parts.expression());
    parts.expect_end();
    return node;
  }

  // Null, without passing it, for a tag that ends this level.
  std::unique_ptr<Node> tag(const Piece& piece) {
    static constexpr std::string_view ends[] = {"elsif",   "else",   "endif",    "endunless", "when",
                                                "endcase", "endfor", "endblock", "endcapture"};
    if (std::find(std::begin(ends), std::end(ends), piece.name) != std::end(ends)) return nullptr;
    ++at_;
    if (piece.name == "if" || piece.name == "unless") return choice(piece);
    if (piece.name == "case") return selection(piece);
    if (piece.name == "for") return loop(piece);
    if (piece.name == "block") return block(piece);
    if (piece.name == "layout") return layout(piece);
    if (piece.name == "render" || piece.name == "include") return partial(piece);
    return small(piece);
  }

  std::unique_ptr<Node> small(const Piece& piece) {
    auto parts = reader(piece);
    if (piece.name == "assign") {
      auto node = std::make_unique<AssignNode>();
      node->name = parts.name();
      if (!parts.take("=")) fail(piece, "needs a \"=\"");
      node->expression = parts.expression();
      parts.expect_end();
      return node;
    }
    if (piece.name == "capture") {
      auto node = std::make_unique<CaptureNode>();
      node->name = block_name(piece);
      node->body = body_until(piece, "endcapture");
      return node;
    }
    if (piece.name == "echo") return output(piece);
    if (piece.name == "break" || piece.name == "continue") return std::make_unique<LeaveNode>(piece.name == "break");
    if (piece.name == "cycle") {
      auto node = std::make_unique<CycleNode>();
      do node->values.push_back(parts.operand());
      while (parts.take(","));
      parts.expect_end();
      return node;
    }
    if (piece.name == "increment" || piece.name == "decrement") {
      auto node = std::make_unique<CountNode>();
      node->name = parts.name();
      node->by = piece.name == "increment" ? 1 : -1;
      return node;
    }
    fail(piece, "is not known");
  }

  std::unique_ptr<Node> choice(const Piece& opening) {
    auto node = std::make_unique<IfNode>();
    const auto* branch_at = &opening;
    while (true) {
      IfNode::Branch branch;
      if (branch_at->name != "else") {
        auto parts = reader(*branch_at);
        branch.condition = parts.condition();
        parts.expect_end();
        branch.wanted = branch_at->name != "unless";
      }
      branch.body = nested_body(*branch_at);
      node->branches.push_back(std::move(branch));
      if (!is_at({"elsif", "else"})) break;
      branch_at = &pieces_[at_++];
    }
    close(opening, opening.name == "if" ? "endif" : "endunless");
    return node;
  }

  std::unique_ptr<Node> selection(const Piece& opening) {
    auto node = std::make_unique<CaseNode>();
    node->subject = reader(opening).operand();
    nested_body(opening);  // nothing of what stands before the first branch is printed
    while (is_at({"when", "else"})) {
      const auto& piece = pieces_[at_++];
      CaseNode::Branch branch;
      if (piece.name == "when") {
        auto parts = reader(piece);
        do branch.values.push_back(parts.operand());
        while (parts.take(",") || parts.take_word("or"));
        parts.expect_end();
      }
      branch.body = nested_body(piece);
      node->branches.push_back(std::move(branch));
    }
    close(opening, "endcase");
    return node;
  }

  std::unique_ptr<Node> loop(const Piece& opening) {
    auto parts = reader(opening);
    auto node = std::make_unique<ForNode>();
    node->name = parts.name();
    if (!parts.take_word("in")) fail(opening, "needs the word \"in\"");
    node->list = parts.operand();
    while (!parts.at_end()) {
      if (parts.take(",")) continue;
      if (parts.take_word("reversed")) {
        node->reversed = true;
      } else if (parts.take_word("limit") && parts.take(":")) {
        node->limit = parts.operand();
      } else if (parts.take_word("offset") && parts.take(":")) {
        node->offset = parts.operand();
      } else {
        parts.expect_end();
        break;
      }
    }
    node->body = nested_body(opening);
    if (is_at({"else"})) {
      const auto& piece = pieces_[at_++];
      node->otherwise = nested_body(piece);
    }
    close(opening, "endfor");
    return node;
  }

  // A name with or without quotes.
  std::string block_name(const Piece& piece) const {
    auto parts = reader(piece);
    if (parts.at_end()) return {};
    if (piece.text.front() != '"' && piece.text.front() != '\'') return parts.name();
    return to_text(parts.operand().literal);
  }

  std::unique_ptr<Node> block(const Piece& piece) {
    auto node = std::make_unique<BlockNode>();
    node->name = block_name(piece);
    node->body = body_until(piece, "endblock");
    return node;
  }

  std::unique_ptr<Node> layout(const Piece& piece) {
    auto parts = reader(piece);
    auto node = std::make_unique<LayoutNode>();
    node->name = parts.operand();
    node->arguments = parts.named_arguments();
    node->body = nested_body(piece);
    return node;
  }

  std::unique_ptr<Node> partial(const Piece& piece) {
    auto parts = reader(piece);
    auto node = std::make_unique<PartialNode>();
    node->is_isolated = piece.name == "render";
    node->name = parts.operand();
    node->for_each = parts.take_word("for");
    if (node->for_each || parts.take_word("with")) {
      node->with = parts.operand();
      if (parts.take_word("as")) node->alias = parts.name();
    }
    node->arguments = parts.named_arguments();
    return node;
  }

  const std::vector<Piece>& pieces_;
  std::size_t at_ = 0;
  int nesting_;
};

}  // namespace

std::shared_ptr<const Template> parse_template(std::string source, const Limits& limits) {
  if (source.size() > limits.template_bytes) throw LiquidError("the template is too long");
  auto made = std::make_shared<Template>();
  made->source = std::move(source);
  const auto pieces = split_pieces(made->source);
  made->nodes = Parser(pieces, limits).all();
  return made;
}

}  // namespace ashlar::mail::liquid
