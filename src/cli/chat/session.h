// A conversation with one model.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/chat/answer.h"
#include "cli/flags/format_flags.h"
#include "cli/flags/model_flags.h"
#include "cli/flags/sampling_flags.h"
#include "cli/flags/speculation_flags.h"
#include "library/structured_output.h"
#include "text/chat_template.h"

namespace bantam::cli {

struct SessionFlags {
  ModelFlags model;
  SamplingFlags sampling;
  SpeculationFlags speculation;
  FormatFlags format;
  std::string system;
  std::optional<bool> thinks;   // whether the model shall think first; none: as it does by itself
  bool is_raw = false;          // complete the text as it is, without the chat template
  bool parses_special = false;  // control strings in such a text are control tokens
};

// Owns model, engine and messages. One thread.
class Session {
 public:
  // Loads the model. Throws what loading throws.
  explicit Session(SessionFlags flags);

  const library::LoadedModel& model() const { return model_; }
  const engine::Engine& engine() const { return *engine_; }
  SessionFlags& flags() { return flags_; }
  bool uses_template() const { return !flags_.is_raw && model_.chat_template.has_value(); }

  // The user's words and the model's answer become part of the conversation, unless the model has
  // no chat template: then each text is completed by itself.
  Answer answer(const std::string& text, const InterruptGuard& interrupt, ShowPiece show);

  void clear() { messages_.clear(); }
  // Replaces model and conversation.
  void load_model(const std::string& argument);
  // Messages and settings to and from a JSON file. Throws Io, NotFound or BadFile.
  void save(const std::string& path) const;
  void load(const std::string& path);
  const std::vector<text::ChatMessage>& messages() const { return messages_; }

 private:
  void start();
  struct Prompt {
    std::vector<text::TokenId> ids;
    AnswerForm form;
  };
  Prompt prompt_for(const std::string& text) const;
  text::RenderedPrompt render(const std::string& text) const;
  const std::string& thinking_switch() const;

  SessionFlags flags_;
  library::LoadedModel model_;
  replies::ReplyFormat reply_format_;
  std::unique_ptr<engine::Engine> engine_;
  std::optional<library::OutputFormat> format_;                   // of every answer
  std::unique_ptr<library::StructuredOutput> structured_output_;  // of the model's tokenizer
  std::vector<text::ChatMessage> messages_;
};

}  // namespace bantam::cli
