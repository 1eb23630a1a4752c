#include "library/loaded_model.h"

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "base/format.h"

namespace bantam::library {
namespace {

using formats::Metadata;

// One id or a list of them, as generation_config.json and config.json have either.
void add_ids(const Metadata& metadata, std::string_view key, std::int64_t vocabulary_size,
             std::vector<std::int32_t>& ids) {
  const auto entry = metadata.entries().find(key);
  if (entry == metadata.entries().end()) return;
  const bool is_list = formats::is_array(entry->second.value);
  const auto values = is_list
                          ? *metadata.integers(key)
                          : std::vector<std::int64_t>{*metadata.integer(key, INT64_MIN, INT64_MAX)};
  for (const std::int64_t id : values) {
    if (id >= 0 && id < vocabulary_size) ids.push_back(static_cast<std::int32_t>(id));
  }
}

std::vector<std::int32_t> end_ids(const LoadedModel& model) {
  const Metadata& metadata = model.model->file().metadata();
  const std::int64_t size = model.model->spec().vocabulary_size;
  const auto known = model.tokenizer->end_of_generation_ids();
  std::vector<std::int32_t> ids(known.begin(), known.end());
  add_ids(metadata, "generation_config.eos_token_id", size, ids);
  add_ids(metadata, "eos_token_id", size, ids);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

engine::SamplingOptions sampling_defaults(const LoadedModel& model) {
  engine::SamplingOptions options;
  // It was trained to give one right answer.
  if (model.source.kind == SourceKind::BuiltIn) options.temperature = 0;
  const Metadata& metadata = model.model->file().metadata();
  const auto real = [&](std::string_view key, auto& value) {
    if (const auto stated = metadata.real(key))
      value = static_cast<std::remove_cvref_t<decltype(value)>>(*stated);
  };
  real("generation_config.temperature", options.temperature);
  real("generation_config.top_p", options.top_p);
  real("generation_config.min_p", options.min_p);
  real("generation_config.typical_p", options.typical_p);
  options.top_k = metadata.integer("generation_config.top_k", 0, INT32_MAX).value_or(options.top_k);
  real("generation_config.repetition_penalty", options.penalties.repeat);
  try {
    engine::check_sampling_options(options, model.model->spec().vocabulary_size);
  } catch (const Error& error) {
    throw Error(ErrorCode::BadFile,
                format("{}: generation_config: {}", metadata.file(), error.what()));
  }
  return options;
}

// A template that cannot be parsed is no reason not to load: the model still continues text.
void load_template(LoadedModel& loaded, std::optional<std::string> source) {
  const std::string* installed = installed_template(loaded.source);
  if (installed != nullptr) source = *installed;
  if (!source) return;
  loaded.template_source = *std::move(source);
  const auto language =
      installed != nullptr ? text::TemplateLanguage::Go : text::TemplateLanguage::Jinja;
  try {
    loaded.chat_template = make_chat_template(loaded.template_source, *loaded.tokenizer, language);
  } catch (const jinja::TemplateError& error) {
    loaded.template_fault = error.what();
  }
}

void check_vocabulary(const LoadedModel& model) {
  const std::int32_t tokens = model.tokenizer->vocab_size();
  const std::int64_t rows = model.model->spec().vocabulary_size;
  if (tokens <= rows) return;
  throw Error(
      ErrorCode::BadFile,
      format("{}: the tokenizer has {} tokens, the model rows for {}: they do not belong together",
             model.source.name, tokens, rows));
}

std::vector<std::string> warnings(const LoadedModel& model) {
  std::vector<std::string> notes;
  const std::vector<std::string>& unused = model.model->unused_tensors();
  if (!unused.empty()) {
    notes.push_back(
        format("{}: {} tensors are not part of the {} network and are left out, the first "
               "is {}",
               model.source.name, unused.size(), model.model->spec().family, unused.front()));
  }
  if (!model.template_fault.empty()) {
    notes.push_back(
        format("{}: {}; only --raw will work", model.source.name, model.template_fault));
  }
  return notes;
}

}  // namespace

LoadedModel load_model(const ModelSource& source) {
  const Stopwatch watch;
  LoadedModel loaded;
  loaded.source = source;
  loaded.model = std::make_shared<const model::Model>(open_tensors(source));
  const bool is_folder = source.kind == SourceKind::HuggingFaceFolder;
  loaded.tokenizer = is_folder ? load_tokenizer(source) : tokenizer_of(loaded.model->file());
  load_template(
      loaded, is_folder ? load_template_source(source) : template_source_of(loaded.model->file()));
  check_vocabulary(loaded);
  loaded.defaults = sampling_defaults(loaded);
  loaded.end_ids = end_ids(loaded);
  loaded.warnings = warnings(loaded);
  if (const store::ModelParts* installed = source.installed.get()) {
    loaded.installed = installed_defaults(*installed, loaded.model->spec().vocabulary_size,
                                          loaded.defaults, loaded.warnings);
  }
  loaded.assumptions = loaded.model->spec().assumptions;
  if (!is_folder) add_text_assumptions(loaded.model->file(), loaded.assumptions);
  loaded.load_seconds = watch.seconds();
  return loaded;
}

}  // namespace bantam::library
