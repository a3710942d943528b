#include "system/images/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <unordered_map>

#include "base/error.h"
#include "base/text.h"

namespace ashlar::system {
namespace {

[[noreturn]] void refuse(std::string_view method) {
  throw ApiError::invalid_query("The arguments of \"" + std::string(method) + "\" are not valid.");
}

// The arguments of one operation.
class Arguments {
 public:
  Arguments(std::string_view method, const json::array& operation) : method_(method), operation_(operation) {}

  bool has(std::size_t index) const { return operation_.size() > index + 1 && !operation_[index + 1].is_null(); }
  const json::value& at(std::size_t index) const {
    if (!has(index)) refuse(method_);
    return operation_[index + 1];
  }
  double number(std::size_t index, double low, double high) const { return checked(at(index), low, high); }
  std::optional<double> optional_number(std::size_t index, double low, double high) const {
    if (!has(index)) return std::nullopt;
    return number(index, low, high);
  }
  bool truth(std::size_t index, bool otherwise) const {
    if (!has(index)) return otherwise;
    if (!at(index).is_bool()) refuse(method_);
    return at(index).get_bool();
  }

  // The options at that place; empty where there are none.
  json::object options(std::size_t index) const {
    if (!has(index)) return {};
    if (!at(index).is_object()) refuse(method_);
    return at(index).get_object();
  }
  std::optional<double> member(const json::object& options, std::string_view name, double low, double high) const {
    const auto* value = options.if_contains(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    return checked(*value, low, high);
  }
  std::int64_t whole(const json::object& options, std::string_view name, std::int64_t low,
                     std::int64_t otherwise) const {
    const auto value = member(options, name, static_cast<double>(low), most_pixels);
    if (value && *value != std::floor(*value)) refuse(method_);
    return value ? static_cast<std::int64_t>(*value) : otherwise;
  }
  Color color(const json::value& value) const;

  std::string_view method() const { return method_; }
  static constexpr double most_pixels = 1e8;

 private:
  double checked(const json::value& value, double low, double high) const {
    if (!value.is_number()) refuse(method_);
    const auto number = value.to_number<double>();
    if (!(number >= low && number <= high)) refuse(method_);
    return number;
  }

  std::string_view method_;
  const json::array& operation_;
};

std::optional<Color> hex_color(std::string_view digits) {
  if (digits.find_first_not_of("0123456789abcdefABCDEF") != digits.npos) return std::nullopt;
  std::string full;
  if (digits.size() == 3 || digits.size() == 4) {
    for (const char digit : digits) full.append(2, digit);
  } else if (digits.size() == 6 || digits.size() == 8) {
    full = digits;
  } else {
    return std::nullopt;
  }
  Color color{0, 0, 0, 255};
  for (std::size_t i = 0; i < full.size() / 2; ++i) color[i] = std::stoi(full.substr(i * 2, 2), nullptr, 16);
  return color;
}

// rgb(255, 0, 0), rgba(255, 0, 0, 0.5)
std::optional<Color> function_color(std::string_view text) {
  const auto open = text.find('(');
  if (open == text.npos || !text.ends_with(')')) return std::nullopt;
  std::string list(text.substr(open + 1, text.size() - open - 2));
  std::replace_if(
      list.begin(), list.end(), [](char c) { return c == '/' || c == ' '; }, ',');
  Color color{0, 0, 0, 255};
  std::size_t count = 0;
  for (const auto part : split(list, ',')) {
    const auto word = trim(part);
    if (word.empty()) continue;
    const auto number = parse_number(word);
    if (!number || count == 4) return std::nullopt;
    color[count] = std::clamp(count == 3 ? *number * 255 : *number, 0.0, 255.0);
    ++count;
  }
  if (count < 3) return std::nullopt;
  return color;
}

std::optional<Color> named_color(std::string_view name) {
  static const std::unordered_map<std::string_view, Color> names{
      {"black", {0, 0, 0, 255}},      {"white", {255, 255, 255, 255}}, {"red", {255, 0, 0, 255}},
      {"green", {0, 128, 0, 255}},    {"blue", {0, 0, 255, 255}},      {"yellow", {255, 255, 0, 255}},
      {"gray", {128, 128, 128, 255}}, {"grey", {128, 128, 128, 255}},  {"transparent", {0, 0, 0, 0}},
      {"orange", {255, 165, 0, 255}}, {"purple", {128, 0, 128, 255}},  {"pink", {255, 192, 203, 255}}};
  const auto found = names.find(name);
  if (found == names.end()) return std::nullopt;
  return found->second;
}

Color Arguments::color(const json::value& value) const {
  std::optional<Color> color;
  if (const auto text = as_text(value)) {
    const auto lower = to_lower(trim(*text));
    if (lower.starts_with("#")) {
      color = hex_color(std::string_view(lower).substr(1));
    } else if (lower.starts_with("rgb")) {
      color = function_color(lower);
    } else {
      color = named_color(lower);
    }
  } else if (const auto* object = value.if_object()) {
    color = Color{member(*object, "r", 0, 255).value_or(0), member(*object, "g", 0, 255).value_or(0),
                  member(*object, "b", 0, 255).value_or(0), member(*object, "alpha", 0, 1).value_or(1) * 255};
  }
  if (!color) refuse(method_);
  return *color;
}

void set_background(const Arguments& arguments, const json::object& options, Color& color) {
  if (const auto* value = options.if_contains("background")) color = arguments.color(*value);
}

std::string format_name(const Arguments& arguments, const json::value& value) {
  const auto* id = find_member(value, "id");
  const auto text = as_text(id != nullptr ? *id : value);
  auto name = text ? to_lower(*text) : std::string();
  if (name == "jpg") name = "jpeg";
  if (name == "tif") name = "tiff";
  constexpr std::string_view known[] = {"jpeg", "png", "webp", "tiff", "avif"};
  if (std::find(std::begin(known), std::end(known), name) == std::end(known)) refuse(arguments.method());
  return name;
}

void set_quality(const Arguments& arguments, const json::object& options, Pipeline& pipeline) {
  if (const auto quality = arguments.member(options, "quality", 0, 100)) {
    pipeline.quality = static_cast<std::int64_t>(*quality);
  }
}

bool flag(const json::object& options, std::string_view name, bool otherwise) {
  const auto* value = options.if_contains(name);
  return value != nullptr && value->is_bool() ? value->get_bool() : otherwise;
}

void resize(const Arguments& arguments, Pipeline& pipeline) {
  json::object options;
  for (std::size_t i = 0; i < 2; ++i) {
    if (!arguments.has(i)) continue;
    if (arguments.at(i).is_object()) {
      options = arguments.options(i);
    } else {
      (i == 0 ? pipeline.width : pipeline.height) =
          static_cast<std::int64_t>(arguments.number(i, 1, Arguments::most_pixels));
    }
  }
  if (arguments.has(2)) options = arguments.options(2);
  const auto size = [&](std::string_view name, std::optional<std::int64_t>& target) {
    if (const auto value = arguments.whole(options, name, 1, 0)) target = value;
  };
  size("width", pipeline.width);
  size("height", pipeline.height);
  if (const auto* value = options.if_contains("fit")) {
    const auto fit = fit_from_name(as_text(*value).value_or(""));
    if (!fit) refuse(arguments.method());
    pipeline.fit = *fit;
  }
  set_background(arguments, options, pipeline.background);
  pipeline.without_enlargement = flag(options, "withoutEnlargement", pipeline.without_enlargement);
  pipeline.without_reduction = flag(options, "withoutReduction", pipeline.without_reduction);
}

void extract(const Arguments& arguments, Pipeline& pipeline) {
  const auto options = arguments.options(0);
  Area area;
  area.left = arguments.whole(options, "left", 0, -1);
  area.top = arguments.whole(options, "top", 0, -1);
  area.width = arguments.whole(options, "width", 1, -1);
  area.height = arguments.whole(options, "height", 1, -1);
  if (area.left < 0 || area.top < 0 || area.width < 1 || area.height < 1) refuse(arguments.method());
  const bool is_after = pipeline.width || pipeline.height || pipeline.extract_before;
  (is_after ? pipeline.extract_after : pipeline.extract_before) = area;
}

void extend(const Arguments& arguments, Pipeline& pipeline) {
  Pipeline::Extend extend;
  if (arguments.at(0).is_number()) {
    const auto all = static_cast<std::int64_t>(arguments.number(0, 0, Arguments::most_pixels));
    extend = {all, all, all, all};
  } else {
    const auto options = arguments.options(0);
    extend = {arguments.whole(options, "top", 0, 0), arguments.whole(options, "left", 0, 0),
              arguments.whole(options, "bottom", 0, 0), arguments.whole(options, "right", 0, 0)};
    set_background(arguments, options, extend.background);
  }
  pipeline.extend = extend;
}

void trim_edges(const Arguments& arguments, Pipeline& pipeline) {
  Pipeline::Trim trim;
  if (arguments.has(0) && arguments.at(0).is_number()) {
    trim.threshold = arguments.number(0, 0, 255);
  } else if (const auto options = arguments.options(0); !options.empty()) {
    trim.threshold = arguments.member(options, "threshold", 0, 255).value_or(10);
    if (const auto* value = options.if_contains("background")) trim.background = arguments.color(*value);
  }
  pipeline.trim = trim;
}

void sharpen(const Arguments& arguments, Pipeline& pipeline) {
  Pipeline::Sharpen sharpen;
  if (arguments.has(0) && arguments.at(0).is_object()) {
    const auto options = arguments.options(0);
    const auto sigma = arguments.member(options, "sigma", 0.000001, 10);
    if (!sigma) refuse(arguments.method());
    sharpen = {*sigma, arguments.member(options, "m1", 0, 1e6).value_or(1),
               arguments.member(options, "m2", 0, 1e6).value_or(2)};
  } else if (arguments.has(0)) {
    sharpen = {arguments.number(0, 0.01, 10), arguments.optional_number(1, 0, 10000).value_or(1),
               arguments.optional_number(2, 0, 10000).value_or(2)};
  }
  pipeline.sharpen = sharpen;
}

void convolve(const Arguments& arguments, Pipeline& pipeline) {
  const auto options = arguments.options(0);
  Pipeline::Kernel kernel;
  kernel.width = arguments.whole(options, "width", 3, 0);
  kernel.height = arguments.whole(options, "height", 3, 0);
  const auto* values = options.if_contains("kernel");
  if (values == nullptr || !values->is_array() || kernel.width > 101 || kernel.height > 101 ||
      static_cast<std::int64_t>(values->get_array().size()) != kernel.width * kernel.height || kernel.width == 0) {
    refuse(arguments.method());
  }
  for (const auto& value : values->get_array()) {
    if (!value.is_number()) refuse(arguments.method());
    kernel.values.push_back(value.to_number<double>());
    kernel.scale += kernel.values.back();
  }
  kernel.scale = arguments.member(options, "scale", -1e6, 1e6).value_or(kernel.scale);
  if (std::abs(kernel.scale) < 1e-9) kernel.scale = 1;
  kernel.offset = arguments.member(options, "offset", -1e6, 1e6).value_or(0);
  pipeline.convolve = std::move(kernel);
}

void recomb(const Arguments& arguments, Pipeline& pipeline) {
  const auto& rows = arguments.at(0);
  if (!rows.is_array() || (rows.get_array().size() != 3 && rows.get_array().size() != 4)) refuse(arguments.method());
  const auto size = rows.get_array().size();
  std::vector<double> values;
  for (const auto& row : rows.get_array()) {
    if (!row.is_array() || row.get_array().size() != size) refuse(arguments.method());
    for (const auto& value : row.get_array()) {
      if (!value.is_number()) refuse(arguments.method());
      values.push_back(value.to_number<double>());
    }
  }
  pipeline.recomb = std::move(values);
}

void linear(const Arguments& arguments, Pipeline& pipeline) {
  const auto values = [&](std::size_t index) {
    std::vector<double> list;
    if (!arguments.has(index)) return list;
    const auto& value = arguments.at(index);
    const json::array single{value};
    for (const auto& entry : value.is_array() ? value.get_array() : single) {
      if (!entry.is_number() || list.size() == 4) refuse(arguments.method());
      list.push_back(entry.to_number<double>());
    }
    return list;
  };
  pipeline.linear_factor = values(0);
  pipeline.linear_offset = values(1);
  if (pipeline.linear_factor.empty() && pipeline.linear_offset.empty()) refuse(arguments.method());
  if (pipeline.linear_factor.empty()) pipeline.linear_factor.assign(pipeline.linear_offset.size(), 1);
  if (pipeline.linear_offset.empty()) pipeline.linear_offset.assign(pipeline.linear_factor.size(), 0);
  const auto a = pipeline.linear_factor.size(), b = pipeline.linear_offset.size();
  if (a != b && a != 1 && b != 1) refuse(arguments.method());
}

void modulate(const Arguments& arguments, Pipeline& pipeline) {
  const auto options = arguments.options(0);
  pipeline.modulate = {arguments.member(options, "brightness", 0, 1000).value_or(1),
                       arguments.member(options, "saturation", 0, 1000).value_or(1),
                       arguments.member(options, "hue", -1e6, 1e6).value_or(0),
                       arguments.member(options, "lightness", -1000, 1000).value_or(0)};
}

void clahe(const Arguments& arguments, Pipeline& pipeline) {
  const auto options = arguments.options(0);
  Pipeline::Clahe clahe{arguments.whole(options, "width", 1, 0), arguments.whole(options, "height", 1, 0),
                        arguments.whole(options, "maxSlope", 0, 3)};
  if (clahe.width == 0 || clahe.height == 0 || clahe.slope > 100) refuse(arguments.method());
  pipeline.clahe = clahe;
}

void color_space(const Arguments& arguments, Pipeline& pipeline) {
  const auto name = to_lower(as_text(arguments.at(0)).value_or(""));
  constexpr std::string_view known[] = {"srgb", "b-w", "rgb16", "grey16", "lab", "cmyk", "hsv", "lch"};
  if (std::find(std::begin(known), std::end(known), name) == std::end(known)) refuse(arguments.method());
  pipeline.color_space = name;
}

using Operation = std::function<void(const Arguments&, Pipeline&)>;

void to_format(const Arguments& arguments, Pipeline& pipeline) {
  pipeline.format = format_name(arguments, arguments.at(0));
  pipeline.names_format = true;
  set_quality(arguments, arguments.options(1), pipeline);
}

Operation output(std::string name) {
  return [name = std::move(name)](const Arguments& arguments, Pipeline& pipeline) {
    pipeline.format = name;
    pipeline.names_format = false;
    set_quality(arguments, arguments.options(0), pipeline);
  };
}

Operation set(bool Pipeline::*member) {
  return [member](const Arguments& arguments, Pipeline& pipeline) { pipeline.*member = arguments.truth(0, true); };
}

void blur(const Arguments& arguments, Pipeline& pipeline) {
  if (arguments.has(0) && arguments.at(0).is_object()) {
    pipeline.blur = arguments.member(arguments.options(0), "sigma", 0.3, 1000);
    if (!pipeline.blur) refuse(arguments.method());
  } else {
    pipeline.blur = arguments.optional_number(0, 0.3, 1000).value_or(-1);
  }
}

void flatten(const Arguments& arguments, Pipeline& pipeline) {
  Color color{0, 0, 0, 255};
  if (arguments.has(0) && arguments.at(0).is_object()) set_background(arguments, arguments.options(0), color);
  pipeline.flatten = color;
}

void extract_channel(const Arguments& arguments, Pipeline& pipeline) {
  const auto& value = arguments.at(0);
  if (const auto name = as_text(value)) {
    constexpr std::string_view names[] = {"red", "green", "blue", "alpha"};
    const auto found = std::find(std::begin(names), std::end(names), *name);
    if (found == std::end(names)) refuse(arguments.method());
    pipeline.channel = found - std::begin(names);
  } else {
    pipeline.channel = static_cast<std::int64_t>(arguments.number(0, 0, 4));
  }
}

void bandbool(const Arguments& arguments, Pipeline& pipeline) {
  const auto name = as_text(arguments.at(0)).value_or("");
  if (name != "and" && name != "or" && name != "eor") refuse(arguments.method());
  pipeline.bandbool = name;
}

const std::unordered_map<std::string_view, Operation>& operations() {
  static const std::unordered_map<std::string_view, Operation> all{
      {"toFormat", to_format},
      {"jpeg", output("jpeg")},
      {"png", output("png")},
      {"tiff", output("tiff")},
      {"webp", output("webp")},
      {"avif", output("avif")},
      {"resize", resize},
      {"extend", extend},
      {"extract", extract},
      {"trim", trim_edges},
      {"rotate", [](const Arguments& arguments,
                    Pipeline& pipeline) { pipeline.angle = arguments.optional_number(0, -1e6, 1e6); }},
      {"flip", set(&Pipeline::flip)},
      {"flop", set(&Pipeline::flop)},
      {"sharpen", sharpen},
      {"median",
       [](const Arguments& arguments, Pipeline& pipeline) {
         pipeline.median = static_cast<std::int64_t>(arguments.optional_number(0, 1, 100).value_or(3));
       }},
      {"blur", blur},
      {"flatten", flatten},
      {"gamma", [](const Arguments& arguments,
                   Pipeline& pipeline) { pipeline.gamma = arguments.optional_number(0, 1, 3).value_or(2.2); }},
      {"negate", set(&Pipeline::negate)},
      {"normalise", set(&Pipeline::normalize)},
      {"normalize", set(&Pipeline::normalize)},
      {"clahe", clahe},
      {"convolve", convolve},
      {"threshold",
       [](const Arguments& arguments, Pipeline& pipeline) {
         pipeline.threshold = static_cast<std::int64_t>(arguments.optional_number(0, 0, 255).value_or(128));
       }},
      {"linear", linear},
      {"recomb", recomb},
      {"modulate", modulate},
      {"tint",
       [](const Arguments& arguments, Pipeline& pipeline) { pipeline.tint = arguments.color(arguments.at(0)); }},
      {"greyscale", set(&Pipeline::grayscale)},
      {"grayscale", set(&Pipeline::grayscale)},
      {"toColorspace", color_space},
      {"toColourspace", color_space},
      {"removeAlpha", set(&Pipeline::remove_alpha)},
      {"ensureAlpha", [](const Arguments&, Pipeline& pipeline) { pipeline.ensure_alpha = true; }},
      {"extractChannel", extract_channel},
      {"bandbool", bandbool}};
  return all;
}

void put(std::string& out, std::string_view name, const std::string& value) {
  out.append(name).append("=").append(value).append(";");
}

std::string list_text(const std::vector<double>& values) {
  std::string text;
  for (const auto value : values) text += fmt::format("{},", value);
  return text;
}

std::string color_text(const Color& color) {
  return fmt::format("{},{},{},{}", color[0], color[1], color[2], color[3]);
}
std::string area_text(const Area& area) {
  return fmt::format("{},{},{},{}", area.left, area.top, area.width, area.height);
}

}  // namespace

std::optional<Fit> fit_from_name(std::string_view name) {
  if (name == "cover") return Fit::cover;
  if (name == "contain") return Fit::contain;
  if (name == "inside") return Fit::inside;
  if (name == "outside") return Fit::outside;
  if (name == "fill") return Fit::fill;
  return std::nullopt;
}

bool Pipeline::only_resizes() const {
  Pipeline plain;
  plain.width = width;
  plain.height = height;
  plain.fit = fit;
  plain.without_enlargement = without_enlargement;
  plain.without_reduction = without_reduction;
  plain.background = background;
  plain.focal_point = focal_point;
  plain.format = format;
  plain.quality = quality;
  return canonical_text(plain) == canonical_text(*this);
}

void add_operations(Pipeline& pipeline, const json::array& list) {
  for (const auto& entry : list) {
    const auto* operation = entry.if_array();
    if (operation == nullptr || operation->empty() || !operation->front().is_string()) {
      throw ApiError::invalid_query("\"transforms\" must be a list of lists that begin with a method.");
    }
    const std::string_view method = operation->front().get_string();
    const auto found = operations().find(method);
    if (found == operations().end())
      throw ApiError::invalid_query("\"transforms\" names a method that is not allowed.");
    found->second(Arguments(method, *operation), pipeline);
  }
}

std::string canonical_text(const Pipeline& p) {
  std::string out;
  const auto number = [&](std::string_view name, const auto& value) {
    if (value) put(out, name, fmt::format("{}", *value));
  };
  const auto flag_text = [&](std::string_view name, bool value) {
    if (value) put(out, name, "1");
  };
  number("angle", p.angle);
  flag_text("flip", p.flip);
  flag_text("flop", p.flop);
  if (p.extract_before) put(out, "before", area_text(*p.extract_before));
  if (p.trim) {
    const auto color = p.trim->background ? color_text(*p.trim->background) : std::string();
    put(out, "trim", fmt::format("{},{}", p.trim->threshold, color));
  }
  number("width", p.width);
  number("height", p.height);
  put(out, "fit", std::to_string(static_cast<int>(p.fit)));
  flag_text("smaller", p.without_enlargement);
  flag_text("larger", p.without_reduction);
  put(out, "background", color_text(p.background));
  if (p.focal_point) put(out, "focal", fmt::format("{},{}", p.focal_point->x, p.focal_point->y));
  if (p.extract_after) put(out, "after", area_text(*p.extract_after));
  if (p.extend) {
    const auto& e = *p.extend;
    put(out, "extend", fmt::format("{},{},{},{},{}", e.top, e.left, e.bottom, e.right, color_text(e.background)));
  }
  if (p.flatten) put(out, "flatten", color_text(*p.flatten));
  number("gamma", p.gamma);
  flag_text("gray", p.grayscale);
  number("median", p.median);
  number("threshold", p.threshold);
  number("blur", p.blur);
  if (p.convolve) {
    const auto& k = *p.convolve;
    put(out, "convolve", fmt::format("{}x{},{},{},{}", k.width, k.height, k.scale, k.offset, list_text(k.values)));
  }
  if (!p.recomb.empty()) put(out, "recomb", list_text(p.recomb));
  if (p.modulate) {
    const auto& m = *p.modulate;
    put(out, "modulate", fmt::format("{},{},{},{}", m.brightness, m.saturation, m.hue, m.lightness));
  }
  if (p.sharpen) put(out, "sharpen", fmt::format("{},{},{}", p.sharpen->sigma, p.sharpen->flat, p.sharpen->jagged));
  if (!p.linear_factor.empty()) put(out, "linear", list_text(p.linear_factor) + "/" + list_text(p.linear_offset));
  flag_text("normalize", p.normalize);
  if (p.clahe) put(out, "clahe", fmt::format("{},{},{}", p.clahe->width, p.clahe->height, p.clahe->slope));
  if (p.bandbool) put(out, "bandbool", *p.bandbool);
  number("channel", p.channel);
  if (p.tint) put(out, "tint", color_text(*p.tint));
  flag_text("negate", p.negate);
  flag_text("noalpha", p.remove_alpha);
  flag_text("alpha", p.ensure_alpha);
  if (p.color_space) put(out, "space", *p.color_space);
  put(out, "format", p.format);
  number("quality", p.quality);
  return out;
}

}  // namespace ashlar::system
