// Places for what is being written, cleared of what killed processes left.
#pragma once

#include <string>

#include "store/folder.h"

namespace bantam::store {

// A folder for one operation, with a name of its own below the store's state. It is locked while it
// lives, and any later operation removes it with what is in it once it is not. One thread.
class Staging {
 public:
  // Removes what others left. Throws Io.
  explicit Staging(const Folder& root);
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  // The path of a file in it, relative to the root; a new one each time.
  std::string new_file();

 private:
  const Folder& root_;
  std::string folder_;
  FileDescriptor lock_;
  int count_ = 0;
};

}  // namespace bantam::store
