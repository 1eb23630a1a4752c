// What gbnf_sampler.h declares; in the test program only, hence the name.
#include "text/replies/gbnf_sampler.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string_view>

namespace bantam::replies::test {
namespace {

using Json = nlohmann::ordered_json;

std::string sample_value(const Json& schema, std::mt19937& random) {
  const std::string type = schema.value("type", "object");
  if (schema.contains("enum")) return schema["enum"][random() % schema["enum"].size()].dump();
  if (type == "integer") return std::to_string(static_cast<int>(random() % 2000) - 1000);
  if (type == "boolean") return random() % 2 ? "true" : "false";
  if (type == "array") return "[\"a\", \"b<\"]";
  if (type == "string") return "\"x </y> \\\"z\\\"\\n\"";
  if (type != "object") throw std::runtime_error("schema " + schema.dump());
  Json value = Json::object();
  const Json required = schema.value("required", Json::array());
  const Json properties = schema.value("properties", Json::object());
  for (const auto& [key, property] : properties.items()) {
    const bool must = std::find(required.begin(), required.end(), key) != required.end();
    if (must || random() % 2) value[key] = Json::parse(sample_value(property, random));
  }
  return value.dump();
}

class Sampler {
 public:
  Sampler(const ToolGrammar& grammar, std::mt19937& random) : random_(random) {
    std::string_view text = grammar.gbnf;
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      text.remove_prefix(line.size() + 1);
      const std::size_t sign = line.find(" ::= ");
      rules_.emplace(line.substr(0, sign), line.substr(sign + 5));
    }
    for (const SchemaRule& rule : grammar.schemas) schemas_.emplace(rule.name, &rule.schema);
  }

  std::string rule(const std::string& name) {
    if (const auto schema = schemas_.find(name); schema != schemas_.end()) {
      return sample_value(*schema->second, random_);
    }
    std::string_view body = rules_.at(name);
    std::string out = either(body);
    if (!body.empty()) throw std::runtime_error("left over: " + std::string(body));
    return out;
  }

 private:
  // These read from the front of `body`; what is not chosen is read without being sampled.
  std::string either(std::string_view& body) {
    std::vector<std::string> ways = {sequence(body)};
    while (body.starts_with('|')) {
      body.remove_prefix(1);
      ways.push_back(sequence(body));
    }
    return ways[random_() % ways.size()];
  }

  std::string sequence(std::string_view& body) {
    std::string out;
    for (;;) {
      while (body.starts_with(' ')) body.remove_prefix(1);
      if (body.empty() || body.front() == '|' || body.front() == ')') return out;
      const std::string_view before = body;
      std::string one = item(body);
      const char sign = body.empty() ? ' ' : body.front();
      if (sign != '?' && sign != '*' && sign != '+') {
        out += one;
        continue;
      }
      body.remove_prefix(1);
      for (auto n = random_() % (sign == '?' ? 2 : 4) + (sign == '+' ? 1 : 0); n > 0; --n) {
        std::string_view again = before;
        out += item(again);
      }
    }
  }

  std::string item(std::string_view& body) {
    if (body.front() == '"') return literal(body);
    if (body.front() == '[') return character(body);
    if (body.front() == '(') {
      body.remove_prefix(1);
      std::string out = either(body);
      body.remove_prefix(1);
      return out;
    }
    const std::size_t end = std::min(body.find_first_of(" ?*+|)"), body.size());
    const std::string name(body.substr(0, end));
    body.remove_prefix(end);
    return rule(name);
  }

  static char escaped(std::string_view& body) {
    const char c = body[0];
    body.remove_prefix(1);
    if (c != '\\') return c;
    const char name = body[0];
    body.remove_prefix(1);
    return name == 'n' ? '\n' : name;
  }

  static std::string literal(std::string_view& body) {
    std::string out;
    body.remove_prefix(1);
    while (body.front() != '"') out += escaped(body);
    body.remove_prefix(1);
    return out;
  }

  // A class that excludes some characters: one of a few others.
  std::string character(std::string_view& body) {
    if (!body.starts_with("[^")) throw std::runtime_error("a class without ^");
    body.remove_prefix(2);
    std::string excluded;
    while (body.front() != ']') excluded += escaped(body);
    body.remove_prefix(1);
    constexpr std::string_view kCharacters = "ab \n<>/|\"{}parameter";
    for (;;) {
      const char c = kCharacters[random_() % kCharacters.size()];
      if (excluded.find(c) == excluded.npos) return std::string(1, c);
    }
  }

  std::mt19937& random_;
  std::map<std::string, std::string, std::less<>> rules_;
  std::map<std::string, const Json*, std::less<>> schemas_;
};

}  // namespace

std::string sample_grammar(const ToolGrammar& grammar, std::mt19937& random) {
  return Sampler(grammar, random).rule("root");
}

}  // namespace bantam::replies::test
