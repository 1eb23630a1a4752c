// The one table of limits on files that others made. A reader refuses what is past a limit before
// it allocates; tests try limit, limit + 1 and a lie about the size for each of them.
#pragma once

#include <cstdint>

namespace bantam::limits {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;

// GGUF. The format itself bounds only keys (65,535 bytes), tensor names (64 bytes) and axes (4).
inline constexpr std::uint64_t kGgufFileBytesMin = 24;  // magic, version and the two counts
inline constexpr std::uint64_t kGgufHeaderBytesMax = 256 * kMiB;  // largest seen: 20 MB of merges
inline constexpr std::uint64_t kGgufKeyValuesMax = 65'536;        // real files: below 100
inline constexpr std::uint64_t kGgufTensorsMax = 65'536;          // real files: below 3,000
inline constexpr std::uint64_t kGgufKeyBytesMax = 65'535;         // the format's own
inline constexpr std::uint64_t kGgufNameBytesMax = 128;           // twice the format's own: seen
inline constexpr std::uint64_t kGgufTextBytesMax = kMiB;          // chat templates reach 100 kB
inline constexpr std::uint64_t kGgufArrayItemsMax = 16 * kMiB;  // four times the largest vocabulary
inline constexpr std::uint64_t kGgufAlignmentMin = 8;           // the format: a multiple of 8
inline constexpr std::uint64_t kGgufAlignmentMax = 4096;        // a page
inline constexpr std::uint64_t kGgufAlignmentDefault = 32;      // the format's own
inline constexpr std::uint64_t kGgufSplitsMax = 1024;           // real models: below 100

// safetensors. The reference implementation allows a header of 100 MB; a third of it still holds
// every published checkpoint and is read within the 50 ms that a refusal may take.
inline constexpr std::uint64_t kSafetensorsHeaderBytesMax = 32 * kMiB;
inline constexpr std::uint64_t kSafetensorsTensorsMax = 32'768;  // 48 layers of 128 experts: 18,867
inline constexpr std::uint64_t kSafetensorsNameBytesMax = 1024;
inline constexpr std::uint64_t kSafetensorsMetadataMax = 4'096;  // texts; real files: below 300

// Hugging Face folders.
inline constexpr std::uint64_t kConfigBytesMax = 32 * kMiB;          // as any JSON document
inline constexpr std::uint64_t kConfigKeysMax = 16'384;              // after flattening
inline constexpr std::uint64_t kConfigArrayItemsMax = 64 * kKiB;     // of one array
inline constexpr std::uint64_t kShardIndexBytesMax = 128 * kMiB;     // 9 MB for the largest models
inline constexpr std::uint64_t kShardIndexTensorsMax = kMiB;         // entries of weight_map
inline constexpr std::uint64_t kShardsMax = 1024;                    // real models: below 200
inline constexpr std::uint64_t kTokenizerJsonBytesMax = 128 * kMiB;  // 34 MB for 256 k tokens
inline constexpr std::uint64_t kTokenizerItemsMax = 4 * kMiB;        // tokens, and merges
inline constexpr std::uint64_t kTokenizerStepsMax = 64;  // of a normalizer, decoder or other list
inline constexpr std::uint64_t kAddedTokenBytesMax = 4 * kKiB;

// JSON of any origin.
inline constexpr std::uint64_t kJsonBytesMax = 32 * kMiB;
inline constexpr int kJsonDepthMax = 64;
inline constexpr int kTokenizerJsonDepthMax = 32;

}  // namespace bantam::limits
