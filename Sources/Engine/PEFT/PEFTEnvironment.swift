import Foundation
import Recipe

/// What a Python interpreter has of what the PEFT engine needs.
package struct PEFTEnvironment: Sendable, Equatable {
  package struct GPU: Sendable, Equatable {
    package var name: String
    package var bytes: Int
  }

  /// The versions with which the engine was tried.
  package static let tried = [
    ("torch", "2.13.0"), ("transformers", "5.24.0"), ("peft", "0.21.2"), ("safetensors", "0.8.0"),
  ]
  package static let usualPython = "python3"

  /// As it was named.
  package var python: String
  /// The interpreter's own path and version.
  package var executable: String
  package var version: String
  /// Versions by package; of what is missing there is none.
  package var packages: [String: String]
  package var gpus: [GPU]
  /// Packages that are there and cannot be loaded, each with its reason.
  package var problems: [String]

  init(_ reply: PEFTReply, python: String) {
    self.python = python
    executable = reply.executable ?? python
    version = reply.python ?? "?"
    packages = (reply.packages ?? [:]).compactMapValues(\.self)
    gpus = (reply.cuda ?? []).map { GPU(name: $0.name, bytes: $0.bytes) }
    problems = reply.problems ?? []
  }

  /// What such a Python has. Blocks while it loads its packages, which takes seconds.
  ///
  /// - Throws: `PEFTWorkerError` where it cannot be asked.
  package static func of(_ python: String?) throws -> PEFTEnvironment {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lorascope-doctor-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let worker = try PEFTWorker(python: python, folder: folder, control: RunControl())
    defer { worker.end() }
    return worker.environment
  }

  /// Packages without which nothing goes.
  package var missing: [String] { Self.tried.map(\.0).filter { packages[$0] == nil } }

  /// Throws `PEFTWorkerError` for the first thing that keeps a run from beginning.
  package func check() throws(PEFTWorkerError) {
    guard missing.isEmpty else { throw .missing(python: executable, version: version, packages: missing) }
    if let problem = problems.first { throw .broken(python: executable, reason: problem) }
  }

  /// Where a run's device is.
  package func device(_ settings: RunSettings) throws(PEFTWorkerError) -> PEFTDevice {
    let device = settings.device == .auto ? (gpus.isEmpty ? .cpu : .cuda) : settings.device
    if device == .cuda, gpus.isEmpty { throw .noGPU(python: executable, torch: packages["torch"] ?? "?") }
    if settings.loadIn != nil {
      guard device == .cuda else {
        throw .unfit("load-in 4bit needs a GPU, and torch of \(OneLine.text(executable)) sees none: leave it out")
      }
      guard packages["bitsandbytes"] != nil else {
        throw .missing(python: executable, version: version, packages: ["bitsandbytes"])
      }
    }
    return device
  }

  /// `PEFT 0.21.2, torch 2.13.0 on NVIDIA H200`: what latencies are set apart by.
  func label(_ device: PEFTDevice, bf16: Bool, processor: String) -> String {
    let place = device == .cuda ? gpus.first?.name ?? "cuda" : processor
    return OneLine.text(
      "PEFT \(packages["peft"] ?? "?"), torch \(packages["torch"] ?? "?") in \(bf16 ? "bf16" : "fp32") on \(place)")
  }
}
