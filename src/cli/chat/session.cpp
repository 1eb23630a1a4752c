#include "cli/chat/session.h"

#include <utility>

#include "base/atomic_file.h"
#include "base/error.h"
#include "base/format.h"
#include "base/mapped_file.h"
#include "library/prompt.h"
#include "text/json.h"

namespace bantam::cli {
namespace {

constexpr std::size_t kMessagesMax = 10000;

[[noreturn]] void fail_file(const std::string& path, std::string_view reason) {
  throw Error(
      ErrorCode::BadFile,
      format("{}: {}; expected a conversation written by /save: {\"system\": …, \"messages\": "
             "[{\"role\": …, \"content\": …}, …]}",
             path, reason));
}

}  // namespace

Session::Session(SessionFlags flags) : flags_(std::move(flags)) {
  format_ = flags_.format.read();
  start();
}

void Session::start() {
  library::LoadedModel loaded = library::load_model(flags_.model.source());
  const engine::ExecutorOptions options =
      flags_.model.executor_options(*loaded.model, default_context(loaded));
  if (flags_.speculation.is_explicit() && !engine::can_speculate(*loaded.model)) {
    loaded.warnings.push_back(
        "no speculation: layers of this model keep a recurrent state, which cannot take a wrong "
        "guess back");
  }
  auto structured_output = std::make_unique<library::StructuredOutput>(*loaded.tokenizer);
  if (format_) structured_output->constraint(*format_, loaded.end_ids);  // throws now or never
  auto made = std::make_unique<engine::Engine>(
      loaded.model, engine::EngineOptions{.executor = options,
                                          .speculation = flags_.speculation.options(loaded)});
  engine_ = std::move(made);  // only now: a model that cannot run leaves the old one in place
  model_ = std::move(loaded);
  reply_format_ = replies::detect_reply_format(model_.template_source, model_.tokenizer.get());
  structured_output_ = std::move(structured_output);
  messages_.clear();
}

void Session::load_model(const std::string& argument) {
  const ModelFlags before = flags_.model;
  flags_.model.model = argument;
  flags_.model.overrides.clear();  // they are about the other model
  try {
    start();
  } catch (...) {
    flags_.model = before;
    throw;
  }
}

Session::Prompt Session::prompt_for(const std::string& text) const {
  if (!flags_.is_raw && !model_.template_fault.empty()) {
    throw Error(ErrorCode::Unsupported, format("{}: {}; use --raw to continue text without it",
                                               model_.source.name, model_.template_fault));
  }
  if (!uses_template()) {
    return {.ids = model_.tokenizer->encode(text, {.parse_special = flags_.parses_special}),
            .form = {}};
  }
  const text::RenderedPrompt prompt = render(text);
  Prompt made = {.ids = library::encode_chat(*model_.tokenizer, prompt), .form = {}};
  // What a format constrains is text from the first token on.
  if (!format_) {
    made.form = {.format = reply_format_,
                 .starts_thinking = replies::ends_in_thinking(reply_format_, prompt)};
  }
  return made;
}

text::RenderedPrompt Session::render(const std::string& text) const {
  Json messages = Json::array();
  const auto add = [&](const text::ChatMessage& message) {
    messages.push_back({{"role", message.role}, {"content", message.content}});
  };
  const library::InstalledDefaults& installed = model_.installed;
  const std::string& system = flags_.system.empty() ? installed.system : flags_.system;
  if (!system.empty()) add({"system", system});
  for (const text::ChatMessage& message : installed.messages) add(message);
  for (const text::ChatMessage& message : messages_) add(message);
  add({"user", text});
  Json variables = {{"messages", std::move(messages)}};
  if (flags_.thinks) variables[thinking_switch()] = *flags_.thinks;
  return model_.chat_template->render(variables, {.now = library::local_time()});
}

// The template's variable that a flag sets.
const std::string& Session::thinking_switch() const {
  const std::string& variable = reply_format_.thinking_variable;
  if (!variable.empty() && variable != "reasoning_effort") return variable;
  throw Error(ErrorCode::Unsupported,
              format("{}: its chat template has no switch for thinking; leave out --think and "
                     "--no-think",
                     model_.source.name));
}

Answer Session::answer(const std::string& text, const InterruptGuard& interrupt, ShowPiece show) {
  engine::Request request = flags_.sampling.request(model_);
  Prompt prompt = prompt_for(text);
  request.prompt = std::move(prompt.ids);
  std::shared_ptr<library::FormatConstraint> constraint;
  if (format_) {
    constraint = structured_output_->constraint(*format_, request.stop_ids);
    request.constraint = constraint;
  }
  Answer answer = generate(*engine_, model_, std::move(request), flags_.sampling.stops(model_),
                           prompt.form, interrupt, show);
  // Without stop ids, nothing is left to come where the format is done.
  if (answer.reason == engine::FinishReason::NoTokenAllowed && constraint &&
      constraint->is_complete()) {
    answer.reason = engine::FinishReason::Stop;
  }
  if (uses_template()) {
    messages_.push_back({"user", text});
    messages_.push_back({"assistant", answer.text});
  }
  return answer;
}

void Session::save(const std::string& path) const {
  Json messages = Json::array();
  for (const text::ChatMessage& message : messages_) {
    messages.push_back({{"role", message.role}, {"content", message.content}});
  }
  const Json value = {
      {"model", model_.source.name}, {"system", flags_.system}, {"messages", messages}};
  AtomicFile file(path);
  file.write(value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  file.commit();
}

void Session::load(const std::string& path) {
  const MappedFile file{std::filesystem::path(path)};
  const Json value = parse_json(file.text(), path);
  if (!value.is_object()) fail_file(path, "not a JSON object");
  const auto messages = value.find("messages");
  if (messages == value.end() || !messages->is_array() || messages->size() > kMessagesMax) {
    fail_file(path, format("no array \"messages\" of at most {}", kMessagesMax));
  }
  std::vector<text::ChatMessage> read;
  for (const auto& message : *messages) {
    if (!message.is_object() || !message.contains("role") || !message["role"].is_string() ||
        !message.contains("content") || !message["content"].is_string()) {
      fail_file(path, format("message {} has no text \"role\" and \"content\"", read.size()));
    }
    read.push_back({message["role"], message["content"]});
  }
  const auto system = value.find("system");
  if (system != value.end() && !system->is_string()) fail_file(path, "\"system\" is not a text");
  flags_.system = system == value.end() ? "" : system->get<std::string>();
  messages_ = std::move(read);
}

}  // namespace bantam::cli
