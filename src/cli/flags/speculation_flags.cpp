#include "cli/flags/speculation_flags.h"

#include <CLI/CLI.hpp>

#include "base/error.h"
#include "base/format.h"
#include "engine/engine.h"
#include "library/draft_model.h"

namespace bantam::cli {
namespace {

constexpr const char* kGroup = "Speculation (the same text, sooner)";

engine::SpeculationMode mode_named(const std::string& name) {
  if (name == "auto") return engine::SpeculationMode::Auto;
  if (name == "always") return engine::SpeculationMode::Always;
  if (name == "off") return engine::SpeculationMode::Off;
  throw Error(ErrorCode::BadInput, format("--speculate: found {}, expected auto, always or off",
                                          quoted(std::string_view(name))));
}

}  // namespace

void SpeculationFlags::add(CLI::App& command) {
  command
      .add_option("--speculate", mode,
                  "Guess tokens ahead by what followed the same words earlier, and by "
                  "--draft-model, and check them in one pass; auto (default): where that is "
                  "faster, always: at every chance, off")
      ->group(kGroup);
  command
      .add_option("--draft-model,--model-draft", draft_model,
                  "A smaller model of the same vocabulary that guesses too: GGUF file or folder")
      ->group(kGroup);
  command.add_option("--draft-max", draft_max, "Tokens guessed ahead at the most: 1 to 64")
      ->capture_default_str()
      ->group(kGroup);
}

engine::SpeculationOptions SpeculationFlags::options(const library::LoadedModel& model) const {
  engine::SpeculationOptions options;
  options.mode = mode_named(mode.value_or("auto"));
  if (draft_max < 1 || draft_max > engine::kDraftMax) {
    throw Error(ErrorCode::BadInput,
                format("--draft-max: found {}, expected 1 to {}", draft_max, engine::kDraftMax));
  }
  options.draft_max = draft_max;
  if (draft_model.empty()) return options;
  if (options.mode == engine::SpeculationMode::Off) {
    throw Error(ErrorCode::BadInput,
                "--draft-model has no meaning with --speculate off: give one of them");
  }
  if (!engine::can_speculate(*model.model)) return options;
  const library::LoadedModel draft = library::load_model(library::resolve_model(draft_model));
  library::check_draft_vocabulary(model, draft);
  options.draft_model = draft.model;
  return options;
}

}  // namespace bantam::cli
