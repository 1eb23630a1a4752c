#include "text/grammar/json_schema.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <map>

#include "base/format.h"
#include "text/grammar/json_number.h"
#include "text/grammar/json_pieces.h"
#include "text/grammar/limits.h"
#include "text/grammar/object_shape.h"
#include "text/grammar/regex.h"
#include "text/grammar/schema_parts.h"
#include "text/grammar/schema_types.h"
#include "text/grammar/string_formats.h"

namespace bantam::grammar {
namespace {

class SchemaCompiler {
 public:
  // Both outlive it.
  SchemaCompiler(const JsonValue& root, Nfa& nfa) : document_(root), nfa_(nfa), pieces_(nfa) {}

  RuleId add_root() {
    const RuleId root = rule_for({{.schema = &document_.root()}});
    while (!pending_.empty()) {  // a queue in the place of recursion
      auto [rule, parts] = std::move(pending_.front());
      pending_.pop_front();
      nfa_.define(rule, add(parts));
    }
    return root;
  }

 private:
  RuleId rule_for(SchemaParts parts) {
    const auto [found, is_new] = rules_.try_emplace(parts, kNone);
    if (!is_new) return found->second;
    parts_ += parts.size();
    if (rules_.size() > limits::kSchemasMax || parts_ > limits::kSchemaPartsMax) {
      document_.fail(document_.root(),
                     format("its parts combine to more than {} schemas; use fewer "
                            "alternatives in alternatives",
                            limits::kSchemasMax));
    }
    found->second = nfa_.add_rule(format("schema {}", rules_.size()));
    pending_.emplace_back(found->second, std::move(parts));
    return found->second;
  }

  RuleId rule_for(const Described& described) {
    if (!described.is_never) return rule_for(described.parts);
    if (never_ == kNone) {
      never_ = nfa_.add_rule("nothing");
      nfa_.define(never_, nfa_.never());
    }
    return never_;
  }

  Fragment add(const SchemaParts& unfollowed) {
    bool is_never = false;
    SchemaParts parts = document_.followed(unfollowed, is_never);
    if (is_never) return nfa_.never();
    // One list of alternatives at a time; each choice is a schema of its own.
    for (SchemaPart& part : parts) {
      for (const auto& [keyword, bit] : {std::pair("anyOf", kAnyOf), std::pair("oneOf", kOneOf)}) {
        const JsonValue* list = part.schema->find(keyword);
        if (list == nullptr || (part.chosen & bit) != 0) continue;
        if (!list->is_array() || list->items.empty()) {
          document_.fail(*part.schema, format("{}: expected a list of schemas", keyword));
        }
        if (bit == kOneOf) check_disjoint(document_, *part.schema, *list);
        part.chosen |= bit;
        std::vector<Fragment> choices;
        for (const JsonValue& each : list->items) {
          Described choice{.parts = parts};
          choice.add(each);
          choices.push_back(nfa_.call(rule_for(choice)));
        }
        return nfa_.either(choices);
      }
    }
    return add_types(parts);
  }

  Fragment add_types(const SchemaParts& parts) {
    if (const auto values = values_of(document_, parts)) return add_values(parts, *values);
    const TypeSet types = types_of(document_, parts);
    const bool is_free = std::none_of(parts.begin(), parts.end(), [](const SchemaPart& part) {
      return std::any_of(part.schema->keys.begin(), part.schema->keys.end(),
                         [](const std::string& key) { return type_of_keyword(key) != 0; });
    });
    if (types == kAllTypes && is_free) return pieces_.value();
    std::vector<Fragment> choices{nfa_.never()};
    if (types & kObject) choices.push_back(add_object(parts));
    if (types & kArray) choices.push_back(add_array(parts));
    if (types & kString) choices.push_back(add_string(parts));
    if (types & (kInteger | kFraction)) choices.push_back(add_numbers(parts, types));
    if (types & kBoolean) choices.push_back(nfa_.either({nfa_.bytes("true"), nfa_.bytes("false")}));
    if (types & kNull) choices.push_back(nfa_.bytes("null"));
    return nfa_.either(choices);
  }

  Fragment add_values(const SchemaParts& parts, const std::vector<const JsonValue*>& values) {
    std::vector<Fragment> choices{nfa_.never()};
    TypeSet types = 0;
    for (const JsonValue* value : values) {
      choices.push_back(nfa_.bytes(json_text(*value)));
      types |= type_of(*value);
    }
    for (const SchemaPart& part : parts) {
      for (const std::string& key : part.schema->keys) {
        if ((type_of_keyword(key) & types) == 0) continue;
        document_.fail(*part.schema, format("{} beside enum or const is not supported; leave only "
                                            "the values that fit",
                                            key));
      }
    }
    return nfa_.either(choices);
  }

  // A keyword's whole number, which limits repetitions.
  std::optional<std::uint32_t> count_in(const JsonValue& schema, std::string_view keyword) const {
    const JsonValue* value = schema.find(keyword);
    if (value == nullptr) return {};
    const auto decimal = value->is_number() ? decimal_of(value->text) : std::nullopt;
    std::uint32_t count = 0;
    const bool is_count = decimal && decimal->is_whole() && !decimal->is_negative;
    const char* end = is_count ? decimal->whole.data() + decimal->whole.size() : nullptr;
    if (!is_count || std::from_chars(decimal->whole.data(), end, count).ec != std::errc() ||
        count > limits::kRepetitionMax) {
      document_.fail(schema, format("{}: found {}, expected a whole number from 0 to {}", keyword,
                                    quoted(json_text(*value)), limits::kRepetitionMax));
    }
    return count;
  }

  Repetition counts_in(const SchemaParts& parts, std::string_view min, std::string_view max) const {
    Repetition result;
    for (const SchemaPart& part : parts) {
      result.min = std::max(result.min, count_in(*part.schema, min).value_or(0));
      const auto most = count_in(*part.schema, max);
      if (most) result.max = std::min(*most, result.max.value_or(*most));
    }
    return result;
  }

  Fragment add_string(const SchemaParts& parts) {
    const Repetition length = counts_in(parts, "minLength", "maxLength");
    if (length.max && *length.max < length.min) return nfa_.never();
    std::optional<std::string> expression;
    Extent extent = Extent::Whole;
    std::string what;
    for (const SchemaPart& part : parts) {
      for (const std::string_view keyword : {"pattern", "format"}) {
        const JsonValue* value = part.schema->find(keyword);
        if (value == nullptr) continue;
        if (!value->is_string()) {
          document_.fail(*part.schema, format("{}: expected a string", keyword));
        }
        std::string found = value->text;
        if (keyword == "format") {
          const auto known = expression_of_format(found);
          if (!known) {
            document_.fail(*part.schema,
                           format("format: found {}, expected one of {}; or use pattern",
                                  quoted(found), known_formats()));
          }
          found = *known;
        }
        if ((expression && *expression != found) || length.min > 0 || length.max) {
          document_.fail(
              *part.schema,
              format("{} together with another pattern, a format, minLength or maxLength "
                     "is not supported; say all of it in one pattern",
                     keyword));
        }
        expression = found;
        extent = keyword == "pattern" ? Extent::Part : Extent::Whole;
        what = format("JSON schema: {} {}", keyword, quoted(value->text));
      }
    }
    if (!expression) return pieces_.string(length);
    return nfa_.sequence({nfa_.bytes("\""),
                          add_regex(nfa_, *expression, what, Spelling::JsonString, extent),
                          nfa_.bytes("\"")});
  }

  Fragment add_numbers(const SchemaParts& parts, TypeSet types) {
    Bounds bounds;
    for (const SchemaPart& part : parts) {
      add_bound(*part.schema, "minimum", bounds);
      add_bound(*part.schema, "exclusiveMinimum", bounds);
      add_bound(*part.schema, "maximum", bounds);
      add_bound(*part.schema, "exclusiveMaximum", bounds);
      const JsonValue* multiple = part.schema->find("multipleOf");
      if (multiple == nullptr) continue;
      const auto step = multiple->is_number() ? decimal_of(multiple->text) : std::nullopt;
      if (!step || step->is_negative || step->whole != "1" || !step->is_whole()) {
        document_.fail(*part.schema, "multipleOf is supported only with the value 1");
      }
      types &= static_cast<TypeSet>(~kFraction);
    }
    const bool has_bounds = bounds.lower || bounds.upper;
    if (types & kFraction) return has_bounds ? add_number(nfa_, bounds) : pieces_.number();
    return has_bounds ? add_integer(nfa_, bounds) : pieces_.integer();
  }

  void add_bound(const JsonValue& schema, std::string_view keyword, Bounds& bounds) const {
    const JsonValue* value = schema.find(keyword);
    if (value == nullptr) return;
    const auto decimal = value->is_number() ? decimal_of(value->text) : std::nullopt;
    if (!decimal) {
      document_.fail(schema, format("{}: found {}, expected a number of at most {} digits", keyword,
                                    quoted(json_text(*value)), kDecimalDigitsMax));
    }
    const Bound bound{*decimal, keyword.starts_with("exclusive")};
    const bool is_lower = keyword.ends_with("inimum");
    std::optional<Bound>& kept = is_lower ? bounds.lower : bounds.upper;
    const int order = kept ? compare(bound.value, kept->value) : 0;
    if (!kept || (is_lower ? order > 0 : order < 0) || (order == 0 && bound.is_exclusive)) {
      kept = bound;
    }
  }

  Fragment add_array(const SchemaParts& parts) {
    const Repetition count = counts_in(parts, "minItems", "maxItems");
    std::vector<Described> first;  // of prefixItems
    bool has_items = false;
    for (const SchemaPart& part : parts) {
      const JsonValue* list = part.schema->find("prefixItems");
      has_items |= part.schema->find("items") != nullptr;
      if (list == nullptr) continue;
      if (!list->is_array())
        document_.fail(*part.schema, "prefixItems: expected a list of schemas");
      first.resize(std::max(first.size(), list->items.size()));
    }
    Described other;
    for (const SchemaPart& part : parts) {
      const JsonValue* list = part.schema->find("prefixItems");
      const JsonValue* items = part.schema->find("items");
      const std::size_t listed = list == nullptr ? 0 : list->items.size();
      if (items != nullptr && items->is_array()) {
        document_.fail(*part.schema, "items: found a list, expected a schema; use prefixItems");
      }
      for (std::size_t i = 0; i < first.size(); ++i) {
        if (i < listed) {
          first[i].add(list->items[i]);
        } else if (items != nullptr) {
          first[i].add(*items);
        }
      }
      if (items != nullptr) other.add(*items);
      const JsonValue* unique = part.schema->find("uniqueItems");
      const bool is_unique = unique != nullptr && unique->kind != JsonValue::Kind::False;
      if (is_unique && (!count.max || *count.max > 1)) {
        document_.fail(*part.schema,
                       "uniqueItems cannot be enforced; leave it out and check the "
                       "result, or set maxItems to 1");
      }
    }
    std::uint32_t max = count.max.value_or(kNone);
    // Lists end with their described elements unless "items" tells what more there may be.
    if ((!first.empty() && !has_items) || other.is_never) {
      max = std::min(max, static_cast<std::uint32_t>(first.size()));
    }
    if (max < count.min) return nfa_.never();
    return add_elements(first, rule_for(other), count.min, max);
  }

  Fragment add_elements(const std::vector<Described>& first, RuleId other, std::uint32_t min,
                        std::uint32_t max) {
    const auto limit = [max](std::uint32_t taken) {
      return max == kNone ? std::nullopt : std::optional(max - taken);
    };
    if (first.empty()) return pieces_.list("[]", other, {.min = min, .max = limit(0)});
    const auto fixed = std::min(static_cast<std::uint32_t>(first.size()), max);
    const NodeId exit = nfa_.add_node();
    NodeId at = nfa_.add_node();
    const NodeId entry = at;
    for (std::uint32_t i = 0; i < fixed; ++i) {
      if (i > 0 && i >= min) nfa_.add_skip(at, exit);
      Fragment element = nfa_.call(rule_for(first[i]));
      if (i > 0) element = nfa_.sequence({pieces_.comma(), element});
      nfa_.add_skip(at, element.entry);
      at = element.exit;
    }
    if (fixed == first.size() && max != fixed) {
      pieces_.space();  // made before what is copied
      const NodeId begin = nfa_.node_count();
      const Fragment more =
          nfa_.repeat(nfa_.sequence({pieces_.comma(), nfa_.call(other)}), begin,
                      {.min = min > fixed ? min - fixed : 0, .max = limit(fixed)});
      nfa_.add_skip(at, more.entry);
      at = more.exit;
    }
    nfa_.add_skip(at, exit);
    if (max == 0) return nfa_.bytes("[]");
    return pieces_.bracketed("[]", {entry, exit}, min == 0);
  }

  Fragment add_object(const SchemaParts& parts) {
    const Repetition count = counts_in(parts, "minProperties", "maxProperties");
    const ObjectShape shape = shape_of(document_, parts);
    if (shape.pattern != nullptr) return add_map(parts, shape, count);
    const bool is_open = !shape.other.is_never && (shape.has_other || shape.properties.empty());
    if (shape.properties.empty()) {
      if (is_open) return add_map(parts, shape, count);
      return count.min > 0 ? nfa_.never() : nfa_.bytes("{}");
    }
    const auto required = std::count_if(shape.properties.begin(), shape.properties.end(),
                                        [](const Property& each) { return each.is_required; });
    if (count.min > static_cast<std::uint32_t>(required) ||
        (count.max && (is_open || *count.max < shape.properties.size()))) {
      document_.fail(
          *parts.front().schema,
          "minProperties and maxProperties are supported only where the required and the "
          "described properties keep them anyway");
    }
    return add_members(shape, is_open, required > 0);
  }

  // Objects whose properties are not named.
  Fragment add_map(const SchemaParts& parts, const ObjectShape& shape, Repetition count) {
    if (count.min > 1) {
      document_.fail(*parts.front().schema,
                     "minProperties is supported up to 1: the same name may come twice");
    }
    if (count.max && *count.max < count.min) return nfa_.never();
    Described value = shape.other;
    Fragment key{};
    const RuleId member = nfa_.add_rule("member");
    if (shape.pattern != nullptr) {
      value.add(*shape.pattern);  // beside what other parts ask of all properties
      const std::string what =
          format("JSON schema: patternProperties {}", quoted(shape.pattern_text));
      key = nfa_.sequence(
          {nfa_.bytes("\""),
           add_regex(nfa_, shape.pattern_text, what, Spelling::JsonString, Extent::Part),
           nfa_.bytes("\""), pieces_.colon()});
    } else {
      key = nfa_.sequence({pieces_.string(), pieces_.colon()});
    }
    nfa_.define(member, nfa_.sequence({key, nfa_.call(rule_for(value))}));
    return pieces_.list("{}", member, count);
  }

  // Two lanes through the properties: before the first one that is there, and after it, where a
  // comma comes between. Each property stands once, reached from both.
  Fragment add_members(const ObjectShape& shape, bool is_open, bool has_required) {
    NodeId before = nfa_.add_node(), after = nfa_.add_node();
    const NodeId entry = before, exit = nfa_.add_node();
    std::vector<std::string> names;
    for (const Property& property : shape.properties) {
      names.push_back(property.name);
      const RuleId rule = rule_for(property.value);
      if (rule == never_ && !property.is_required) continue;
      const Fragment member = nfa_.sequence({pieces_.key(property.name), nfa_.call(rule)});
      const Fragment comma = pieces_.comma();
      nfa_.add_skip(before, member.entry);
      nfa_.add_skip(after, comma.entry);
      nfa_.add_skip(comma.exit, member.entry);
      const NodeId next_before = nfa_.add_node(), next_after = nfa_.add_node();
      nfa_.add_skip(member.exit, next_after);
      if (!property.is_required) {
        nfa_.add_skip(before, next_before);
        nfa_.add_skip(after, next_after);
      }
      before = next_before;
      after = next_after;
    }
    if (is_open) {
      const RuleId rule = nfa_.add_rule("member");
      nfa_.define(rule,
                  nfa_.sequence({pieces_.other_key(names), nfa_.call(rule_for(shape.other))}));
      const Fragment first = nfa_.call(rule),
                     more = nfa_.any_number(nfa_.sequence({pieces_.comma(), nfa_.call(rule)}));
      nfa_.add_skip(before, first.entry);
      nfa_.add_skip(first.exit, more.entry);
      nfa_.add_skip(after, more.entry);
      nfa_.add_skip(more.exit, exit);
    } else {
      nfa_.add_skip(after, exit);
    }
    return pieces_.bracketed("{}", {entry, exit}, !has_required);
  }

  SchemaDocument document_;
  Nfa& nfa_;
  JsonPieces pieces_;
  std::map<SchemaParts, RuleId> rules_;
  std::deque<std::pair<RuleId, SchemaParts>> pending_;
  std::size_t parts_ = 0;  // of all rules
  RuleId never_ = kNone;
};

}  // namespace

Grammar compile_json_schema(std::string_view schema) {
  Nfa nfa;
  const RuleId root = add_json_schema(nfa, schema);
  return compile(std::move(nfa), root);
}

RuleId add_json_schema(Nfa& nfa, std::string_view schema) {
  const JsonValue root = parse_json_tree(schema, "JSON schema");
  return SchemaCompiler(root, nfa).add_root();
}

Grammar compile_json_object() { return compile_json_schema(R"({"type": "object"})"); }

}  // namespace bantam::grammar
