#include "library/convert/convert.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/file_system.h"
#include "base/format.h"
#include "formats/gguf_writer.h"
#include "formats/safetensors_writer.h"
#include "library/convert/folder_files.h"
#include "library/convert/tensor_stream.h"
#include "library/convert/tokenizer_keys.h"
#include "model/conversion/metadata.h"
#include "model/conversion/unstated.h"
#include "model/model.h"

namespace bantam::library {
namespace {

namespace fs = std::filesystem;
using model::PlannedTensor;
using model::TensorPlan;
using model::WeightType;

std::uint64_t bytes_of(const PlannedTensor& tensor) {
  return static_cast<std::uint64_t>(byte_count(tensor.type, tensor.shape.element_count()));
}

std::uint64_t bytes_of(const TensorPlan& plan) {
  std::uint64_t total = 0;
  for (const PlannedTensor& tensor : plan.tensors) total += bytes_of(tensor);
  return total;
}

ConvertReport report_of(const model::Family& family, const TensorPlan& plan) {
  ConvertReport report{.family = std::string(family.name),
                       .tensor_count = plan.tensors.size(),
                       .data_bytes = bytes_of(plan),
                       .notes = {},
                       .warnings = {}};
  if (!plan.left_out.empty()) {
    report.notes.push_back(
        format("{} tensors are not part of the {} network and are left out, the "
               "first is {}",
               plan.left_out.size(), family.name, plan.left_out.front()));
  }
  return report;
}

// The type that holds most of a plan's data.
DType main_type(const TensorPlan& plan) {
  std::map<DType, std::uint64_t> bytes;
  for (const PlannedTensor& tensor : plan.tensors) bytes[tensor.type] += bytes_of(tensor);
  return std::ranges::max_element(bytes, {}, [](const auto& entry) { return entry.second; })->first;
}

// Numbers of llama.cpp's file types.
std::int64_t file_type_of(DType type) {
  switch (type) {
    case DType::F16:
      return 1;
    case DType::BF16:
      return 32;
    case DType::MXFP4:
      return 38;
    default:
      return 0;
  }
}

// Passes the data of tensors on and says how far it is, and what became infinite.
class Progressing {
 public:
  Progressing(const ConvertOptions& options, std::uint64_t total)
      : options_(options), total_(total) {}

  template <typename Writer>
  void write(const PlannedTensor& tensor, Writer& writer) {
    const std::uint64_t count = stream_tensor(tensor, [&](std::span<const std::byte> bytes) {
      writer.append(bytes);
      done_ += bytes.size();
      if (options_.progress) options_.progress(done_, total_);
    });
    if (count > 0 && overflow_count_ == 0) first_overflow_ = tensor.name;
    overflow_count_ += count;
  }

  void warn(ConvertReport& report) const {
    if (overflow_count_ == 0) return;
    report.warnings.push_back(
        format("{} numbers are beyond 65504, the largest of float16, and become infinite, the "
               "first in {}; use --type bf16 or f32",
               overflow_count_, first_overflow_));
  }

 private:
  const ConvertOptions& options_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
  std::uint64_t overflow_count_ = 0;
  std::string first_overflow_;
};

// The file that will be, as its readers see it, without the data of its weights.
formats::TensorFile preview_of(formats::Metadata metadata, TensorPlan& plan) {
  std::vector<formats::TensorEntry> entries;
  for (PlannedTensor& tensor : plan.tensors) {
    auto* values = reinterpret_cast<std::byte*>(tensor.values.data());
    entries.push_back({.name = tensor.name,
                       .tensor = {tensor.type, tensor.shape, values},
                       .file = metadata.file()});
  }
  return {formats::SourceFormat::Gguf, std::move(metadata), std::move(entries), {}};
}

// What becomes of quantized weights, if there are any that do not stay as they are.
void note_quantized(const formats::TensorFile& folder, const TensorPlan& plan,
                    const ConvertOptions& options, ConvertReport& report) {
  const auto method = folder.metadata().text("quantization_config.quant_method");
  const bool are_kept = std::ranges::any_of(
      plan.tensors, [](const PlannedTensor& tensor) { return tensor.type == DType::MXFP4; });
  if (!method || are_kept) return;
  std::string note = format("weights quantized by {} are written as floats", *method);
  if (options.type == WeightType::AsStored) {
    note += " of 32 bits; --type f16 or bf16 halves the file, and rounds them";
  }
  report.notes.push_back(std::move(note));
}

ConvertReport to_gguf(const ModelSource& source, const fs::path& target,
                      const ConvertOptions& options) {
  // Bound, every weight is there and has its shape: known before anything is written.
  const model::Model checked(open_tensors(source));
  const formats::TensorFile& folder = checked.file();
  const model::FormChoice choice = model::form_of_folder(folder);
  const model::Family& family = choice.family;
  const model::ModelSpec& spec = checked.spec();
  formats::Metadata metadata = model::gguf_metadata(choice, folder);
  TensorPlan plan = model::plan_gguf(choice, spec, folder, options.type);
  model::KeyWriter general(metadata, "general.");
  general.text("type", "model");
  general.text("name", source.name);
  general.integer("file_type", file_type_of(main_type(plan)));
  general.integer("quantization_version", 2);
  add_tokenizer_keys(source.path, folder.metadata(), choice.form, spec.vocabulary_size, metadata);
  const formats::TensorFile preview = preview_of(std::move(metadata), plan);
  formats::GgufWriter writer(target);
  writer.set_all(preview.metadata());
  for (const PlannedTensor& tensor : plan.tensors) {
    writer.declare(tensor.name, tensor.type, tensor.shape);
  }
  ConvertReport report = report_of(family, plan);
  report.warnings = model::find_unstated(choice, spec, preview);
  note_quantized(folder, plan, options, report);
  Progressing data(options, report.data_bytes);
  for (const PlannedTensor& tensor : plan.tensors) data.write(tensor, writer);
  data.warn(report);
  writer.commit();
  return report;
}

void write_weights(const TensorPlan& plan, const fs::path& target, const ConvertOptions& options,
                   ConvertReport& report) {
  std::vector<formats::TensorHeader> headers;
  std::map<std::string_view, const PlannedTensor*> by_name;
  for (const PlannedTensor& tensor : plan.tensors) {
    headers.push_back({tensor.name, tensor.type, tensor.shape});
    by_name.emplace(tensor.name, &tensor);
  }
  formats::SafetensorsWriter writer(target, std::move(headers), {{"format", "pt"}});
  Progressing data(options, report.data_bytes);
  for (const formats::TensorHeader& header : writer.headers()) {
    data.write(*by_name.at(header.name), writer);
  }
  data.warn(report);
  writer.commit();
}

std::string_view dtype_name(DType type) {
  return type == DType::F16 ? "float16" : type == DType::BF16 ? "bfloat16" : "float32";
}

ConvertReport to_folder(const ModelSource& source, const fs::path& target,
                        const ConvertOptions& options) {
  const model::Model checked(open_tensors(source));
  const formats::TensorFile& gguf = checked.file();
  const model::FormChoice choice = model::form_of_gguf(gguf);
  const model::Family& family = choice.family;
  const model::ModelSpec& spec = checked.spec();
  const TensorPlan plan = model::plan_folder(choice, spec, gguf, options.type);
  ConvertReport report = report_of(family, plan);
  const formats::Metadata config =
      model::folder_metadata(choice, gguf, dtype_name(main_type(plan)));
  FolderInMaking folder(target);
  // The weights last: what else could fail has not cost the time that they take.
  write_tokenizer_files(gguf.metadata(), folder.path(), report.notes);
  write_config(config, folder.path() / "config.json");
  write_weights(plan, folder.path() / "model.safetensors", options, report);
  folder.commit();
  return report;
}

[[noreturn]] void fail_target(const fs::path& target, std::string_view found,
                              std::string_view expected) {
  throw Error(ErrorCode::BadInput,
              format("{}: found {}, expected {}", target.string(), found, expected));
}

// A GGUF file may stand in the folder that it is made of, but not in the place of what is read.
void check_file_target(const ModelSource& source, const fs::path& target) {
  std::error_code ignored;
  if (fs::is_directory(target, ignored)) {
    fail_target(target, "a folder", "the name of a GGUF file to write");
  }
  const fs::path parent = target.has_parent_path() ? target.parent_path() : fs::path(".");
  if (target.extension() != ".gguf" && fs::equivalent(parent, source.path, ignored)) {
    fail_target(target, "a file of the folder that is converted", "another name");
  }
}

void check_target(const ModelSource& source, const fs::path& target, bool replaces) {
  if (!file_exists(target)) return;
  std::error_code ignored;
  const bool is_folder = fs::is_directory(target, ignored);
  if (source.kind == SourceKind::HuggingFaceFolder) {
    check_file_target(source, target);
  } else if (!is_folder) {
    fail_target(target, "a file", "the name of a folder to write");
  }
  if (replaces || (is_folder && fs::is_empty(target, ignored))) return;
  throw Error(
      ErrorCode::BadInput,
      format("{}: is there already; give another name, or --force to replace it", target.string()));
}

}  // namespace

ConvertReport convert(const ModelSource& source, const fs::path& target,
                      const ConvertOptions& options) {
  check_target(source, target, options.replaces);
  const bool is_folder = source.kind == SourceKind::HuggingFaceFolder;
  return is_folder ? to_gguf(source, target, options) : to_folder(source, target, options);
}

}  // namespace bantam::library
