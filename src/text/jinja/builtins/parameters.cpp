#include <algorithm>

#include "base/format.h"
#include "text/jinja/builtins/functions.h"
#include "text/jinja/values/compare.h"

namespace bantam::jinja {

Parameters::Parameters(Runtime& runtime, std::string_view function, const Arguments& arguments,
                       std::initializer_list<std::string_view> names, std::size_t required)
    : runtime_(runtime), function_(function) {
  if (arguments.positional.size() > names.size()) {
    runtime.fail_type(format("{}() takes at most {} arguments ({} given)", function, names.size(),
                             arguments.positional.size()));
  }
  for (std::size_t i = 0; i < arguments.positional.size(); ++i) {
    values_[i] = &arguments.positional[i];
  }
  for (const auto& [name, value] : arguments.named) {
    const auto* found = std::find(names.begin(), names.end(), name->bytes);
    if (found == names.end()) {
      runtime.fail_type(format("{}() got an unexpected keyword argument '{}'", function,
                               std::string_view(name->bytes).substr(0, 100)));
    }
    const auto index = static_cast<std::size_t>(found - names.begin());
    if (values_[index] != nullptr) {
      runtime.fail_type(format("{}() got multiple values for argument '{}'", function, *found));
    }
    values_[index] = &value;
  }
  for (std::size_t i = 0; i < required; ++i) {
    if (values_[i] == nullptr) {
      runtime.fail_type(
          format("{}() missing required argument '{}'", function, *(names.begin() + i)));
    }
  }
}

const Value* Parameters::given(std::size_t index) const {
  const Value* value = values_[index];
  return value == nullptr || value->is_none() ? nullptr : value;
}

bool Parameters::truth(std::size_t index, bool otherwise) const {
  return values_[index] == nullptr ? otherwise : truthy(*values_[index]);
}

Integer Parameters::integer(std::size_t index, Integer otherwise) const {
  const Value* value = values_[index];
  if (value == nullptr) return otherwise;
  if (value->is_undefined()) runtime_.fail_undefined(*value);
  if (!value->is_integral()) {
    runtime_.fail_type(format("{}(): '{}' object cannot be interpreted as an integer", function_,
                              type_name(*value)));
  }
  return value->integer();
}

std::size_t Parameters::count(std::size_t index, Integer otherwise) const {
  return static_cast<std::size_t>(
      std::clamp<Integer>(integer(index, otherwise), 0, Integer{1} << 40));
}

const TextPtr& Parameters::text(std::size_t index) const {
  const Value* value = values_[index];
  if (value == nullptr || !value->is_text()) {
    if (value != nullptr && value->is_undefined()) runtime_.fail_undefined(*value);
    runtime_.fail_type(format("{}() argument {} must be str, not {}", function_, index + 1,
                              value == nullptr ? "NoneType" : type_name(*value)));
  }
  return value->text_ptr();
}

}  // namespace bantam::jinja
