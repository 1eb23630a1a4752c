// JSON Schemas drawn at random, and a validator of its own for them: it shares no code with the
// grammars that it judges.
#pragma once

#include <nlohmann/json.hpp>
#include <random>
#include <string>

namespace bantam::test {

// A schema of those keywords that is_valid() knows, with definitions that may be recursive.
nlohmann::ordered_json random_schema(std::mt19937& random);

// Whether a text is one JSON value that is valid under such a schema.
bool is_valid(const nlohmann::ordered_json& schema, const std::string& text);

}  // namespace bantam::test
