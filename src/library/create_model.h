// Installing models from files, from other models, and from Modelfiles.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "formats/tensor_file.h"
#include "store/blob_file.h"
#include "store/modelfile.h"

namespace bantam::library {

struct CreateOptions {
  store::LinkMode link = store::LinkMode::CloneOrCopy;
  // FROM may be a path, relative to this folder. None: only installed models and blobs, for
  // requests of clients, which must not reach this machine's files.
  std::optional<std::filesystem::path> folder;
  store::ReportProgress report;  // required
  std::stop_token stop;
};

struct CreateReport {
  store::ModelName name;
  store::Digest id;
  std::uint64_t size = 0;                   // bytes of the weights
  store::Added how = store::Added::Copied;  // for a file: how it became a blob
  std::vector<std::string> notes, warnings;
};

// Makes `name` of what the recipe says and replaces what had the name. From an installed model all
// layers are taken over but those that the recipe states; its parameters are added to the model's.
// Statuses are those of Ollama's API. Throws NotFound for a model or file that is not there,
// BadFile for one that breaks its format, Unsupported for a split GGUF file and for weights that
// this program cannot write (`quantize`: F32, F16 and BF16 of a folder), BadInput, Io, Cancelled.
CreateReport create_model(const store::Store& store, const store::ModelName& name,
                          const store::Recipe& recipe, const CreateOptions& options);

// What a model's config says of a GGUF file.
store::ModelConfig config_of(const formats::TensorFile& gguf);

}  // namespace bantam::library
