#include "serve/model_summary.h"

#include <algorithm>
#include <filesystem>

#include "base/format.h"
#include "library/tokenizer_loading.h"
#include "model/model.h"
#include "tensor/quant_format.h"
#include "text/replies/reply_format.h"

namespace bantam::serve {
namespace {

std::string size_text(std::int64_t parameters) {
  const auto count = static_cast<double>(parameters);
  if (count >= 1e9) return fixed(count / 1e9, 1) + "B";
  if (count >= 1e6) return fixed(count / 1e6, count >= 1e8 ? 0 : 1) + "M";
  return fixed(count / 1e3, 0) + "K";
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

std::chrono::system_clock::time_point modification_time(const std::filesystem::path& path) {
  std::error_code error;
  const auto time = std::filesystem::last_write_time(path, error);
  if (error) return {};
  return std::chrono::time_point_cast<std::chrono::system_clock::duration>(
      std::chrono::file_clock::to_sys(time));
}

std::vector<std::string> capabilities_of(const library::ModelSource& source) {
  std::vector<std::string> capabilities{"completion"};
  const std::string chat_template = library::load_template_source(source).value_or("");
  const replies::ReplyFormat format = replies::detect_reply_format(chat_template);
  if (format.takes_tools) capabilities.push_back("tools");
  if (format.thinking) capabilities.push_back("thinking");
  return capabilities;
}

}  // namespace

ModelSummary summarize(const library::ModelSource& source) {
  const model::Model model(library::open_tensors(source));
  ModelSummary summary;
  const bool is_folder = source.kind == library::SourceKind::HuggingFaceFolder;
  summary.format = is_folder ? "safetensors" : "gguf";
  summary.family = model.spec().family;
  summary.parameters = model.parameter_count();
  summary.parameter_size = size_text(summary.parameters);
  summary.quantization = upper(std::string(quant_format(model.main_type()).name));
  summary.bytes = model.weight_bytes();
  summary.context_length = model.spec().context_length;
  summary.embedding_length = model.spec().hidden_size;
  summary.vocabulary_size = model.spec().vocabulary_size;
  summary.modified_at = source.installed ? std::chrono::system_clock::time_point(
                                               std::chrono::seconds(source.installed->modified_s))
                                         : modification_time(source.path);
  summary.capabilities = capabilities_of(source);
  return summary;
}

}  // namespace bantam::serve
