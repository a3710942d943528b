#include "mail/liquid/engine.h"

#include "base/text.h"

#include <algorithm>
#include <utility>

#include "mail/liquid/nodes.h"

namespace ashlar::mail::liquid {

// The state of one rendering.
class Renderer : public Scope {
 public:
  Renderer(const Loader& loader, const RenderInput& input) : loader_(loader), input_(input) {
    auto& variables = frames_.emplace_back();
    for (const auto& [name, value] : input.variables) {
      variables[std::string(name)] = {value, input.markup.contains(std::string_view(name))};
    }
    frames_.emplace_back();  // what the template assigns
  }

  // ---- Scope
  const Value* find(std::string_view name) const override {
    for (auto frame = frames_.rbegin(); frame != frames_.rend(); ++frame) {
      if (const auto found = frame->find(name); found != frame->end()) return &found->second;
      if (static_cast<std::size_t>(frames_.rend() - frame) == isolated_from_) break;
    }
    return nullptr;
  }
  void charge(std::size_t steps) override {
    steps_ += steps + 1;
    if (steps_ > input_.limits.steps) throw LiquidError("the template takes too many steps");
  }
  const Limits& limits() const override { return input_.limits; }
  Moment now() const override { return input_.now; }

  // ---- for the nodes
  void print(std::string& out, std::string_view text) {
    printed_ += text.size();
    if (printed_ > input_.limits.output_bytes) throw LiquidError("the result is too long");
    out += text;
  }
  void render(const Nodes& nodes, std::string& out) {
    for (const auto& node : nodes) {
      charge(1);
      node->render(*this, out);
      if (leaving != Leaving::nothing) return;
    }
  }
  // The frame that assign writes to: the last one that is no loop's.
  void assign(const std::string& name, Value value) { frames_[assigns_to()][name] = std::move(value); }
  void set_local(const std::string& name, Value value) { frames_.back()[name] = std::move(value); }
  void open_frame() { frames_.emplace_back(); }
  void close_frame() { frames_.pop_back(); }
  int count(const std::string& name, int by) { return by > 0 ? counters_[name]++ : --counters_[name]; }
  std::size_t turn(const void* node) { return cycles_[node]++; }

  // Templates and blocks inside of each other: a block may stand in for one that holds it.
  void render_block(const Nodes& nodes, std::string& out) {
    deeper();
    render(nodes, out);
    --depth_;
  }
  void render_template(std::string_view name, std::string& out) {
    deeper();
    const auto& found = load(name);
    try {
      render(found.nodes, out);
    } catch (const LiquidError& error) {
      throw LiquidError(std::string(name) + ": " + error.what());
    }
    --depth_;
  }

  // Renders with nothing in sight but what `fill` puts there.
  template <typename Fill>
  void render_isolated(std::string_view name, std::string& out, const Fill& fill) {
    const auto before = isolated_from_;
    const auto assigns_before = assign_frame_;
    frames_.emplace_back();
    const auto frame = frames_.size();
    fill();
    isolated_from_ = frame;
    assign_frame_ = frame - 1;
    render_template(name, out);
    frames_.pop_back();
    isolated_from_ = before;
    assign_frame_ = assigns_before;
  }

  enum class Leaving { nothing, turn, loop } leaving = Leaving::nothing;
  int loops = 0;
  bool is_storing_blocks = false;
  std::map<std::string, const Nodes*, std::less<>> blocks;
  std::optional<std::string> unnamed_block;

 private:
  using Frame = std::map<std::string, Value, std::less<>>;

  std::size_t assigns_to() const { return assign_frame_; }
  void deeper() {
    if (++depth_ > input_.limits.template_depth) throw LiquidError("templates are nested too deeply");
  }

  const Template& load(std::string_view name) {
    const auto found = templates_.find(name);
    if (found != templates_.end()) return *found->second;
    auto source = loader_(name);
    if (!source) throw LiquidError("there is no template \"" + std::string(name.substr(0, 100)) + "\"");
    try {
      return *templates_.emplace(name, parse_template(std::move(*source), input_.limits)).first->second;
    } catch (const LiquidError& error) {
      throw LiquidError(std::string(name) + ": " + error.what());
    }
  }

  const Loader& loader_;
  const RenderInput& input_;
  std::vector<Frame> frames_;
  std::size_t isolated_from_ = 1;  // the number of the first frame that is seen, from 1
  std::size_t assign_frame_ = 1;
  std::size_t steps_ = 0, printed_ = 0;
  int depth_ = 0;
  std::map<std::string, std::shared_ptr<const Template>, std::less<>> templates_;
  std::map<std::string, int> counters_;
  std::map<const void*, std::size_t> cycles_;
};

void TextNode::render(Renderer& renderer, std::string& out) const { renderer.print(out, text); }

void OutputNode::render(Renderer& renderer, std::string& out) const {
  const auto value = expression.evaluate(renderer);
  const auto text = printed(value.data);
  renderer.print(out, value.is_markup ? text : escape_markup(text));
}

void AssignNode::render(Renderer& renderer, std::string&) const {
  renderer.assign(name, expression.evaluate(renderer));
}

void CaptureNode::render(Renderer& renderer, std::string&) const {
  std::string text;
  renderer.render(body, text);
  renderer.assign(name, {json::value(text), true});
}

void IfNode::render(Renderer& renderer, std::string& out) const {
  for (const auto& branch : branches) {
    if (branch.condition && branch.condition->holds(renderer) != branch.wanted) continue;
    return renderer.render(branch.body, out);
  }
}

void CaseNode::render(Renderer& renderer, std::string& out) const {
  const auto value = subject.evaluate(renderer).data;
  for (const auto& branch : branches) {
    const bool fits = branch.values.empty() ||
                      std::any_of(branch.values.begin(), branch.values.end(),
                                  [&](const Operand& wanted) { return equal(wanted.evaluate(renderer).data, value); });
    if (fits) return renderer.render(branch.body, out);
  }
}

namespace {

// What a loop goes through: the entries of a list, the pairs of an object, nothing of anything else.
json::array entries_of(json::value value) {
  if (value.is_array()) return std::move(value.get_array());
  json::array entries;
  if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) entries.push_back(json::array{json::value(key), member});
  }
  return entries;
}

std::size_t bounded(const std::optional<Operand>& operand, Renderer& renderer, std::size_t size,
                    std::size_t otherwise) {
  if (!operand) return otherwise;
  const auto number = as_integer(operand->evaluate(renderer).data).value_or(0);
  return static_cast<std::size_t>(std::clamp<std::int64_t>(number, 0, static_cast<std::int64_t>(size)));
}

json::object loop_state(std::size_t at, std::size_t size) {
  return {{"index", at + 1},  {"index0", at},           {"rindex", size - at}, {"rindex0", size - at - 1},
          {"first", at == 0}, {"last", at + 1 == size}, {"length", size}};
}

}  // namespace

void ForNode::render(Renderer& renderer, std::string& out) const {
  auto entries = entries_of(list.evaluate(renderer).data);
  const auto skipped = bounded(offset, renderer, entries.size(), 0);
  entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(skipped));
  const auto kept = bounded(limit, renderer, entries.size(), entries.size());
  entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(kept), entries.end());
  if (reversed) std::reverse(entries.begin(), entries.end());
  if (entries.empty()) return renderer.render(otherwise, out);

  renderer.open_frame();
  ++renderer.loops;
  for (std::size_t at = 0; at < entries.size(); ++at) {
    renderer.charge(1);
    renderer.set_local(name, {std::move(entries[at])});
    renderer.set_local("forloop", {loop_state(at, entries.size())});
    renderer.render(body, out);
    const bool ends = renderer.leaving == Renderer::Leaving::loop;
    renderer.leaving = Renderer::Leaving::nothing;
    if (ends) break;
  }
  --renderer.loops;
  renderer.close_frame();
}

// Outside of a loop there is nothing to leave.
void LeaveNode::render(Renderer& renderer, std::string&) const {
  if (renderer.loops == 0) return;
  renderer.leaving = leaves_loop ? Renderer::Leaving::loop : Renderer::Leaving::turn;
}

void CycleNode::render(Renderer& renderer, std::string& out) const {
  const auto value = values[renderer.turn(this) % values.size()].evaluate(renderer);
  renderer.print(out, escape_markup(printed(value.data)));
}

void CountNode::render(Renderer& renderer, std::string& out) const {
  renderer.print(out, std::to_string(renderer.count(name, by)));
}

// First what follows is looked through for blocks, which the layout then prints in its places; what stands outside of
// them is its unnamed block.
void LayoutNode::render(Renderer& renderer, std::string& out) const {
  const auto layout = printed(name.evaluate(renderer).data);
  const bool was_storing = std::exchange(renderer.is_storing_blocks, true);
  std::string outside;
  renderer.render(body, outside);
  renderer.is_storing_blocks = was_storing;
  if (!renderer.unnamed_block) renderer.unnamed_block = std::move(outside);
  renderer.open_frame();
  for (const auto& [key, value] : arguments) renderer.set_local(key, value.evaluate(renderer));
  renderer.render_template(layout, out);
  renderer.close_frame();
}

void BlockNode::render(Renderer& renderer, std::string& out) const {
  if (renderer.is_storing_blocks) {
    renderer.blocks.emplace(name, &body);  // that of the innermost template counts
    return;
  }
  if (name.empty() && renderer.unnamed_block) return renderer.print(out, *renderer.unnamed_block);
  const auto found = renderer.blocks.find(name);
  renderer.render_block(found != renderer.blocks.end() ? *found->second : body, out);
}

void PartialNode::render(Renderer& renderer, std::string& out) const {
  const auto file = printed(name.evaluate(renderer).data);
  std::vector<std::pair<std::string, Value>> values;
  for (const auto& [key, value] : arguments) values.emplace_back(key, value.evaluate(renderer));
  auto subject = with ? with->evaluate(renderer) : Value();
  const auto print_one = [&](Value entry) {
    const auto fill = [&] {
      for (const auto& [key, value] : values) renderer.set_local(key, value);
      if (with) renderer.set_local(alias.empty() ? file : alias, std::move(entry));
    };
    if (is_isolated) return renderer.render_isolated(file, out, fill);
    renderer.open_frame();
    fill();
    renderer.render_template(file, out);
    renderer.close_frame();
  };
  if (!for_each) return print_one(std::move(subject));
  for (auto& entry : entries_of(std::move(subject.data))) print_one({std::move(entry)});
}

std::string render(const Loader& loader, const RenderInput& input) {
  Renderer renderer(loader, input);
  std::string out;
  renderer.render_template(input.name, out);
  return out;
}

}  // namespace ashlar::mail::liquid
