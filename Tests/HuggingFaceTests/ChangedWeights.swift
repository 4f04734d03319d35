import HuggingFace
import TestFiles

extension TemporaryFolder {
  /// Puts tensors into the folder's `model.safetensors`, and takes some out of it.
  func add(_ extra: [SafetensorsWriter.Tensor], without left: Set<String> = []) throws {
    let path = file("model.safetensors")
    let file = try SafetensorsFile(path: path)
    let tensors = try file.tensors.filter { !left.contains($0.name) }.map {
      SafetensorsWriter.Tensor(name: $0.name, shape: $0.shape, floats: try file.floats($0.name))
    }
    try SafetensorsWriter.write(path: path, tensors: tensors + extra)
  }
}
