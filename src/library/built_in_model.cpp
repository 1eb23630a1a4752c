#include "library/built_in_model.h"

extern "C" {
extern const std::byte bantam_built_in_model_begin[];
extern const std::byte bantam_built_in_model_end[];
}

namespace bantam::library {

std::span<const std::byte> built_in_model() {
  return {bantam_built_in_model_begin, bantam_built_in_model_end};
}

std::string_view built_in_description() {
  return "The built-in model (2.8 million parameters) knows small exercises: number words, "
         "capitals, "
         "opposites, plurals, words in Spanish and French, days and months, masking personal data, "
         "sentiment, topics, short summaries, easy sums, tiny Python functions, and short stories. "
         "It cannot hold a conversation about anything else; for that give a model: bantam run "
         "MODEL.";
}

}  // namespace bantam::library
